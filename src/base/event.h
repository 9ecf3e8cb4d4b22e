/* SPDX-License-Identifier: MIT */
/*
 * event - one thing that happened: what the store keeps and what the sinks are notified of.
 *
 * A plain value. Its strings belong to the maker of the event; a holder copies them. Times are
 * wall clock, milliseconds since 1970. An event does not say which sinks are notified of it: engine/decision
 * decides that. A notice is one event for one sink.
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
    EVENT_MASS_OUTAGE, /* many services at once, none by name: the server itself may be cut off */
    EVENT_REMARK,      /* no transition: a sentence about a sink */
    EVENT_FLAPPING,    /* the service changes too often: the sinks of this event get no further transitions */
    EVENT_STABLE,      /* the service has stopped flapping: its state */
    EVENT_REMINDER,    /* no transition: the state of the service is still bad */
};

/* Stored on disk: never renumber. */
enum event_severity { EVENT_GOOD, EVENT_WARNING, EVENT_DANGER };

/* No status code: a code is an int32_t. */
#define EVENT_NO_CODE INT64_MIN

struct event {
    uint64_t id; /* unique and increasing; shown to the reader, so that a repeated message is recognised */
    enum event_kind kind;
    enum event_severity severity; /* STABLE: of the status */
    const char *service;          /* MASS_OUTAGE: ""; REMARK: the sink */
    /*
     * STATUS: the new status; UNAVAILABLE: the reason; AVAILABLE: ""; MASS_OUTAGE: how many services of how
     * many; REMARK: the sentence; FLAPPING: how often; STABLE: the status, "" if there is none; REMINDER: the
     * state.
     */
    const char *text;
    const char *previous; /* STATUS: the status before, "" if none; STABLE: "not available", "" if it is */
    /* STATUS: of the two texts, which may be equal; STABLE: `code` of the status; else EVENT_NO_CODE. */
    int64_t code, previous_code;
    int64_t at_ms; /* when it happened */
    /* When the state that it ended began; 0: there was none (AVAILABLE: for the first time). REMINDER: when
     * the state began. */
    int64_t since_ms;
    bool maybe_told; /* not stored: not settled before a restart, so that people may have read it already */
    /* Not stored: a bit for each sink that is notified of the event alone when it is stored. */
    uint64_t notified;
};

#endif
