/* SPDX-License-Identifier: MIT */
/*
 * notice - one thing that happened, as people are to be told about it.
 *
 * A plain value; whoever keeps one copies its strings. Times are wall clock, milliseconds since 1970.
 */
#ifndef PROCJON_NOTIFY_NOTICE_H
#define PROCJON_NOTIFY_NOTICE_H

#include <stdbool.h>
#include <stdint.h>

/* Stored on disk: never renumber. */
enum notice_kind {
    NOTICE_STATUS,
    NOTICE_AVAILABLE,
    NOTICE_UNAVAILABLE,
    NOTICE_MASS_LOSS, /* of many services at once, and none by name: the server itself may be cut off */
    NOTICE_REMARK,    /* changes nothing: says something about the service, or about a sink */
    NOTICE_FLAPPING,  /* the service changes all the time: from now on nobody is told of each change */
    NOTICE_STABLE,    /* it does no more, and this is where it came to rest */
};

enum notice_severity { NOTICE_GOOD, NOTICE_WARNING, NOTICE_DANGER };

struct notice {
    uint64_t id; /* event id: unique, grows with time; shown to the reader, who may meet it twice */
    enum notice_kind kind;
    enum notice_severity severity; /* STABLE: of the status */
    const char *service;           /* MASS_LOSS: "" */
    const char *text;              /* STATUS: the new status; UNAVAILABLE: the reason; AVAILABLE: "";
                                      MASS_LOSS: how many were lost of how many; REMARK: what it says;
                                      FLAPPING: how often; STABLE: the status, "" if none */
    const char *previous; /* STATUS: the status before, "" if none; STABLE: "not available", "" if it is */
    int64_t at_ms;        /* when it happened */
    int64_t since_ms;     /* when the state that it ended began; 0: there was none (AVAILABLE: not "again") */
    uint64_t reports;     /* how often the service had reported by then, since the process began; 0: before */
    bool maybe_told;      /* owed since before a restart: people may have read it already */
};

#endif
