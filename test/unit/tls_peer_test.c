/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "net/tls_peer.h"

static X509 *cert_of(const char *organisation, const char *common_name)
{
    X509 *cert = X509_new();
    X509_NAME *name = X509_get_subject_name(cert);

    if (organisation != NULL)
        assert_int_equal(X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8,
                                                    (const unsigned char *)organisation, -1, -1, 0),
                         1);
    if (common_name != NULL)
        assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                                    (const unsigned char *)common_name, -1, -1, 0),
                         1);
    return cert;
}

static void push(GENERAL_NAMES *names, int kind, const char *bytes, int size)
{
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_STRING *value = kind == GEN_IPADD ? ASN1_OCTET_STRING_new() : ASN1_IA5STRING_new();

    assert_int_equal(ASN1_STRING_set(value, bytes, size), 1);
    GENERAL_NAME_set0_value(name, kind, value);
    assert_true(sk_GENERAL_NAME_push(names, name) > 0);
}

static void add_names(X509 *cert, GENERAL_NAMES *names)
{
    assert_int_equal(X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, 0), 1);
    GENERAL_NAMES_free(names);
}

static void every_kind_of_name_is_kept_with_its_kind(void **state)
{
    X509 *cert = cert_of("procjon", "db1");
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    struct tls_peer peer;

    (void)state;
    push(names, GEN_DNS, "db1.example", 11);
    push(names, GEN_IPADD, "\x7f\0\0\1", 4);
    push(names, GEN_IPADD, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16);
    push(names, GEN_URI, "spiffe://x/db1", 14);
    push(names, GEN_EMAIL, "ops@example", 11);
    add_names(cert, names);
    tls_peer_init(&peer, cert);
    assert_string_equal(peer.subject, "db1");
    assert_int_equal(peer.name_count, 5);
    assert_string_equal(peer.names[0], "DNS:db1.example");
    assert_string_equal(peer.names[1], "IP:127.0.0.1");
    assert_string_equal(peer.names[2], "IP:::1");
    assert_string_equal(peer.names[3], "URI:spiffe://x/db1");
    assert_string_equal(peer.names[4], "email:ops@example");
    tls_peer_fini(&peer);
    X509_free(cert);
}

static void a_name_that_hides_bytes_or_does_not_fit_is_left_out(void **state)
{
    X509 *cert = cert_of(NULL, "db1");
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    char longest[TLS_NAME_MAX];
    struct tls_peer peer;

    (void)state;
    memset(longest, 'x', sizeof longest);
    push(names, GEN_DNS, "db1\0.evil", 9);
    push(names, GEN_DNS, "db1\n", 4);
    push(names, GEN_DNS, "", 0);
    push(names, GEN_DNS, longest, sizeof longest);
    push(names, GEN_IPADD, "\x7f\0\0", 3);
    push(names, GEN_DNS, "good", 4);
    add_names(cert, names);
    tls_peer_init(&peer, cert);
    assert_int_equal(peer.name_count, 1);
    assert_string_equal(peer.names[0], "DNS:good");
    tls_peer_fini(&peer);
    X509_free(cert);
}

static void names_beyond_the_limit_are_left_out(void **state)
{
    X509 *cert = cert_of(NULL, "db1");
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    struct tls_peer peer;

    (void)state;
    for (int i = 0; i < TLS_NAMES_MAX + 2; i++)
        push(names, GEN_DNS, "name", 4);
    add_names(cert, names);
    tls_peer_init(&peer, cert);
    assert_int_equal(peer.name_count, TLS_NAMES_MAX);
    tls_peer_fini(&peer);
    X509_free(cert);
}

static void without_a_printable_common_name_the_subject_is_the_whole_name(void **state)
{
    X509 *cert = cert_of("procjon", NULL);
    struct tls_peer peer;

    (void)state;
    tls_peer_init(&peer, cert);
    assert_string_equal(peer.subject, "O=procjon");
    assert_int_equal(peer.name_count, 0);
    tls_peer_fini(&peer);
    X509_free(cert);
    cert = cert_of("procjon", "db1\n");
    tls_peer_init(&peer, cert);
    assert_string_equal(peer.subject, "CN=db1\\0A,O=procjon");
    tls_peer_fini(&peer);
    X509_free(cert);
    cert = cert_of(NULL, NULL);
    tls_peer_init(&peer, cert);
    assert_string_equal(peer.subject, "");
    tls_peer_fini(&peer);
    X509_free(cert);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_name_is_kept_with_its_kind),
        cmocka_unit_test(a_name_that_hides_bytes_or_does_not_fit_is_left_out),
        cmocka_unit_test(names_beyond_the_limit_are_left_out),
        cmocka_unit_test(without_a_printable_common_name_the_subject_is_the_whole_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
