/* SPDX-License-Identifier: MIT */
/*
 * tls_peer - the names that a verified certificate gives to the peer.
 *
 * Copied from the certificate, which may be freed afterwards; owned by the connection. Any thread.
 */
#ifndef PROCJON_NET_TLS_PEER_H
#define PROCJON_NET_TLS_PEER_H

/* Names kept of one certificate; more are ignored with a log line. Agents have one or two. */
#define TLS_NAMES_MAX 16
/* The longest DNS name with its prefix, or the URI of a workload identity (SPIFFE); with the NUL. */
#define TLS_NAME_MAX 260

/*
 * A name that is too long or not printable is not kept: cut, or with a NUL inside, it could equal the name of
 * another peer.
 */
struct tls_peer {
    char *subject;              /* owned; the CN; without one the subject in the form of RFC 2253 */
    char *names[TLS_NAMES_MAX]; /* owned; SANs: "DNS:db1", "IP:127.0.0.1", "URI:…", "email:…" */
    unsigned name_count;
};

struct x509_st; /* OpenSSL's X509 */

void tls_peer_init(struct tls_peer *peer, const struct x509_st *cert);
/* A zeroed `peer` is legal, and the result is one. */
void tls_peer_fini(struct tls_peer *peer);

/* As tls_peer.subject; the caller frees it with free(3). */
char *tls_peer_subject(const struct x509_st *cert);

#endif
