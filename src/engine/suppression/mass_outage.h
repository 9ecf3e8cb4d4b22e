/* SPDX-License-Identifier: MIT */
/*
 * mass_outage - notices when half of the living fall silent at once: then the server itself may be what is
 * cut off.
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
#ifndef PROCJON_ENGINE_SUPPRESSION_MASS_OUTAGE_H
#define PROCJON_ENGINE_SUPPRESSION_MASS_OUTAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/service.h"
#include "engine/suppression/stage.h"

/*
 * Agents that are cut off together are not noticed together: each has its own moment in the period between
 * two reports, and broken connections have a grace. Five seconds cover the usual ones of both.
 */
#define MASS_OUTAGE_WINDOW_MS 5000
#define MASS_OUTAGE_SLOTS 10
/* Of fewer than this many each may be named. */
#define MASS_OUTAGE_SERVICES_MIN 5
/* One that follows another within this time may be the second of many; an answer of Slack takes as long. */
#define MASS_OUTAGE_BURST_MS 250
/* After so long without a further one the counting ends early: what falls at one moment is told soon. */
#define MASS_OUTAGE_QUIET_MS 1000
/* Who is still away by then is not expected back: the rest is the new whole. */
#define MASS_OUTAGE_OVER_MS 3600000

enum mass_outage_phase { MASS_OUTAGE_NONE, MASS_OUTAGE_GROWING, MASS_OUTAGE_COUNTING, MASS_OUTAGE_ASKED };

struct mass_outage {
    enum mass_outage_phase phase;
    size_t live;                     /* services that are available now */
    size_t slots[MASS_OUTAGE_SLOTS]; /* silent since, and not back; by time, a ring */
    uint64_t slot;                   /* number of the newest slot */
    uint64_t begun_ms, last_ms;      /* the first and the last of this loss */
    uint64_t until_ms;               /* GROWING and COUNTING end by then */
    bool asking;                     /* the question is not on its way to the sinks yet */
    size_t lost, before;             /* of this loss; `before`: that were live when it began */
};

/* One more is live. `away_ms`: it was silent for so long; MASS_OUTAGE_NEW: it never was. */
#define MASS_OUTAGE_NEW UINT64_MAX
void mass_outage_join(struct mass_outage *loss, uint64_t away_ms, uint64_t now_ms);

/* One that was live fell silent. Returns the phase that it led to. */
enum mass_outage_phase mass_outage_leave(struct mass_outage *loss, uint64_t now_ms);

/* The same for a transition: `at_ms` and `since_ms` as in registry_ops. True: the phase has changed. */
bool mass_outage_observe(struct mass_outage *outage, const struct transition *transition, int64_t at_ms,
                         int64_t since_ms, uint64_t now_ms);

/*
 * While GROWING or COUNTING: how long to wait before calling this again. 0: that has ended, and the phase is
 * another one.
 */
uint64_t mass_outage_wait(struct mass_outage *loss, uint64_t now_ms);

/* Ends the counting now: the phase is ASKED. */
void mass_outage_settle(struct mass_outage *loss);

/* Whether notices are held. */
bool mass_outage_holds(const struct mass_outage *mass_outage);

/* "37 of 40 agents fell silent within 5 s", of what was counted so far. */
#define MASS_OUTAGE_TEXT_MAX 96
void mass_outage_text(const struct mass_outage *loss, char text[MASS_OUTAGE_TEXT_MAX]);

/* The stage: while it is not known whether many are lost, and until the question about them is told, all is
 * held. */
struct stage_verdict mass_outage_judge(const void *state, const struct stage_input *input);

#endif
