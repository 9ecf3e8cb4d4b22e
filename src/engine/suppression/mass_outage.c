/* SPDX-License-Identifier: MIT */
#include "engine/suppression/mass_outage.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "engine/loop_clock.h"

#define SLOT_MS (MASS_OUTAGE_WINDOW_MS / MASS_OUTAGE_SLOTS)

/* Makes the slot of now the newest one, and empties those between. */
static void advance(struct mass_outage *outage, uint64_t now_ms)
{
    uint64_t slot = now_ms / SLOT_MS;
    uint64_t passed = slot - outage->slot;

    for (uint64_t i = 1; i <= passed && i <= MASS_OUTAGE_SLOTS; i++)
        outage->slots[(outage->slot + i) % MASS_OUTAGE_SLOTS] = 0;
    outage->slot = slot;
}

static size_t recent(const struct mass_outage *outage)
{
    size_t sum = 0;

    for (size_t i = 0; i < MASS_OUTAGE_SLOTS; i++)
        sum += outage->slots[i];
    return sum;
}

/* The earliest time at which one of the recent ones may have become unavailable. */
static uint64_t oldest_ms(const struct mass_outage *outage)
{
    for (uint64_t back = MASS_OUTAGE_SLOTS - 1; back > 0; back--) {
        if (outage->slot >= back && outage->slots[(outage->slot - back) % MASS_OUTAGE_SLOTS] > 0)
            return (outage->slot - back) * SLOT_MS;
    }
    return outage->slot * SLOT_MS;
}

/* A service that is back within the window is not counted: one service that flaps is not many. */
static void uncount(struct mass_outage *outage, uint64_t lost_ms)
{
    size_t *slot = &outage->slots[lost_ms / SLOT_MS % MASS_OUTAGE_SLOTS];

    if (lost_ms / SLOT_MS + MASS_OUTAGE_SLOTS > outage->slot && *slot > 0)
        --*slot;
}

/* Three quarters of the services are available again. */
static bool is_recovered(const struct mass_outage *outage)
{
    return outage->available >= outage->before - outage->before / 4;
}

static void end(struct mass_outage *outage)
{
    outage->phase = MASS_OUTAGE_NONE;
    memset(outage->slots, 0, sizeof outage->slots);
}

void mass_outage_available(struct mass_outage *outage, uint64_t absence_ms, uint64_t now_ms)
{
    advance(outage, now_ms);
    outage->available++;
    if (absence_ms <= now_ms)
        uncount(outage, now_ms - absence_ms);
    if (outage->phase == MASS_OUTAGE_ASKED && is_recovered(outage))
        end(outage);
}

/* As many as are still available, and too many to be named. */
static bool is_half(const struct mass_outage *outage)
{
    size_t lost = recent(outage);

    return lost >= MASS_OUTAGE_SERVICES_MIN && lost >= outage->available;
}

static void begin_counting(struct mass_outage *outage, uint64_t now_ms)
{
    outage->phase = MASS_OUTAGE_COUNTING;
    outage->lost = recent(outage);
    outage->before = outage->available + outage->lost;
    outage->begun_ms = oldest_ms(outage);
    outage->until_ms = now_ms + MASS_OUTAGE_WINDOW_MS;
}

enum mass_outage_phase mass_outage_unavailable(struct mass_outage *outage, uint64_t now_ms)
{
    bool burst = outage->last_ms != 0 && now_ms - outage->last_ms < MASS_OUTAGE_BURST_MS;

    assert(outage->available > 0);
    advance(outage, now_ms);
    /* All may have come back while they were counted: then no later one has ended the outage. */
    if (outage->phase == MASS_OUTAGE_ASKED &&
        (is_recovered(outage) || now_ms - outage->begun_ms >= MASS_OUTAGE_OVER_MS))
        end(outage);
    outage->available--;
    outage->last_ms = now_ms;
    if (outage->phase == MASS_OUTAGE_COUNTING && outage->lost < outage->before)
        outage->lost++;
    outage->slots[outage->slot % MASS_OUTAGE_SLOTS]++;
    if (outage->phase == MASS_OUTAGE_NONE && burst) {
        outage->phase = MASS_OUTAGE_GROWING;
        outage->until_ms = now_ms + MASS_OUTAGE_WINDOW_MS;
    }
    if (outage->phase <= MASS_OUTAGE_GROWING && is_half(outage))
        begin_counting(outage, now_ms);
    return outage->phase;
}

uint64_t mass_outage_wait(struct mass_outage *outage, uint64_t now_ms)
{
    bool counting = outage->phase == MASS_OUTAGE_COUNTING;
    uint64_t quiet_ms = outage->last_ms + (counting ? MASS_OUTAGE_QUIET_MS : MASS_OUTAGE_BURST_MS);
    uint64_t until_ms = quiet_ms < outage->until_ms ? quiet_ms : outage->until_ms;

    assert(counting || outage->phase == MASS_OUTAGE_GROWING);
    if (now_ms < until_ms)
        return until_ms - now_ms;
    outage->phase = counting ? MASS_OUTAGE_ASKED : MASS_OUTAGE_NONE;
    return 0;
}

void mass_outage_skip(struct mass_outage *outage)
{
    outage->phase = MASS_OUTAGE_ASKED;
}

void mass_outage_text(const struct mass_outage *outage, char text[MASS_OUTAGE_TEXT_MAX])
{
    unsigned long long seconds = (outage->last_ms - outage->begun_ms) / 1000 + 1;

    (void)snprintf(text, MASS_OUTAGE_TEXT_MAX, "%zu of %zu agents fell silent within %llu s", outage->lost,
                   outage->before, seconds);
}

bool mass_outage_holds(const struct mass_outage *outage)
{
    return outage->phase == MASS_OUTAGE_GROWING || outage->phase == MASS_OUTAGE_COUNTING || outage->asking;
}

struct stage_verdict mass_outage_judge(const void *state, const struct stage_input *input)
{
    const struct mass_outage *outage = state;

    (void)input;
    if (!mass_outage_holds(outage))
        return (struct stage_verdict){.ruling = STAGE_PASS};
    return (struct stage_verdict){
        .ruling = STAGE_HOLD, .until_ms = (int64_t)outage->until_ms, .reports = STAGE_NO_REPORTS};
}

bool mass_outage_observe(struct mass_outage *outage, const struct transition *transition, int64_t at_ms,
                         int64_t since_ms, uint64_t now_ms)
{
    enum mass_outage_phase before = outage->phase;

    if (transition->kind == TRANSITION_AVAILABLE)
        mass_outage_available(
            outage, transition->first ? MASS_OUTAGE_NEW : loop_clock_elapsed(at_ms, since_ms), now_ms);
    else if (transition->kind == TRANSITION_UNAVAILABLE && transition->reason != REASON_NEVER_REPORTED)
        (void)mass_outage_unavailable(outage, now_ms); /* a service that never reported was never available */
    return outage->phase != before;
}
