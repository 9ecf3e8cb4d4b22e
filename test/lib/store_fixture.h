/* SPDX-License-Identifier: MIT */
/*
 * store_fixture - a store in a directory of its own, and what is in it as text that a test can compare.
 *
 * Every step waits for its event by running the loop until nothing is left to do. A failure is the failure
 * of the running test.
 */
#ifndef PROCJON_TEST_STORE_FIXTURE_H
#define PROCJON_TEST_STORE_FIXTURE_H

#include <stddef.h>
#include <uv.h>

#include "store/store.h"

struct store_fixture {
    char directory[128];
    uv_loop_t loop;
    struct store store;
    struct err err;
    int closed; /* calls of store_fixture_closed */
};

/* An event as the store keeps it. */
static inline struct event stored_event(uint64_t id, const char *service, enum event_kind kind,
                                        enum event_severity severity, const char *text, const char *previous,
                                        int64_t at_ms, int64_t since_ms, const char *sinks,
                                        const char *spared)
{
    return (struct event){.id = id,
                          .service = service,
                          .kind = kind,
                          .severity = severity,
                          .text = text,
                          .previous = previous,
                          .at_ms = at_ms,
                          .since_ms = since_ms,
                          .sinks = sinks,
                          .spared = spared};
}

/* Under /tmp; writes its path to `directory`. */
void store_fixture_make_directory(char *directory, size_t size);

/* With all that a store leaves in it; nothing else may be there. */
void store_fixture_remove_directory(const char *directory);

/* In fixture->directory. The error of store_open is returned, and the loop closed again. */
int store_fixture_open(struct store_fixture *fixture);

/* For store_close, where a test calls it itself: the loop's data is the fixture. */
void store_fixture_closed(struct store *store);

/* Runs the loop until nothing is left to do. */
void store_fixture_wait(struct store_fixture *fixture);

/* Closes the store, and insists that its loop is empty. */
void store_fixture_close(struct store_fixture *fixture);

/* What store_load tells, one line per thing; sinks exist unless they are called lost. The caller frees it. */
char *store_fixture_dump(struct store_fixture *fixture);

/* Opens the directory, dumps it, closes it. */
char *store_fixture_dump_directory(const char *directory);

#endif
