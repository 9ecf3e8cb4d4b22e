/* SPDX-License-Identifier: MIT */
#include "elastic_health.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define HTTP_OK 200

static const char *const names[] = {[ELASTIC_GREEN] = "green",
                                    [ELASTIC_YELLOW] = "yellow",
                                    [ELASTIC_RED] = "red",
                                    [ELASTIC_UNKNOWN] = "unknown"};

const char *elastic_health_name(enum elastic_health health)
{
    return names[health];
}

__attribute__((format(printf, 2, 3))) static enum elastic_health unknown(char reason[ELASTIC_REASON_MAX],
                                                                         const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vsnprintf(reason, ELASTIC_REASON_MAX, format, args);
    va_end(args);
    return ELASTIC_UNKNOWN;
}

static enum elastic_health read_error(int http_status, const json_t *reply, char reason[ELASTIC_REASON_MAX])
{
    const char *type = json_string_value(json_object_get(json_object_get(reply, "error"), "type"));

    return unknown(reason, "HTTP status %d%s%s", http_status, type != NULL ? ": " : "",
                   type != NULL ? type : "");
}

/*
 * `timed_out` means that the master node did not compute the health in time: the status in the reply is an
 * older one. The HTTP status is 408, or 200 with the parameter return_200_for_cluster_health_timeout.
 */
static enum elastic_health read_reply(int http_status, const json_t *reply, char reason[ELASTIC_REASON_MAX])
{
    const char *status = json_string_value(json_object_get(reply, "status"));

    if (json_is_true(json_object_get(reply, "timed_out")))
        return unknown(reason, "the cluster timed out");
    if (http_status != HTTP_OK)
        return read_error(http_status, reply, reason);
    if (status == NULL)
        return unknown(reason, "the reply has no cluster status");
    for (int i = ELASTIC_GREEN; i <= ELASTIC_RED; i++) {
        if (strcmp(status, names[i]) == 0)
            return (enum elastic_health)i;
    }
    return unknown(reason, "the cluster status is '%.32s'", status);
}

enum elastic_health elastic_health_read(int http_status, const char *body, size_t size,
                                        char reason[ELASTIC_REASON_MAX])
{
    json_t *reply = json_loadb(body, size, 0, NULL);
    enum elastic_health health;

    reason[0] = '\0';
    if (reply == NULL && http_status == HTTP_OK)
        return unknown(reason, "the reply is not JSON");
    health = read_reply(http_status, reply, reason); /* to jansson NULL is an object without members */
    json_decref(reply);
    return health;
}
