/* SPDX-License-Identifier: MIT */
/*
 * notify_after - a bad state is told when it has lasted for as long, or for as many reports, as the route
 * asks.
 *
 * Pure. Its state is what it holds (engine/held_notices.h). The first bad event of a service is held, and
 * with it what follows about the same service, until
 *
 *      it is due ........................... all of it is told, merged
 *      everything is as it was before ...... nobody is told (`recovered_in_time`)
 *      the service is well, but otherwise .. all of it is told, merged
 *      the service begins to flap, or has stopped to: that is told instead
 *
 * A service that falls silent reports no more: if the route only counts reports, that is told at once. Good
 * news is told at once.
 */
#ifndef PROCJON_ENGINE_SUPPRESSION_NOTIFY_AFTER_H
#define PROCJON_ENGINE_SUPPRESSION_NOTIFY_AFTER_H

#include "engine/suppression/stage.h"

/* The stage: `state` is the struct held_notices. */
struct stage_verdict notify_after_judge(const void *state, const struct stage_input *input);

#endif
