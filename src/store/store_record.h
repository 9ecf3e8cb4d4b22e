/* SPDX-License-Identifier: MIT */
/*
 * store_record - the records of the store besides events (base/event.h), as values, and the callbacks that
 * carry them.
 *
 * Strings belong to the maker of the struct. Times are wall clock, milliseconds since 1970.
 */
#ifndef PROCJON_STORE_STORE_RECORD_H
#define PROCJON_STORE_STORE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/event.h"

/* Statuses of one service: what api/agents accepts at most, and what a load keeps on the stack. */
#define STORE_STATUSES_MAX 256

struct store_status {
    int32_t code;
    const char *text;
};

/* A registration. Its codes are in any order, each once; a load gives them in ascending order. */
struct store_service {
    const char *id;
    const struct store_status *statuses;
    size_t status_count;
    int32_t timeout_s;
    int64_t registered_ms; /* the first time: a later registration does not change it */
};

/* The state of a service. All zero from the first registration to the first transition. */
struct store_state {
    const char *id;
    int availability; /* a number of the engine */
    bool has_code;
    int32_t code;          /* last registered code reported */
    int64_t since_ms;      /* when availability last changed */
    int64_t code_since_ms; /* when the code last changed */
    int64_t seen_ms;       /* the last sign of life, from which the timeout runs; 0: the registration */
};

/* The server was alive at `at_ms`. The checkpoint comes with when the services were last seen, except those
 * whose timeout is at most `grace_ms`: they count as seen at `at_ms`. */
struct store_checkpoint {
    int64_t at_ms;
    int64_t grace_ms;
};

/* What one sink owes people about an event, and what became of it. */
struct store_notice {
    uint64_t event;
    const char *sink;
    const char *outcome;   /* NULL: open, the sink owes it; else why the sink does not owe it any more */
    const char *held_by;   /* the stage that holds it back, or held it; NULL: none */
    int64_t held_until_ms; /* when the hold ends; 0: no time ends it */
    /* The number of reports of the service that ends the hold, as the process counts them; 0: none does. */
    uint64_t held_reports;
};

/* When a service was last seen. */
struct store_seen {
    const char *id;
    int64_t seen_ms;
};

/* Events that one store_prune deletes: it delays the writes behind it by a few milliseconds at most. */
#define STORE_PRUNE_ROWS 500

/* err is NULL on success and valid during the call only. */
typedef void (*store_done_cb)(void *arg, const struct err *err);

/* The same with the store's copy of the event, valid during the call, whether it was stored or not. */
typedef void (*store_event_cb)(void *arg, const struct event *event, const struct err *err);

/* What a load gives. Pointers are valid during the call. */
struct store_load_ops {
    void (*service)(void *arg, const struct store_service *service, const struct store_state *state);
    /* Each notice without an outcome, by event, oldest first. */
    void (*owed)(void *arg, const struct event *event, const struct store_notice *notice);
    /* What happened less than `recent_ms` before the last checkpoint, oldest first, with all its notices.
     * NULL: not wanted. */
    void (*recent)(void *arg, const struct event *event, const struct store_notice *notices, size_t count);
    int64_t recent_ms;
    /* Once, first: the last checkpoint (all zero: never) and the highest event id ever used. */
    void (*meta)(void *arg, const struct store_checkpoint *last, uint64_t last_event);
    /* Whether there still is such a sink: what another one owes, `default_sink` owes from now on. */
    bool (*is_sink)(void *arg, const char *name);
    const char *default_sink;
};

#endif
