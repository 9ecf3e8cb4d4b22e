/* SPDX-License-Identifier: MIT */
/*
 * tls_context - one TLS identity (CA, certificate, key) and the rules of every connection made under it.
 *
 * Loaded once and shared by many connections. Reference-counted, because a reload replaces it while old
 * connections live on: load gives the first reference, the last unref frees. Loop thread only.
 *
 * TLS 1.2 or 1.3 with ECDHE and AEAD only, no renegotiation, tickets, compression or early data (RFC 9113
 * §9.2); ALPN `h2` is required on both sides (RFC 7301); both sides present a certificate and verify the
 * other's chain, dates and extended key usage.
 */
#ifndef PROCJON_NET_TLS_CONTEXT_H
#define PROCJON_NET_TLS_CONTEXT_H

#include "base/buf.h"
#include "base/err.h"

enum tls_role { TLS_SERVER, TLS_CLIENT };

struct tls_files {
    const char *root_cert; /* PEM bundle: who is trusted */
    const char *cert;      /* PEM chain, leaf first */
    const char *key;       /* PEM, without a password */
};

struct tls_context;

/* All of them or none: -EINVAL if not, and the option of every program that is missing. */
int tls_context_check(const struct tls_files *files, struct err *err);

/*
 * Reads the three files; blocks. A file that cannot be used is named in `err`. A certificate of our own that
 * is out of date is only warned about: its peers will refuse it, but a monitor that does not start says
 * nothing.
 */
int tls_context_load(struct tls_context **context, enum tls_role role, const struct tls_files *files,
                     struct err *err);
struct tls_context *tls_context_ref(struct tls_context *context);
/* NULL is passed over. */
void tls_context_unref(struct tls_context *context);

enum tls_role tls_context_role(const struct tls_context *context);

/* What OpenSSL touches of a connection. Owned by its `struct tls`, which also gives the contents back. */
struct tls_wire {
    struct buf in;  /* ciphertext received and not taken yet */
    struct buf out; /* ciphertext to send */
    char *cause;    /* why one of our own checks said no, better than OpenSSL's words for it; heap, or NULL */
};

struct ssl_st; /* OpenSSL's SSL */

/* For net/tls alone: a session between the buffers of `wire`, which must outlive it. NULL: OpenSSL would not.
 */
struct ssl_st *tls_context_session(struct tls_context *context, struct tls_wire *wire);

#endif
