/* SPDX-License-Identifier: MIT */
/*
 * config_file - the configuration file: YAML, read by libcyaml.
 *
 *      server:                     the server's options, by their long names
 *        endpoint: ["[::]:8080"]   repeatable ones are lists
 *        loglevel: info
 *      sinks:
 *        - name: team
 *          kind: slack             slack, webhook, alertmanager, smtp or log
 *          url-file: /etc/procjon/team.url      or url-env, or url
 *      routes:
 *        - match: "db*"
 *          sink: team
 *      severity:
 *        - match: "degraded*"
 *          as: warning
 *      fallback: default
 *
 * Made by config_file_load, freed by config_file_free. Blocks. An error begins with the file name, and with
 * line and column where they are known.
 */
#ifndef PROCJON_CONFIG_FILE_H
#define PROCJON_CONFIG_FILE_H

#include "base/err.h"
#include "base/options.h"
#include "engine/routing/table.h"

struct config_file_list {
    char **items;
    unsigned items_count;
};

struct config_file {
    const struct option_table *options;
    char *values[OPTIONS_MAX];                  /* by row; NULL: not in the file */
    struct config_file_list lists[OPTIONS_MAX]; /* of repeatable rows */
    struct sink_list sinks;                     /* checked, with their secrets */
    struct routing_table routing;               /* checked */
};

/* On error *file is NULL. `table` must outlive the result. */
int config_file_load(struct config_file **file, const char *path, const struct option_table *table,
                     struct err *err);

/* NULL is ignored. */
void config_file_free(struct config_file *file);

/*
 * Sets the options under `server:` except those in `given` (see options_read_given). `path` is that of
 * config_file_load, for an error.
 */
int config_file_apply(const struct config_file *file, const char *path, const bool given[OPTIONS_MAX],
                      void *target, struct err *err);

#endif
