/* SPDX-License-Identifier: MIT */
/*
 * loss - notices when half of the living fall silent at once: then the server itself may be what is cut off.
 *
 * Pure; embedded in its owner, a zeroed struct is ready. Time is an argument, milliseconds of any clock that
 * does not go back. Constant memory, however many services there are.
 *
 *      NONE ◀── a moment of quiet, or a window later ──┐
 *       ├── one right after another ───────────────▶ GROWING
 *       └── half, and at least 5, within the window ───┴──▶ COUNTING ── quiet, or a window later ──▶ ASKED
 *       ▲                                                                                              │
 *       └──────────────────── three quarters live again, or an hour later ─────────────────────────────┘
 *
 * From COUNTING to the end of ASKED it is one loss, however long the slower timeouts trail behind.
 */
#ifndef PROCJON_MONITOR_LOSS_H
#define PROCJON_MONITOR_LOSS_H

#include <stddef.h>
#include <stdint.h>

/*
 * Agents that are cut off together are not noticed together: each has its own moment in the period between
 * two reports, and broken connections have a grace. Five seconds cover the usual ones of both.
 */
#define LOSS_WINDOW_MS 5000
#define LOSS_SLOTS 10
/* Of fewer than this many each may be named. */
#define LOSS_SERVICES_MIN 5
/* One that follows another within this time may be the second of many; an answer of Slack takes as long. */
#define LOSS_BURST_MS 250
/* After so long without a further one the counting ends early: what falls at one moment is told soon. */
#define LOSS_QUIET_MS 1000
/* Who is still away by then is not expected back: the rest is the new whole. */
#define LOSS_OVER_MS 3600000

enum loss_phase { LOSS_NONE, LOSS_GROWING, LOSS_COUNTING, LOSS_ASKED };

struct loss {
    enum loss_phase phase;
    size_t live;                /* services that are available now */
    size_t slots[LOSS_SLOTS];   /* silent since, and not back; by time, a ring */
    uint64_t slot;              /* number of the newest slot */
    uint64_t begun_ms, last_ms; /* the first and the last of this loss */
    uint64_t until_ms;          /* GROWING and COUNTING end by then */
    size_t lost, before;        /* of this loss; `before`: that were live when it began */
};

/* One more is live. `away_ms`: it was silent for so long; LOSS_NEW: it never was. */
#define LOSS_NEW UINT64_MAX
void loss_join(struct loss *loss, uint64_t away_ms, uint64_t now_ms);

/* One that was live fell silent. Returns the phase that it led to. */
enum loss_phase loss_leave(struct loss *loss, uint64_t now_ms);

/*
 * While GROWING or COUNTING: how long to wait before calling this again. 0: that has ended, and the phase is
 * another one.
 */
uint64_t loss_wait(struct loss *loss, uint64_t now_ms);

/* Ends the counting now: the phase is ASKED. */
void loss_settle(struct loss *loss);

/* "37 of 40 agents fell silent within 5 s", of what was counted so far. */
#define LOSS_TEXT_MAX 96
void loss_text(const struct loss *loss, char text[LOSS_TEXT_MAX]);

#endif
