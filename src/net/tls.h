/* SPDX-License-Identifier: MIT */
/*
 * tls - one TLS connection between two memory buffers; it never sees a socket.
 *
 * Ciphertext goes in with tls_feed, plaintext comes out of tls_read, and the other way round with tls_write
 * and tls_output. Owned by its stream; holds a reference to its context. Loop thread only, no callbacks.
 *
 * A client verifies the host name against the SAN, never the CN (RFC 9525), and sends it as SNI unless it is
 * an address.
 */
#ifndef PROCJON_NET_TLS_H
#define PROCJON_NET_TLS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "net/tls_context.h"
#include "net/tls_peer.h"

struct tls;

/* `host`: the name or address dialled, which a client demands of the certificate; ignored by a server. */
int tls_new(struct tls **tls, struct tls_context *context, const char *host, struct err *err);
void tls_free(struct tls *tls);

enum tls_state { TLS_HANDSHAKING, TLS_READY, TLS_ENDED, TLS_FAILED };

/*
 * Takes all of the ciphertext and moves the handshake on; a client calls it once with nothing to get the
 * first flight. TLS_FAILED fills `err` with a sentence that names the cause (certificate expired, no ALPN,
 * …); whatever tls_output holds then is the alert to send before closing. Once TLS_READY, tls_read finds what
 * there is.
 */
enum tls_state tls_feed(struct tls *tls, const uint8_t *in, size_t size, struct err *err);

/*
 * Next plaintext into `out`. TLS_READY with *length 0: no more for now; call it until then after each feed.
 * TLS_ENDED: the peer closed with close_notify. TLS_FAILED as in tls_feed: a client learns here, not in the
 * handshake, that a TLS 1.3 server refused its certificate. May leave output to send (a renegotiation is
 * refused with an alert).
 */
enum tls_state tls_read(struct tls *tls, uint8_t *out, size_t size, size_t *length, struct err *err);

/* Encrypts all of `in`; only when TLS_READY. */
int tls_write(struct tls *tls, const uint8_t *in, size_t size, struct err *err);

/* Ciphertext waiting to be sent; valid until the next call on this tls. Consumed with tls_output_done. */
size_t tls_output(const struct tls *tls, const uint8_t **out);
void tls_output_done(struct tls *tls);

/* Queues close_notify; nothing before the handshake is over or after a failure. */
void tls_close_notify(struct tls *tls);

/* The verified peer, or NULL before the handshake is over. Valid as long as the tls. */
const struct tls_peer *tls_peer(const struct tls *tls);

#endif
