/* SPDX-License-Identifier: MIT */
/*
 * registration - a Service message, decoded and found to be in order.
 *
 * A view into the message and the arena it was decoded with: valid until the arena is reset. Both generations
 * of field 2 are read (see proto/procjon_wire.proto). Pure.
 */
#ifndef AGENTS_API_REGISTRATION_H
#define AGENTS_API_REGISTRATION_H

#include <stddef.h>
#include <stdint.h>

#include "grpc/status.h"
#include "engine/service.h"
#include "api/arena.h"

/* A name is shown in one line of a message, and is the key of every lookup. */
#define REGISTRATION_ID_MAX 256
/* A status is a word or a sentence, not a report. */
#define REGISTRATION_TEXT_MAX 256
/* As many as an exit code has values. */
#define REGISTRATION_STATUSES_MAX 256
/* A year: longer silence is nobody's alert. Seconds. */
#define REGISTRATION_TIMEOUT_MAX 31536000

struct registration {
    const char *id; /* with a NUL behind it */
    size_t id_size;
    struct service_status statuses[REGISTRATION_STATUSES_MAX]; /* texts with a NUL behind them */
    size_t status_count;
    int32_t timeout_s;
};

/*
 * Returns 0 and fills `registration`, or -EINVAL and says in `status` which field has which value beyond
 * which limit. `registration` is large: keep it off a deep stack.
 */
int registration_decode(struct registration *registration, struct arena *arena, const uint8_t *message,
                        size_t size, struct status *status);

/* Whether the bytes may be an identifier; says in `status` why not. */
int registration_check_id(const uint8_t *id, size_t size, struct status *status);

#endif
