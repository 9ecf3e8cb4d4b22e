/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <unistd.h>

#include "engine/unknown_codes.h"
#include "registry_bed.h"

#define RESTART_GRACE 60000

static void a_silent_service_becomes_unavailable_once_at_its_deadline(void **state)
{
    struct report_stream stream = {0};
    struct service *service;
    struct bed bed;
    uint64_t due;

    (void)state;
    bed_open(&bed, 0, RESTART_GRACE);
    service = bed_register(&bed, "a", 60);
    bed_report(&bed, &stream, "a", 0);
    due = service_deadline(service);
    bed_until(&bed, 2);
    assert_int_equal(loop_clock_ends(&bed.loop), due + BED_TURN_MS);
    assert_int_equal(bed.due_ms, due);
    assert_int_equal(bed.since_ms, BED_WALL_MS);
    bed_pass(&bed, 130);
    assert_string_equal(bed.trace, "a first, a silent");
    bed_close(&bed);
}

static void reports_keep_a_service_available(void **state)
{
    struct report_stream stream = {0};
    struct bed bed;

    (void)state;
    bed_open(&bed, 0, RESTART_GRACE);
    bed_register(&bed, "a", 100);
    for (int i = 0; i < 15; i++) {
        bed_report(&bed, &stream, "a", 0);
        bed_pass(&bed, 20);
    }
    assert_string_equal(bed.trace, "a first");
    bed_until(&bed, 2);
    assert_string_equal(bed.trace, "a first, a silent");
    bed_close(&bed);
}

static void a_service_that_never_reported_is_available_for_the_first_time_later(void **state)
{
    struct report_stream stream = {0};
    struct bed bed;

    (void)state;
    bed_open(&bed, 0, RESTART_GRACE);
    bed_register(&bed, "a", 30);
    bed_until(&bed, 1);
    assert_int_equal(bed.since_ms, 0); /* it was never available, so this ended no state */
    bed_report(&bed, &stream, "a", 1);
    assert_string_equal(bed.trace, "a never, a first, a nok");
    assert_int_equal(bed.since_ms, 0);
    bed_until(&bed, 4); /* the timer runs again */
    bed_close(&bed);
}

static void a_service_that_is_back_has_the_time_since_when_it_was_unavailable(void **state)
{
    struct report_stream stream = {0};
    struct bed bed;
    int64_t unavailable_ms;

    (void)state;
    bed_open(&bed, 0, RESTART_GRACE);
    bed_register(&bed, "a", 30);
    bed_report(&bed, &stream, "a", 0);
    assert_int_equal(bed.since_ms, 0);
    bed_until(&bed, 2);
    unavailable_ms = bed.at_ms;
    virtual_clock_wall_ms += 7000;
    bed_report(&bed, &stream, "a", 0);
    assert_string_equal(bed.trace, "a first, a silent, a back");
    assert_int_equal(bed.since_ms, unavailable_ms);
    assert_int_equal(bed.at_ms, BED_WALL_MS + 7000);
    bed_report(&bed, &stream, "a", 1);
    assert_int_equal(bed.since_ms, BED_WALL_MS); /* the status has been 0 since the first report */
    bed_until(&bed, 5);
    bed_close(&bed);
}

static void a_service_never_registered_is_refused(void **state)
{
    struct report_stream stream = {0};
    struct bed bed;

    (void)state;
    bed_open(&bed, 0, RESTART_GRACE);
    bed_register(&bed, "ab", 1000);
    assert_false(registry_report(&bed.registry, &stream, "a", 1, 0));
    assert_null(registry_find(&bed.registry, "abc", 3));
    assert_non_null(registry_find(&bed.registry, "abc", 2));
    assert_null(stream.links);
    assert_int_equal(bed.registry.reports, 0);
    assert_int_equal(registry_count(&bed.registry), 1);
    bed_close(&bed);
}

static void a_lost_stream_without_grace_makes_its_service_unavailable_at_once(void **state)
{
    struct report_stream stream = {0};
    struct bed bed;

    (void)state;
    bed_open(&bed, 0, RESTART_GRACE);
    bed_register(&bed, "a", 10000);
    bed_report(&bed, &stream, "a", 0);
    registry_lost(&bed.registry, &stream);
    assert_string_equal(bed.trace, "a first, a lost");
    assert_null(stream.links);
    registry_lost(&bed.registry, &stream);
    assert_int_equal(bed.transitions, 2);
    bed_close(&bed);
}

static void a_lost_stream_makes_its_service_unavailable_after_the_grace(void **state)
{
    struct report_stream stream = {0};
    struct bed bed;
    uint64_t lost_ms;

    (void)state;
    bed_open(&bed, 40, RESTART_GRACE);
    bed_register(&bed, "a", 10000);
    bed_report(&bed, &stream, "a", 0);
    lost_ms = loop_clock_begins(&bed.loop);
    registry_lost(&bed.registry, &stream);
    assert_int_equal(bed.transitions, 1);
    bed_until(&bed, 2);
    assert_string_equal(bed.trace, "a first, a lost");
    assert_int_equal(loop_clock_ends(&bed.loop), lost_ms + 40 + BED_TURN_MS);
    bed_close(&bed);
}

static void a_report_on_another_stream_within_the_grace_ends_the_grace(void **state)
{
    struct report_stream old = {0}, newer = {0};
    struct bed bed;

    (void)state;
    bed_open(&bed, 50, RESTART_GRACE);
    bed_register(&bed, "a", 10000);
    bed_report(&bed, &old, "a", 0);
    registry_lost(&bed.registry, &old);
    bed_pass(&bed, 10);
    bed_report(&bed, &newer, "a", 0);
    bed_pass(&bed, 100);
    assert_string_equal(bed.trace, "a first");
    bed_close(&bed);
}

static void of_two_streams_the_one_that_reported_last_owns_the_service(void **state)
{
    struct report_stream one = {0}, other = {0};
    struct bed bed;

    (void)state;
    bed_open(&bed, 0, RESTART_GRACE);
    bed_register(&bed, "a", 10000);
    bed_report(&bed, &one, "a", 0);
    bed_report(&bed, &other, "a", 0);
    registry_lost(&bed.registry, &one);
    assert_string_equal(bed.trace, "a first");
    bed_report(&bed, &one, "a", 0);
    registry_lost(&bed.registry, &other);
    assert_string_equal(bed.trace, "a first");
    registry_lost(&bed.registry, &one);
    assert_string_equal(bed.trace, "a first, a lost");
    bed_close(&bed);
}

static void a_lost_stream_loses_each_service_that_it_owns(void **state)
{
    struct report_stream one = {0}, other = {0};
    struct bed bed;

    (void)state;
    bed_open(&bed, 0, RESTART_GRACE);
    bed_register(&bed, "a", 10000);
    bed_register(&bed, "b", 10000);
    bed_register(&bed, "c", 10000);
    bed_register(&bed, "d", 10000);
    bed_report(&bed, &one, "a", 0);
    bed_report(&bed, &one, "b", 0);
    bed_report(&bed, &one, "c", 0);
    bed_report(&bed, &other, "b", 0);
    registry_lost(&bed.registry, &one);
    assert_string_equal(bed.trace, "a first, b first, c first, a lost, c lost");
    report_stream_done(&other);
    assert_null(other.links);
    assert_int_equal(bed.transitions, 5);
    bed_close(&bed);
}

static void after_an_end_without_an_error_only_the_timeout_counts(void **state)
{
    struct report_stream stream = {0};
    struct bed bed;

    (void)state;
    bed_open(&bed, 0, RESTART_GRACE);
    bed_register(&bed, "a", 50);
    bed_report(&bed, &stream, "a", 0);
    report_stream_done(&stream);
    registry_lost(&bed.registry, &stream);
    bed_until(&bed, 2);
    assert_string_equal(bed.trace, "a first, a silent");
    bed_close(&bed);
}

static void the_default_grace_is_the_timeout_and_at_most_five_seconds(void **state)
{
    struct report_stream stream = {0};
    struct service *brief, *slow;
    struct bed bed;
    uint64_t now;

    (void)state;
    bed_open(&bed, REGISTRY_GRACE_DEFAULT, RESTART_GRACE);
    brief = bed_register(&bed, "brief", 2000);
    slow = bed_register(&bed, "slow", 8000);
    bed_report(&bed, &stream, "brief", 0);
    bed_report(&bed, &stream, "slow", 0);
    now = loop_clock_begins(&bed.loop);
    registry_lost(&bed.registry, &stream);
    assert_int_equal(brief->lost_due_ms - now, 2000);
    assert_int_equal(slow->lost_due_ms - now, 5000);
    bed_close(&bed);
}

static void registering_again_keeps_the_state_and_counts_from_the_last_report(void **state)
{
    struct report_stream stream = {0};
    struct service *service;
    struct bed bed;
    uint64_t seen_ms;

    (void)state;
    bed_open(&bed, 0, RESTART_GRACE);
    service = bed_register(&bed, "a", 10000);
    bed_report(&bed, &stream, "a", 1);
    seen_ms = service->last_seen_ms;
    bed_pass(&bed, 20);
    assert_ptr_equal(bed_register(&bed, "a", 60), service);
    assert_int_equal(service_deadline(service), seen_ms + 60);
    assert_string_equal(bed.trace, "a first, a nok");
    bed_until(&bed, 3); /* the timer, started for 10 s, is started again */
    assert_string_equal(bed.trace, "a first, a nok, a silent");
    bed_close(&bed);
}

static void a_step_of_the_wall_clock_moves_no_deadline(void **state)
{
    struct report_stream stream = {0};
    struct service *service;
    struct bed bed;
    int64_t left;

    (void)state;
    bed_open(&bed, 0, RESTART_GRACE);
    service = bed_register(&bed, "a", 50);
    bed_report(&bed, &stream, "a", 0);
    left = bed_left(&bed, service);
    virtual_clock_wall_ms -= INT64_C(86400000);
    assert_int_equal(bed_left(&bed, service), left);
    virtual_clock_wall_ms += INT64_C(2) * 86400000;
    bed_pass(&bed, 20);
    assert_string_equal(bed.trace, "a first");
    bed_until(&bed, 2);
    bed_close(&bed);
}

/* Redirects stderr to the file that is returned. */
static FILE *catch_stderr(int *saved)
{
    FILE *file = tmpfile();

    *saved = dup(STDERR_FILENO);
    dup2(fileno(file), STDERR_FILENO);
    return file;
}

static unsigned count_lines(FILE *file, int saved)
{
    unsigned lines = 0;

    dup2(saved, STDERR_FILENO);
    close(saved);
    rewind(file);
    for (int c = getc(file); c != EOF; c = getc(file))
        lines += c == '\n';
    (void)fclose(file);
    return lines;
}

static void an_unregistered_code_is_logged_once_and_counted_always(void **state)
{
    struct report_stream stream = {0};
    struct bed bed;
    FILE *file;
    int saved;

    (void)state;
    bed_open(&bed, 0, RESTART_GRACE);
    bed_register(&bed, "a", 10000);
    registry_register(&bed.registry, "free", 4, NULL, 0, 10000);
    file = catch_stderr(&saved);
    for (int i = 0; i < 5; i++) {
        bed_report(&bed, &stream, "a", 7);
        bed_report(&bed, &stream, "a", 8);
        bed_report(&bed, &stream, "free", 7);
    }
    assert_int_equal(count_lines(file, saved), 2);
    assert_int_equal(bed.registry.unknown_codes, 10);
    assert_int_equal(bed.registry.reports, 15);

    file = catch_stderr(&saved);
    for (int code = 2; code < 1000; code++)
        bed_report(&bed, &stream, "a", code);
    assert_int_equal(count_lines(file, saved),
                     UNKNOWN_CODES_MAX - 2 + 1); /* the last line says that no more are logged */
    bed_close(&bed);
}

static void registrations_on_their_way_are_counted(void **state)
{
    struct service *service;
    struct bed bed;

    (void)state;
    bed_open(&bed, 0, RESTART_GRACE);
    service = bed_register(&bed, "a", 10000);
    assert_false(registry_is_pending(service));
    registry_pending(service, 1);
    registry_pending(service, 1);
    registry_pending(service, -1);
    assert_true(registry_is_pending(service));
    registry_pending(service, -1);
    assert_false(registry_is_pending(service));
    bed_close(&bed);
}

static void a_registry_closes_without_services_and_with_streams_left(void **state)
{
    struct report_stream stream = {0};
    struct bed bed;

    (void)state;
    bed_open(&bed, 0, RESTART_GRACE);
    bed_close(&bed);

    bed_open(&bed, 0, RESTART_GRACE);
    bed_register(&bed, "a", 10000);
    bed_register(&bed, "b", 10000);
    bed_report(&bed, &stream, "a", 0);
    bed_report(&bed, &stream, "b", 0);
    bed_close(&bed);
    assert_null(stream.links);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_silent_service_becomes_unavailable_once_at_its_deadline),
        cmocka_unit_test(reports_keep_a_service_available),
        cmocka_unit_test(a_service_that_never_reported_is_available_for_the_first_time_later),
        cmocka_unit_test(a_service_that_is_back_has_the_time_since_when_it_was_unavailable),
        cmocka_unit_test(a_service_never_registered_is_refused),
        cmocka_unit_test(a_lost_stream_without_grace_makes_its_service_unavailable_at_once),
        cmocka_unit_test(a_lost_stream_makes_its_service_unavailable_after_the_grace),
        cmocka_unit_test(a_report_on_another_stream_within_the_grace_ends_the_grace),
        cmocka_unit_test(of_two_streams_the_one_that_reported_last_owns_the_service),
        cmocka_unit_test(a_lost_stream_loses_each_service_that_it_owns),
        cmocka_unit_test(after_an_end_without_an_error_only_the_timeout_counts),
        cmocka_unit_test(the_default_grace_is_the_timeout_and_at_most_five_seconds),
        cmocka_unit_test(registering_again_keeps_the_state_and_counts_from_the_last_report),
        cmocka_unit_test(a_step_of_the_wall_clock_moves_no_deadline),
        cmocka_unit_test(an_unregistered_code_is_logged_once_and_counted_always),
        cmocka_unit_test(registrations_on_their_way_are_counted),
        cmocka_unit_test(a_registry_closes_without_services_and_with_streams_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
