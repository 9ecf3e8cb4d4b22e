/* SPDX-License-Identifier: MIT */
/*
 * plan - who is told what: the sinks by name, and the routes that lead to them.
 *
 * A plain value, read from the configuration file; a zeroed one sends everything to the default sink. Its
 * owner keeps it for as long as a router was given it. Pure.
 */
#ifndef PROCJON_NOTIFY_PLAN_H
#define PROCJON_NOTIFY_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "notify/address.h"
#include "base/event.h"

/* The sink of the environment's webhook, or the log: it always is, and takes what no route matches. */
#define PLAN_DEFAULT "default"

/* Each sink is a connection and a queue; a team has a few. */
#define PLAN_SINKS_MAX 32
#define PLAN_ROUTES_MAX 1024
#define PLAN_NAME_MAX 64
/* Sinks that one service may lead to: all of them. */
#define PLAN_WAYS_MAX (PLAN_SINKS_MAX + 1)

struct plan_sink {
    char *name;
    struct address address;
    char *url_file, *url_env, *password_file, *ca_file; /* where parts of the address were to be found */
};

struct plan_route {
    char *match; /* glob on the service, fnmatch(3) without flags: a star takes slashes too */
    char *sink;
    bool goes_on; /* look at the routes after this one too */
    /* A bad state counts when it has lasted for so long, or for so many reports; both 0: at once. */
    uint32_t notify_after_s, notify_after_reports;
    char *after, *after_reports; /* the two as they were written; NULL: they were not */
    bool remind;                 /* say again that it still is */
    bool calm;                   /* while the service flaps, say that, and not each change */
};

struct plan_severity {
    char *match; /* glob on the text of a status */
    enum event_severity severity;
};

/* The counts have the names and the type that libcyaml wants. */
struct plan {
    struct plan_sink *sinks;
    unsigned sinks_count;
    struct plan_route *routes;
    unsigned routes_count;
    struct plan_severity *severities;
    unsigned severities_count;
    char *fallback; /* sink that hears when another one is dead; NULL: none */
};

/* What is wrong in the file that a plan was read from: the value of a key, or an entry of the list that it
 * is, or a field of one of these. */
struct plan_place {
    const char *key;
    unsigned index;
    const char *field; /* NULL: all of it */
};

/* Whether it makes sense: -EINVAL, a sentence and `wrong` if not. The addresses have their secrets by now. */
int plan_check(const struct plan *plan, struct plan_place *wrong, struct err *err);

/* The same for a plan that is in order, with `home` as the address of the default sink. */
int plan_check_home(const struct plan *plan, const struct address *home, struct plan_place *wrong,
                    struct err *err);

/* Whether the plan has a sink of this name. */
bool plan_has(const struct plan *plan, const char *sink);

/* One sink that a service leads to, and the route that leads there; NULL: none matched. */
struct plan_way {
    const char *sink;
    const struct plan_route *route;
};

/*
 * The ways of a service, each sink once; at least one. The first route that matches is the last unless it
 * goes on; the default sink gets what matches none.
 */
size_t plan_ways(const struct plan *plan, const char *service, struct plan_way ways[PLAN_WAYS_MAX]);

/* Of a status: what the first pattern that matches its text says, else what the code and well-known words
 * say.
 */
enum event_severity plan_severity(const struct plan *plan, int32_t code, const char *text);

#endif
