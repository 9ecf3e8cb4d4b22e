/* SPDX-License-Identifier: MIT */
#include "grpc/server_calls.h"

#include <assert.h>
#include <string.h>

void server_calls_add(struct server_calls *calls, const struct method *methods, size_t count)
{
    assert(calls->table_count < SERVER_CALLS_TABLES_MAX);
    calls->tables[calls->table_count].methods = methods;
    calls->tables[calls->table_count].count = count;
    calls->table_count++;
}

const struct method *server_calls_method(const struct server_calls *calls, const uint8_t *path, size_t size)
{
    for (size_t t = 0; t < calls->table_count; t++) {
        for (size_t m = 0; m < calls->tables[t].count; m++) {
            const struct method *method = &calls->tables[t].methods[m];

            if (strlen(method->path) == size && memcmp(method->path, path, size) == 0)
                return method;
        }
    }
    return NULL;
}

bool server_calls_has_service(const struct server_calls *calls, const uint8_t *path, size_t size)
{
    for (size_t t = 0; t < calls->table_count; t++) {
        for (size_t m = 0; m < calls->tables[t].count; m++) {
            const char *known = calls->tables[t].methods[m].path;

            /* "/package.Service/": the name and its slash */
            if (strlen(known) > size && known[size - 1] == '/' && memcmp(known, path, size) == 0)
                return true;
        }
    }
    return false;
}
