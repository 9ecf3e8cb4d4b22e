/* SPDX-License-Identifier: MIT */
/*
 * config - what the operator told the server: the command line before the environment, before the
 * configuration file, before the defaults.
 *
 * A value; config_init sets the defaults, config_fini frees. Durations in milliseconds.
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
#include "notify/sink_config.h"
#include "engine/routing/table.h"

/* An address per interface and a socket or two. */
#define CONFIG_ENDPOINTS_MAX 16
/* A quarter of a year and a day: what was there at the last quarterly review still is at the next. */
#define CONFIG_HISTORY_DAYS 93

struct config {
    struct endpoint endpoints[CONFIG_ENDPOINTS_MAX];
    char *endpoint_texts[CONFIG_ENDPOINTS_MAX]; /* as given, for messages */
    size_t endpoint_count;
    char *root_cert, *cert, *key_cert; /* all or none */
    bool insecure;
    char *data;
    char *http;                   /* "HOST:PORT" of the status page; "": none */
    uint64_t disconnect_grace_ms; /* REGISTRY_GRACE_DEFAULT: not given */
    uint64_t restart_grace_ms;
    int history_days;               /* 0: for ever */
    char *heartbeat_url;            /* NULL: none; a secret */
    int connection_max, source_max; /* 0: from RLIMIT_NOFILE */
    enum log_level log_level;
    char *file_path; /* NULL: none */
    bool only_check;
    struct config_file *file; /* NULL: none */
    int argc;                 /* what it was read from */
    char **argv;
};

void config_init(struct config *config);
void config_fini(struct config *config);

/* OPTIONS_OK leaves a config that is complete and consistent. `argv` must outlive it. */
enum options_result config_read(struct config *config, int argc, char **argv, struct err *err);
void config_help(const char *program, FILE *out);

/* Reads everything anew that `old` was read from. On error `fresh` holds nothing. */
int config_reread(struct config *fresh, const struct config *old, struct err *err);

/*
 * What the two differ in that a running server cannot change, as a list of options in `text`; false: nothing.
 */
bool config_differs(const struct config *old, const struct config *fresh, char *text, size_t size);

/* The certificates: 0 and a reference that the caller drops, NULL if TLS is off. */
int config_load_tls(const struct config *config, struct tls_context **tls, struct err *err);

/* Whether it may be served there; if not, `err` says what to do. */
int config_admits(const struct config *config, enum endpoint_kind kind, const struct sockaddr *address,
                  struct err *err);

/* Who is told what; valid as long as the config. */
const struct routing_table *config_routing(const struct config *config);
const struct sink_list *config_sinks(const struct config *config);

/*
 * Where notices go: to the Slack webhook in PROCJON_SLACK_WEBHOOK, or in the file that
 * PROCJON_SLACK_WEBHOOK_FILE names, else to the log. Read anew on every call; the caller owns the address. A
 * webhook that is no URL, or that a sink of the configuration file has too, is an error.
 */
int config_default_sink(const struct config *config, struct sink_config *default_sink, struct err *err);

#endif
