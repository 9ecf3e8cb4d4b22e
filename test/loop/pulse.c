/* SPDX-License-Identifier: MIT */
#include "pulse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/uvx.h"
#include "virtual_clock.h"

static void on_watchdog(uv_timer_t *timer)
{
    (void)timer;
    fail_msg("nothing more happened for %d ms", PULSE_WATCHDOG_MS);
}

static void on_tick(uv_timer_t *timer)
{
    struct pulse *pulse = container_of(timer, struct pulse, tick);

    pulse->ticks++;
}

void pulse_open(struct pulse *pulse, uv_loop_t *loop)
{
    virtual_clock_start();
    uv_update_time(loop);
    (void)uv_timer_init(loop, &pulse->watchdog);
    (void)uv_timer_start(&pulse->watchdog, on_watchdog, PULSE_WATCHDOG_MS, 0);
    (void)uv_timer_init(loop, &pulse->tick);
}

void pulse_count(struct pulse *pulse)
{
    pulse->ticks = 0;
    (void)uv_timer_start(&pulse->tick, on_tick, PULSE_TICK_MS, PULSE_TICK_MS);
}

void pulse_close(struct pulse *pulse)
{
    uv_close((uv_handle_t *)&pulse->watchdog, NULL);
    uv_close((uv_handle_t *)&pulse->tick, NULL);
}
