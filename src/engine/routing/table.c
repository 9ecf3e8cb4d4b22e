/* SPDX-License-Identifier: MIT */
#include "engine/routing/table.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>
#include <strings.h>

static bool matches_glob(const char *glob, const char *text)
{
    return fnmatch(glob, text, 0) == 0;
}

int routing_table_check(const struct routing_table *table, const struct sink_list *sinks,
                        struct config_problem *problem, struct err *err)
{
    for (unsigned i = 0; i < table->routes_count; i++) {
        *problem = (struct config_problem){"routes", i, NULL};
        if (!sink_list_has(sinks, table->routes[i].sink))
            return err_set(err, -EINVAL, "routes: entry %u (match '%s') leads to '%s', which is no sink",
                           i + 1, table->routes[i].match, table->routes[i].sink);
    }
    return 0;
}

static bool has_sink(const struct route_match *matches, size_t count, const char *sink)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(matches[i].sink, sink) == 0)
            return true;
    }
    return false;
}

size_t routing_table_match(const struct routing_table *table, const char *service,
                           struct route_match matches[ROUTE_MATCHES_MAX])
{
    size_t count = 0;

    for (unsigned i = 0; i < table->routes_count; i++) {
        const struct route *route = &table->routes[i];

        if (!matches_glob(route->match, service))
            continue;
        if (!has_sink(matches, count, route->sink))
            matches[count++] = (struct route_match){route->sink, route};
        if (!route->continue_matching)
            break;
    }
    if (count == 0)
        matches[count++] = (struct route_match){SINK_DEFAULT_NAME, NULL};
    return count;
}

/* Code 0 is good. These texts of other codes, which the agents of this project send, mean a state that may
 * pass. */
enum event_severity routing_table_severity(const struct routing_table *table, int32_t code, const char *text)
{
    static const char *const passing[] = {"warning",    "unknown",      "yellow",      "reloading",
                                          "activating", "deactivating", "maintenance", "running"};

    for (unsigned i = 0; i < table->severities_count; i++) {
        if (matches_glob(table->severities[i].match, text))
            return table->severities[i].severity;
    }
    if (code == 0)
        return EVENT_GOOD;
    for (size_t i = 0; i < sizeof passing / sizeof passing[0]; i++) {
        if (strcasecmp(text, passing[i]) == 0)
            return EVENT_WARNING;
    }
    return EVENT_DANGER;
}
