/* SPDX-License-Identifier: MIT */
/*
 * tls_context - one TLS identity (CA, certificate, key) and the parameters of every connection that uses it.
 *
 * On the heap, reference-counted: a reload replaces it while connections still use it. tls_context_load gives
 * the first reference, the last tls_context_unref frees it. Loop thread only.
 *
 * TLS 1.2 or 1.3 with ECDHE and AEAD only, no renegotiation, tickets, compression or early data (RFC 9113
 * §9.2); both sides require ALPN `h2` (RFC 7301), present a certificate, and verify the chain, the dates and
 * the extended key usage of the other one.
 */
#ifndef PROCJON_NET_TLS_CONTEXT_H
#define PROCJON_NET_TLS_CONTEXT_H

#include "base/buf.h"
#include "base/err.h"

enum tls_role { TLS_SERVER, TLS_CLIENT };

struct tls_files {
    const char *root_cert; /* PEM bundle of trusted certificates */
    const char *cert;      /* PEM chain, leaf first */
    const char *key;       /* PEM, without a password */
};

struct tls_context;

/* All three files or none. -EINVAL: `err` names the command-line option that is missing. */
int tls_context_check(const struct tls_files *files, struct err *err);

/*
 * Reads the three files; blocks. -errno: `err` names the file that cannot be used. An own certificate that is
 * out of date is only logged: peers refuse it, but a server that does not start cannot send notifications at
 * all.
 */
int tls_context_load(struct tls_context **context, enum tls_role role, const struct tls_files *files,
                     struct err *err);
struct tls_context *tls_context_ref(struct tls_context *context);
/* NULL is ignored. */
void tls_context_unref(struct tls_context *context);

enum tls_role tls_context_role(const struct tls_context *context);

/* The buffers between OpenSSL and one connection. Owned by its `struct tls`, which frees their contents. */
struct tls_wire {
    struct buf in;  /* ciphertext that OpenSSL has not read yet */
    struct buf out; /* ciphertext to send */
    char *cause;    /* owned; why one of our own checks failed, or NULL */
};

struct ssl_st; /* OpenSSL's SSL */

/* For net/tls: a session that uses the buffers of `wire`, which must outlive it. NULL: out of memory. */
struct ssl_st *tls_context_session(struct tls_context *context, struct tls_wire *wire);

#endif
