/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "registry_checkpoint.h"

#define SECOND INT64_C(1000)
#define RESTART_GRACE (60 * SECOND)

static void a_restart_with_a_shorter_grace_knows_that_short_timeouts_were_not_stored(void **state)
{
    const struct service_snapshot up = {.availability = SERVICE_AVAILABLE,
                                        .seen_ms = BED_WALL_MS - 3600 * SECOND};
    const struct service_snapshot unseen = {.registered_ms = BED_WALL_MS - 3600 * SECOND};
    const struct last_checkpoint checkpoint = {.last_alive_ms = BED_WALL_MS - SECOND,
                                               .grace_ms = RESTART_GRACE};
    struct service *services[3];
    struct bed bed;

    (void)state;
    bed_open(&bed, 0, 0);
    services[0] = bed_register(&bed, "up", RESTART_GRACE);
    services[1] = bed_register(&bed, "unseen", RESTART_GRACE);
    services[2] = bed_register(&bed, "long", RESTART_GRACE + 1);
    registry_restore(&bed.registry, services[0], &up, &checkpoint);
    registry_restore(&bed.registry, services[1], &unseen, &checkpoint);
    registry_restore(&bed.registry, services[2], &up, &checkpoint);
    assert_int_equal(bed_left(&bed, services[0]), RESTART_GRACE);
    assert_int_equal(bed_left(&bed, services[1]), RESTART_GRACE);
    assert_int_equal(bed_left(&bed, services[2]), 0);
    bed_close(&bed);
}

static void a_checkpoint_of_all_services_omits_those_with_short_timeouts(void **state)
{
    struct bed bed;

    (void)state;
    bed_open(&bed, 0, RESTART_GRACE);
    bed_register(&bed, "brief", RESTART_GRACE);
    bed_register(&bed, "unseen", RESTART_GRACE + 1);
    assert_int_equal(take(&bed).count, 0);
    registry_mark_all(&bed.registry);
    assert_string_equal(take(&bed).id, "unseen");
    assert_int_equal(take(&bed).count, 0);
    bed_close(&bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_restart_with_a_shorter_grace_knows_that_short_timeouts_were_not_stored),
        cmocka_unit_test(a_checkpoint_of_all_services_omits_those_with_short_timeouts),
    };

    return cmocka_run_group_tests_name("checkpoint", tests, NULL, NULL);
}
