/* SPDX-License-Identifier: MIT */
/*
 * service - what is known of one service, and the rules by which a report or silence changes it.
 *
 * Pure: no loop, no disk, no log; time is an argument (monotonic milliseconds). Owned by the registry, which
 * embeds it next to its timer. The rules are the table of procjon(8), "What a status means":
 *
 *                    report                         deadline passed
 *      UNKNOWN ────────────────▶ AVAILABLE ───────────────────────────▶ UNAVAILABLE
 *         │                          ▲                                       │  ▲
 *         │                          └──────────────── report ──────────────┘  │
 *         └──────────────────── deadline passed (never reported) ──────────────┘
 *
 * The status code is compared with the last registered code reported, whatever happened in between.
 */
#ifndef PROCJON_ENGINE_SERVICE_H
#define PROCJON_ENGINE_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/event.h"

/* No deadline runs. */
#define SERVICE_NEVER UINT64_MAX

/* Stored on disk: never renumber. */
enum service_availability { SERVICE_UNKNOWN, SERVICE_AVAILABLE, SERVICE_UNAVAILABLE };

struct service_status {
    int32_t code;
    char *text;
};

struct service {
    /* The registration, owned. */
    char *id;
    size_t id_size;
    struct service_status *statuses; /* sorted by code, no code twice */
    size_t status_count;
    uint64_t timeout_ms;

    /* The state. */
    enum service_availability availability;
    bool reported; /* ever */
    bool has_code; /* a registered code was reported */
    int32_t code;  /* the last one; only if has_code */
    /* What silence is counted from: the last report, before the first the registration; absences moved it on.
     */
    uint64_t last_seen_ms;
    uint64_t
        not_due_before_ms; /* until the next report no deadline is earlier than this: the server was away */
    uint64_t lost_due_ms;  /* when a lost connection counts; SERVICE_NEVER: none was lost */
};

/* With the numbers of the events (base/event.h) that people are told of them. */
enum transition_kind { TRANSITION_STATUS, TRANSITION_AVAILABLE, TRANSITION_UNAVAILABLE };
#define TRANSITION_KINDS 3

enum transition_reason { REASON_NONE, REASON_SILENT, REASON_CONNECTION_LOST, REASON_NEVER_REPORTED };

struct transition {
    enum transition_kind kind;
    enum transition_reason reason; /* UNAVAILABLE only */
    bool first;                    /* AVAILABLE: the first report ever, so nobody is "back" */
    const char *text;              /* STATUS: the registered text; lives as long as the registration */
    const char *previous;  /* STATUS: the text before; "" if there was none or it is no longer registered */
    int32_t code;          /* STATUS */
    int64_t previous_code; /* STATUS; EVENT_NO_CODE: there was none */
    uint64_t at_ms;        /* when it became true: for UNAVAILABLE the deadline itself */
};

/* A copy of the registration; the state is UNKNOWN and silence counts from `now_ms`. Frees with service_fini.
 */
void service_init(struct service *service, const char *id, size_t id_size, uint64_t now_ms);
void service_fini(struct service *service);

/*
 * Replaces texts and timeout, keeps the state. `statuses` in any order; of a code given twice the last
 * counts.
 */
void service_configure(struct service *service, const struct service_status *statuses, size_t count,
                       uint64_t timeout_ms);

/* Whether service_configure with the same values would change nothing. */
bool service_configured(const struct service *service, const struct service_status *statuses, size_t count,
                        uint64_t timeout_ms);

/* The text registered for a code, or NULL. */
const char *service_text(const struct service *service, int32_t code);

/*
 * A status arrived. Called with the same arguments until it returns false: each true is one transition in
 * `out` (availability before status), and the service is then what that transition made of it, so that it can
 * be stored with it. *unregistered: statuses are registered, but none with this code (a sign of life all the
 * same).
 */
bool service_report(struct service *service, int32_t code, uint64_t now_ms, struct transition *out,
                    bool *unregistered);

/*
 * The stream that spoke last ended in an error: an available service without a report within `grace_ms`
 * becomes unavailable.
 */
void service_lost(struct service *service, uint64_t grace_ms, uint64_t now_ms);

/* When service_expire has something to do; SERVICE_NEVER if nothing runs. */
uint64_t service_deadline(const struct service *service);

/* Time has passed: returns true and fills `out` if a deadline did. Of two the earlier one gives the reason.
 */
bool service_expire(struct service *service, uint64_t now_ms, struct transition *out);

/* The server itself was away: `stalled_ms` does not count as silence, and nothing is due before `until_ms`.
 */
void service_extend(struct service *service, uint64_t stalled_ms, uint64_t until_ms);

#endif
