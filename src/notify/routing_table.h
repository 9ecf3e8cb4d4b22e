/* SPDX-License-Identifier: MIT */
/*
 * table - who is told what: the sinks by name, and the routes that lead to them.
 *
 * A plain value, read from the configuration file; a zeroed one sends everything to the default sink. Its
 * owner keeps it for as long as a router was given it. Pure.
 */
#ifndef PROCJON_NOTIFY_ROUTING_TABLE_H
#define PROCJON_NOTIFY_ROUTING_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "notify/sink_config.h"
#include "base/event.h"

/* The sink of the environment's webhook, or the log: it always is, and takes what no route matches. */
#define SINK_DEFAULT_NAME "default"

/* Each sink is a connection and a queue; a team has a few. */
#define SINKS_MAX 32
#define ROUTES_MAX 1024
#define SINK_NAME_MAX 64
/* Sinks that one service may lead to: all of them. */
#define ROUTE_MATCHES_MAX (SINKS_MAX + 1)

struct named_sink {
    char *name;
    struct sink_config address;
    char *url_file, *url_env, *password_file, *ca_file; /* where parts of the address were to be found */
};

struct route {
    char *match; /* glob on the service, fnmatch(3) without flags: a star takes slashes too */
    char *sink;
    bool continue_matching; /* look at the routes after this one too */
    /* A bad state counts when it has lasted for so long, or for so many reports; both 0: at once. */
    uint32_t notify_after_s, notify_after_reports;
    char *after, *after_reports; /* the two as they were written; NULL: they were not */
    bool remind;                 /* say again that it still is */
    bool calm;                   /* while the service flaps, say that, and not each change */
};

struct severity_rule {
    char *match; /* glob on the text of a status */
    enum event_severity severity;
};

/* The counts have the names and the type that libcyaml wants. */
struct routing_table {
    struct named_sink *sinks;
    unsigned sinks_count;
    struct route *routes;
    unsigned routes_count;
    struct severity_rule *severities;
    unsigned severities_count;
    char *fallback; /* sink that hears when another one is dead; NULL: none */
};

/* What is wrong in the file that a table was read from: the value of a key, or an entry of the list that it
 * is, or a field of one of these. */
struct config_problem {
    const char *key;
    unsigned index;
    const char *field; /* NULL: all of it */
};

/* Whether it makes sense: -EINVAL, a sentence and `wrong` if not. The addresses have their secrets by now. */
int routing_table_check(const struct routing_table *table, struct config_problem *wrong, struct err *err);

/* The same for a table that is in order, with `default_sink` as the address of the default sink. */
int routing_table_check_default(const struct routing_table *table, const struct sink_config *default_sink,
                                struct config_problem *wrong, struct err *err);

/* Whether the table has a sink of this name. */
bool routing_table_has(const struct routing_table *table, const char *sink);

/* One sink that a service leads to, and the route that leads there; NULL: none matched. */
struct route_match {
    const char *sink;
    const struct route *route;
};

/*
 * The matches of a service, each sink once; at least one. The first route that matches is the last unless it
 * goes on; the default sink gets what matches none.
 */
size_t routing_table_match(const struct routing_table *table, const char *service,
                           struct route_match matches[ROUTE_MATCHES_MAX]);

/* Of a status: what the first pattern that matches its text says, else what the code and well-known words
 * say.
 */
enum event_severity routing_table_severity(const struct routing_table *table, int32_t code, const char *text);

#endif
