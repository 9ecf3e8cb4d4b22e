/* SPDX-License-Identifier: MIT */
/*
 * The notices of events: which sink owes an event, what holds a notice and ends it, and the outcome of the
 * event.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../lib/store_answers.h"
#include "../lib/store_by_hand.h"

static const struct store_state nok = {"a", 2, true, 1, 50, 60, 70};

/* The line of a dump for service a in state `nok`. */
#define SERVICE_A                                                                                            \
    "service a timeout=10 registered=1000 statuses=0:ok,1:nok availability=2 code=1 since=50 "               \
    "code_since_ms=60 seen=70\n"

static struct event mass_outage(uint64_t id, const char *text)
{
    return stored_event(id, "", EVENT_MASS_OUTAGE, EVENT_DANGER, text, "", 60, 0);
}

static struct event status(uint64_t id, const char *text, int64_t at_ms)
{
    return stored_event(id, "a", EVENT_STATUS, EVENT_DANGER, text, "ok", at_ms, 40);
}

/* How many events got this outcome at this time, seen from another connection. */
static long long events_closed(const struct store_fixture *fixture, const char *outcome, long long at_ms)
{
    char text[160];

    (void)snprintf(text, sizeof text, "SELECT count(*) FROM event WHERE outcome = '%s' AND outcome_ms = %lld",
                   outcome, at_ms);
    return by_hand(fixture->directory, text);
}

static long long events_open(const struct store_fixture *fixture)
{
    return by_hand(fixture->directory, "SELECT count(*) FROM event WHERE outcome IS NULL");
}

static void a_refused_write_fails_alone(void **state)
{
    struct store_fixture *fixture = *state;
    const struct store_state stranger = {"stranger", 2, true, 1, 50, 60, 70};
    const struct event event =
        stored_event(7, "stranger", EVENT_AVAILABLE, EVENT_DANGER, "nok", "ok", 60, 40);
    const struct event used = stored_event(5, "b", EVENT_AVAILABLE, EVENT_DANGER, "used", "", 60, 40),
                       fresh = stored_event(5, "a", EVENT_AVAILABLE, EVENT_DANGER, "new", "", 60, 40);
    const struct store_notice seven = owed_by("default", 7), five = owed_by("default", 5);

    put(fixture, "first", 0);
    store_fixture_wait(fixture);
    put(fixture, "a", 1);
    store_put_transition(&fixture->store, &stranger, &event, &seven, 1, on_event_done, ask(2));
    store_put_transition(&fixture->store, &nok, &fresh, &five, 1, on_event_done, ask(3));
    put(fixture, "b", 4);
    store_fixture_wait(fixture);
    assert_int_equal(answers.count, 5);
    assert_int_equal(answers.failed, 1);
    assert_int_equal(answers.code, -ENOENT);
    assert_non_null(strstr(answers.msg, "service 'stranger' is not registered"));
    store_put_transition(&fixture->store, &(struct store_state){"b", 9, false, 0, 9, 9, 9}, &used, &five, 1,
                         on_event_done, ask(5));
    store_fixture_wait(fixture);
    assert_int_equal(answers.failed, 2);
    assert_int_equal(answers.code, -EINVAL);
    expect(fixture, "meta alive=0 last=5\n"
                    "service first timeout=10 registered=1000 statuses=0:ok,1:nok availability=0 code= "
                    "since=0 code_since_ms=0 "
                    "seen=0\n"
                    "service a timeout=10 registered=1001 statuses=0:ok,1:nok availability=2 code=1 since=50 "
                    "code_since_ms=60 "
                    "seen=70\n"
                    "service b timeout=10 registered=1004 statuses=0:ok,1:nok availability=0 code= since=0 "
                    "code_since_ms=0 seen=0\n"
                    "owed 5 a kind=1 severity=2 text=new previous= at=60 since=40\n");
    store_fixture_close(fixture);
}

/* A refused transition does not end the notices of earlier events either. */
static void a_refused_transition_leaves_no_trace_in_earlier_events(void **state)
{
    struct store_fixture *fixture = *state;
    const struct store_state stranger = {"stranger", 2, true, 1, 50, 60, 70};
    const struct event first = mass_outage(7, "first"),
                       refused = stored_event(8, "stranger", EVENT_STATUS, EVENT_DANGER, "nok", "ok", 80, 0),
                       last = mass_outage(9, "last");
    const struct store_notice owed = owed_by("default", 7), last_owed = owed_by("default", 9);
    const struct store_notice rows[] = {owed_by("default", 8), ended_at("default", 7, "recovered_in_time"),
                                        ended_at("team", 8, "silenced")};

    put_event(fixture, &first, &owed, 1, 0);
    store_put_transition(&fixture->store, &stranger, &refused, rows, 3, on_event_done, ask(1));
    put_event(fixture, &last, &last_owed, 1, 2);
    store_fixture_wait(fixture);
    assert_int_equal(answers.failed, 1);
    assert_int_equal(answers.code, -ENOENT);
    assert_int_equal(by_hand(fixture->directory, "SELECT count(*) FROM notice"), 2);
    expect(fixture, "meta alive=0 last=9\n"
                    "owed 7  kind=3 severity=2 text=first previous= at=60 since=0\n"
                    "owed 9  kind=3 severity=2 text=last previous= at=60 since=0\n");
    store_fixture_close(fixture);
}

static void each_sink_owes_an_event_by_itself(void **state)
{
    struct store_fixture *fixture = *state;
    const struct event event = mass_outage(7, "lost");
    const struct store_notice notices[] = {owed_by("mail", 7), owed_by("team", 7)};

    put_event(fixture, &event, notices, 2, 0);
    settle(fixture, "team", 7, "delivered", 80, 1);
    settle(fixture, "stranger", 7, "delivered", 80, 2);
    store_fixture_wait(fixture);
    reopen(fixture);
    expect(fixture, "meta alive=0 last=7\n"
                    "owed 7  kind=3 severity=2 text=lost previous= at=60 since=0 sink=mail\n");
    assert_int_equal(events_open(fixture), 1);
    settle(fixture, "mail", 7, "rejected", 90, 3);
    store_fixture_wait(fixture);
    assert_int_equal(answers.failed, 0);
    reopen(fixture);
    expect(fixture, "meta alive=0 last=7\n");
    assert_int_equal(events_closed(fixture, "delivered", 90), 1);
    store_fixture_close(fixture);
}

static void what_a_lost_sink_owed_is_owed_by_the_default_sink_unless_it_was_settled_there(void **state)
{
    struct store_fixture *fixture = *state;
    const struct event one = mass_outage(7, "one"), two = mass_outage(8, "two"),
                       three = mass_outage(9, "three"), four = mass_outage(10, "four");
    struct store_notice of_one = owed_by("lost", 7);
    const struct store_notice of_two[] = {owed_by("default", 8), owed_by("lost2", 8), owed_by("team", 8)},
                              of_three[] = {owed_by("default", 9), owed_by("lost", 9)},
                              of_four[] = {ended_at("default", 10, "flapping"), owed_by("lost", 10)};

    of_one.held_by = "notify_after";
    of_one.held_until_ms = 900;
    of_one.held_reports = 3;
    put_event(fixture, &one, &of_one, 1, 0);
    put_event(fixture, &two, of_two, 3, 1);
    put_event(fixture, &three, of_three, 2, 2);
    put_event(fixture, &four, of_four, 2, 3);
    settle(fixture, "default", 8, "delivered", 80, 4);
    settle(fixture, "default", 9, "delivered", 80, 5);
    store_fixture_wait(fixture);
    assert_int_equal(answers.failed, 0);
    reopen(fixture);
    expect(fixture, "meta alive=0 last=10\n"
                    "owed 7  kind=3 severity=2 text=one previous= at=60 since=0 held_by=notify_after "
                    "until=900 reports=3\n"
                    "owed 8  kind=3 severity=2 text=two previous= at=60 since=0 sink=team\n");
    assert_int_equal(events_closed(fixture, "delivered", 80), 1);
    assert_int_equal(events_closed(fixture, "flapping", 60), 1);
    assert_int_equal(events_open(fixture), 2);
    store_fixture_close(fixture);
}

static void an_event_of_no_service_is_owed_and_may_be_completed_until_it_is_settled(void **state)
{
    struct store_fixture *fixture = *state;
    struct event event = mass_outage(7, "20 of 40");
    const struct store_notice notices[] = {owed_by("default", 7), owed_by("team", 7)};

    put_event(fixture, &event, notices, 1, 0);
    event.text = "37 of 40";
    put_event(fixture, &event, notices, 1, 1);
    store_fixture_wait(fixture);
    reopen(fixture);
    expect(fixture, "meta alive=0 last=7\n"
                    "owed 7  kind=3 severity=2 text=37 of 40 previous= at=60 since=0\n");
    settle(fixture, "default", 7, "delivered", 80, 2);
    event.text = "too late";
    put_event(fixture, &event, notices, 2, 3);
    store_fixture_wait(fixture);
    assert_int_equal(answers.failed, 0);
    expect(fixture, "meta alive=0 last=7\n");
    assert_int_equal(by_hand(fixture->directory, "SELECT count(*) FROM notice"), 1);
    assert_int_equal(events_closed(fixture, "delivered", 80), 1);
    store_fixture_close(fixture);
}

static void an_event_without_notices_is_closed_and_can_be_pruned(void **state)
{
    struct store_fixture *fixture = *state;
    const struct event first = mass_outage(7, "first"), second = mass_outage(8, "second");
    const struct store_notice owed = owed_by("default", 8);
    size_t pruned = 0;

    put_event(fixture, &first, NULL, 0, 0);
    put_event(fixture, &second, &owed, 1, 1);
    store_fixture_wait(fixture);
    assert_int_equal(events_closed(fixture, "no_sink", 60), 1);
    store_prune(&fixture->store, 61, &pruned, on_done, ask(2));
    store_fixture_wait(fixture);
    assert_int_equal(answers.failed, 0);
    assert_int_equal(pruned, 1);
    expect(fixture, "meta alive=0 last=8\n"
                    "owed 8  kind=3 severity=2 text=second previous= at=60 since=0\n");
    store_fixture_close(fixture);
}

static void what_is_suppressed_has_its_outcome_from_the_beginning(void **state)
{
    struct store_fixture *fixture = *state;
    const struct event old = status(6, "old", 60), all = status(7, "all", 70), some = status(8, "some", 80);
    const struct store_notice of_old = ended_at("default", 6, "flapping");
    const struct store_notice of_all[] = {ended_at("default", 7, "flapping"),
                                          ended_at("team", 7, "silenced")};
    const struct store_notice of_some[] = {owed_by("mail", 8), ended_at("team", 8, "below_severity")};

    put_event(fixture, &old, &of_old, 1, 0);
    put_event(fixture, &all, of_all, 2, 1);
    put_event(fixture, &some, of_some, 2, 2);
    store_checkpoint(&fixture->store, &(struct store_checkpoint){100, 0}, NULL, 0, on_done, ask(3));
    store_fixture_wait(fixture);
    assert_int_equal(answers.failed, 0);
    /* Of event 7 the last row decides. */
    assert_int_equal(events_closed(fixture, "silenced", 70), 1);
    assert_int_equal(events_closed(fixture, "flapping", 60), 1);
    assert_int_equal(events_open(fixture), 1);
    assert_int_equal(by_hand(fixture->directory, "SELECT count(*) FROM notice WHERE outcome_ms = 80"), 1);
    reopen(fixture);
    expect_recent(fixture, 31,
                  "meta alive=100 last=8\n"
                  "recent 7 a kind=0 severity=2 text=all previous=ok at=70 since=40 [default flapping] "
                  "[team silenced]\n"
                  "recent 8 a kind=0 severity=2 text=some previous=ok at=80 since=40 [mail owes] "
                  "[team below_severity]\n"
                  "owed 8 a kind=0 severity=2 text=some previous=ok at=80 since=40 sink=mail\n");
    store_fixture_close(fixture);
}

static void what_is_held_comes_back_held(void **state)
{
    struct store_fixture *fixture = *state;
    const struct event event = status(7, "nok", 60);
    const struct store_notice notices[] = {
        {.event = 7, .sink = "default", .held_by = "notify_after", .held_until_ms = 900},
        {.event = 7, .sink = "mail", .held_by = "notify_after", .held_reports = UINT64_C(3000000000)},
        {.event = 7, .sink = "team", .held_by = "mass_outage"},
        {.event = 7, .sink = "wall", .outcome = "delivered", .held_by = "notify_after", .held_until_ms = 50},
    };

    put(fixture, "a", 0);
    store_put_transition(&fixture->store, &nok, &event, notices, 4, on_event_done, ask(1));
    store_checkpoint(&fixture->store, &(struct store_checkpoint){100, 0}, NULL, 0, on_done, ask(2));
    store_fixture_wait(fixture);
    assert_int_equal(answers.failed, 0);
    reopen(fixture);
    expect_recent(fixture, 100,
                  "meta alive=100 last=7\n" SERVICE_A
                  "recent 7 a kind=0 severity=2 text=nok previous=ok at=60 since=40 "
                  "[default owes held_by=notify_after until=900] "
                  "[mail owes held_by=notify_after reports=3000000000] [team owes held_by=mass_outage] "
                  "[wall delivered held_by=notify_after until=50]\n"
                  "owed 7 a kind=0 severity=2 text=nok previous=ok at=60 since=40 held_by=notify_after "
                  "until=900\n"
                  "owed 7 a kind=0 severity=2 text=nok previous=ok at=60 since=40 sink=mail "
                  "held_by=notify_after reports=3000000000\n"
                  "owed 7 a kind=0 severity=2 text=nok previous=ok at=60 since=40 sink=team "
                  "held_by=mass_outage\n");
    store_fixture_close(fixture);
}

static void what_is_released_is_held_until_now_and_still_owed(void **state)
{
    struct store_fixture *fixture = *state;
    const struct event one = status(7, "one", 60), two = status(8, "two", 60);
    const struct store_notice of_one[] = {
        {.event = 7, .sink = "default", .held_by = "notify_after", .held_until_ms = 900, .held_reports = 3},
        {.event = 7, .sink = "team", .held_by = "notify_after", .held_until_ms = 900, .held_reports = 3},
    };
    const struct store_notice of_two = {
        .event = 8, .sink = "default", .outcome = "delivered", .held_by = "notify_after", .held_until_ms = 9};
    const uint64_t released[] = {7, 8, 99};

    put_event(fixture, &one, of_one, 2, 0);
    put_event(fixture, &two, &of_two, 1, 1);
    store_release(&fixture->store, "default", released, 3, 70, on_done, ask(2));
    store_release(&fixture->store, "stranger", released, 3, 70, on_done, ask(3));
    store_checkpoint(&fixture->store, &(struct store_checkpoint){100, 0}, NULL, 0, on_done, ask(4));
    store_fixture_wait(fixture);
    assert_int_equal(answers.failed, 0);
    reopen(fixture);
    expect_recent(fixture, 100,
                  "meta alive=100 last=8\n"
                  "recent 7 a kind=0 severity=2 text=one previous=ok at=60 since=40 "
                  "[default owes held_by=notify_after until=70] "
                  "[team owes held_by=notify_after until=900 reports=3]\n"
                  "recent 8 a kind=0 severity=2 text=two previous=ok at=60 since=40 "
                  "[default delivered held_by=notify_after until=9]\n"
                  "owed 7 a kind=0 severity=2 text=one previous=ok at=60 since=40 held_by=notify_after "
                  "until=70\n"
                  "owed 7 a kind=0 severity=2 text=one previous=ok at=60 since=40 sink=team "
                  "held_by=notify_after until=900 reports=3\n");
    store_fixture_close(fixture);
}

/* The service was bad, which was held back for two sinks and delivered by the third, and has recovered. */
static void a_transition_ends_the_notices_of_an_earlier_event(void **state)
{
    struct store_fixture *fixture = *state;
    const struct event bad = status(7, "bad", 60), well = status(8, "well", 75);
    const struct store_notice of_bad[] = {
        {.event = 7, .sink = "default", .held_by = "notify_after", .held_until_ms = 900},
        {.event = 7, .sink = "mail", .held_by = "notify_after", .held_until_ms = 900},
        {.event = 7, .sink = "team"},
    };
    const struct store_notice of_well[] = {
        ended_at("default", 8, "recovered_in_time"),
        owed_by("team", 8),
        {.event = 7, .sink = "default", .outcome = "recovered_in_time", .held_by = "notify_after"},
        {.event = 7, .sink = "mail", .outcome = "recovered_in_time", .held_by = "notify_after"},
        ended_at("team", 7, "recovered_in_time"), /* no change: it is delivered */
        ended_at("default", 99, "recovered_in_time"),
    };

    put(fixture, "a", 0);
    store_put_transition(&fixture->store, &nok, &bad, of_bad, 3, on_event_done, ask(1));
    settle(fixture, "team", 7, "delivered", 70, 2);
    store_put_transition(&fixture->store, &nok, &well, of_well, 6, on_event_done, ask(3));
    store_checkpoint(&fixture->store, &(struct store_checkpoint){100, 0}, NULL, 0, on_done, ask(4));
    store_fixture_wait(fixture);
    assert_int_equal(answers.failed, 0);
    assert_int_equal(events_closed(fixture, "delivered", 75), 1);
    assert_int_equal(by_hand(fixture->directory, "SELECT count(*) FROM notice WHERE event = 7 AND "
                                                 "outcome = 'recovered_in_time' AND outcome_ms = 75"),
                     2);
    reopen(fixture);
    expect_recent(fixture, 100,
                  "meta alive=100 last=8\n" SERVICE_A
                  "recent 7 a kind=0 severity=2 text=bad previous=ok at=60 since=40 "
                  "[default recovered_in_time held_by=notify_after] "
                  "[mail recovered_in_time held_by=notify_after] [team delivered]\n"
                  "recent 8 a kind=0 severity=2 text=well previous=ok at=75 since=40 "
                  "[default recovered_in_time] [team owes]\n"
                  "owed 8 a kind=0 severity=2 text=well previous=ok at=75 since=40 sink=team\n");
    store_fixture_close(fixture);
}

static void codes_come_back(void **state)
{
    struct store_fixture *fixture = *state;
    struct event event = status(7, "same", 60), first = status(8, "first", 60);
    const struct store_notice seven = owed_by("default", 7), eight = owed_by("default", 8);

    event.previous = "same";
    event.code = -2147483647 - 1;
    event.previous_code = 0;
    first.code = 0;
    put_event(fixture, &event, &seven, 1, 0);
    put_event(fixture, &first, &eight, 1, 1);
    store_fixture_wait(fixture);
    reopen(fixture);
    expect(fixture, "meta alive=0 last=8\n"
                    "owed 7 a kind=0 severity=2 text=same previous=same at=60 since=40 code=-2147483648 "
                    "previous_code=0\n"
                    "owed 8 a kind=0 severity=2 text=first previous=ok at=60 since=40 code=0\n");
    assert_int_equal(by_hand(fixture->directory, "SELECT id FROM event WHERE previous_code IS NULL"), 8);
    store_fixture_close(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_refused_write_fails_alone),
        STORE_TEST(a_refused_transition_leaves_no_trace_in_earlier_events),
        STORE_TEST(each_sink_owes_an_event_by_itself),
        STORE_TEST(what_a_lost_sink_owed_is_owed_by_the_default_sink_unless_it_was_settled_there),
        STORE_TEST(an_event_of_no_service_is_owed_and_may_be_completed_until_it_is_settled),
        STORE_TEST(an_event_without_notices_is_closed_and_can_be_pruned),
        STORE_TEST(what_is_suppressed_has_its_outcome_from_the_beginning),
        STORE_TEST(what_is_held_comes_back_held),
        STORE_TEST(what_is_released_is_held_until_now_and_still_owed),
        STORE_TEST(a_transition_ends_the_notices_of_an_earlier_event),
        STORE_TEST(codes_come_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
