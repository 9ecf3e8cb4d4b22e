/* SPDX-License-Identifier: MIT */
/*
 * event - one thing that happened: what the store keeps and people are told about.
 *
 * A plain value; its strings belong to the maker, and a holder copies them. Times are wall clock,
 * milliseconds since 1970. Which sinks hear of an event is no part of it: that is decided by engine/decision.
 * What one sink owes people about an event is called a notice.
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
    EVENT_MASS_OUTAGE, /* many services at once, and none by name: the server itself may be cut off */
    EVENT_REMARK,      /* no change: a sentence about a sink */
    EVENT_FLAPPING, /* the service changes all the time: the sinks of this event do not hear each change from
                       now on */
    EVENT_STABLE,   /* it has stopped changing, and this is its state */
    EVENT_REMINDER, /* no change: the state of the service is still bad */
};

/* Stored on disk: never renumber. */
enum event_severity { EVENT_GOOD, EVENT_WARNING, EVENT_DANGER };

/* No status code: codes are int32_t. */
#define EVENT_NO_CODE INT64_MIN

struct event {
    uint64_t id; /* unique, grows with time; shown to the reader, who may meet it twice */
    enum event_kind kind;
    enum event_severity severity; /* STABLE: of the status */
    const char *service;          /* MASS_OUTAGE: "" */
    const char *text;             /* STATUS: the new status; UNAVAILABLE: the reason; AVAILABLE: "";
                                     MASS_OUTAGE: how many were lost of how many; REMARK: the sentence;
                                     FLAPPING: how often; STABLE: the status, "" if none; REMINDER: the state */
    const char *previous; /* STATUS: the status before, "" if none; STABLE: "not available", "" if it is */
    int64_t code,
        previous_code; /* STATUS: of the two texts, which may be the same; otherwise EVENT_NO_CODE */
    int64_t at_ms;     /* when it happened */
    int64_t since_ms;  /* when the state that it ended began; 0: there was none (AVAILABLE: not "again");
                          REMINDER: when the state began */
    bool maybe_told;   /* of this process, not stored: owed since before a restart, people may have read it */
};

#endif
