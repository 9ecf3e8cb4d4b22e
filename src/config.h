/* SPDX-License-Identifier: MIT */
/*
 * config - what the operator told the server, from the command line and the environment.
 *
 * A value owned by the daemon; config_init sets the defaults, config_fini frees. Durations in milliseconds.
 */
#ifndef PROCJON_CONFIG_H
#define PROCJON_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/log.h"
#include "base/options.h"
#include "net/endpoint.h"
#include "net/tls.h"
#include "notify/address.h"

/* An address per interface and a socket or two. */
#define CONFIG_ENDPOINTS_MAX 16

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
    long history_days;               /* 0: for ever */
    char *heartbeat_url;             /* NULL: none; a secret */
    long connection_max, source_max; /* 0: from RLIMIT_NOFILE */
    enum log_level log_level;
};

void config_init(struct config *config);
void config_fini(struct config *config);

/* For main: OPTIONS_OK leaves a config that is complete and consistent. */
enum options_result config_read(struct config *config, int argc, char **argv, struct err *err);
void config_help(const char *program, FILE *out);

/* The TLS files, or false if TLS is off. */
bool config_tls(const struct config *config, struct tls_files *files);

/*
 * Where notices go: to the Slack webhook in PROCJON_SLACK_WEBHOOK, or in the file that
 * PROCJON_SLACK_WEBHOOK_FILE names, else to the log. Read anew on every call; the caller owns the address.
 */
int config_home(struct address *home, struct err *err);

#endif
