/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "engine/held_notices.h"
#include "engine/suppression/notify_after.h"
#include "notify/digest.h"

#define AFTER_S 1
#define THIRD 3
#define SINK 5

/* Applies the verdicts of this stage as the dispatcher does. */
struct bed {
    struct held_notices held;
    struct digest told;
    size_t recovered;
    uint64_t last_id;
};

static void on_released(void *arg, unsigned sink, struct digest_entry *entry)
{
    struct bed *bed = arg;

    assert_int_equal(sink, SINK);
    digest_put(&bed->told, entry);
}

static void apply(struct bed *bed, const struct event *event, const struct stage_verdict *verdict)
{
    struct digest_entry *held = NULL;

    if (verdict->ruling == STAGE_HOLD) {
        held_notices_add(&bed->held, SINK, event, HELD_BY(STAGE_NOTIFY_AFTER), verdict->until_ms,
                         verdict->reports);
        return;
    }
    held = held_notices_take(&bed->held, event->service, SINK);
    assert_true((bed->held.count == 0) == (bed->held.services == NULL));
    if (verdict->held_outcome != NULL && held != NULL) {
        bed->recovered += held->ids.count;
        digest_entry_free(held);
    } else if (held != NULL) {
        digest_put(&bed->told, held);
    }
    if (verdict->ruling == STAGE_SUPPRESS)
        bed->recovered++;
    else
        digest_add(&bed->told, event);
}

static void add_with(struct bed *bed, enum event_kind kind, const char *service, const char *previous,
                     const char *text, int64_t at_ms, uint64_t reports, const struct route *route)
{
    bool good = kind == EVENT_AVAILABLE || text[0] == 'o';
    const struct event event = {
        .id = ++bed->last_id,
        .kind = kind,
        .severity = good ? EVENT_GOOD : EVENT_DANGER,
        .service = service,
        .previous = previous,
        .text = text,
        .at_ms = at_ms,
        .since_ms = 1,
    };
    const struct stage_input input = {
        .event = &event, .route = route, .sink = SINK, .reports = reports, .happened_ms = at_ms};
    struct stage_verdict verdict = notify_after_judge(&bed->held, &input);

    apply(bed, &event, &verdict);
}

static void add(struct bed *bed, enum event_kind kind, const char *service, const char *previous,
                const char *text, int64_t at_ms)
{
    static const struct route route = {.notify_after_s = AFTER_S};

    add_with(bed, kind, service, previous, text, at_ms, 0, &route);
}

/* A route on which a status counts with its THIRD report. */
static const struct route counting = {.notify_after_reports = THIRD};

static void add_counted(struct bed *bed, const char *previous, const char *text, uint64_t reports)
{
    add_with(bed, EVENT_STATUS, "db", previous, text, 0, reports, &counting);
}

static uint64_t due_reports(const struct bed *bed)
{
    const struct held_notice *held = held_notices_find(&bed->held, "db", SINK);

    assert_non_null(held);
    assert_int_equal(held->due_ms, STAGE_NO_TIME);
    return held->due_reports;
}

/* When the next notice is due; releases nothing. */
static int64_t next_due(struct bed *bed)
{
    return held_notices_pass_time(&bed->held, INT64_MIN, on_released, bed);
}

static int64_t pass(struct bed *bed, int64_t now_ms)
{
    return held_notices_pass_time(&bed->held, now_ms, on_released, bed);
}

static void reach(struct bed *bed, const char *service, uint64_t reports)
{
    (void)held_notices_pass_reports(&bed->held, service, reports, on_released, bed);
}

static void end(struct bed *bed)
{
    held_notices_fini(&bed->held);
    assert_int_equal(bed->held.count, 0);
    assert_int_equal(bed->held.counts[SINK], 0);
    digest_fini(&bed->told);
}

static void a_good_state_is_told_at_once(void **state)
{
    struct bed bed = {0};

    (void)state;
    add(&bed, EVENT_STATUS, "db", "nok", "ok", 0);
    assert_int_equal(bed.told.notices, 1);
    assert_int_equal(next_due(&bed), STAGE_NO_TIME);
    end(&bed);
}

static void a_bad_state_that_ends_in_time_is_not_told(void **state)
{
    struct bed bed = {0};

    (void)state;
    add(&bed, EVENT_STATUS, "db", "ok", "nok", -5);
    add(&bed, EVENT_UNAVAILABLE, "db", "", "gone", 10);
    add(&bed, EVENT_STATUS, "db", "nok", "ok", 500);
    assert_int_equal(bed.recovered, 0);
    add(&bed, EVENT_AVAILABLE, "db", "", "", 994);
    assert_int_equal(bed.recovered, 4);
    assert_int_equal(bed.told.notices, 0);
    assert_int_equal(bed.held.count, 0);
    end(&bed);
}

static void a_bad_state_that_lasts_is_told_when_it_is_due(void **state)
{
    struct bed bed = {0};

    (void)state;
    add(&bed, EVENT_STATUS, "db", "ok", "slow", 0);
    add(&bed, EVENT_STATUS, "web", "ok", "nok", 300);
    add(&bed, EVENT_STATUS, "db", "slow", "nok", 900);
    assert_int_equal(next_due(&bed), 1000);
    (void)pass(&bed, 999);
    assert_int_equal(bed.told.notices, 0);
    (void)pass(&bed, 1000);
    assert_int_equal(bed.told.notices, 2);
    assert_string_equal(bed.told.entries->status_before, "ok");
    assert_string_equal(bed.told.entries->status, "nok");
    assert_int_equal(next_due(&bed), 1300);
    end(&bed);
}

static void what_was_due_before_a_restart_is_told_although_it_is_over(void **state)
{
    struct bed bed = {0};

    (void)state;
    add(&bed, EVENT_STATUS, "db", "ok", "nok", -5000);
    add(&bed, EVENT_STATUS, "db", "nok", "ok", -4000);
    assert_int_equal(bed.told.notices, 2);
    assert_int_equal(bed.recovered, 0);
    end(&bed);
}

static void another_bad_state_than_before_is_no_recovery(void **state)
{
    struct bed bed = {0};

    (void)state;
    add(&bed, EVENT_STATUS, "db", "slow", "nok", 0);
    add(&bed, EVENT_STATUS, "db", "nok", "late", 10);
    assert_int_equal(bed.recovered, 0);
    (void)pass(&bed, 1000);
    assert_int_equal(bed.told.notices, 2);
    end(&bed);
}

static void a_good_state_that_is_not_the_one_before_is_told_at_once(void **state)
{
    struct bed bed = {0};

    (void)state;
    add(&bed, EVENT_STATUS, "db", "slow", "nok", 0);
    add(&bed, EVENT_UNAVAILABLE, "db", "", "gone", 5);
    add(&bed, EVENT_STATUS, "db", "nok", "ok", 10);
    assert_int_equal(bed.told.notices, 0);
    add(&bed, EVENT_AVAILABLE, "db", "", "", 15);
    assert_int_equal(bed.told.notices, 4);
    assert_int_equal(bed.recovered, 0);
    assert_int_equal(bed.held.count, 0);
    end(&bed);
}

static void a_bad_status_is_told_with_its_third_report(void **state)
{
    struct bed bed = {0};

    (void)state;
    add_counted(&bed, "ok", "slow", 7);
    add_counted(&bed, "slow", "nok", 8);
    assert_int_equal(next_due(&bed), STAGE_NO_TIME);
    assert_int_equal(due_reports(&bed), 9);
    reach(&bed, "db", 8);
    reach(&bed, "web", 9);
    assert_int_equal(bed.told.notices, 0);
    reach(&bed, "db", 9);
    assert_int_equal(bed.told.notices, 2);
    assert_int_equal(bed.held.count, 0);
    end(&bed);
}

static void a_bad_status_of_two_reports_is_not_told(void **state)
{
    struct bed bed = {0};

    (void)state;
    add_counted(&bed, "ok", "nok", 7);
    add_counted(&bed, "nok", "ok", 9);
    reach(&bed, "db", 9);
    assert_int_equal(bed.told.notices, 0);
    assert_int_equal(bed.recovered, 2);
    end(&bed);
}

static void unavailable_is_told_at_once_if_the_route_counts_reports(void **state)
{
    struct bed bed = {0};

    (void)state;
    add_counted(&bed, "ok", "nok", 7);
    add_with(&bed, EVENT_UNAVAILABLE, "db", "", "gone", 0, 7, &counting);
    assert_int_equal(bed.told.notices, 2);
    assert_int_equal(bed.held.count, 0);
    end(&bed);
}

static void after_a_restart_one_more_report_is_enough(void **state)
{
    struct bed bed = {0};

    (void)state;
    add_counted(&bed, "ok", "nok", 0);
    assert_int_equal(due_reports(&bed), 1);
    reach(&bed, "db", 1);
    assert_int_equal(bed.told.notices, 1);
    end(&bed);
}

static void of_time_and_reports_the_first_counts(void **state)
{
    const struct route both = {.notify_after_s = AFTER_S, .notify_after_reports = THIRD};
    struct bed bed = {0};

    (void)state;
    add_with(&bed, EVENT_STATUS, "db", "ok", "nok", 0, 1, &both);
    reach(&bed, "db", 3);
    assert_int_equal(bed.told.notices, 1);
    add_with(&bed, EVENT_STATUS, "db", "nok", "late", 100, 4, &both);
    (void)pass(&bed, 1100);
    assert_int_equal(bed.told.notices, 2);
    end(&bed);
}

static void a_first_status_that_recovers_in_time_is_not_told(void **state)
{
    struct bed bed = {0};

    (void)state;
    add(&bed, EVENT_STATUS, "db", "", "nok", 0);
    add(&bed, EVENT_STATUS, "db", "nok", "ok", 10);
    assert_int_equal(bed.recovered, 2);
    end(&bed);
}

static void flapping_suppresses_what_is_held(void **state)
{
    struct bed bed = {0};

    (void)state;
    add(&bed, EVENT_STATUS, "db", "ok", "nok", 0);
    add(&bed, EVENT_UNAVAILABLE, "db", "", "gone", 10);
    add(&bed, EVENT_FLAPPING, "db", "", "6 changes in 10 min", 20);
    assert_int_equal(bed.recovered, 2);
    assert_int_equal(bed.held.count, 0);
    assert_int_equal(bed.told.notices, 1);
    add(&bed, EVENT_STABLE, "db", "", "nok", 30);
    assert_int_equal(bed.told.notices, 2);
    assert_int_equal(bed.held.count, 0);
    end(&bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_state_is_told_at_once),
        cmocka_unit_test(a_bad_state_that_ends_in_time_is_not_told),
        cmocka_unit_test(a_bad_state_that_lasts_is_told_when_it_is_due),
        cmocka_unit_test(what_was_due_before_a_restart_is_told_although_it_is_over),
        cmocka_unit_test(another_bad_state_than_before_is_no_recovery),
        cmocka_unit_test(a_good_state_that_is_not_the_one_before_is_told_at_once),
        cmocka_unit_test(a_bad_status_is_told_with_its_third_report),
        cmocka_unit_test(a_bad_status_of_two_reports_is_not_told),
        cmocka_unit_test(unavailable_is_told_at_once_if_the_route_counts_reports),
        cmocka_unit_test(after_a_restart_one_more_report_is_enough),
        cmocka_unit_test(of_time_and_reports_the_first_counts),
        cmocka_unit_test(a_first_status_that_recovers_in_time_is_not_told),
        cmocka_unit_test(flapping_suppresses_what_is_held),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
