/* SPDX-License-Identifier: MIT */
/*
 * sink_list - the sinks of the configuration by name, and which of them is the fallback.
 *
 * Pure. A plain value, part of the configuration, which owns it and keeps it for as long as a router uses it.
 * A zeroed list has the default sink only.
 */
#ifndef PROCJON_NOTIFY_SINK_LIST_H
#define PROCJON_NOTIFY_SINK_LIST_H

#include <stdbool.h>

#include "base/err.h"
#include "notify/sink_config.h"

/* The sink that always exists: the webhook of the environment, or the log. It gets what no route matches. */
#define SINK_DEFAULT_NAME "default"

/* Configured sinks. Each is a connection and a queue; a team has a few. */
#define SINKS_MAX 32
/* Bytes of a name: it is a label in metrics, and part of log lines. */
#define SINK_NAME_MAX 64

struct named_sink {
    char *name;
    struct sink_config config;
    char *url_file, *url_env, *password_file, *ca_file; /* the sources of parts of `config` */
};

/* libcyaml prescribes the names and the types of the counts. */
struct sink_list {
    struct named_sink *sinks;
    unsigned sinks_count;
    char *fallback; /* name of the sink that is notified when another one fails; NULL: none */
};

/* The place of an error in a configuration file: a key, an entry of its list, or a field of that entry. */
struct config_problem {
    const char *key;
    unsigned index;
    const char *field; /* NULL: the whole entry */
};

/* -EINVAL, a sentence and its place if the list is not valid. The secrets must have been read. */
int sink_list_check(const struct sink_list *list, struct config_problem *problem, struct err *err);

/* The same for the list, which is valid, together with the default sink. */
int sink_list_check_default(const struct sink_list *list, const struct sink_config *default_sink,
                            struct config_problem *problem, struct err *err);

/* Whether there is a sink of this name; true for the default one. */
bool sink_list_has(const struct sink_list *list, const char *name);

#endif
