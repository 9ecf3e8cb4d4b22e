/* SPDX-License-Identifier: MIT */
/*
 * config - the server's configuration: the command line takes precedence over the environment, that over the
 * configuration file, and that over the defaults.
 *
 * Embedded in its owner; config_init sets the defaults, config_fini frees. Blocks: it reads files. Durations
 * are in milliseconds.
 */
#ifndef PROCJON_CONFIG_H
#define PROCJON_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/log.h"
#include "base/options.h"
#include "config/config_file.h"
#include "net/endpoint.h"
#include "net/tls_context.h"
#include "engine/routing/table.h"
#include "notify/sink_config.h"

/* An address for each interface, and a Unix socket or two. */
#define CONFIG_ENDPOINTS_MAX 16
/* Days: the longest quarter and a day, so that a quarterly review finds all since the last one. */
#define CONFIG_HISTORY_DAYS 93

struct config {
    struct endpoint endpoints[CONFIG_ENDPOINTS_MAX];
    char *endpoint_texts[CONFIG_ENDPOINTS_MAX]; /* owned, as given, for messages */
    size_t endpoint_count;
    char *root_cert, *cert, *key_cert; /* all or none */
    bool insecure;
    char *data;
    char *http;                   /* address of the status page; "": none */
    uint64_t disconnect_grace_ms; /* ENGINE_GRACE_DEFAULT: not given */
    uint64_t restart_grace_ms;
    int history_days;               /* 0: without a limit */
    char *heartbeat_url;            /* NULL: none; a secret */
    int connection_max, source_max; /* 0: from RLIMIT_NOFILE */
    enum log_level log_level;
    char *file_path; /* NULL: none */
    bool only_check;
    struct config_file *file; /* NULL: none */
    int argc;                 /* the command line, for config_reread */
    char **argv;
};

void config_init(struct config *config);
void config_fini(struct config *config);

/* After OPTIONS_OK the config is complete and consistent. `argv` must outlive it. */
enum options_result config_read(struct config *config, int argc, char **argv, struct err *err);
void config_help(const char *program, FILE *out);

/* Reads the sources of `old` again. On error `fresh` holds nothing that must be freed. */
int config_reread(struct config *fresh, const struct config *old, struct err *err);

/*
 * Whether the two differ in options that a running server cannot change; `text` lists them, separated by
 * commas.
 */
bool config_differs(const struct config *old, const struct config *fresh, char *text, size_t size);

/* Loads the certificates: 0 and a reference that the caller releases, NULL without TLS. */
int config_load_tls(const struct config *config, struct tls_context **tls, struct err *err);

/* Whether plaintext or TLS may be served on this address. -EPERM: plaintext beyond loopback. */
int config_admits(const struct config *config, enum endpoint_kind kind, const struct sockaddr *address,
                  struct err *err);

/* The routing table of the file, or an empty one; valid as long as the config. */
const struct routing_table *config_routing(const struct config *config);
const struct sink_list *config_sinks(const struct config *config);

/*
 * The sink of notices without a route: the Slack webhook in PROCJON_SLACK_WEBHOOK, or in the file that
 * PROCJON_SLACK_WEBHOOK_FILE names, else the log. Reads them at each call; the caller frees it with
 * sink_config_fini. -EINVAL: the webhook is not a URL, or a sink of the configuration file has it too.
 */
int config_default_sink(const struct config *config, struct sink_config *default_sink, struct err *err);

#endif
