/* SPDX-License-Identifier: MIT */
/*
 * health - tells load balancers and probes whether this server serves: grpc.health.v1.Health (gRPC
 * doc/health-checking.md; List: gRFC A90).
 *
 * Embedded in the daemon, outlives the server that has its methods. Loop thread only. Whoever watches gets a
 * message at once and one for each change; whoever does not read in between gets the newest state when it
 * reads again.
 */
#ifndef PROCJON_GRPC_HEALTH_H
#define PROCJON_GRPC_HEALTH_H

#include <stdbool.h>
#include <stddef.h>

#include "grpc/server_call.h"

/* The server as a whole and Procjon, and room for more. List may tell 100 (A90). */
#define HEALTH_SERVICES_MAX 8
/* Bytes of a service's name. A watcher's is kept, so that it may become known later. */
#define HEALTH_NAME_MAX 256u
/* Each one holds a stream for as long as it likes: enough for every load balancer in front of one server. */
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

/* After the last of its calls is gone. */
void health_fini(struct health *health);

/* `service`: a literal, "" for the server as a whole. Makes the name known if it is not. */
void health_set(struct health *health, const char *service, bool serving);

/* The server drains: nothing serves from here on, whatever health_set says. Before server_drain. */
void health_shutdown(struct health *health);

/* For server_add. */
const struct method *health_methods(const struct health *health, size_t *count);

#endif
