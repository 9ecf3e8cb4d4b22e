/* SPDX-License-Identifier: MIT */
/*
 * time_budget - how long a component may work in one iteration of the loop.
 *
 * A value, embedded in its owner, who restarts it in each iteration. Monotonic clock, not uv_now: that one
 * stands still during an iteration. Loop thread only.
 */
#ifndef PROCJON_HTTP_TIME_BUDGET_H
#define PROCJON_HTTP_TIME_BUDGET_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct time_budget {
    uint64_t ends_ns; /* uv_hrtime */
};

static inline void time_budget_start(struct time_budget *budget, uint64_t budget_ms)
{
    budget->ends_ns = uv_hrtime() + budget_ms * UINT64_C(1000000);
}

static inline bool time_budget_is_spent(const struct time_budget *budget)
{
    return uv_hrtime() >= budget->ends_ns;
}

#endif
