/* SPDX-License-Identifier: MIT */
/*
 * tls_peer - who a verified certificate says the other side is.
 *
 * A value made from one certificate, owned by its connection; it holds copies, so the certificate may go.
 */
#ifndef PROCJON_NET_TLS_PEER_H
#define PROCJON_NET_TLS_PEER_H

/* Names kept of a peer: agents carry one or two; a certificate with more is cut here and said so in the log.
 */
#define TLS_NAMES_MAX 16
/* Longest DNS name plus its type prefix, or a URI of a workload identity; with its NUL. */
#define TLS_NAME_MAX 260

/*
 * Only whole, printable names are kept: one that is cut, or that hides bytes behind a NUL, could pass for
 * somebody else's.
 */
struct tls_peer {
    char *subject;              /* the CN, or the whole subject in RFC 2253 form without one */
    char *names[TLS_NAMES_MAX]; /* SANs: "DNS:db1", "IP:127.0.0.1", "URI:…", "email:…" */
    unsigned name_count;
};

struct x509_st; /* OpenSSL's X509 */

void tls_peer_init(struct tls_peer *peer, const struct x509_st *cert);
/* A zeroed peer is legal. */
void tls_peer_fini(struct tls_peer *peer);

/* The `subject` of a certificate alone; given back with free(3). */
char *tls_peer_subject(const struct x509_st *cert);

#endif
