/* SPDX-License-Identifier: MIT */
/*
 * endpoint - an address to listen on or to connect to: `HOST:PORT`, `[V6]:PORT` or `unix:PATH`.
 *
 * A plain value, copied freely. Any thread. Parsing needs no network. Resolving a name may block: the server
 * does it at its start, a client in a thread (dns_lookup).
 */
#ifndef PROCJON_NET_ENDPOINT_H
#define PROCJON_NET_ENDPOINT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/err.h"

/* A DNS name is at most 253 characters (RFC 1035 §2.3.4). */
#define ENDPOINT_HOST_MAX 254
/* sockaddr_un.sun_path, with its NUL. */
#define ENDPOINT_PATH_MAX 108
/* For endpoint_format: brackets, a scope and a port around the longest address; or "unix:" and a path. */
#define ENDPOINT_TEXT_MAX 320
/* Addresses of one name, the rest is ignored: both families of a host with a few interfaces. */
#define ENDPOINT_ADDRESSES_MAX 8

enum endpoint_kind { ENDPOINT_TCP, ENDPOINT_UNIX };

struct endpoint {
    enum endpoint_kind kind;
    char host[ENDPOINT_HOST_MAX]; /* TCP: without brackets */
    uint16_t port;                /* TCP: 0 lets the kernel choose */
    char path[ENDPOINT_PATH_MAX]; /* Unix */
};

/* -EINVAL, -ENAMETOOLONG: `err` quotes the text and says what is wrong. */
int endpoint_parse(struct endpoint *endpoint, const char *text, struct err *err);

/*
 * The addresses of a TCP endpoint, ENDPOINT_ADDRESSES_MAX at most. Blocks. Sets *count on success only.
 * -EAGAIN: the name server does not answer; -EADDRNOTAVAIL: no such name; or another -errno.
 */
int endpoint_resolve(const struct endpoint *endpoint, struct sockaddr_storage *addresses, unsigned *count,
                     struct err *err);

/* 127.0.0.0/8, ::1, and 127.0.0.0/8 as v4-mapped v6. */
bool endpoint_is_loopback(const struct sockaddr *address);

/* `1.2.3.4:80` or `[::1]:80`; `text` has ENDPOINT_TEXT_MAX bytes. */
void endpoint_format(const struct sockaddr *address, char *text);

#endif
