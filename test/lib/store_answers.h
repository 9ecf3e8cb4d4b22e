/* SPDX-License-Identifier: MIT */
/*
 * store_answers - a store for each test, writes with a number, and the results that `done` got.
 *
 * Include after cmocka.h, in one file of a program.
 */
#ifndef PROCJON_TEST_STORE_ANSWERS_H
#define PROCJON_TEST_STORE_ANSWERS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "store_fixture.h"

/* More writes than any test queues. */
#define WRITES_MAX 20000

static const struct store_status both[] = {{0, "ok"}, {1, "nok"}};

/* The results that the `done` callbacks of a test got, in their order. */
struct answers {
    struct store *store;
    int count, failed;
    int order[WRITES_MAX];
    int code;
    char msg[ERR_MSG_MAX];
    size_t pending; /* at the last result */
};

struct question {
    struct answers *answers;
    int number;
};

static inline void on_done(void *arg, const struct err *err)
{
    struct question *question = arg;
    struct answers *answers = question->answers;

    answers->order[answers->count++] = question->number;
    answers->pending = store_pending(answers->store);
    if (err == NULL)
        return;
    answers->failed++;
    answers->code = err->code;
    (void)snprintf(answers->msg, sizeof answers->msg, "%s", err->msg);
}

static inline void on_event_done(void *arg, const struct event *event, const struct err *err)
{
    assert_int_not_equal(event->id, 0);
    on_done(arg, err);
}

static struct answers answers;
static struct question questions[WRITES_MAX];

static inline struct question *ask(int number)
{
    questions[number] = (struct question){&answers, number};
    return &questions[number];
}

static inline int set_up(void **state)
{
    static struct store_fixture fixture;

    memset(&answers, 0, sizeof answers);
    answers.store = &fixture.store;
    store_fixture_make_directory(fixture.directory, sizeof fixture.directory);
    if (store_fixture_open(&fixture) != 0)
        fail_msg("%s", fixture.err.msg);
    *state = &fixture;
    return 0;
}

/* The test has closed the store. */
static inline int tear_down(void **state)
{
    struct store_fixture *fixture = *state;

    store_fixture_remove_directory(fixture->directory);
    return 0;
}

static inline void put(struct store_fixture *fixture, const char *id, int number)
{
    const struct store_service service = {id, both, 2, 10, 1000 + number};

    store_put_service(&fixture->store, &service, on_done, ask(number));
}

static inline void put_event(struct store_fixture *fixture, const struct event *event,
                             const struct store_notice *notices, size_t count, int number)
{
    store_put_event(&fixture->store, event, notices, count, on_event_done, ask(number));
}

static inline void settle(struct store_fixture *fixture, const char *sink, uint64_t event,
                          const char *outcome, int64_t at_ms, int number)
{
    store_settle(&fixture->store, sink, &event, 1, outcome, at_ms, on_done, ask(number));
}

static inline void reopen(struct store_fixture *fixture)
{
    store_fixture_close(fixture);
    assert_int_equal(store_fixture_open(fixture), 0);
}

static inline void expect(struct store_fixture *fixture, const char *text)
{
    char *dump = store_fixture_dump(fixture);

    assert_string_equal(dump, text);
    free(dump);
}

static inline void expect_recent(struct store_fixture *fixture, int64_t recent_ms, const char *text)
{
    char *dump = store_fixture_dump_recent(fixture, recent_ms);

    assert_string_equal(dump, text);
    free(dump);
}

static inline long long log_size(const struct store_fixture *fixture)
{
    char path[192];
    struct stat found;

    (void)snprintf(path, sizeof path, "%s/procjon.db-wal", fixture->directory);
    return stat(path, &found) == 0 ? (long long)found.st_size : 0;
}

#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
