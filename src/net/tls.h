/* SPDX-License-Identifier: MIT */
/*
 * tls - one TLS connection between two memory buffers; it has no socket.
 *
 * Ciphertext goes in with tls_feed and comes out of tls_output; plaintext goes in with tls_write and comes
 * out of tls_read. On the heap, owned by its stream; holds a reference to its context. Loop thread only, no
 * callbacks.
 *
 * A client verifies the host name against the SANs, never against the CN (RFC 9525), and sends it as SNI
 * unless it is an address (RFC 6066 §3).
 */
#ifndef PROCJON_NET_TLS_H
#define PROCJON_NET_TLS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "net/tls_context.h"
#include "net/tls_peer.h"

struct tls;

/* `host`: the name or address that the server's certificate must have; for a client. -EINVAL, -ENOMEM. */
int tls_new(struct tls **tls, struct tls_context *context, const char *host, struct err *err);
void tls_free(struct tls *tls);

enum tls_state { TLS_HANDSHAKING, TLS_READY, TLS_ENDED, TLS_FAILED };

/*
 * Takes all of the ciphertext and continues the handshake; a client calls it once with nothing to get the
 * ClientHello. TLS_FAILED: `err` names the cause (certificate expired, no ALPN, …), and tls_output has the
 * alert to send before closing. After TLS_READY call tls_read.
 */
enum tls_state tls_feed(struct tls *tls, const uint8_t *in, size_t size, struct err *err);

/*
 * The next plaintext into `out`. Call it after each tls_feed until *length is 0. TLS_ENDED: the peer sent
 * close_notify. TLS_FAILED as in tls_feed: with TLS 1.3 a client learns here, and not in the handshake, that
 * the server refused its certificate. May produce output (a renegotiation is refused with an alert).
 */
enum tls_state tls_read(struct tls *tls, uint8_t *out, size_t size, size_t *length, struct err *err);

/* Encrypts all of `in`. Only while TLS_READY. -EPROTO: OpenSSL failed. */
int tls_write(struct tls *tls, const uint8_t *in, size_t size, struct err *err);

/* Ciphertext to send; valid until the next call for this `tls`. tls_output_done says that it was sent. */
size_t tls_output(const struct tls *tls, const uint8_t **out);
void tls_output_done(struct tls *tls);

/* Queues close_notify. Does nothing before the end of the handshake and after an error. */
void tls_close_notify(struct tls *tls);

/* The verified peer; NULL before the handshake is over. Valid as long as `tls`. */
const struct tls_peer *tls_peer(const struct tls *tls);

#endif
