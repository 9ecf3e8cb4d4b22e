/* SPDX-License-Identifier: MIT */
/*
 * sink_list - the sinks of the configuration by name, and the one that hears when another one fails.
 *
 * A plain value, read from the configuration file; a zeroed one has the default sink only. Its owner keeps it
 * for as long as a router has it. Pure.
 */
#ifndef PROCJON_NOTIFY_SINK_LIST_H
#define PROCJON_NOTIFY_SINK_LIST_H

#include <stdbool.h>

#include "base/err.h"
#include "notify/sink_config.h"

/* The sink of the environment's webhook, or the log: it always exists, and takes what no route matches. */
#define SINK_DEFAULT_NAME "default"

/* Each sink is a connection and a queue; a team has a few. */
#define SINKS_MAX 32
#define SINK_NAME_MAX 64

struct named_sink {
    char *name;
    struct sink_config config;
    char *url_file, *url_env, *password_file, *ca_file; /* where parts of `config` are read from */
};

/* The counts have the names and the type that libcyaml wants. */
struct sink_list {
    struct named_sink *sinks;
    unsigned sinks_count;
    char *fallback; /* name of the sink that hears of the failure of another one; NULL: none */
};

/* What is wrong in a configuration file: the value of a key, or an entry of the list that it is, or a field
 * of one of these. */
struct config_problem {
    const char *key;
    unsigned index;
    const char *field; /* NULL: all of it */
};

/* -EINVAL, a sentence and `problem` if the list makes no sense. The configs have their secrets by now. */
int sink_list_check(const struct sink_list *list, struct config_problem *problem, struct err *err);

/* The same for a list that is in order, together with the default sink. */
int sink_list_check_default(const struct sink_list *list, const struct sink_config *default_sink,
                            struct config_problem *problem, struct err *err);

/* Whether there is a sink of this name; the default one always is. */
bool sink_list_has(const struct sink_list *list, const char *name);

#endif
