/* SPDX-License-Identifier: MIT */
/*
 * service_snapshot - what of a service outlives the process: for the disk, and for whoever shows it.
 *
 * A plain value. Times are wall clock, milliseconds since 1970.
 */
#ifndef PROCJON_ENGINE_SERVICE_SNAPSHOT_H
#define PROCJON_ENGINE_SERVICE_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/service.h"

struct service_snapshot {
    enum service_availability availability;
    bool has_code;
    int32_t code;
    int64_t since_ms;      /* availability */
    int64_t code_since_ms; /* code */
    /*
     * Last report, later by the times since then in which the server did not run; 0: never. SERVICE_UNKNOWN:
     * 0, or the registration, later by those times.
     */
    int64_t seen_ms;
    int64_t registered_ms;
};

#endif
