/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "registry_bed.h"

#define HOUR 3600000

static struct service *open_with(struct bed *bed, struct report_stream *stream, unsigned reports)
{
    struct service *service;

    bed_open(bed, 0, 0);
    service = bed_register(bed, "a", HOUR);
    for (unsigned i = 0; i < reports; i++)
        bed_report(bed, stream, "a", 0);
    assert_int_equal(registry_reports(service), reports);
    return service;
}

static void reached_is_called_once_by_the_report_with_that_number(void **state)
{
    struct report_stream stream = {0};
    struct bed bed;

    (void)state;
    registry_await(&bed.registry, open_with(&bed, &stream, 1), 3);
    bed_report(&bed, &stream, "a", 0);
    assert_string_equal(bed.trace, "a first");
    bed_report(&bed, &stream, "a", 1);
    bed_report(&bed, &stream, "a", 1);
    assert_string_equal(bed.trace, "a first, a nok, a reached");
    bed_close(&bed);
}

static void reached_is_called_at_once_if_the_number_is_reached_already(void **state)
{
    struct report_stream stream = {0};
    struct bed bed;

    (void)state;
    registry_await(&bed.registry, open_with(&bed, &stream, 2), 2);
    assert_string_equal(bed.trace, "a first, a reached");
    bed_close(&bed);
}

static void the_lowest_of_several_numbers_counts(void **state)
{
    struct report_stream stream = {0};
    struct service *service;
    struct bed bed;

    (void)state;
    service = open_with(&bed, &stream, 1);
    registry_await(&bed.registry, service, 3);
    registry_await(&bed.registry, service, 2);
    registry_await(&bed.registry, service, 4);
    bed_report(&bed, &stream, "a", 0);
    assert_string_equal(bed.trace, "a first, a reached");
    bed_close(&bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reached_is_called_once_by_the_report_with_that_number),
        cmocka_unit_test(reached_is_called_at_once_if_the_number_is_reached_already),
        cmocka_unit_test(the_lowest_of_several_numbers_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
