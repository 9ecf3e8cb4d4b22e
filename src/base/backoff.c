/* SPDX-License-Identifier: MIT */
#include "base/backoff.h"

/* splitmix64 (Steele, Lea, Flood 2014): any seed will do. Jitter need not be unpredictable. */
static uint64_t draw(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

uint64_t backoff_next(struct backoff *backoff)
{
    double base = backoff->next > 0 ? backoff->next : (double)backoff->first;
    double unit = (double)(draw(&backoff->seed) >> 11) / 9007199254740992.0; /* 2^53: [0, 1) */

    if (base > (double)backoff->max)
        base = (double)backoff->max;
    backoff->next = base * backoff->factor;
    return (uint64_t)(base * (1 + backoff->jitter * (2 * unit - 1)));
}

void backoff_reset(struct backoff *backoff)
{
    backoff->next = 0;
}
