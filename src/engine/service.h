/* SPDX-License-Identifier: MIT */
/*
 * service - the state of one service, and the rules by which a report or a deadline changes it.
 *
 * Pure: no loop, no disk, no log; time is an argument (monotonic milliseconds). Embedded in the
 * registry's entry, next to its timer. The rules are the table of procjon(8), "What a status means":
 *
 *                    report                         deadline passed
 *      UNKNOWN ────────────────▶ AVAILABLE ───────────────────────────▶ UNAVAILABLE
 *         │                          ▲                                       │  ▲
 *         │                          └──────────────── report ──────────────┘  │
 *         └──────────────────── deadline passed (never reported) ──────────────┘
 *
 * A status code is compared with the last registered code that was reported, even if the service was
 * unavailable in between.
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
    /* From where the timeout counts: the last report, or the registration before the first one, plus the
     * times in which the server did not run. */
    uint64_t last_seen_ms;
    uint64_t not_due_before_ms; /* no deadline is earlier, until the next report; 0: no limit */
    uint64_t lost_due_ms;       /* when the disconnect grace ends; SERVICE_NEVER: none runs */
};

/* With the numbers of the events (base/event.h) that are made of them. */
enum transition_kind { TRANSITION_STATUS, TRANSITION_AVAILABLE, TRANSITION_UNAVAILABLE };
#define TRANSITION_KINDS 3

enum transition_reason { REASON_NONE, REASON_SILENT, REASON_CONNECTION_LOST, REASON_NEVER_REPORTED };

struct transition {
    enum transition_kind kind;
    enum transition_reason reason; /* UNAVAILABLE only */
    bool first;                    /* AVAILABLE: the first report ever, so that the service is not "back" */
    const char *text;              /* STATUS: the registered text; lives as long as the registration */
    const char *previous;  /* STATUS: the text before; "" if there was none or it is no longer registered */
    int32_t code;          /* STATUS */
    int64_t previous_code; /* STATUS; EVENT_NO_CODE: there was none */
    uint64_t at_ms;        /* when it became true: for UNAVAILABLE the deadline itself */
};

/* A service without statuses whose state is UNKNOWN; the timeout counts from `now_ms`. Copies `id`. */
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
 * A report arrived. The caller calls this with the same arguments until it returns false. Each true is one
 * transition in `out` (availability before status), and the service is then in the state after that
 * transition, which can be stored with it. *unregistered: statuses are registered, but none with this code;
 * such a report counts for the availability only.
 */
bool service_report(struct service *service, int32_t code, uint64_t now_ms, struct transition *out,
                    bool *unregistered);

/*
 * The stream that reported last ended in an error: an available service becomes unavailable unless a report
 * arrives within the disconnect grace.
 */
void service_lost(struct service *service, uint64_t grace_ms, uint64_t now_ms);

/* When service_expire makes the next transition; SERVICE_NEVER if no deadline runs. */
uint64_t service_deadline(const struct service *service);

/* Returns true and fills `out` if the deadline has passed. Of two deadlines the earlier is the reason. */
bool service_expire(struct service *service, uint64_t now_ms, struct transition *out);

/* The server did not run for `stalled_ms`: that is no silence, and nothing is due before `until_ms`. */
void service_extend(struct service *service, uint64_t stalled_ms, uint64_t until_ms);

#endif
