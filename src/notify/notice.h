/* SPDX-License-Identifier: MIT */
/*
 * notice - one transition, as people are to be told about it.
 *
 * A plain value; whoever keeps one copies its strings. Times are wall clock, milliseconds since 1970.
 */
#ifndef PROCJON_NOTIFY_NOTICE_H
#define PROCJON_NOTIFY_NOTICE_H

#include <stdint.h>

enum notice_kind { NOTICE_STATUS, NOTICE_AVAILABLE, NOTICE_UNAVAILABLE };

enum notice_severity { NOTICE_GOOD, NOTICE_WARNING, NOTICE_DANGER };

struct notice {
    uint64_t id; /* event id: unique, grows with time; shown to the reader, who may meet it twice */
    enum notice_kind kind;
    enum notice_severity severity;
    const char *service;
    const char *text;     /* STATUS: the new status; UNAVAILABLE: the reason; AVAILABLE: "" */
    const char *previous; /* STATUS: the status before, "" if none */
    int64_t at_ms;        /* when it happened */
    int64_t since_ms;     /* when the state that it ended began; 0: there was none (AVAILABLE: not "again") */
};

#endif
