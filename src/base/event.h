/* SPDX-License-Identifier: MIT */
/*
 * event - one thing that happened: what the store keeps and people are told about.
 *
 * A plain value; whoever keeps one copies its strings. Times are wall clock, milliseconds since 1970. What a
 * single sink owes people about an event is called a notice.
 */
#ifndef PROCJON_BASE_EVENT_H
#define PROCJON_BASE_EVENT_H

#include <stdbool.h>
#include <stdint.h>

/* Stored on disk: never renumber. */
enum event_kind {
    EVENT_STATUS,
    EVENT_AVAILABLE,
    EVENT_UNAVAILABLE,
    EVENT_MASS_OUTAGE, /* of many services at once, and none by name: the server itself may be cut off */
    EVENT_REMARK,      /* changes nothing: says something about the service, or about a sink */
    EVENT_FLAPPING,    /* the service changes all the time: from now on nobody is told of each change */
    EVENT_STABLE,      /* it does no more, and this is where it came to rest */
};

/* Stored on disk: never renumber. */
enum event_severity { EVENT_GOOD, EVENT_WARNING, EVENT_DANGER };

struct event {
    uint64_t id; /* unique, grows with time; shown to the reader, who may meet it twice */
    enum event_kind kind;
    enum event_severity severity; /* STABLE: of the status */
    const char *service;          /* MASS_LOSS: "" */
    const char *text;             /* STATUS: the new status; UNAVAILABLE: the reason; AVAILABLE: "";
                                     MASS_LOSS: how many were lost of how many; REMARK: what it says;
                                     FLAPPING: how often; STABLE: the status, "" if none */
    const char *previous; /* STATUS: the status before, "" if none; STABLE: "not available", "" if it is */
    int64_t at_ms;        /* when it happened */
    int64_t since_ms;     /* when the state that it ended began; 0: there was none (AVAILABLE: not "again") */

    /* Names of sinks with commas between. Behind the router, where each sink has its own, they mean nothing.
     */
    const char *sinks;  /* that people are told by */
    const char *spared; /* whose readers want calm while the service flaps, and are not told */

    /* Of this process, not stored. */
    uint64_t reports; /* how often the service had reported by then, since the process began; 0: before */
    bool maybe_told;  /* owed since before a restart: people may have read it already */
};

#endif
