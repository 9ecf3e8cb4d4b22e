/* SPDX-License-Identifier: MIT */
/*
 * systemd_bus - asks the manager of units over the message bus, and listens to it.
 *
 * A change comes as a signal, at once. Every period all units are asked for as well: a signal may have been
 * lost together with a connection, and units appear and vanish. What is heard goes to `units`.
 *
 * Connects again after a growing wait for as long as it takes. What was heard counts for `patience_ms`; if
 * nothing more is heard until then, the units are lost.
 *
 * Embedded in its owner, who polls what systemd_bus_poll says and calls systemd_bus_work then, and at
 * systemd_bus_due. Nothing here waits. `now` is milliseconds of CLOCK_MONOTONIC.
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
    bool user; /* the manager of the user, not that of the system */
    uint64_t period_ms, patience_ms;

    sd_bus *bus;        /* NULL: not connected */
    sd_bus_slot *call;  /* the question that is open; NULL: none */
    uint64_t due_ms;    /* of the next period, or of the next try to connect */
    uint64_t list_ms;   /* of the next list, once no question is open; CLOCK_NEVER: at the next period */
    uint64_t lost_ms;   /* when what was heard is too old; CLOCK_NEVER: it is, and the units know */
    bool files;         /* the list is followed by the units that are not in it */
    struct err failure; /* why the bus has to be closed; code 0: it has not */
    struct err trouble; /* what the log has; code 0: nothing is wrong */
    struct backoff backoff;
};

/* Connects at the first systemd_bus_work. `units` stays the caller's. */
void systemd_bus_init(struct systemd_bus *bus, struct units *units, bool user, uint64_t period_ms,
                      uint64_t patience_ms, uint64_t now);
void systemd_bus_fini(struct systemd_bus *bus);

struct pollfd systemd_bus_poll(const struct systemd_bus *bus);
uint64_t systemd_bus_due(const struct systemd_bus *bus);
void systemd_bus_work(struct systemd_bus *bus, uint64_t now);

#endif
