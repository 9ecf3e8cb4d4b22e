/* SPDX-License-Identifier: MIT */
/*
 * service_page - a page of the list of services: the next `max` services after a place in the order.
 *
 * Pure. Every service is offered once, and the first `max` are kept in a heap, so that a page out of a
 * hundred thousand services takes one pass and no sorted copy of them. The rows are pointers into the
 * registry: they are valid in the loop iteration in which they were offered only. The next page begins after
 * the place of the last row, whatever was registered or has changed in between.
 *
 * Usage: service_page_init, fill in the query, service_page_offer for each service, service_page_sort,
 * service_page_fini.
 */
#ifndef PROCJON_API_WEB_SERVICE_PAGE_H
#define PROCJON_API_WEB_SERVICE_PAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/engine.h"

/* The state of a service as the page shows it, the worst first. */
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
    /* The query. */
    bool by_id; /* the order is by identifier; else by state, the worst first, and then by identifier */
    const char *search; /* a part of the identifier, ignoring the case of ASCII letters; "": all */
    const char
        *after; /* the identifier of the place after which the page begins; NULL: at the first service */
    enum display_state after_state; /* the state of that place; not used with by_id */

    /* The result. */
    struct service_page_row *rows; /* owned; at most `max`, in order after service_page_sort */
    size_t count, max;
    size_t states[DISPLAY_STATES]; /* the number of services in each state, of all that were offered */
    size_t found;                  /* of these, the number that the search matches */
    bool more;                     /* there are matches after the last row */
};

/* The query is all services, the worst first. */
void service_page_init(struct service_page *page, size_t max);
void service_page_fini(struct service_page *page);

/* A callback for engine_each: `arg` is the service_page. */
void service_page_offer(void *arg, const struct service *service);

/* After the last offer. */
void service_page_sort(struct service_page *page);

#endif
