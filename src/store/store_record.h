/* SPDX-License-Identifier: MIT */
/*
 * store_record - what the store keeps besides events (base/event.h), as values.
 *
 * Strings belong to whoever filled the struct. Times are wall clock, milliseconds since 1970.
 */
#ifndef PROCJON_STORE_STORE_RECORD_H
#define PROCJON_STORE_STORE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/event.h"

/* Texts that one service may have: what the wire allows, and what a load keeps on the stack. */
#define STORE_STATUSES_MAX 256

/* The outcome, from the beginning, of a message at the sinks that an event names as spared. */
#define STORE_SPARED "flapping"

struct store_status {
    int32_t code;
    const char *text;
};

/* A registration: what an agent told us about a service. Codes in any order, each once; loaded in order. */
struct store_service {
    const char *id;
    const struct store_status *statuses;
    size_t status_count;
    int32_t timeout_s;
    int64_t registered_ms; /* the first time: kept when it is registered again */
};

/* The state of a service: what its reports made of it. All zero from the first registration to the first
 * transition. */
struct store_state {
    const char *id;
    int availability; /* the monitor's own number for it */
    bool has_code;
    int32_t code;          /* last registered code reported */
    int64_t since_ms;      /* when availability last changed */
    int64_t code_since_ms; /* when the code last changed */
    int64_t seen_ms;       /* what silence is counted from: the last sign of life; 0: the registration */
};

/* "I was alive at `at_ms`." It lists when services were last seen, but none whose timeout is at most
 * `grace_ms`. */
struct store_checkpoint {
    int64_t at_ms;
    int64_t grace_ms;
};

/* When a service was last seen. */
struct store_seen {
    const char *id;
    int64_t seen_ms;
};

#endif
