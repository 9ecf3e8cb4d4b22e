/* SPDX-License-Identifier: MIT */
/*
 * limits - the numbers that bound what HTTP clients can make the server do, with their reasons.
 */
#ifndef PROCJON_API_WEB_LIMITS_H
#define PROCJON_API_WEB_LIMITS_H

/* Connections: for some people, a scraper or two, a load balancer. Each costs HTTP_CONNECTION_MEMORY. */
#define WEB_CONNECTIONS_MAX 32u

/* Idle time in seconds after which a connection is closed: above the period of most scrapers. */
#define WEB_IDLE_S 20u

/*
 * From the end of one response, or the beginning of the connection, to the end of the next, in milliseconds.
 * The idle time alone would let a client that sends a byte now and then occupy a connection for ever. A
 * response of ten megabytes takes a minute at 170 kB/s.
 */
#define WEB_REQUEST_MS 60000u

/* How often the connections are checked against WEB_REQUEST_MS, in milliseconds. */
#define WEB_SWEEP_MS 5000u

/*
 * Time for producing responses in one loop iteration, in milliseconds; further requests wait for the next
 * one. With the one piece that may begin just before the end it stays far below the 50 ms by which the expiry
 * of a timeout may be late.
 */
#define WEB_BUDGET_MS 10u

/* Rows of one page: some 150 kB of HTML, which a telephone shows at once and the loop produces in 5 ms. */
#define WEB_PAGE_ROWS 500u

/* Services in one piece of /api/services. Each piece is a pass over all services and takes some 5 ms. */
#define WEB_API_ROWS 500u

/* Bytes of a search: it is for a part of an identifier, which has at most 256. */
#define WEB_SEARCH_MAX 256u

/* After how many seconds the page reloads: often enough to watch it, seldom enough to read it. */
#define WEB_REFRESH_S 30u

#endif
