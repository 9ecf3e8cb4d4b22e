/* SPDX-License-Identifier: MIT */
/*
 * address - where a sink is, and what one needs to be let in.
 *
 * A plain value with owned strings; a zeroed one is the log. What a kind does not need is NULL.
 */
#ifndef PROCJON_NOTIFY_ADDRESS_H
#define PROCJON_NOTIFY_ADDRESS_H

#include <stdbool.h>

enum address_kind { ADDRESS_LOG, ADDRESS_SLACK, ADDRESS_WEBHOOK, ADDRESS_ALERTMANAGER, ADDRESS_MAIL };

/* Mail only: whether the server must take the conversation into TLS (RFC 3207) before it hears anything. */
enum address_starttls { ADDRESS_STARTTLS_REQUIRED, ADDRESS_STARTTLS_NEVER };

struct address {
    enum address_kind kind;
    char *url; /* http(s); of mail smtp(s)://host:port. Of the first three it is a secret. */
    char *from;
    char **to;
    unsigned to_count;
    char *user, *password;
    char *ca; /* PEM: the certificates that vouch for the server; NULL: the system's */
    enum address_starttls starttls;
};

/* `to` owns what it gets. */
void address_copy(struct address *to, const struct address *from);
void address_fini(struct address *address);
bool address_same(const struct address *a, const struct address *b);

#endif
