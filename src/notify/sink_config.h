/* SPDX-License-Identifier: MIT */
/*
 * sink_config - where a sink is, and what one needs to be let in.
 *
 * A plain value with owned strings; a zeroed one is the log. What a kind does not need is NULL.
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

/* Mail only: whether the server must take the conversation into TLS (RFC 3207) before it hears anything. */
enum sink_config_starttls { SINK_CONFIG_STARTTLS_REQUIRED, SINK_CONFIG_STARTTLS_NEVER };

struct sink_config {
    enum sink_config_kind kind;
    char *url; /* http(s); of mail smtp(s)://host:port. Of the first three it is a secret. */
    char *from;
    char **to;
    unsigned to_count;
    char *user, *password;
    char *ca; /* PEM: the certificates that vouch for the server; NULL: the system's */
    enum sink_config_starttls starttls;
};

/* `to` owns what it gets. */
void sink_config_copy(struct sink_config *to, const struct sink_config *from);
void sink_config_fini(struct sink_config *address);
bool sink_config_same(const struct sink_config *a, const struct sink_config *b);

#endif
