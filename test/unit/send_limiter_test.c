/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "notify/send_limiter.h"

static const struct send_limiter_limits limits = {
    .interval_ms = 1000,
    .burst = 5,
    .slow_ms = 600000,
    .pause_ms = 1000,
    .spread_ms = 1000,
    .retry_ms = 1000,
    .retry_max_ms = 60000,
    .probe_ms = 300000,
};

static void a_burst_of_five_then_one_per_second(void **state)
{
    struct send_limiter limiter;
    uint64_t now = 5000;

    (void)state;
    send_limiter_init(&limiter, &limits, now, 1);
    for (int i = 0; i < 5; i++)
        assert_int_equal(send_limiter_take(&limiter, now), 0);
    for (int i = 0; i < 10; i++) {
        uint64_t wait = send_limiter_take(&limiter, now);

        assert_in_range(wait, 999, 1001);
        assert_true(send_limiter_take(&limiter, now + 500) > 0);
        now += wait;
        assert_int_equal(send_limiter_take(&limiter, now), 0);
    }
    now += 3600000;
    for (int i = 0; i < 5; i++)
        assert_int_equal(send_limiter_take(&limiter, now), 0);
    assert_true(send_limiter_take(&limiter, now) > 0);
}

static void a_rate_limit_response_causes_a_pause_and_half_the_rate_for_ten_minutes(void **state)
{
    struct send_limiter limiter;
    uint64_t now = 5000, slow_until, wait;
    int sent = 0;

    (void)state;
    send_limiter_init(&limiter, &limits, now, 1);
    assert_int_equal(send_limiter_take(&limiter, now), 0);
    send_limiter_rate_limited(&limiter, now, 7000);
    wait = send_limiter_take(&limiter, now);
    assert_in_range(wait, 7000, 8000);
    now += wait;
    slow_until = now + limits.slow_ms;
    assert_int_equal(send_limiter_take(&limiter, now), 0);
    send_limiter_accepted(&limiter);
    while (now < slow_until) {
        wait = send_limiter_take(&limiter, now);
        if (wait == 0)
            sent++;
        else
            assert_in_range(wait, 1, 2001);
        now += wait;
    }
    assert_in_range(sent, 298, 302);
    now += 5000;
    for (int i = 0; i < 4; i++)
        assert_int_equal(send_limiter_take(&limiter, now), 0);
}

static void a_pause_is_at_least_a_second_and_at_most_an_hour(void **state)
{
    struct send_limiter limiter;

    (void)state;
    send_limiter_init(&limiter, &limits, 0, 1);
    send_limiter_rate_limited(&limiter, 0, 0);
    assert_in_range(send_limiter_take(&limiter, 0), 1000, 2000);
    send_limiter_rate_limited(&limiter, 0, UINT64_MAX);
    assert_in_range(send_limiter_take(&limiter, 0), 3600000, 3601000);
}

static void the_back_off_doubles_up_to_a_minute(void **state)
{
    struct send_limiter limiter;
    uint64_t now = 0, base = 1000;

    (void)state;
    send_limiter_init(&limiter, &limits, now, 1);
    for (int i = 0; i < 10; i++) {
        uint64_t wait;

        send_limiter_failed(&limiter, now);
        wait = send_limiter_take(&limiter, now);
        assert_in_range(wait, base / 2, base + base / 2);
        now += wait;
        base = base * 2 < 60000 ? base * 2 : 60000;
        assert_int_equal(send_limiter_take(&limiter, now), 0);
    }
    send_limiter_accepted(&limiter);
    send_limiter_failed(&limiter, now);
    assert_in_range(send_limiter_take(&limiter, now), 500, 1500);
}

static void a_disabled_sink_is_probed_every_five_minutes(void **state)
{
    struct send_limiter limiter;

    (void)state;
    send_limiter_init(&limiter, &limits, 0, 1);
    send_limiter_disabled(&limiter, 0);
    assert_int_equal(send_limiter_take(&limiter, 0), 300000);
    assert_int_equal(send_limiter_take(&limiter, 300000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_of_five_then_one_per_second),
        cmocka_unit_test(a_rate_limit_response_causes_a_pause_and_half_the_rate_for_ten_minutes),
        cmocka_unit_test(a_pause_is_at_least_a_second_and_at_most_an_hour),
        cmocka_unit_test(the_back_off_doubles_up_to_a_minute),
        cmocka_unit_test(a_disabled_sink_is_probed_every_five_minutes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
