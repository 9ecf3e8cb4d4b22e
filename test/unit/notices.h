/* SPDX-License-Identifier: MIT */
/* notices - short matches to write a notice down in a test. Ids are given, times are in milliseconds. */
#ifndef PROCJON_TEST_NOTICES_H
#define PROCJON_TEST_NOTICES_H

#include "notify/digest.h"

static inline void add_status(struct digest *digest, uint64_t id, const char *service, const char *previous,
                              const char *text, int64_t at_ms)
{
    digest_add(digest, &(struct event){.id = id,
                                       .kind = EVENT_STATUS,
                                       .severity = EVENT_WARNING,
                                       .service = service,
                                       .previous = previous,
                                       .text = text,
                                       .at_ms = at_ms,
                                       .since_ms = 0});
}

static inline void add_available(struct digest *digest, uint64_t id, const char *service, int64_t since_ms,
                                 int64_t at_ms)
{
    digest_add(digest, &(struct event){.id = id,
                                       .kind = EVENT_AVAILABLE,
                                       .severity = EVENT_GOOD,
                                       .service = service,
                                       .previous = "",
                                       .text = "",
                                       .at_ms = at_ms,
                                       .since_ms = since_ms});
}

static inline void add_unavailable(struct digest *digest, uint64_t id, const char *service,
                                   const char *reason, int64_t since_ms, int64_t at_ms)
{
    digest_add(digest, &(struct event){.id = id,
                                       .kind = EVENT_UNAVAILABLE,
                                       .severity = EVENT_DANGER,
                                       .service = service,
                                       .previous = "",
                                       .text = reason,
                                       .at_ms = at_ms,
                                       .since_ms = since_ms});
}

#endif
