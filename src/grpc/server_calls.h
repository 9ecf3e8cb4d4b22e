/* SPDX-License-Identifier: MIT */
/*
 * server_calls - what all calls of a server share: the methods that they may call, how much is open of what
 * is limited (grpc/limits.h), and the counters.
 *
 * Embedded in struct server; plain memory, zeroed at first. Loop thread only.
 */
#ifndef PROCJON_GRPC_SERVER_CALLS_H
#define PROCJON_GRPC_SERVER_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "grpc/method.h"

/* Tables of methods: Procjon, Health, ServerReflection, and room for more. */
#define SERVER_CALLS_TABLES_MAX 8

struct server_calls {
    struct {
        const struct method *methods;
        size_t count;
    } tables[SERVER_CALLS_TABLES_MAX];
    size_t table_count;
    size_t open;     /* calls that are open */
    size_t buffered; /* bytes of unfinished messages */
    /* For the metrics. */
    uint64_t started, messages;
    uint64_t finished[17]; /* by status code */
};

/* SERVER_CALLS_TABLES_MAX times at most. The table is not copied. */
void server_calls_add(struct server_calls *calls, const struct method *methods, size_t count);

/* The method with the path "/package.Service/Method"; NULL: there is none. */
const struct method *server_calls_method(const struct server_calls *calls, const uint8_t *path, size_t size);

/* Whether a method begins with `path`, which is "/package.Service/". */
bool server_calls_has_service(const struct server_calls *calls, const uint8_t *path, size_t size);

#endif
