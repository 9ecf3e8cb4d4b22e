/* SPDX-License-Identifier: MIT */
/*
 * outage_question - "37 of 40 agents fell silent: is procjon itself cut off?", told before what is held for
 * it.
 *
 * The question is an event like every other: on disk from the moment that a mass outage is noticed, with its
 * final number when that was counted, owed until it was delivered, and one for each outage.
 *
 * Embedded in the dispatcher, with whose handles its own is counted. Loop thread only.
 */
#ifndef PROCJON_ENGINE_OUTAGE_QUESTION_H
#define PROCJON_ENGINE_OUTAGE_QUESTION_H

#include <stdint.h>
#include <uv.h>

#include "base/event.h"
#include "engine/suppression/mass_outage.h"

struct dispatcher;

struct outage_question {
    uv_timer_t counting; /* while notices are held */
    struct event event;  /* of the outage that is being counted; id 0: none is */
    char text[MASS_OUTAGE_TEXT_MAX];
    uint64_t sinks; /* that are asked */
};

void outage_question_init(struct dispatcher *dispatcher, uv_loop_t *loop);

/* At the restore: so many services are available. */
void outage_question_restore(struct dispatcher *dispatcher, size_t live);

/* The phase of the mass outage has changed, and the transition is decided and stored: asks, or begins to
 * wait. */
void outage_question_step(struct dispatcher *dispatcher);

/* Ends a counting. */
void outage_question_close(struct dispatcher *dispatcher);

#endif
