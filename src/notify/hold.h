/* SPDX-License-Identifier: MIT */
/*
 * hold - bad news that waits whether it lasts.
 *
 * Pure: no clock, no timer; embedded in its owner, a zeroed struct holds nothing. A bad notice stays here
 * until the state has lasted for as long as its route asks, and with it everything that follows about the
 * same service; if meanwhile all is as it was, nobody is told. Good news about a service that nothing is held
 * of is told at once. That it flaps, or where it came to rest, is told at once and stands for all that is
 * held.
 *
 * Times are milliseconds on one axis of the caller's; they may be negative (before the axis began).
 */
#ifndef PROCJON_NOTIFY_HOLD_H
#define PROCJON_NOTIFY_HOLD_H

#include <stddef.h>
#include <stdint.h>

#include "notify/digest.h"
#include "notify/ids.h"
#include "notify/notice.h"

/* Nothing is held. */
#define HOLD_NEVER INT64_MAX

struct hold_entry;

struct hold {
    struct hold_entry *entries;
    size_t notices;
};

void hold_fini(struct hold *hold);

/*
 * What is to be told now is appended to `told`; the ids of what nobody needs to be told, to `brief`. Notices
 * that were owed before a restart may be added again in their order: what became of them is the same.
 */
void hold_add(struct hold *hold, const struct notice *notice, int64_t at_ms, uint64_t after_ms,
              struct digest *told, struct ids *brief);

/* When the next one has waited long enough. */
int64_t hold_due(const struct hold *hold);

/* Moves all that has by `now_ms` to `told`. */
void hold_release(struct hold *hold, int64_t now_ms, struct digest *told);

#endif
