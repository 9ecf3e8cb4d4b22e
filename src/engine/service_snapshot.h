/* SPDX-License-Identifier: MIT */
/*
 * service_snapshot - the state of a service, as it is stored on disk and shown.
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
    int64_t since_ms;      /* when the availability changed; SERVICE_UNKNOWN: the registration, or 0 */
    int64_t code_since_ms; /* when the code changed */
    /*
     * The last report, plus the times since then in which the server did not run; 0: it never reported.
     * SERVICE_UNKNOWN: 0, or the registration plus those times.
     */
    int64_t seen_ms;
    int64_t registered_ms;
};

#endif
