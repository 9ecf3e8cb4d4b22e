/* SPDX-License-Identifier: MIT */
#include "net/tls_peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define LOG_MODULE "tls"
#include "base/log.h"
#include "base/mem.h"

static bool is_printable(const unsigned char *bytes, int size)
{
    for (int i = 0; i < size; i++)
        if (bytes[i] < 0x20 || bytes[i] == 0x7f)
            return false;
    return size > 0 && size < TLS_NAME_MAX;
}

static char *common_name(const X509_NAME *name)
{
    const X509_NAME_ENTRY *entry =
        X509_NAME_get_entry(name, X509_NAME_get_index_by_NID(name, NID_commonName, -1));
    unsigned char *text = NULL;
    char *copy = NULL;
    int size;

    if (entry == NULL)
        return NULL;
    size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(entry));
    if (is_printable(text, size))
        copy = mem_strndup((const char *)text, (size_t)size);
    OPENSSL_free(text);
    return copy;
}

char *tls_peer_subject(const X509 *cert)
{
    const X509_NAME *name = X509_get_subject_name(cert);
    char *subject = common_name(name);
    char text[TLS_NAME_MAX] = "";
    BIO *bio;

    if (subject != NULL)
        return subject;
    bio = BIO_new(BIO_s_mem());
    if (bio != NULL && X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) > 0)
        (void)BIO_read(bio, text, sizeof text - 1);
    BIO_free(bio);
    return mem_strdup(text);
}

static char *address_text(const ASN1_STRING *value)
{
    int family = ASN1_STRING_length(value) == sizeof(struct in_addr) ? AF_INET : AF_INET6;
    char address[INET6_ADDRSTRLEN];
    char *text;

    if (family == AF_INET6 && ASN1_STRING_length(value) != sizeof(struct in6_addr))
        return NULL;
    if (inet_ntop(family, ASN1_STRING_get0_data(value), address, sizeof address) == NULL ||
        asprintf(&text, "IP:%s", address) < 0)
        return NULL;
    return text;
}

static char *plain_text(const char *prefix, const ASN1_STRING *value)
{
    int size = ASN1_STRING_length(value);
    char *text;

    if (!is_printable(ASN1_STRING_get0_data(value), size) ||
        asprintf(&text, "%s:%.*s", prefix, size, (const char *)ASN1_STRING_get0_data(value)) < 0)
        return NULL;
    return text;
}

/* NULL: a type that does not name a host, a workload or a person, or a value that is not printable. */
static char *name_text(const GENERAL_NAME *name)
{
    int kind;
    const ASN1_STRING *value = GENERAL_NAME_get0_value(name, &kind);

    switch (kind) {
    case GEN_DNS:
        return plain_text("DNS", value);
    case GEN_URI:
        return plain_text("URI", value);
    case GEN_EMAIL:
        return plain_text("email", value);
    case GEN_IPADD:
        return address_text(value);
    default:
        return NULL;
    }
}

void tls_peer_init(struct tls_peer *peer, const struct x509_st *cert)
{
    GENERAL_NAMES *list = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
    int count = list == NULL ? 0 : sk_GENERAL_NAME_num(list);

    *peer = (struct tls_peer){.subject = tls_peer_subject(cert)};
    for (int i = 0; i < count; i++) {
        char *text = name_text(sk_GENERAL_NAME_value(list, i));

        if (text == NULL)
            continue;
        if (peer->name_count == TLS_NAMES_MAX) {
            log_warning("certificate has too many names, the rest is ignored subject=%s limit=%d",
                        peer->subject, TLS_NAMES_MAX);
            free(text);
            break;
        }
        peer->names[peer->name_count++] = text;
    }
    GENERAL_NAMES_free(list);
}

void tls_peer_fini(struct tls_peer *peer)
{
    for (unsigned i = 0; i < peer->name_count; i++)
        free(peer->names[i]);
    free(peer->subject);
    *peer = (struct tls_peer){0};
}
