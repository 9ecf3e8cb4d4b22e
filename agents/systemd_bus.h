/* SPDX-License-Identifier: MIT */
/*
 * systemd_bus - reads the state of units from systemd over D-Bus (org.freedesktop.systemd1(5)).
 *
 * A change comes as a D-Bus signal at once. All units are also listed every period, because signals are lost
 * with a connection, and units come and go. The results go to `units`.
 *
 * A lost connection is opened again after a growing back-off, without an end. When systemd has not replied
 * for `timeout_ms`, all units are unknown.
 *
 * Embedded in its owner, which polls systemd_bus_poll and calls systemd_bus_work when that is ready, and at
 * systemd_bus_due. Nothing blocks. `now` is clock_now.
 */
#ifndef PROCJON_AGENTS_SYSTEMD_BUS_H
#define PROCJON_AGENTS_SYSTEMD_BUS_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

#include "base/backoff.h"
#include "base/err.h"
#include "units.h"

struct systemd_bus {
    struct units *units;
    bool user; /* the user's manager, not the system's */
    uint64_t period_ms, timeout_ms;

    sd_bus *bus;        /* NULL: not connected */
    sd_bus_slot *call;  /* the call in flight; NULL: none */
    uint64_t due_ms;    /* of the next period, or of the next connection attempt */
    uint64_t list_ms;   /* of the next list, when no call is in flight; CLOCK_NEVER: at the next period */
    uint64_t stale_ms;  /* when the last reply is too old; CLOCK_NEVER: it is, and the units are unknown */
    bool files;         /* the next list is followed by a call for the units that are not in it */
    struct err failure; /* why the connection is to be closed; code 0: it is not */
    struct err logged;  /* the error that was logged last; code 0: none since the last reply */
    struct backoff backoff;
};

/* Connects at the first systemd_bus_work. `units` stays the caller's. */
void systemd_bus_init(struct systemd_bus *bus, struct units *units, bool user, uint64_t period_ms,
                      uint64_t timeout_ms, uint64_t now);
void systemd_bus_fini(struct systemd_bus *bus);

struct pollfd systemd_bus_poll(const struct systemd_bus *bus);
uint64_t systemd_bus_due(const struct systemd_bus *bus);
void systemd_bus_work(struct systemd_bus *bus, uint64_t now);

#endif
