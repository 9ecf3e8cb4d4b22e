/* SPDX-License-Identifier: MIT */
/*
 * limits - every number that bounds what a browser can make this room do, and why it is that number.
 */
#ifndef PROCJON_API_WEB_LIMITS_H
#define PROCJON_API_WEB_LIMITS_H

/* A few people, a scraper or two, a load balancer; each costs HTTP_CONNECTION_MEMORY and a descriptor. */
#define WEB_CONNECTIONS_MAX 32u

/* Silence, in seconds, after which a connection is closed: longer than the usual period of a scraper. */
#define WEB_IDLE_S 20u

/*
 * From one answer, or the beginning of the connection, to the next, in milliseconds. Silence alone would let
 * a client that sends a byte now and then keep its place for ever. Ten megabytes take a minute at 170 kB/s.
 */
#define WEB_EXCHANGE_MS 60000u

/* How often the connections are looked through for one that takes longer, in milliseconds. */
#define WEB_SWEEP_MS 5000u

/*
 * A turn of the loop in which answering has taken so long leaves what else is asked for to the next one, in
 * milliseconds. With the one piece that may begin just before, a turn stays far below the 50 ms by which a
 * deadline may be late.
 */
#define WEB_TURN_MS 10u

/* Rows on one page: some 150 kB of HTML, which a telephone shows at once and the loop writes in some 5 ms. */
#define WEB_PAGE_ROWS 500u

/* Services in one piece of /api/services: one pass over all services for each, and some 5 ms of the loop. */
#define WEB_API_ROWS 500u

/* A search is for a part of an identifier, and that has at most so many bytes. */
#define WEB_SEARCH_MAX 256u

/* How often the page asks for itself again: often enough to watch, seldom enough to read. Seconds. */
#define WEB_REFRESH_S 30u

#endif
