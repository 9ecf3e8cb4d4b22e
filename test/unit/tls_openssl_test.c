/* SPDX-License-Identifier: MIT */
/* The peer is plain OpenSSL, for what net/tls does not do itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certs.h"
#include "tls_side.h"

struct raw {
    SSL_CTX *context;
    SSL *ssl;
    BIO *in, *out;
};

static void raw_open(struct raw *raw, const SSL_METHOD *method, const char *name)
{
    struct certs_files files;

    raw->context = SSL_CTX_new(method);
    SSL_CTX_set_security_level(raw->context, 0);
    if (name != NULL) {
        certs_files(&files, "main", "main", name);
        assert_int_equal(SSL_CTX_use_certificate_chain_file(raw->context, files.cert), 1);
        assert_int_equal(SSL_CTX_use_PrivateKey_file(raw->context, files.key, SSL_FILETYPE_PEM), 1);
    }
    raw->ssl = SSL_new(raw->context);
    raw->in = BIO_new(BIO_s_mem());
    raw->out = BIO_new(BIO_s_mem());
    BIO_set_mem_eof_return(raw->in, -1);
    SSL_set_bio(raw->ssl, raw->in, raw->out);
}

static void raw_close(struct raw *raw)
{
    SSL_free(raw->ssl);
    SSL_CTX_free(raw->context);
}

static bool raw_carry(struct raw *raw, struct side *side)
{
    uint8_t bytes[20000];
    int size = BIO_read(raw->out, bytes, sizeof bytes);
    const uint8_t *answer;
    size_t length;

    if (size > 0)
        side_take(side, bytes, (size_t)size);
    length = tls_output(side->tls, &answer);
    if (length > 0)
        assert_int_equal(BIO_write(raw->in, answer, (int)length), length);
    tls_output_done(side->tls);
    return size > 0 || length > 0;
}

static void raw_shake(struct raw *raw, struct side *side)
{
    char byte;

    do {
        (void)SSL_do_handshake(raw->ssl);
        if (SSL_is_init_finished(raw->ssl))
            (void)SSL_read(raw->ssl, &byte, 1);
    } while (raw_carry(raw, side));
}

/* A client that offers h2 and has a valid certificate, unless a test changes it before the handshake. */
static void raw_client(struct raw *raw, const char *name)
{
    raw_open(raw, TLS_client_method(), name);
    SSL_set_connect_state(raw->ssl);
    assert_int_equal(SSL_set_alpn_protos(raw->ssl, (const unsigned char *)"\2h2", 3), 0);
}

static void raw_refused(struct raw *raw, const char *why)
{
    struct side *server = side_server();

    raw_shake(raw, server);
    if (server->state != TLS_FAILED || strstr(server->err.msg, why) == NULL)
        fail_msg("state %d: '%s' does not say '%s'", server->state, server->err.msg, why);
    raw_close(raw);
    side_free(server);
}

static void a_client_without_a_certificate_is_refused(void **state)
{
    struct raw raw;

    (void)state;
    raw_client(&raw, NULL);
    raw_refused(&raw, "peer did not return a certificate");
    raw_client(&raw, NULL);
    assert_int_equal(SSL_set_max_proto_version(raw.ssl, TLS1_2_VERSION), 1);
    raw_refused(&raw, "peer did not return a certificate");
}

static void a_client_without_h2_is_refused(void **state)
{
    struct raw raw;

    (void)state;
    raw_client(&raw, "db1");
    assert_int_equal(SSL_set_alpn_protos(raw.ssl, NULL, 0), 0);
    raw_refused(&raw, "client did not offer ALPN h2");
    raw_client(&raw, "db1");
    assert_int_equal(SSL_set_alpn_protos(raw.ssl, (const unsigned char *)"\10http/1.1", 9), 0);
    raw_refused(&raw, "client did not offer ALPN h2");
}

static void a_server_that_does_not_choose_h2_is_refused(void **state)
{
    struct side *client = side_client();
    struct raw raw;

    (void)state;
    raw_open(&raw, TLS_server_method(), "server");
    SSL_set_accept_state(raw.ssl);
    side_take(client, NULL, 0);
    raw_shake(&raw, client);
    assert_int_equal(client->state, TLS_FAILED);
    assert_non_null(strstr(client->err.msg, "server did not choose ALPN h2"));
    raw_close(&raw);
    side_free(client);
}

static void tls_12_is_served_and_tls_11_is_not(void **state)
{
    struct side *server = side_server();
    struct raw raw;

    (void)state;
    raw_client(&raw, "db1");
    assert_int_equal(SSL_set_max_proto_version(raw.ssl, TLS1_2_VERSION), 1);
    raw_shake(&raw, server);
    assert_int_equal(server->state, TLS_READY);
    raw_close(&raw);
    side_free(server);
    raw_client(&raw, "db1");
    assert_int_equal(SSL_set_min_proto_version(raw.ssl, TLS1_VERSION), 1);
    assert_int_equal(SSL_set_max_proto_version(raw.ssl, TLS1_1_VERSION), 1);
    raw_refused(&raw, "unsupported protocol");
}

static void a_prohibited_cipher_is_refused(void **state)
{
    struct raw raw;

    (void)state;
    raw_client(&raw, "db1");
    assert_int_equal(SSL_set_max_proto_version(raw.ssl, TLS1_2_VERSION), 1);
    assert_int_equal(SSL_set_cipher_list(raw.ssl, "ECDHE-ECDSA-AES128-SHA256:AES128-GCM-SHA256"), 1);
    raw_refused(&raw, "no shared cipher");
}

static void no_session_is_kept_for_later(void **state)
{
    struct side *server = side_server();
    struct raw raw;

    (void)state;
    raw_client(&raw, "db1");
    raw_shake(&raw, server);
    assert_int_equal(server->state, TLS_READY);
    assert_int_equal(SSL_SESSION_is_resumable(SSL_get0_session(raw.ssl)), 0);
    raw_close(&raw);
    side_free(server);
}

static void a_key_update_is_accepted(void **state)
{
    struct side *server = side_server();
    struct raw raw;
    char byte;

    (void)state;
    raw_client(&raw, "db1");
    raw_shake(&raw, server);
    assert_int_equal(SSL_key_update(raw.ssl, SSL_KEY_UPDATE_REQUESTED), 1);
    assert_int_equal(SSL_write(raw.ssl, "x", 1), 1);
    assert_true(raw_carry(&raw, server));
    assert_int_equal(server->state, TLS_READY);
    assert_int_equal(server->size, 1);
    assert_int_equal(tls_write(server->tls, (const uint8_t *)"y", 1, NULL), 0);
    assert_true(raw_carry(&raw, server));
    assert_int_equal(SSL_read(raw.ssl, &byte, 1), 1);
    raw_close(&raw);
    side_free(server);
}

static void a_renegotiation_is_refused_and_the_connection_goes_on(void **state)
{
    struct side *server = side_server();
    const uint8_t *answer;
    uint8_t bytes[2000];
    struct raw raw;
    int size;

    (void)state;
    raw_client(&raw, "db1");
    assert_int_equal(SSL_set_max_proto_version(raw.ssl, TLS1_2_VERSION), 1);
    raw_shake(&raw, server);
    assert_int_equal(server->state, TLS_READY);
    assert_int_equal(SSL_renegotiate(raw.ssl), 1);
    (void)SSL_do_handshake(raw.ssl);
    size = BIO_read(raw.out, bytes, sizeof bytes);
    assert_true(size > 0);
    side_take(server, bytes, (size_t)size);
    assert_int_equal(server->state, TLS_READY);
    assert_in_range(tls_output(server->tls, &answer), 1, 40);
    raw_close(&raw);
    side_free(server);
}

/* The certificates that a server with these files sends. */
static int sent_certificates(const struct tls_files *files)
{
    struct tls_context *context;
    struct side *server;
    struct raw raw;
    struct err err;
    int count;

    assert_int_equal(tls_context_load(&context, TLS_SERVER, files, &err), 0);
    server = side_new(context, NULL);
    raw_client(&raw, "db1");
    raw_shake(&raw, server);
    assert_int_equal(server->state, TLS_READY);
    count = sk_X509_num(SSL_get_peer_cert_chain(raw.ssl));
    raw_close(&raw);
    side_free(server);
    return count;
}

static void a_root_is_not_sent(void **state)
{
    struct certs_files files;

    (void)state;
    assert_int_equal(sent_certificates(certs_files(&files, "main", "main", "server")), 1);
}

/* An intermediate CA, whose certificate is only in the root bundle. */
static void a_missing_chain_is_built_from_the_root_bundle(void **state)
{
    static const char make[] =
        "set -e; main=$(dirname '%s'); cd \"$main\"; mkdir ../both; "
        "make='openssl req -x509 -noenc -newkey ec -pkeyopt ec_paramgen_curve:P-256'; "
        "$make -subj /CN=between -CA ca.pem -CAkey ca.key -keyout between.key -out between.pem 2>/dev/null; "
        "$make -subj /CN=below -CA between.pem -CAkey between.key -keyout below.key -out below.pem "
        "-addext basicConstraints=critical,CA:false 2>/dev/null; "
        "cat ca.pem between.pem >../both/ca.pem";
    char command[1024];
    struct certs_files files;

    (void)state;
    certs_files(&files, "both", "main", "below");
    (void)snprintf(command, sizeof command, make, files.cert);
    assert_int_equal(system(command), 0);
    assert_int_equal(sent_certificates(&files.tls), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_without_a_certificate_is_refused),
        cmocka_unit_test(a_client_without_h2_is_refused),
        cmocka_unit_test(a_server_that_does_not_choose_h2_is_refused),
        cmocka_unit_test(tls_12_is_served_and_tls_11_is_not),
        cmocka_unit_test(a_prohibited_cipher_is_refused),
        cmocka_unit_test(no_session_is_kept_for_later),
        cmocka_unit_test(a_key_update_is_accepted),
        cmocka_unit_test(a_renegotiation_is_refused_and_the_connection_goes_on),
        cmocka_unit_test(a_root_is_not_sent),
        cmocka_unit_test(a_missing_chain_is_built_from_the_root_bundle),
    };

    return cmocka_run_group_tests(tests, certs_make, certs_remove);
}
