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

static enum elastic_health refuse(int http_status, const json_t *answer, char reason[ELASTIC_REASON_MAX])
{
    const char *type = json_string_value(json_object_get(json_object_get(answer, "error"), "type"));

    return unknown(reason, "HTTP status %d%s%s", http_status, type != NULL ? ": " : "",
                   type != NULL ? type : "");
}

/*
 * With `timed_out` the master has not come round to look in the time that the cluster gives it: the status
 * beside it is that of some time ago. It comes with 408; 200 was tried too.
 */
static enum elastic_health judge(int http_status, const json_t *answer, char reason[ELASTIC_REASON_MAX])
{
    const char *status = json_string_value(json_object_get(answer, "status"));

    if (json_is_true(json_object_get(answer, "timed_out")))
        return unknown(reason, "the cluster timed out");
    if (http_status != HTTP_OK)
        return refuse(http_status, answer, reason);
    if (status == NULL)
        return unknown(reason, "the answer is not that of a cluster");
    for (int i = ELASTIC_GREEN; i <= ELASTIC_RED; i++) {
        if (strcmp(status, names[i]) == 0)
            return (enum elastic_health)i;
    }
    return unknown(reason, "the cluster says '%.32s'", status);
}

enum elastic_health elastic_health_read(int http_status, const char *body, size_t size,
                                        char reason[ELASTIC_REASON_MAX])
{
    json_t *answer = json_loadb(body, size, 0, NULL);
    enum elastic_health health;

    reason[0] = '\0';
    if (answer == NULL && http_status == HTTP_OK)
        return unknown(reason, "the answer is not JSON");
    health = judge(http_status, answer, reason); /* jansson takes NULL for an object without members */
    json_decref(answer);
    return health;
}
