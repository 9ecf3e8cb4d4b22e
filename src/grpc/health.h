/* SPDX-License-Identifier: MIT */
/*
 * health - grpc.health.v1.Health: tells load balancers and probes whether the server is serving (gRPC
 * doc/health-checking.md; List: gRFC A90).
 *
 * Embedded in the daemon; must outlive the server that has its methods. Loop thread only. A Watch call gets a
 * message at once and one for each change; while its client does not read, changes are merged into the newest
 * state.
 */
#ifndef PROCJON_GRPC_HEALTH_H
#define PROCJON_GRPC_HEALTH_H

#include <stdbool.h>
#include <stddef.h>

#include "grpc/server_call.h"

/* Service names: "", procjon's, and room for more. gRFC A90 allows List 100. */
#define HEALTH_SERVICES_MAX 8
/* Bytes of a service name. That of a Watch call is kept, because the service may be added later. */
#define HEALTH_NAME_MAX 256u
/* Open Watch calls, which have no timeout: enough for all load balancers in front of one server. */
#define HEALTH_WATCHERS_MAX 64u

#define HEALTH_METHODS 3

struct health_watcher;

struct health {
    struct {
        const char *name;
        bool serving;
    } services[HEALTH_SERVICES_MAX];
    size_t service_count;
    struct health_watcher *watchers; /* doubly linked, each in the state of its call */
    unsigned watcher_count;
    bool shut_down;
    struct method methods[HEALTH_METHODS];
};

void health_init(struct health *health);

/* After its last call has ended. */
void health_fini(struct health *health);

/* `service`: a literal, "" for the server as a whole. Adds it if it is new: HEALTH_SERVICES_MAX at most. */
void health_set(struct health *health, const char *service, bool serving);

/* All services are NOT_SERVING from now on, whatever health_set says. Call it before server_drain. */
void health_shutdown(struct health *health);

/* For server_add. */
const struct method *health_methods(const struct health *health, size_t *count);

#endif
