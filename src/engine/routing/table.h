/* SPDX-License-Identifier: MIT */
/*
 * table - the routing table: which sinks hear of a service, and how severe a status is.
 *
 * A plain value, read from the configuration file; a zeroed one sends everything to the default sink. Its
 * owner keeps it for as long as an engine has it. Pure.
 */
#ifndef PROCJON_ENGINE_ROUTING_TABLE_H
#define PROCJON_ENGINE_ROUTING_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/event.h"
#include "notify/sink_list.h"

#define ROUTES_MAX 1024
/* Sinks that one service may lead to: all of them, and the default one. */
#define ROUTE_MATCHES_MAX (SINKS_MAX + 1)

struct route {
    char *match; /* glob on the service, fnmatch(3) without flags: a star matches slashes too */
    char *sink;
    bool continue_matching; /* the routes after this one count too */
    /* A bad state counts when it has lasted for so long, or for so many reports; both 0: at once. */
    uint32_t notify_after_s, notify_after_reports;
    char *after, *after_reports; /* the two as they were written; NULL: they were not */
    bool remind;                 /* a bad state that lasts is told again */
    bool flapping;               /* while the service flaps, that is told once, and not each change */
};

struct severity_rule {
    char *match; /* glob on the text of a status */
    enum event_severity severity;
};

/* The counts have the names and the type that libcyaml wants. */
struct routing_table {
    struct route *routes;
    unsigned routes_count;
    struct severity_rule *severities;
    unsigned severities_count;
};

/* -EINVAL, a sentence and `problem` if a route leads to no sink. */
int routing_table_check(const struct routing_table *table, const struct sink_list *sinks,
                        struct config_problem *problem, struct err *err);

/* One sink that a service leads to, and the route that leads there; NULL: none matched, it is the default
 * sink. */
struct route_match {
    const char *sink;
    const struct route *route;
};

/*
 * The sinks of a service, each once; at least one. The first route that matches is the last unless it
 * continues; a service that matches none leads to the default sink. Returns their number.
 */
size_t routing_table_match(const struct routing_table *table, const char *service,
                           struct route_match matches[ROUTE_MATCHES_MAX]);

/* Of a status: what the first rule that matches its text says, else what the code and well-known words say.
 */
enum event_severity routing_table_severity(const struct routing_table *table, int32_t code, const char *text);

#endif
