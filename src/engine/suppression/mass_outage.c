/* SPDX-License-Identifier: MIT */
#include "engine/suppression/mass_outage.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "engine/loop_clock.h"

#define SLOT_MS (MASS_OUTAGE_WINDOW_MS / MASS_OUTAGE_SLOTS)

/* Empties the slots that time has passed over since the last call. */
static void turn(struct mass_outage *loss, uint64_t now_ms)
{
    uint64_t slot = now_ms / SLOT_MS;
    uint64_t passed = slot - loss->slot;

    for (uint64_t i = 1; i <= passed && i <= MASS_OUTAGE_SLOTS; i++)
        loss->slots[(loss->slot + i) % MASS_OUTAGE_SLOTS] = 0;
    loss->slot = slot;
}

static size_t recent(const struct mass_outage *loss)
{
    size_t sum = 0;

    for (size_t i = 0; i < MASS_OUTAGE_SLOTS; i++)
        sum += loss->slots[i];
    return sum;
}

/* The earliest moment at which one of the recent ones may have fallen silent. */
static uint64_t oldest_ms(const struct mass_outage *loss)
{
    for (uint64_t back = MASS_OUTAGE_SLOTS - 1; back > 0; back--) {
        if (loss->slot >= back && loss->slots[(loss->slot - back) % MASS_OUTAGE_SLOTS] > 0)
            return (loss->slot - back) * SLOT_MS;
    }
    return loss->slot * SLOT_MS;
}

/* One that comes back within the window is no part of a loss any more: a service that flaps is not many. */
static void forgive(struct mass_outage *loss, uint64_t left_ms)
{
    size_t *slot = &loss->slots[left_ms / SLOT_MS % MASS_OUTAGE_SLOTS];

    if (left_ms / SLOT_MS + MASS_OUTAGE_SLOTS > loss->slot && *slot > 0)
        --*slot;
}

static void end(struct mass_outage *loss)
{
    loss->phase = MASS_OUTAGE_NONE;
    memset(loss->slots, 0, sizeof loss->slots);
}

void mass_outage_join(struct mass_outage *loss, uint64_t away_ms, uint64_t now_ms)
{
    turn(loss, now_ms);
    loss->live++;
    if (away_ms <= now_ms)
        forgive(loss, now_ms - away_ms);
    if (loss->phase == MASS_OUTAGE_ASKED && loss->live >= loss->before - loss->before / 4)
        end(loss);
}

/* As many as are left, and too many to name. */
static bool is_half(const struct mass_outage *loss)
{
    size_t lost = recent(loss);

    return lost >= MASS_OUTAGE_SERVICES_MIN && lost >= loss->live;
}

static void count(struct mass_outage *loss, uint64_t now_ms)
{
    loss->phase = MASS_OUTAGE_COUNTING;
    loss->lost = recent(loss);
    loss->before = loss->live + loss->lost;
    loss->begun_ms = oldest_ms(loss);
    loss->until_ms = now_ms + MASS_OUTAGE_WINDOW_MS;
}

enum mass_outage_phase mass_outage_leave(struct mass_outage *loss, uint64_t now_ms)
{
    bool burst = loss->last_ms != 0 && now_ms - loss->last_ms < MASS_OUTAGE_BURST_MS;

    assert(loss->live > 0);
    turn(loss, now_ms);
    loss->live--;
    loss->last_ms = now_ms;
    if (loss->phase == MASS_OUTAGE_ASKED && now_ms - loss->begun_ms >= MASS_OUTAGE_OVER_MS)
        end(loss);
    if (loss->phase == MASS_OUTAGE_COUNTING && loss->lost < loss->before)
        loss->lost++;
    loss->slots[loss->slot % MASS_OUTAGE_SLOTS]++;
    if (loss->phase == MASS_OUTAGE_NONE && burst) {
        loss->phase = MASS_OUTAGE_GROWING;
        loss->until_ms = now_ms + MASS_OUTAGE_WINDOW_MS;
    }
    if (loss->phase <= MASS_OUTAGE_GROWING && is_half(loss))
        count(loss, now_ms);
    return loss->phase;
}

uint64_t mass_outage_wait(struct mass_outage *loss, uint64_t now_ms)
{
    bool counting = loss->phase == MASS_OUTAGE_COUNTING;
    uint64_t quiet_ms = loss->last_ms + (counting ? MASS_OUTAGE_QUIET_MS : MASS_OUTAGE_BURST_MS);
    uint64_t until_ms = quiet_ms < loss->until_ms ? quiet_ms : loss->until_ms;

    assert(counting || loss->phase == MASS_OUTAGE_GROWING);
    if (now_ms < until_ms)
        return until_ms - now_ms;
    loss->phase = counting ? MASS_OUTAGE_ASKED : MASS_OUTAGE_NONE;
    return 0;
}

void mass_outage_settle(struct mass_outage *loss)
{
    loss->phase = MASS_OUTAGE_ASKED;
}

void mass_outage_text(const struct mass_outage *loss, char text[MASS_OUTAGE_TEXT_MAX])
{
    unsigned long long seconds = (loss->last_ms - loss->begun_ms) / 1000 + 1;

    (void)snprintf(text, MASS_OUTAGE_TEXT_MAX, "%zu of %zu agents fell silent within %llu s", loss->lost,
                   loss->before, seconds);
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
        mass_outage_join(outage, transition->first ? MASS_OUTAGE_NEW : loop_clock_elapsed(at_ms, since_ms),
                         now_ms);
    else if (transition->kind == TRANSITION_UNAVAILABLE && transition->reason != REASON_NEVER_REPORTED)
        (void)mass_outage_leave(outage, now_ms); /* what never reported was never live */
    return outage->phase != before;
}
