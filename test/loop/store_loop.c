/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../lib/store_answers.h"

static void a_new_store_is_empty(void **state)
{
    struct store_fixture *fixture = *state;

    expect(fixture, "meta alive=0 last=0\n");
    store_fixture_close(fixture);
}

static void what_was_acknowledged_is_there_after_a_restart(void **state)
{
    struct store_fixture *fixture = *state;
    const struct store_state nok = {"a", 2, true, 1, 50, 60, 70};
    const struct event event = stored_event(7, "a", EVENT_AVAILABLE, EVENT_DANGER, "nok", "ok", 60, 40);
    const struct store_notice notice = owed_by("default", 7);
    const struct store_seen seen[] = {{"b", 90}, {"stranger", 91}};
    const uint64_t settled[] = {7, 99};

    put(fixture, "a", 0);
    put(fixture, "b", 1);
    store_put_transition(&fixture->store, &nok, &event, &notice, 1, on_event_done, ask(2));
    store_fixture_wait(fixture);
    assert_int_equal(answers.count, 3);
    assert_int_equal(answers.failed, 0);
    reopen(fixture);
    expect(fixture, "meta alive=0 last=7\n"
                    "service a timeout=10 registered=1000 statuses=0:ok,1:nok availability=2 code=1 since=50 "
                    "code_since_ms=60 "
                    "seen=70\n"
                    "service b timeout=10 registered=1001 statuses=0:ok,1:nok availability=0 code= since=0 "
                    "code_since_ms=0 seen=0\n"
                    "owed 7 a kind=1 severity=2 text=nok previous=ok at=60 since=40\n");
    store_settle(&fixture->store, "default", settled, 2, "delivered", 80, on_done, ask(3));
    store_checkpoint(&fixture->store, &(struct store_checkpoint){95, 7}, seen, 2, on_done, ask(4));
    store_fixture_wait(fixture);
    assert_int_equal(answers.failed, 0);
    reopen(fixture);
    expect(fixture, "meta alive=95 grace=7 last=7\n"
                    "service a timeout=10 registered=1000 statuses=0:ok,1:nok availability=2 code=1 since=50 "
                    "code_since_ms=60 seen=70\n"
                    "service b timeout=10 registered=1001 statuses=0:ok,1:nok availability=0 code= since=0 "
                    "code_since_ms=0 seen=90\n");
    store_fixture_close(fixture);
}

static void a_transition_is_copied(void **state)
{
    struct store_fixture *fixture = *state;
    char id[] = "a";
    const struct store_state nok = {id, 2, true, 1, 50, 60, 70};
    const struct event event = stored_event(7, id, EVENT_STATUS, EVENT_DANGER, "nok", "ok", 60, 40);
    const struct store_notice notice = owed_by("default", 7);

    put(fixture, "a", 0);
    store_put_transition(&fixture->store, &nok, &event, &notice, 1, on_event_done, ask(1));
    id[0] = 'x';
    store_fixture_wait(fixture);
    assert_int_equal(answers.count, 2);
    assert_int_equal(answers.failed, 0);
    store_fixture_close(fixture);
}

static void a_registration_again_replaces_texts_and_keeps_the_state(void **state)
{
    struct store_fixture *fixture = *state;
    const struct store_status other[] = {{3, "three"}, {-1, "minus"}, {0, "fine"}};
    const struct store_service service = {"a", other, 3, 20, 2000};
    const struct store_state nok = {"a", 2, true, 1, 50, 60, 0};

    put(fixture, "a", 0);
    store_put_state(&fixture->store, &nok, on_done, ask(1));
    store_put_service(&fixture->store, &service, on_done, ask(2));
    store_fixture_wait(fixture);
    assert_int_equal(answers.failed, 0);
    expect(fixture,
           "meta alive=0 last=0\n"
           "service a timeout=20 registered=1000 statuses=-1:minus,0:fine,3:three availability=2 code=1 "
           "since=50 code_since_ms=60 seen=0\n");
    store_fixture_close(fixture);
}

static void a_state_without_a_code_comes_back_without_one(void **state)
{
    struct store_fixture *fixture = *state;
    const struct store_state none = {"a", 1, false, 5, 50, 0, 51};

    put(fixture, "a", 0);
    store_put_state(&fixture->store, &none, on_done, ask(1));
    store_fixture_wait(fixture);
    expect(fixture, "meta alive=0 last=0\n"
                    "service a timeout=10 registered=1000 statuses=0:ok,1:nok availability=1 code= since=50 "
                    "code_since_ms=0 seen=51\n");
    store_fixture_close(fixture);
}

static void done_is_called_in_queue_order_and_never_from_the_call(void **state)
{
    struct store_fixture *fixture = *state;

    for (int i = 0; i < 1000; i++) {
        char id[16];

        (void)snprintf(id, sizeof id, "s%d", i % 7);
        put(fixture, id, i);
        assert_int_equal(answers.count, 0);
        assert_int_equal(store_pending(&fixture->store), i + 1);
    }
    store_fixture_wait(fixture);
    assert_int_equal(answers.count, 1000);
    assert_int_equal(answers.failed, 0);
    assert_int_equal(answers.pending, 0);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(answers.order[i], i);
    store_fixture_close(fixture);
}

/*
 * Each transaction writes at least the page of `meta` to the log: 2000 commits would write 2000 pages, and
 * one commit of all that waits writes it once.
 */
static void what_waits_is_committed_together(void **state)
{
    struct store_fixture *fixture = *state;
    long long before = log_size(fixture);

    for (int i = 0; i < 2000; i++)
        store_checkpoint(&fixture->store, &(struct store_checkpoint){i, 0}, NULL, 0, on_done, ask(i));
    store_fixture_wait(fixture);
    assert_int_equal(answers.count, 2000);
    assert_true(log_size(fixture) - before < 10LL * 4096);
    expect(fixture, "meta alive=1999 last=0\n");
    store_fixture_close(fixture);
}

/* 256 texts of 200 bytes fill more than a dozen pages; the row of the service is on one. */
static void texts_that_did_not_change_are_not_written_again(void **state)
{
    struct store_fixture *fixture = *state;
    struct store_status many[STORE_STATUSES_MAX];
    const struct store_service service = {"a", many, STORE_STATUSES_MAX, 10, 1000};
    char text[201];
    long long before;

    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    for (int i = 0; i < STORE_STATUSES_MAX; i++)
        many[i] = (struct store_status){-i, text};
    store_put_service(&fixture->store, &service, on_done, ask(0));
    store_fixture_wait(fixture);
    before = log_size(fixture);
    assert_true(before > 12LL * 4096);
    store_put_service(&fixture->store, &service, on_done, ask(1));
    store_fixture_wait(fixture);
    assert_int_equal(answers.failed, 0);
    assert_true(log_size(fixture) - before < 4LL * 4096);
    store_fixture_close(fixture);
}

static void a_burst_of_transitions_passes(void **state)
{
    struct store_fixture *fixture = *state;
    struct store_state now = {"a", 1, true, 0, 1, 1, 1};
    struct event event = stored_event(0, "a", EVENT_STATUS, EVENT_GOOD, "ok", "nok", 1, 1);
    struct store_notice notice = owed_by("default", 0);

    put(fixture, "a", 0);
    for (int i = 1; i <= 10000; i++) {
        event.id = (uint64_t)i;
        notice.event = event.id;
        now.since_ms = i;
        store_put_transition(&fixture->store, &now, &event, &notice, 1, on_event_done, ask(i));
    }
    store_fixture_wait(fixture);
    assert_int_equal(answers.count, 10001);
    assert_int_equal(answers.failed, 0);
    store_fixture_close(fixture);
}

static void the_last_registration_of_a_service_wins_and_all_are_answered(void **state)
{
    struct store_fixture *fixture = *state;

    for (int i = 0; i < 320; i++)
        store_put_service(&fixture->store, &(struct store_service){"a", both, 2, 1 + i, 1000 + i}, on_done,
                          ask(i));
    store_fixture_wait(fixture);
    assert_int_equal(answers.count, 320);
    assert_int_equal(answers.failed, 0);
    expect(fixture, "meta alive=0 last=0\n"
                    "service a timeout=320 registered=1000 statuses=0:ok,1:nok availability=0 code= since=0 "
                    "code_since_ms=0 seen=0\n");
    store_fixture_close(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_transition_is_copied),
        STORE_TEST(a_new_store_is_empty),
        STORE_TEST(what_was_acknowledged_is_there_after_a_restart),
        STORE_TEST(a_registration_again_replaces_texts_and_keeps_the_state),
        STORE_TEST(a_state_without_a_code_comes_back_without_one),
        STORE_TEST(done_is_called_in_queue_order_and_never_from_the_call),
        STORE_TEST(what_waits_is_committed_together),
        STORE_TEST(texts_that_did_not_change_are_not_written_again),
        STORE_TEST(a_burst_of_transitions_passes),
        STORE_TEST(the_last_registration_of_a_service_wins_and_all_are_answered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
