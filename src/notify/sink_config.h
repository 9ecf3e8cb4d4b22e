/* SPDX-License-Identifier: MIT */
/*
 * sink_config - the configuration of one sink: its kind, where it is, and its credentials.
 *
 * A plain value that owns its strings; a zeroed one is the log. Fields that a kind does not use are NULL.
 */
#ifndef PROCJON_NOTIFY_SINK_CONFIG_H
#define PROCJON_NOTIFY_SINK_CONFIG_H

#include <stdbool.h>

enum sink_config_kind {
    SINK_CONFIG_LOG,
    SINK_CONFIG_SLACK,
    SINK_CONFIG_WEBHOOK,
    SINK_CONFIG_ALERTMANAGER,
    SINK_CONFIG_MAIL
};

/* Mail only: whether STARTTLS (RFC 3207) must succeed before anything else is sent. */
enum sink_config_starttls { SINK_CONFIG_STARTTLS_REQUIRED, SINK_CONFIG_STARTTLS_NEVER };

struct sink_config {
    enum sink_config_kind kind;
    char *url;  /* http(s)://...; of mail smtp(s)://host:port. Of all kinds but mail it is a secret. */
    char *from; /* mail only, like the next four */
    char **to;
    unsigned to_count;
    char *user, *password;
    char *ca; /* PEM of the CAs to trust; NULL: the system's */
    enum sink_config_starttls starttls;
};

/* A deep copy. */
void sink_config_copy(struct sink_config *to, const struct sink_config *from);

/* Frees the strings; the config is the log afterwards. */
void sink_config_fini(struct sink_config *config);
bool sink_config_same(const struct sink_config *a, const struct sink_config *b);

#endif
