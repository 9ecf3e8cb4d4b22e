/* SPDX-License-Identifier: MIT */
/*
 * mass_outage - notices that half of the available services become unavailable at once: then the server
 * itself may be cut off from the network.
 *
 * Pure; embedded in its owner, a zeroed struct is ready. Time is an argument, milliseconds of any clock that
 * does not go back. Constant memory, however many services there are.
 *
 *      NONE <--- quiet, or window over ----+
 *       |--- one right after another --> GROWING
 *       +--- half within the window -------+--> COUNTING --- quiet, or window over --> ASKED
 *       ^                                                                               |
 *       +--------- three quarters are available again, or an hour later ----------------+
 *
 * From COUNTING to the end of ASKED it is one outage, also for services with longer timeouts that become
 * unavailable later. While GROWING or COUNTING all notices are held. The owner asks people about the outage
 * when COUNTING ends.
 */
#ifndef PROCJON_ENGINE_SUPPRESSION_MASS_OUTAGE_H
#define PROCJON_ENGINE_SUPPRESSION_MASS_OUTAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/service.h"
#include "engine/suppression/stage.h"

/*
 * Services that are cut off together do not become unavailable together: each has its own offset in the
 * period of its reports, and lost connections have a grace. Five seconds cover the usual values of both.
 */
#define MASS_OUTAGE_WINDOW_MS 5000
/* Parts of the window, by which it moves on. */
#define MASS_OUTAGE_SLOTS 10
/* Fewer than this are named one by one. */
#define MASS_OUTAGE_SERVICES_MIN 5
/* One that follows another within this time may be the second of many. A message to Slack takes as long. */
#define MASS_OUTAGE_BURST_MS 250
/* COUNTING ends early after so long without a further one, so that people are asked soon. */
#define MASS_OUTAGE_QUIET_MS 1000
/* Services that are unavailable for so long are not expected back: the others are all there is. */
#define MASS_OUTAGE_OVER_MS 3600000

enum mass_outage_phase { MASS_OUTAGE_NONE, MASS_OUTAGE_GROWING, MASS_OUTAGE_COUNTING, MASS_OUTAGE_ASKED };

struct mass_outage {
    enum mass_outage_phase phase;
    size_t available;                /* services that are available now */
    size_t slots[MASS_OUTAGE_SLOTS]; /* a ring by time: services that became unavailable and still are */
    uint64_t slot;                   /* number of the newest slot */
    uint64_t begun_ms, last_ms;      /* the first and the last service of this outage */
    uint64_t until_ms;               /* GROWING and COUNTING end by then */
    bool asking;                     /* the owner is making the question, which precedes what is held */
    size_t lost, before;             /* of this outage: services lost, and available when it began */
};

/* A service becomes available. `absence_ms`: how long it was not; MASS_OUTAGE_NEW: it never was before. */
#define MASS_OUTAGE_NEW UINT64_MAX
void mass_outage_available(struct mass_outage *outage, uint64_t absence_ms, uint64_t now_ms);

/* A service that was available becomes unavailable. Returns the phase that this leads to. */
enum mass_outage_phase mass_outage_unavailable(struct mass_outage *outage, uint64_t now_ms);

/* Either of them for a transition: `at_ms` and `since_ms` as in registry_ops. True: the phase has changed. */
bool mass_outage_observe(struct mass_outage *outage, const struct transition *transition, int64_t at_ms,
                         int64_t since_ms, uint64_t now_ms);

/* In GROWING or COUNTING: how long to wait before the next call. 0: the phase has ended, and is NONE or ASKED
 * now. */
uint64_t mass_outage_wait(struct mass_outage *outage, uint64_t now_ms);

/* Ends COUNTING without a question: the phase is ASKED. */
void mass_outage_skip(struct mass_outage *outage);

/* Whether notices are held. */
bool mass_outage_holds(const struct mass_outage *outage);

/* "37 of 40 agents fell silent within 5 s", of what was counted so far. */
#define MASS_OUTAGE_TEXT_MAX 96
void mass_outage_text(const struct mass_outage *outage, char text[MASS_OUTAGE_TEXT_MAX]);

/* The stage; `state` is the struct mass_outage. It holds every event until it is known whether this is a mass
 * outage, and until the question about it has gone to its sinks. */
struct stage_verdict mass_outage_judge(const void *state, const struct stage_input *input);

#endif
