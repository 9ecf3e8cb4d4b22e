/* SPDX-License-Identifier: MIT */
/*
 * tls_side - one of the two sides of a TLS connection in memory; the test carries bytes from one to the
 * other.
 *
 * side_new takes over the reference to the context; side_free frees the side. Errors fail the running test.
 */
#ifndef PROCJON_TEST_TLS_SIDE_H
#define PROCJON_TEST_TLS_SIDE_H

#include <stddef.h>
#include <stdint.h>

#include "net/tls.h"

struct side {
    struct tls *tls;
    enum tls_state state;
    uint8_t got[300000]; /* all that was read */
    size_t size;
    struct err err;
};

/* For a group with certs_make. The certificate is that of `name`, signed by `authority`. */
struct tls_context *side_load(enum tls_role role, const char *trusted, const char *authority,
                              const char *name);

/* `host`: the name that a client connects to; NULL for a server. */
struct side *side_new(struct tls_context *context, const char *host);
void side_free(struct side *side);

/* A client and a server that trust each other. */
struct side *side_server(void);
struct side *side_client(void);

/* Passes bytes of the other side; the plaintext is in side->got. */
void side_take(struct side *side, const uint8_t *bytes, size_t size);

/* Carries bytes both ways until neither side has output. */
void side_settle(struct side *client, struct side *server);

/* The handshake: the same, started by the client. */
void side_shake(struct side *client, struct side *server);

#endif
