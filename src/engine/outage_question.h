/* SPDX-License-Identifier: MIT */
/*
 * outage_question - the event of a mass outage, "37 of 40 agents fell silent: is procjon itself cut off?",
 * which goes to the sinks before the notices that the outage holds.
 *
 * There is one for each outage. It is stored when the outage is noticed, so that a restart knows of it, and
 * stored again with its final number when COUNTING ends (suppression/mass_outage.h). After that commit it
 * goes to its sinks, and what is held is released.
 *
 * Embedded in the dispatcher, which counts its timer and its writes. Loop thread only.
 */
#ifndef PROCJON_ENGINE_OUTAGE_QUESTION_H
#define PROCJON_ENGINE_OUTAGE_QUESTION_H

#include <stdint.h>
#include <uv.h>

#include "base/event.h"
#include "engine/suppression/mass_outage.h"

struct dispatcher;

struct outage_question {
    uv_timer_t counting; /* active while GROWING or COUNTING */
    struct event event;  /* from COUNTING until it went to its sinks; id 0: none */
    char text[MASS_OUTAGE_TEXT_MAX];
    uint64_t sinks; /* of `event`, a bit set */
};

void outage_question_init(struct dispatcher *dispatcher, uv_loop_t *loop);

/* At the restore: so many services are available. */
void outage_question_restore(struct dispatcher *dispatcher, size_t available);

/* A transition that changed the phase of the mass outage is decided and stored. */
void outage_question_step(struct dispatcher *dispatcher);

/* The sinks of the event that waits; 0: none waits. */
uint64_t outage_question_sinks(const struct dispatcher *dispatcher);

/* Stores the number of a COUNTING that is not over, and closes the timer. */
void outage_question_close(struct dispatcher *dispatcher);

#endif
