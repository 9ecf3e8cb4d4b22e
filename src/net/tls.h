/* SPDX-License-Identifier: MIT */
/*
 * tls - OpenSSL between two memory buffers; it never sees a socket.
 *
 * `struct tls_context` holds the files of one identity (CA, certificate, key), loaded once and shared by many
 * connections. It is reference-counted because a reload replaces it while old connections live on: load gives
 * the first reference, tls_context_ref and _unref count, the last unref frees.
 *
 * `struct tls` is one connection: ciphertext goes in with tls_feed, plaintext comes out of tls_read, and the
 * other way round. Owned by its stream. Loop thread only.
 *
 * TLS 1.2 or 1.3 with ECDHE and AEAD only, no renegotiation, tickets, compression or early data (RFC 9113 §9.2);
 * ALPN `h2` is required on both sides; both sides present a certificate and verify the other's. A client also
 * verifies the host name against the SAN, never the CN.
 */
#ifndef PROCJON_NET_TLS_H
#define PROCJON_NET_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct tls_context;
struct tls;

enum tls_role { TLS_SERVER, TLS_CLIENT };

struct tls_files {
    const char *root_cert; /* PEM bundle: who is trusted */
    const char *cert;      /* PEM chain, leaf first */
    const char *key;       /* PEM */
};

/* Names kept of a peer: agents carry one or two; a certificate with more is cut here and said so in the log. */
#define TLS_NAMES_MAX 16
/* Longest DNS name plus its type prefix, or a URI of a workload identity. */
#define TLS_NAME_MAX 260

/* Who the verified peer is. Owned by the `struct tls`, valid after the handshake and as long as it. */
struct tls_peer {
    char subject[TLS_NAME_MAX];              /* the CN, or the whole subject in RFC 2253 form without one */
    char names[TLS_NAMES_MAX][TLS_NAME_MAX]; /* SANs: "DNS:db1", "IP:127.0.0.1", "URI:…", "email:…" */
    unsigned name_count;
};

int tls_context_load(struct tls_context **context, enum tls_role role, const struct tls_files *files,
                     struct err *err);
struct tls_context *tls_context_ref(struct tls_context *context);
void tls_context_unref(struct tls_context *context);

/* `host`: client only, the name or address dialled. */
int tls_new(struct tls **tls, struct tls_context *context, const char *host, struct err *err);
void tls_free(struct tls *tls);

enum tls_state { TLS_HANDSHAKING, TLS_READY, TLS_ENDED, TLS_FAILED };

/*
 * Takes all of the ciphertext and moves the handshake on. TLS_ENDED: the peer closed with close_notify.
 * TLS_FAILED fills `err` with a sentence that names the cause (certificate expired, no ALPN, …); whatever
 * tls_output holds then is the alert to send before closing.
 */
enum tls_state tls_feed(struct tls *tls, const uint8_t *in, size_t size, struct err *err);

/* Next plaintext into `out`; 0: no more for now. Call until 0 after each feed. */
size_t tls_read(struct tls *tls, uint8_t *out, size_t size);

/* Encrypts all of `in`; only when TLS_READY. */
int tls_write(struct tls *tls, const uint8_t *in, size_t size, struct err *err);

/* Ciphertext waiting to be sent; valid until the next call on this tls. Consumed with tls_output_done. */
size_t tls_output(struct tls *tls, const uint8_t **out);
void tls_output_done(struct tls *tls);

/* Queues close_notify. */
void tls_close_notify(struct tls *tls);

/* The verified peer, or NULL before the handshake is over. */
const struct tls_peer *tls_peer(const struct tls *tls);

#endif
