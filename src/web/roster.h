/* SPDX-License-Identifier: MIT */
/*
 * roster - some services in order, out of all of them: the next `max` after a place in that order.
 *
 * Pure: it is offered every service once and keeps the first few in a heap, so that one page out of a hundred
 * thousand services costs one pass and no sorted copy of them. What it holds are pointers into the registry:
 * it must not outlive the turn of the loop. In another turn the next page begins after the place of the last
 * row, whatever came or changed in between.
 *
 * roster_init, then fill in what is asked for, roster_offer for each service, roster_sort, roster_fini.
 */
#ifndef PROCJON_WEB_ROSTER_H
#define PROCJON_WEB_ROSTER_H

#include <stdbool.h>
#include <stddef.h>

#include "monitor/service.h"

/* How a service fares, the worst first. */
enum standing {
    STANDING_AWAY,    /* not available */
    STANDING_NOT_OK,  /* available, and its status code is not 0 */
    STANDING_AWAITED, /* registered, and its first report is not due yet */
    STANDING_OK,      /* available; its code is 0, or it has none */
    STANDINGS,
};

enum standing standing_of(const struct service *service);

struct roster_row {
    enum standing standing;
    const struct service *service;
};

struct roster {
    /* What is asked for. */
    bool by_id;                /* in the order of the identifiers; else the worst first, and then by id */
    const char *search;        /* part of the identifier, in any case of ASCII letters; "": all */
    const char *after;         /* identifier of the place after which to begin; NULL: at the beginning */
    enum standing after_grade; /* and its standing; only if not by_id */

    /* What is there. */
    struct roster_row *rows; /* owned; `count` of at most `max`, in order after roster_sort */
    size_t count, max;
    size_t standings[STANDINGS]; /* of all that were offered */
    size_t found;                /* of them, that fit the search */
    bool more;                   /* behind the last row there are others */
};

/* Asks for all services, the worst first. */
void roster_init(struct roster *roster, size_t max);
void roster_fini(struct roster *roster);

/* Fits registry_each: `arg` is the roster. */
void roster_offer(void *arg, const struct service *service);

void roster_sort(struct roster *roster);

#endif
