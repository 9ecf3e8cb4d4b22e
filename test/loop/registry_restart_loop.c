/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "registry_checkpoint.h"

#define SECOND INT64_C(1000)
#define HOUR (INT64_C(3600) * SECOND)
#define DAY (INT64_C(24) * HOUR)
#define RESTART_GRACE (60 * SECOND)
#define NEVER INT64_MIN

/* The deadline is max(seen + timeout + stop, start + restart grace). Times are from the start. */
struct row {
    const char *name;
    int64_t seen_ago; /* NEVER: no report yet, only the registration two days ago */
    int64_t alive_ago;
    int64_t timeout;
    enum service_availability availability;
    int64_t left; /* expected; NEVER: no deadline */
};

static struct row rows[] = {
    {"what is left of a deadline is what was left at the stop", 700 * SECOND, 600 * SECOND, 300 * SECOND,
     SERVICE_AVAILABLE, 200 * SECOND},
    {"nothing is due before the end of the restart grace", 700 * SECOND, 600 * SECOND, 101 * SECOND,
     SERVICE_AVAILABLE, RESTART_GRACE},
    {"a deadline before the stop is due at the end of the restart grace", 9 * HOUR, 600 * SECOND, 10 * SECOND,
     SERVICE_AVAILABLE, RESTART_GRACE},
    {"a stop that began before the last report counts from that report", 597 * SECOND, 600 * SECOND,
     300 * SECOND, SERVICE_AVAILABLE, 300 * SECOND},
    {"a report long before the machine has booted", 19000 * DAY, DAY, 19100 * DAY, SERVICE_AVAILABLE,
     101 * DAY},
    {"a report older than the loop's clock can say", 60000 * DAY, DAY, 300 * SECOND, SERVICE_AVAILABLE,
     RESTART_GRACE},
    {"a stop of a year", 366 * DAY, 365 * DAY, 2 * DAY, SERVICE_AVAILABLE, DAY},
    {"without a report the registration counts", NEVER, DAY, 3 * DAY, SERVICE_UNKNOWN, 2 * DAY},
    {"a service that was unavailable stays unavailable", 9 * HOUR, 600 * SECOND, 10 * SECOND,
     SERVICE_UNAVAILABLE, NEVER},
    {"without a checkpoint the last report is the time of the stop", 9 * HOUR, NEVER, 300 * SECOND,
     SERVICE_AVAILABLE, 300 * SECOND},
    {"a checkpoint in the future: the clock was set back, the stop has no length", 100 * SECOND, -HOUR,
     300 * SECOND, SERVICE_AVAILABLE, 200 * SECOND},
    {"a report in the future counts as now", -HOUR, -HOUR, 300 * SECOND, SERVICE_AVAILABLE, 300 * SECOND},
    {"a clock that was at 1970 when the checkpoint was made", BED_WALL_MS - 1, BED_WALL_MS - 1, 300 * SECOND,
     SERVICE_AVAILABLE, 300 * SECOND},
};
#define ROWS (sizeof rows / sizeof rows[0])

static void a_row_comes_out_as_expected(void **state)
{
    const struct row *row = *state;
    struct service_snapshot snapshot = {
        .availability = row->availability,
        .seen_ms = row->seen_ago == NEVER ? 0 : BED_WALL_MS - row->seen_ago,
        .registered_ms = BED_WALL_MS - 2 * DAY,
    };
    struct service *service;
    struct bed bed;

    bed_open(&bed, 0, RESTART_GRACE);
    service = bed_register(&bed, "a", (uint64_t)row->timeout);
    bed_restore(&bed, service, &snapshot, row->alive_ago == NEVER ? 0 : BED_WALL_MS - row->alive_ago);
    if (row->left == NEVER)
        assert_true(service_deadline(service) == SERVICE_NEVER);
    else
        assert_int_equal(bed_left(&bed, service), row->left);
    uv_run(&bed.loop, UV_RUN_NOWAIT);
    assert_string_equal(bed.trace, "");
    bed_close(&bed);
}

static void a_restored_service_goes_on_where_it_was(void **state)
{
    const struct service_snapshot up = {.availability = SERVICE_AVAILABLE,
                                        .has_code = true,
                                        .code = 1,
                                        .since_ms = 11,
                                        .code_since_ms = 12,
                                        .seen_ms = BED_WALL_MS - 100,
                                        .registered_ms = 10};
    struct service_snapshot down = up;
    struct report_stream stream = {0};
    struct bed bed;

    (void)state;
    down.availability = SERVICE_UNAVAILABLE;
    bed_open(&bed, 0, RESTART_GRACE);
    bed_restore(&bed, bed_register(&bed, "up", 60000), &up, BED_WALL_MS);
    bed_restore(&bed, bed_register(&bed, "down", 20), &down, BED_WALL_MS);
    bed_pass(&bed, 50);
    bed_report(&bed, &stream, "up", 1);
    assert_string_equal(bed.trace, "");
    bed_report(&bed, &stream, "down", 1);
    assert_string_equal(bed.trace, "down back");
    assert_int_equal(bed.since_ms, 11);
    bed_report(&bed, &stream, "up", 0);
    assert_string_equal(bed.trace, "down back, up ok");
    assert_int_equal(bed.since_ms, 12);
    bed_until(&bed, 3);
    assert_string_equal(bed.trace, "down back, up ok, down silent");
    bed_close(&bed);
}

static void on_one_seen(void *arg, const struct service *service, int64_t seen_ms)
{
    (void)service;
    *(int64_t *)arg = seen_ms;
}

static void restarts_before_the_first_report_add_up(void **state)
{
    struct service_snapshot snapshot = {.availability = SERVICE_UNKNOWN, .registered_ms = BED_WALL_MS - 100};
    struct report_stream stream = {0};
    int64_t seen_ms = 0;
    struct bed bed;

    (void)state;
    bed_open(&bed, 0, RESTART_GRACE);
    bed_restore(&bed, bed_register(&bed, "a", HOUR), &snapshot, BED_WALL_MS - 30);
    registry_take_seen(&bed.registry, on_one_seen, &seen_ms);
    assert_int_equal(seen_ms, BED_WALL_MS - 70);
    snapshot.seen_ms = seen_ms;
    bed_restore(&bed, bed_register(&bed, "b", HOUR), &snapshot, BED_WALL_MS);
    assert_int_equal(bed_left(&bed, registry_find(&bed.registry, "b", 1)), HOUR - 70);
    bed_report(&bed, &stream, "b", 0);
    assert_string_equal(bed.trace, "b first");
    bed_close(&bed);
}

static void a_short_timeout_that_becomes_long_after_a_restart_counts_from_the_checkpoint(void **state)
{
    const struct service_snapshot snapshot = {.availability = SERVICE_AVAILABLE,
                                              .seen_ms = BED_WALL_MS - HOUR};
    struct service *service;
    struct bed bed;

    (void)state;
    bed_open(&bed, 0, RESTART_GRACE);
    service = bed_register(&bed, "a", RESTART_GRACE);
    bed_restore(&bed, service, &snapshot, BED_WALL_MS);
    (void)bed_register(&bed, "a", HOUR);
    assert_int_equal(bed_left(&bed, service), HOUR);
    bed_close(&bed);
}

static void services_that_died_during_the_stop_become_unavailable_after_the_restart_grace(void **state)
{
    const struct service_snapshot snapshot = {.availability = SERVICE_AVAILABLE,
                                              .seen_ms = BED_WALL_MS - HOUR};
    struct report_stream stream = {0};
    struct bed bed;
    uint64_t start_ms;

    (void)state;
    bed_open(&bed, 0, 80);
    start_ms = loop_clock_begins(&bed.loop);
    bed_restore(&bed, bed_register(&bed, "alive", 70), &snapshot, BED_WALL_MS - HOUR);
    bed_restore(&bed, bed_register(&bed, "dead", 70), &snapshot, BED_WALL_MS - HOUR);
    while (bed.transitions == 0) {
        assert_true(loop_clock_ends(&bed.loop) < start_ms + 80);
        bed_report(&bed, &stream, "alive", 0);
        bed_pass(&bed, 10);
    }
    assert_string_equal(bed.trace, "dead silent");
    assert_int_equal(bed.due_ms, start_ms + 80);
    bed_close(&bed);
}

static void a_report_ends_the_restart_grace(void **state)
{
    struct report_stream stream = {0};
    struct bed bed;
    uint64_t seen_ms;

    (void)state;
    bed_open(&bed, 0, 2000);
    bed_register(&bed, "a", 40);
    bed_report(&bed, &stream, "a", 0);
    registry_extend(&bed.registry, 0);
    bed_pass(&bed, 60); /* longer than the timeout, so that the timer waits for the restart grace */
    bed_report(&bed, &stream, "a", 0);
    seen_ms = loop_clock_begins(&bed.loop);
    bed_until(&bed, 2);
    assert_int_equal(bed.due_ms, seen_ms + 40);
    assert_int_equal(loop_clock_ends(&bed.loop), bed.due_ms + BED_TURN_MS);
    assert_string_equal(bed.trace, "a first, a silent");
    bed_close(&bed);
}

static void the_snapshot_of_a_service_restores_it(void **state)
{
    const struct service_snapshot given = {.availability = SERVICE_AVAILABLE,
                                           .has_code = true,
                                           .code = -5,
                                           .since_ms = 21,
                                           .code_since_ms = 22,
                                           .seen_ms = BED_WALL_MS - 3 * HOUR,
                                           .registered_ms = 20};
    struct service_snapshot taken;
    struct service *service;
    struct bed bed;

    (void)state;
    bed_open(&bed, 0, RESTART_GRACE);
    service = bed_register(&bed, "a", (uint64_t)DAY);
    bed_restore(&bed, service, &given, BED_WALL_MS);
    registry_snapshot(&bed.registry, service, &taken);
    assert_int_equal(taken.availability, given.availability);
    assert_true(taken.has_code);
    assert_int_equal(taken.code, given.code);
    assert_int_equal(taken.since_ms, given.since_ms);
    assert_int_equal(taken.code_since_ms, given.code_since_ms);
    assert_int_equal(taken.seen_ms, given.seen_ms);
    assert_int_equal(taken.registered_ms, given.registered_ms);
    bed_close(&bed);
}

static void a_snapshot_in_a_transition_has_the_state_after_it(void **state)
{
    struct report_stream stream = {0};
    struct bed bed;

    (void)state;
    bed_open(&bed, 0, RESTART_GRACE);
    bed_register(&bed, "a", (uint64_t)DAY);
    bed_report(&bed, &stream, "a", 0);
    assert_int_equal(bed.snapshot.availability, SERVICE_AVAILABLE);
    assert_true(bed.snapshot.has_code);
    assert_int_equal(bed.snapshot.code, 0);
    assert_int_equal(bed.snapshot.code_since_ms, BED_WALL_MS);
    assert_int_equal(bed.snapshot.seen_ms, BED_WALL_MS);
    virtual_clock_wall_ms += 1000;
    registry_lost(&bed.registry, &stream);
    assert_int_equal(bed.snapshot.availability, SERVICE_UNAVAILABLE);
    assert_int_equal(bed.snapshot.since_ms, bed.at_ms);
    bed_close(&bed);
}

static void a_checkpoint_takes_only_reports_that_matter_across_a_restart(void **state)
{
    struct report_stream stream = {0};
    struct seen seen;
    struct bed bed;

    (void)state;
    bed_open(&bed, 0, RESTART_GRACE);
    bed_register(&bed, "brief", RESTART_GRACE);
    bed_register(&bed, "long", RESTART_GRACE + 1);
    bed_register(&bed, "unseen", RESTART_GRACE + 1);
    for (int i = 0; i < 3; i++) {
        bed_report(&bed, &stream, "brief", 0);
        bed_report(&bed, &stream, "long", 0);
    }
    seen = take(&bed);
    assert_int_equal(seen.count, 1);
    assert_string_equal(seen.id, "long");
    assert_int_equal(seen.seen_ms, BED_WALL_MS);
    assert_int_equal(take(&bed).count, 0);
    bed_register(&bed, "brief", RESTART_GRACE + 1); /* its last report is not on disk */
    seen = take(&bed);
    assert_int_equal(seen.count, 1);
    assert_string_equal(seen.id, "brief");
    assert_int_equal(bed.checkpoints, 0);
    bed_close(&bed);
}

static void a_rare_report_asks_for_a_checkpoint_once(void **state)
{
    struct report_stream stream = {0};
    struct bed bed;

    (void)state;
    bed_open(&bed, 0, 10); /* a restart grace below the timeout */
    bed_register(&bed, "a", 400);
    bed_register(&bed, "b", 400);
    bed_pass(&bed, 110); /* more than a quarter, but a transition is stored anyway */
    bed_report(&bed, &stream, "a", 0);
    bed_report(&bed, &stream, "b", 0);
    bed_report(&bed, &stream, "a", 0);
    assert_int_equal(bed.checkpoints, 0);
    bed_pass(&bed, 110);
    bed_report(&bed, &stream, "a", 0);
    assert_int_equal(bed.checkpoints, 1);
    bed_report(&bed, &stream, "b", 0);
    assert_int_equal(bed.checkpoints, 1);
    assert_int_equal(take(&bed).count, 2);
    bed_report(&bed, &stream, "a", 0);
    assert_int_equal(bed.checkpoints, 1);
    bed_pass(&bed, 110);
    bed_report(&bed, &stream, "b", 0);
    assert_int_equal(bed.checkpoints, 2);
    bed_close(&bed);
}

static void a_stall_extends_every_deadline(void **state)
{
    struct service *up, *down, *unseen;
    struct report_stream stream = {0};
    struct bed bed;
    int64_t left;

    (void)state;
    bed_open(&bed, 0, RESTART_GRACE);
    up = bed_register(&bed, "up", (uint64_t)HOUR);
    down = bed_register(&bed, "down", (uint64_t)HOUR);
    unseen = bed_register(&bed, "unseen", 1000);
    bed_report(&bed, &stream, "down", 0);
    registry_lost(&bed.registry, &stream);
    bed_report(&bed, &stream, "up", 0);
    take(&bed);
    bed_pass(&bed, 60); /* this is the stall */
    left = bed_left(&bed, up);
    assert_int_equal(left, HOUR - 60);
    registry_extend(&bed.registry, 55);
    assert_int_equal(bed_left(&bed, up), left + 55);
    assert_int_equal(bed_left(&bed, unseen), RESTART_GRACE);
    assert_true(service_deadline(down) == SERVICE_NEVER);
    assert_int_equal(take(&bed).count, 1); /* only the time of "up" was extended */
    bed_close(&bed);
}

static void reports_that_are_read_after_a_stall_are_not_extended(void **state)
{
    struct report_stream seen = {0}, lost = {0}, lost_before = {0};
    struct service *services[3];
    struct bed bed;

    (void)state;
    bed_open(&bed, 2000, 500);
    services[0] = bed_register(&bed, "seen", 1000);
    services[1] = bed_register(&bed, "lost", (uint64_t)HOUR);
    services[2] = bed_register(&bed, "before", (uint64_t)HOUR);
    bed_report(&bed, &lost, "lost", 0);
    bed_report(&bed, &lost_before, "before", 0);
    registry_lost(&bed.registry, &lost_before);
    bed_pass(&bed, 100); /* this is the stall */
    bed_report(&bed, &seen, "seen", 0);
    registry_lost(&bed.registry, &lost);
    registry_extend(&bed.registry, 90);
    assert_int_equal(bed_left(&bed, services[0]), 1000);
    assert_int_equal(bed_left(&bed, services[1]), 2000);
    assert_int_equal(bed_left(&bed, services[2]), 2000 - 100 + 90);
    bed_close(&bed);
}

static void a_second_restart_knows_how_long_the_first_took(void **state)
{
    struct service_snapshot snapshot = {.availability = SERVICE_AVAILABLE, .seen_ms = BED_WALL_MS - 3 * HOUR};
    struct service *service;
    struct bed bed;

    (void)state;
    bed_open(&bed, 0, RESTART_GRACE); /* after a stop of two hours, with one checkpoint */
    service = bed_register(&bed, "a", 4 * (uint64_t)HOUR);
    bed_restore(&bed, service, &snapshot, BED_WALL_MS - 2 * HOUR);
    assert_int_equal(bed_left(&bed, service), 3 * HOUR);
    snapshot.seen_ms = take(&bed).seen_ms;
    bed_close(&bed);

    bed_open(&bed, 0, RESTART_GRACE);
    virtual_clock_wall_ms += 10 * HOUR; /* a second stop */
    service = bed_register(&bed, "a", 4 * (uint64_t)HOUR);
    bed_restore(&bed, service, &snapshot, BED_WALL_MS);
    assert_int_equal(bed_left(&bed, service), 3 * HOUR);
    bed_close(&bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_restored_service_goes_on_where_it_was),
        cmocka_unit_test(restarts_before_the_first_report_add_up),
        cmocka_unit_test(a_short_timeout_that_becomes_long_after_a_restart_counts_from_the_checkpoint),
        cmocka_unit_test(services_that_died_during_the_stop_become_unavailable_after_the_restart_grace),
        cmocka_unit_test(a_report_ends_the_restart_grace),
        cmocka_unit_test(the_snapshot_of_a_service_restores_it),
        cmocka_unit_test(a_snapshot_in_a_transition_has_the_state_after_it),
        cmocka_unit_test(a_checkpoint_takes_only_reports_that_matter_across_a_restart),
        cmocka_unit_test(a_rare_report_asks_for_a_checkpoint_once),
        cmocka_unit_test(a_stall_extends_every_deadline),
        cmocka_unit_test(reports_that_are_read_after_a_stall_are_not_extended),
        cmocka_unit_test(a_second_restart_knows_how_long_the_first_took),
    };
    struct CMUnitTest table[ROWS] = {0};
    int failed;

    for (size_t i = 0; i < ROWS; i++) {
        table[i].name = rows[i].name;
        table[i].test_func = a_row_comes_out_as_expected;
        table[i].initial_state = &rows[i];
    }
    failed = cmocka_run_group_tests_name("deadlines after a restart", table, NULL, NULL);
    return failed + cmocka_run_group_tests_name("restart", tests, NULL, NULL);
}
