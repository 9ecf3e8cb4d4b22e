/* SPDX-License-Identifier: MIT */
/*
 * store_fixture - a store in a directory of its own, and its records as text that a test can compare.
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

/* An event without codes. */
static inline struct event stored_event(uint64_t id, const char *service, enum event_kind kind,
                                        enum event_severity severity, const char *text, const char *previous,
                                        int64_t at_ms, int64_t since_ms)
{
    return (struct event){.id = id,
                          .service = service,
                          .kind = kind,
                          .severity = severity,
                          .text = text,
                          .previous = previous,
                          .code = EVENT_NO_CODE,
                          .previous_code = EVENT_NO_CODE,
                          .at_ms = at_ms,
                          .since_ms = since_ms};
}

/* A notice that its sink owes. */
static inline struct store_notice owed_by(const char *sink, uint64_t event)
{
    return (struct store_notice){.event = event, .sink = sink};
}

/* A notice that its sink does not owe any more. */
static inline struct store_notice ended_at(const char *sink, uint64_t event, const char *outcome)
{
    return (struct store_notice){.event = event, .sink = sink, .outcome = outcome};
}

/* Makes a directory under /tmp and writes its path to `directory`. */
void store_fixture_make_directory(char *directory, size_t size);

/* Removes it with the files of a store; no others may be in it. */
void store_fixture_remove_directory(const char *directory);

/* Opens a store in fixture->directory. Returns the code of store_open; then the loop is closed. */
int store_fixture_open(struct store_fixture *fixture);

/* For store_close, where a test calls it itself: the loop's data is the fixture. */
void store_fixture_closed(struct store *store);

/* Runs the loop until nothing is left to do. */
void store_fixture_wait(struct store_fixture *fixture);

/* Closes the store and asserts that nothing is left in its loop. */
void store_fixture_close(struct store_fixture *fixture);

/* What store_load gives, one line per record; a sink exists unless its name begins with "lost". The caller
 * frees it. */
char *store_fixture_dump(struct store_fixture *fixture);

/* The same with what happened less than `recent_ms` before the last checkpoint. */
char *store_fixture_dump_recent(struct store_fixture *fixture, int64_t recent_ms);

/* Opens the directory, dumps it, closes it. */
char *store_fixture_dump_directory(const char *directory);

#endif
