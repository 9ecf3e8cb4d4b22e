/* SPDX-License-Identifier: MIT */
#include "monitor/loss.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define SLOT_MS (LOSS_WINDOW_MS / LOSS_SLOTS)

/* Empties the slots that time has passed over since the last call. */
static void turn(struct loss *loss, uint64_t now_ms)
{
    uint64_t slot = now_ms / SLOT_MS;
    uint64_t passed = slot - loss->slot;

    for (uint64_t i = 1; i <= passed && i <= LOSS_SLOTS; i++)
        loss->slots[(loss->slot + i) % LOSS_SLOTS] = 0;
    loss->slot = slot;
}

static size_t recent(const struct loss *loss)
{
    size_t sum = 0;

    for (size_t i = 0; i < LOSS_SLOTS; i++)
        sum += loss->slots[i];
    return sum;
}

/* The earliest moment at which one of the recent ones may have fallen silent. */
static uint64_t oldest_ms(const struct loss *loss)
{
    for (uint64_t back = LOSS_SLOTS - 1; back > 0; back--) {
        if (loss->slot >= back && loss->slots[(loss->slot - back) % LOSS_SLOTS] > 0)
            return (loss->slot - back) * SLOT_MS;
    }
    return loss->slot * SLOT_MS;
}

/* One that comes back within the window is no part of a loss any more: a service that flaps is not many. */
static void forgive(struct loss *loss, uint64_t left_ms)
{
    size_t *slot = &loss->slots[left_ms / SLOT_MS % LOSS_SLOTS];

    if (left_ms / SLOT_MS + LOSS_SLOTS > loss->slot && *slot > 0)
        --*slot;
}

static void end(struct loss *loss)
{
    loss->phase = LOSS_NONE;
    memset(loss->slots, 0, sizeof loss->slots);
}

void loss_join(struct loss *loss, uint64_t away_ms, uint64_t now_ms)
{
    turn(loss, now_ms);
    loss->live++;
    if (away_ms <= now_ms)
        forgive(loss, now_ms - away_ms);
    if (loss->phase == LOSS_ASKED && loss->live >= loss->before - loss->before / 4)
        end(loss);
}

/* As many as are left, and too many to name. */
static bool is_half(const struct loss *loss)
{
    size_t lost = recent(loss);

    return lost >= LOSS_SERVICES_MIN && lost >= loss->live;
}

static void count(struct loss *loss, uint64_t now_ms)
{
    loss->phase = LOSS_COUNTING;
    loss->lost = recent(loss);
    loss->before = loss->live + loss->lost;
    loss->begun_ms = oldest_ms(loss);
    loss->until_ms = now_ms + LOSS_WINDOW_MS;
}

enum loss_phase loss_leave(struct loss *loss, uint64_t now_ms)
{
    bool burst = loss->last_ms != 0 && now_ms - loss->last_ms < LOSS_BURST_MS;

    assert(loss->live > 0);
    turn(loss, now_ms);
    loss->live--;
    loss->last_ms = now_ms;
    if (loss->phase == LOSS_ASKED && now_ms - loss->begun_ms >= LOSS_OVER_MS)
        end(loss);
    if (loss->phase == LOSS_COUNTING && loss->lost < loss->before)
        loss->lost++;
    loss->slots[loss->slot % LOSS_SLOTS]++;
    if (loss->phase == LOSS_NONE && burst) {
        loss->phase = LOSS_GROWING;
        loss->until_ms = now_ms + LOSS_WINDOW_MS;
    }
    if (loss->phase <= LOSS_GROWING && is_half(loss))
        count(loss, now_ms);
    return loss->phase;
}

uint64_t loss_wait(struct loss *loss, uint64_t now_ms)
{
    bool counting = loss->phase == LOSS_COUNTING;
    uint64_t quiet_ms = loss->last_ms + (counting ? LOSS_QUIET_MS : LOSS_BURST_MS);
    uint64_t until_ms = quiet_ms < loss->until_ms ? quiet_ms : loss->until_ms;

    assert(counting || loss->phase == LOSS_GROWING);
    if (now_ms < until_ms)
        return until_ms - now_ms;
    loss->phase = counting ? LOSS_ASKED : LOSS_NONE;
    return 0;
}

void loss_settle(struct loss *loss)
{
    loss->phase = LOSS_ASKED;
}

void loss_text(const struct loss *loss, char text[LOSS_TEXT_MAX])
{
    unsigned long long seconds = (loss->last_ms - loss->begun_ms) / 1000 + 1;

    (void)snprintf(text, LOSS_TEXT_MAX, "%zu of %zu agents fell silent within %llu s", loss->lost,
                   loss->before, seconds);
}
