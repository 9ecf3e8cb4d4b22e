/* SPDX-License-Identifier: MIT */
/*
 * service_page - some services in order, out of all of them: the next `max` after a place in that order.
 *
 * Pure: it is offered every service once and keeps the first few in a heap, so that one page out of a hundred
 * thousand services costs one pass and no sorted copy of them. What it holds are pointers into the registry:
 * it must not outlive the turn of the loop. In another turn the next page begins after the place of the last
 * row, whatever came or changed in between.
 *
 * service_page_init, then fill in what is asked for, service_page_offer for each service, service_page_sort,
 * service_page_fini.
 */
#ifndef PROCJON_API_WEB_SERVICE_PAGE_H
#define PROCJON_API_WEB_SERVICE_PAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/service.h"

/* How a service fares, the worst first. */
enum display_state {
    DISPLAY_STATE_AWAY,    /* not available */
    DISPLAY_STATE_NOT_OK,  /* available, and its status code is not 0 */
    DISPLAY_STATE_AWAITED, /* registered, and its first report is not due yet */
    DISPLAY_STATE_OK,      /* available; its code is 0, or it has none */
    DISPLAY_STATES,
};

enum display_state display_state_of(const struct service *service);

struct service_page_row {
    enum display_state state;
    const struct service *service;
};

struct service_page {
    /* What is asked for. */
    bool by_id;         /* in the order of the identifiers; else the worst first, and then by id */
    const char *search; /* part of the identifier, in any case of ASCII letters; "": all */
    const char *after;  /* identifier of the place after which to begin; NULL: at the beginning */
    enum display_state after_grade; /* and its state; only if not by_id */

    /* What is there. */
    struct service_page_row *rows; /* owned; `count` of at most `max`, in order after service_page_sort */
    size_t count, max;
    size_t states[DISPLAY_STATES]; /* of all that were offered */
    size_t found;                  /* of them, that fit the search */
    bool more;                     /* behind the last row there are others */
};

/* Asks for all services, the worst first. */
void service_page_init(struct service_page *list, size_t max);
void service_page_fini(struct service_page *list);

/* Fits registry_each: `arg` is the service_page. */
void service_page_offer(void *arg, const struct service *service);

void service_page_sort(struct service_page *list);

#endif
