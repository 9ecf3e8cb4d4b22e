/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "notify/hold.h"

#define AFTER_MS 1000
#define THIRD 3

struct bed {
    struct hold hold;
    struct digest told;
    struct ids brief;
    uint64_t last_id;
};

static void add_with(struct bed *bed, enum event_kind kind, const char *service, const char *previous,
                     const char *text, int64_t at_ms, uint64_t reports, struct patience patience)
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
        .reports = reports,
    };

    hold_add(&bed->hold, &event, at_ms, patience, &bed->told, &bed->brief);
}

static void add(struct bed *bed, enum event_kind kind, const char *service, const char *previous,
                const char *text, int64_t at_ms)
{
    add_with(bed, kind, service, previous, text, at_ms, 0, (struct patience){.ms = AFTER_MS});
}

/* The status came with this report, and counts after THIRD of them. */
static void add_counted(struct bed *bed, const char *previous, const char *text, uint64_t reports)
{
    add_with(bed, EVENT_STATUS, "db", previous, text, 0, reports, (struct patience){.reports = THIRD});
}

static uint64_t due_reports(const struct bed *bed)
{
    uint64_t reports;
    int64_t due_ms;

    assert_true(hold_waits(&bed->hold, "db", &due_ms, &reports));
    assert_int_equal(due_ms, HOLD_NEVER);
    return reports;
}

static void end(struct bed *bed)
{
    hold_fini(&bed->hold);
    assert_int_equal(bed->hold.notices, 0);
    digest_fini(&bed->told);
    ids_fini(&bed->brief);
}

static void good_news_is_told_at_once(void **state)
{
    struct bed bed = {0};

    (void)state;
    add(&bed, EVENT_STATUS, "db", "nok", "ok", 0);
    assert_int_equal(bed.told.notices, 1);
    assert_int_equal(hold_due(&bed.hold), HOLD_NEVER);
    end(&bed);
}

static void a_bad_state_that_ends_in_time_is_told_to_nobody(void **state)
{
    struct bed bed = {0};

    (void)state;
    add(&bed, EVENT_STATUS, "db", "ok", "nok", -5);
    add(&bed, EVENT_UNAVAILABLE, "db", "", "gone", 10);
    add(&bed, EVENT_STATUS, "db", "nok", "ok", 500);
    assert_int_equal(bed.brief.count, 0);
    add(&bed, EVENT_AVAILABLE, "db", "", "", 994);
    assert_int_equal(bed.brief.count, 4);
    assert_int_equal(bed.told.notices, 0);
    assert_int_equal(bed.hold.notices, 0);
    end(&bed);
}

static void a_bad_state_that_lasts_is_told_when_it_has(void **state)
{
    struct bed bed = {0};

    (void)state;
    add(&bed, EVENT_STATUS, "db", "ok", "slow", 0);
    add(&bed, EVENT_STATUS, "web", "ok", "nok", 300);
    add(&bed, EVENT_STATUS, "db", "slow", "nok", 900);
    assert_int_equal(hold_due(&bed.hold), 1000);
    hold_release(&bed.hold, 999, &bed.told);
    assert_int_equal(bed.told.notices, 0);
    hold_release(&bed.hold, 1000, &bed.told);
    assert_int_equal(bed.told.notices, 2);
    assert_string_equal(bed.told.entries->status_before, "ok");
    assert_string_equal(bed.told.entries->status, "nok");
    assert_int_equal(hold_due(&bed.hold), 1300);
    end(&bed);
}

static void what_lasted_before_a_restart_is_told_although_it_is_over(void **state)
{
    struct bed bed = {0};

    (void)state;
    add(&bed, EVENT_STATUS, "db", "ok", "nok", -5000);
    add(&bed, EVENT_STATUS, "db", "nok", "ok", -4000);
    assert_int_equal(bed.told.notices, 2);
    assert_int_equal(bed.brief.count, 0);
    end(&bed);
}

static void another_bad_state_than_before_is_no_return(void **state)
{
    struct bed bed = {0};

    (void)state;
    add(&bed, EVENT_STATUS, "db", "slow", "nok", 0);
    add(&bed, EVENT_STATUS, "db", "nok", "late", 10);
    assert_int_equal(bed.brief.count, 0);
    hold_release(&bed.hold, 1000, &bed.told);
    assert_int_equal(bed.told.notices, 2);
    end(&bed);
}

static void what_is_better_than_before_waits_for_nothing(void **state)
{
    struct bed bed = {0};

    (void)state;
    add(&bed, EVENT_STATUS, "db", "slow", "nok", 0);
    add(&bed, EVENT_UNAVAILABLE, "db", "", "gone", 5);
    add(&bed, EVENT_STATUS, "db", "nok", "ok", 10);
    assert_int_equal(bed.told.notices, 0);
    add(&bed, EVENT_AVAILABLE, "db", "", "", 15);
    assert_int_equal(bed.told.notices, 4);
    assert_int_equal(bed.brief.count, 0);
    assert_int_equal(bed.hold.notices, 0);
    end(&bed);
}

static void a_bad_status_counts_with_its_third_report(void **state)
{
    struct bed bed = {0};

    (void)state;
    add_counted(&bed, "ok", "slow", 7);
    add_counted(&bed, "slow", "nok", 8);
    assert_int_equal(hold_due(&bed.hold), HOLD_NEVER);
    assert_int_equal(due_reports(&bed), 9);
    hold_heard(&bed.hold, "db", 8, &bed.told);
    hold_heard(&bed.hold, "web", 9, &bed.told);
    assert_int_equal(bed.told.notices, 0);
    hold_heard(&bed.hold, "db", 9, &bed.told);
    assert_int_equal(bed.told.notices, 2);
    assert_int_equal(bed.hold.notices, 0);
    end(&bed);
}

static void a_bad_status_of_two_reports_is_told_to_nobody(void **state)
{
    struct bed bed = {0};

    (void)state;
    add_counted(&bed, "ok", "nok", 7);
    add_counted(&bed, "nok", "ok", 9);
    hold_heard(&bed.hold, "db", 9, &bed.told);
    assert_int_equal(bed.told.notices, 0);
    assert_int_equal(bed.brief.count, 2);
    end(&bed);
}

static void silence_has_no_reports_to_wait_for(void **state)
{
    struct bed bed = {0};

    (void)state;
    add_counted(&bed, "ok", "nok", 7);
    add_with(&bed, EVENT_UNAVAILABLE, "db", "", "gone", 0, 7, (struct patience){.reports = THIRD});
    assert_int_equal(bed.told.notices, 2);
    assert_int_equal(bed.hold.notices, 0);
    end(&bed);
}

static void after_a_restart_one_more_report_is_enough(void **state)
{
    struct bed bed = {0};

    (void)state;
    add_counted(&bed, "ok", "nok", 0);
    assert_int_equal(due_reports(&bed), 1);
    hold_heard(&bed.hold, "db", 1, &bed.told);
    assert_int_equal(bed.told.notices, 1);
    end(&bed);
}

static void time_and_reports_the_first_of_them_counts(void **state)
{
    const struct patience both = {.ms = AFTER_MS, .reports = THIRD};
    struct bed bed = {0};

    (void)state;
    add_with(&bed, EVENT_STATUS, "db", "ok", "nok", 0, 1, both);
    hold_heard(&bed.hold, "db", 3, &bed.told);
    assert_int_equal(bed.told.notices, 1);
    add_with(&bed, EVENT_STATUS, "db", "nok", "late", 100, 4, both);
    hold_release(&bed.hold, 1100, &bed.told);
    assert_int_equal(bed.told.notices, 2);
    end(&bed);
}

static void a_first_status_that_is_well_again_is_no_news(void **state)
{
    struct bed bed = {0};

    (void)state;
    add(&bed, EVENT_STATUS, "db", "", "nok", 0);
    add(&bed, EVENT_STATUS, "db", "nok", "ok", 10);
    assert_int_equal(bed.brief.count, 2);
    end(&bed);
}

static void that_it_flaps_stands_for_all_that_was_held(void **state)
{
    struct bed bed = {0};

    (void)state;
    add(&bed, EVENT_STATUS, "db", "ok", "nok", 0);
    add(&bed, EVENT_UNAVAILABLE, "db", "", "gone", 10);
    add(&bed, EVENT_FLAPPING, "db", "", "6 changes in 10 min", 20);
    assert_int_equal(bed.brief.count, 2);
    assert_int_equal(bed.hold.notices, 0);
    assert_int_equal(bed.told.notices, 1);
    add(&bed, EVENT_STABLE, "db", "", "nok", 30);
    assert_int_equal(bed.told.notices, 2);
    assert_int_equal(bed.hold.notices, 0);
    end(&bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_news_is_told_at_once),
        cmocka_unit_test(a_bad_state_that_ends_in_time_is_told_to_nobody),
        cmocka_unit_test(a_bad_state_that_lasts_is_told_when_it_has),
        cmocka_unit_test(what_lasted_before_a_restart_is_told_although_it_is_over),
        cmocka_unit_test(another_bad_state_than_before_is_no_return),
        cmocka_unit_test(what_is_better_than_before_waits_for_nothing),
        cmocka_unit_test(a_bad_status_counts_with_its_third_report),
        cmocka_unit_test(a_bad_status_of_two_reports_is_told_to_nobody),
        cmocka_unit_test(silence_has_no_reports_to_wait_for),
        cmocka_unit_test(after_a_restart_one_more_report_is_enough),
        cmocka_unit_test(time_and_reports_the_first_of_them_counts),
        cmocka_unit_test(a_first_status_that_is_well_again_is_no_news),
        cmocka_unit_test(that_it_flaps_stands_for_all_that_was_held),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
