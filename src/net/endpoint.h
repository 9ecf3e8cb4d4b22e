/* SPDX-License-Identifier: MIT */
/*
 * endpoint - the name of a place to listen on or connect to.
 *
 * A plain value, copied freely: `HOST:PORT`, `[V6]:PORT` or `unix:PATH`. Parsing needs no network; resolving
 * a host name may block and is therefore done at start-up by the server and in a thread by a client.
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
/* What endpoint_format needs at most: brackets, a scope and the port around the longest address, or a path.
 */
#define ENDPOINT_TEXT_MAX 320
/* Addresses kept of one name: both families of a host with a few interfaces. */
#define ENDPOINT_ADDRESSES_MAX 8

enum endpoint_kind { ENDPOINT_TCP, ENDPOINT_UNIX };

struct endpoint {
    enum endpoint_kind kind;
    char host[ENDPOINT_HOST_MAX]; /* TCP: without brackets */
    uint16_t port;                /* TCP: 0 lets the kernel choose */
    char path[ENDPOINT_PATH_MAX]; /* Unix */
};

int endpoint_parse(struct endpoint *endpoint, const char *text, struct err *err);

/* The addresses of a TCP endpoint, at most ENDPOINT_ADDRESSES_MAX; blocks. Sets *count on success only. */
int endpoint_resolve(const struct endpoint *endpoint, struct sockaddr_storage *addresses, unsigned *count,
                     struct err *err);

/* Whether an address stays on this machine: 127.0.0.0/8, ::1, and both as v4-mapped v6. */
bool endpoint_is_loopback(const struct sockaddr *address);

/* `1.2.3.4:80` or `[::1]:80`; `text` has ENDPOINT_TEXT_MAX bytes. */
void endpoint_format(const struct sockaddr *address, char *text);

#endif
