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

/* The store, the sink, the drain. */
#define VITALS_MAX 3

struct vitals {
    const char *reasons[VITALS_MAX]; /* sentences, constant */
    size_t count;                    /* 0: healthy */
};

void vitals_take(struct vitals *vitals, const struct web_sources *sources);

#endif
