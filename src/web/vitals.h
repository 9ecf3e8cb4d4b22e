/* SPDX-License-Identifier: MIT */
/*
 * vitals - whether the server itself can do what it is there for, and if not, why.
 *
 * Pure. That the loop turns needs no test of its own: whoever reads the answer has seen it.
 */
#ifndef PROCJON_WEB_VITALS_H
#define PROCJON_WEB_VITALS_H

#include <stddef.h>

#include "web/sources.h"

/* The store, the drain, and every sink that there may be. */
#define VITALS_MAX (PLAN_WAYS_MAX + 2)
/* A sentence with the name of a sink in it. */
#define VITALS_REASON_MAX (PLAN_NAME_MAX + 96)

struct vitals {
    char reasons[VITALS_MAX][VITALS_REASON_MAX]; /* sentences */
    size_t count;                                /* 0: healthy */
};

void vitals_take(struct vitals *vitals, const struct web_sources *sources);

#endif
