/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "registry_checkpoint.h"

#define SECOND INT64_C(1000)
#define EXCUSE (60 * SECOND)

static void a_restart_with_less_grace_knows_that_short_timeouts_were_not_stamped(void **state)
{
    const struct service_snapshot up = {.availability = SERVICE_AVAILABLE,
                                        .seen_ms = BED_WALL_MS - 3600 * SECOND};
    const struct service_snapshot mute = {.registered_ms = BED_WALL_MS - 3600 * SECOND};
    const struct last_checkpoint stamp = {.last_alive_ms = BED_WALL_MS - SECOND, .grace_ms = EXCUSE};
    struct service *services[3];
    struct bed bed;

    (void)state;
    bed_open(&bed, 0, 0);
    services[0] = bed_register(&bed, "up", EXCUSE);
    services[1] = bed_register(&bed, "mute", EXCUSE);
    services[2] = bed_register(&bed, "long", EXCUSE + 1);
    registry_restore(&bed.registry, services[0], &up, &stamp);
    registry_restore(&bed.registry, services[1], &mute, &stamp);
    registry_restore(&bed.registry, services[2], &up, &stamp);
    assert_int_equal(bed_left(&bed, services[0]), EXCUSE);
    assert_int_equal(bed_left(&bed, services[1]), EXCUSE);
    assert_int_equal(bed_left(&bed, services[2]), 0);
    bed_close(&bed);
}

static void a_mark_takes_all_whose_timeout_matters(void **state)
{
    struct bed bed;

    (void)state;
    bed_open(&bed, 0, EXCUSE);
    bed_register(&bed, "recovered_in_time", EXCUSE);
    bed_register(&bed, "mute", EXCUSE + 1);
    assert_int_equal(take(&bed).count, 0);
    registry_mark_all(&bed.registry);
    assert_string_equal(take(&bed).id, "mute");
    assert_int_equal(take(&bed).count, 0);
    bed_close(&bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_restart_with_less_grace_knows_that_short_timeouts_were_not_stamped),
        cmocka_unit_test(a_mark_takes_all_whose_timeout_matters),
    };

    return cmocka_run_group_tests_name("stamp", tests, NULL, NULL);
}
