/* SPDX-License-Identifier: MIT */
/*
 * tls_side - one of two sides of a TLS connection in memory: bytes go from one to the other by hand.
 *
 * side_new takes the reference to the context; side_free ends the side. A failure is the failure of the
 * running test.
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

/* For a group with certs_make. With the certificate of `name` as `authority` signed it; trusts the authority
 * `trusted`. */
struct tls_context *side_load(enum tls_role role, const char *trusted, const char *authority,
                              const char *name);

/* `host`: whom a client dials; NULL for a server. */
struct side *side_new(struct tls_context *context, const char *host);
void side_free(struct side *side);

/* The usual ones, who know each other. */
struct side *side_server(void);
struct side *side_client(void);

/* Bytes of the other side arrive; what can be read then is in side->got. */
void side_take(struct side *side, const uint8_t *bytes, size_t size);

/* Carries bytes to and fro until neither says anything more. */
void side_settle(struct side *client, struct side *server);

/* The same, begun by the client: the handshake. */
void side_shake(struct side *client, struct side *server);

#endif
