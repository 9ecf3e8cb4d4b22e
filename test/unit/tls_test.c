/* SPDX-License-Identifier: MIT */
/* Two sides in memory. Where our own side is too well-behaved to misbehave, plain OpenSSL plays the other
 * one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certs.h"
#include "net/tls.h"

static struct tls_context *load(enum tls_role role, const char *trusted, const char *authority,
                                const char *name)
{
    struct tls_context *context = NULL;
    struct certs_files files;
    struct err err;

    if (tls_context_load(&context, role, certs_files(&files, trusted, authority, name), &err) != 0)
        fail_msg("%s", err.msg);
    return context;
}

struct side {
    struct tls *tls;
    enum tls_state state;
    uint8_t got[300000];
    size_t size;
    struct err err;
};

/* Takes the reference to `context`. */
static struct side *side_new(struct tls_context *context, const char *host)
{
    struct side *side = test_calloc(1, sizeof *side);

    assert_int_equal(tls_new(&side->tls, context, host, &side->err), 0);
    tls_context_unref(context);
    return side;
}

static void side_free(struct side *side)
{
    tls_free(side->tls);
    test_free(side);
}

static void take(struct side *side, const uint8_t *bytes, size_t size)
{
    size_t length = 1;

    if (side->state == TLS_FAILED || side->state == TLS_ENDED)
        return;
    side->state = tls_feed(side->tls, bytes, size, &side->err);
    while (side->state == TLS_READY && length > 0) {
        side->state =
            tls_read(side->tls, side->got + side->size, sizeof side->got - side->size, &length, &side->err);
        side->size += length;
    }
}

static bool carry(struct side *from, struct side *to)
{
    const uint8_t *bytes;
    size_t size = tls_output(from->tls, &bytes);

    if (size == 0)
        return false;
    take(to, bytes, size);
    tls_output_done(from->tls);
    return true;
}

static void settle(struct side *client, struct side *server)
{
    while (carry(client, server) || carry(server, client))
        ;
}

static void shake(struct side *client, struct side *server)
{
    take(client, NULL, 0);
    settle(client, server);
}

/* --- the other side played by OpenSSL itself --- */

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
        take(side, bytes, (size_t)size);
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

static struct side *server_side(void)
{
    return side_new(load(TLS_SERVER, "main", "main", "server"), NULL);
}

/* A client that offers h2 and has a good certificate, unless a test takes something away before the
 * handshake. */
static void raw_client(struct raw *raw, const char *name)
{
    raw_open(raw, TLS_client_method(), name);
    SSL_set_connect_state(raw->ssl);
    assert_int_equal(SSL_set_alpn_protos(raw->ssl, (const unsigned char *)"\2h2", 3), 0);
}

/* --- who is let in --- */

static void two_sides_of_one_authority_know_each_other_and_talk(void **state)
{
    struct side *client = side_new(load(TLS_CLIENT, "main", "main", "db1"), "localhost");
    struct side *server = server_side();
    static uint8_t much[200000];

    (void)state;
    for (size_t i = 0; i < sizeof much; i++)
        much[i] = (uint8_t)(i * 7 + (i >> 8));
    assert_null(tls_peer(client->tls));
    shake(client, server);
    assert_int_equal(client->state, TLS_READY);
    assert_int_equal(server->state, TLS_READY);
    assert_string_equal(tls_peer(server->tls)->subject, "db1");
    assert_string_equal(tls_peer(server->tls)->names[0], "DNS:db1");
    assert_string_equal(tls_peer(client->tls)->names[2], "IP:::1");
    assert_int_equal(tls_write(client->tls, much, sizeof much, NULL), 0);
    settle(client, server);
    assert_int_equal(server->size, sizeof much);
    assert_memory_equal(server->got, much, sizeof much);
    assert_int_equal(tls_write(server->tls, much, 5, NULL), 0);
    settle(client, server);
    assert_int_equal(client->size, 5);
    side_free(client);
    side_free(server);
}

static void bytes_may_arrive_one_by_one(void **state)
{
    struct side *client = side_new(load(TLS_CLIENT, "main", "main", "db1"), "localhost");
    struct side *server = server_side();
    const uint8_t *bytes;

    (void)state;
    take(client, NULL, 0);
    while (client->state != TLS_READY || server->state != TLS_READY) {
        struct side *from = tls_output(client->tls, &bytes) > 0 ? client : server;
        struct side *to = from == client ? server : client;
        size_t size = tls_output(from->tls, &bytes);

        assert_true(size > 0);
        for (size_t i = 0; i < size; i++)
            take(to, bytes + i, 1);
        tls_output_done(from->tls);
    }
    side_free(client);
    side_free(server);
}

static void a_server_is_known_by_its_addresses_too(void **state)
{
    static const char *const hosts[] = {"127.0.0.1", "::1"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct side *client = side_new(load(TLS_CLIENT, "main", "main", "db1"), hosts[i]);
        struct side *server = server_side();

        shake(client, server);
        assert_int_equal(client->state, TLS_READY);
        assert_int_equal(server->state, TLS_READY);
        side_free(client);
        side_free(server);
    }
}

/* Who refuses says why; the other side hears an alert. */
static void refused(struct side *who, struct side *other, const char *why)
{
    if (who->state != TLS_FAILED || strstr(who->err.msg, why) == NULL)
        fail_msg("state %d: '%s' does not say '%s'", who->state, who->err.msg, why);
    assert_int_equal(who->err.code, -EPROTO);
    assert_int_equal(other->state, TLS_FAILED);
    if (strstr(other->err.msg, "the peer sent alert") == NULL)
        fail_msg("the other side heard '%s'", other->err.msg);
}

static void a_server_of_another_name_or_address_is_refused(void **state)
{
    static const char *const hosts[] = {"elsewhere.example", "127.0.0.2"};
    static const char *const why[] = {"hostname mismatch", "IP address mismatch"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct side *client = side_new(load(TLS_CLIENT, "main", "main", "db1"), hosts[i]);
        struct side *server = server_side();

        shake(client, server);
        refused(client, server, why[i]);
        side_free(client);
        side_free(server);
    }
}

static void a_client_of_another_authority_is_refused(void **state)
{
    struct side *client = side_new(load(TLS_CLIENT, "main", "other", "db1"), "localhost");
    struct side *server = server_side();

    (void)state;
    shake(client, server);
    refused(server, client, "certificate of 'db1' refused: unable to get local issuer certificate");
    assert_null(tls_peer(server->tls));
    side_free(client);
    side_free(server);
}

static void an_expired_client_is_refused_but_may_load_its_certificate(void **state)
{
    struct side *client = side_new(load(TLS_CLIENT, "main", "main", "old"), "localhost");
    struct side *server = server_side();

    (void)state;
    shake(client, server);
    refused(server, client, "certificate of 'old' refused: certificate has expired");
    side_free(client);
    side_free(server);
}

static void a_certificate_for_the_other_role_is_refused(void **state)
{
    struct side *client = side_new(load(TLS_CLIENT, "main", "main", "server"), "localhost");
    struct side *server = server_side();

    (void)state;
    shake(client, server);
    refused(server, client, "refused: unsuitable certificate purpose");
    side_free(client);
    side_free(server);
    client = side_new(load(TLS_CLIENT, "main", "main", "db1"), "db1");
    server = side_new(load(TLS_SERVER, "main", "main", "db1"), NULL);
    shake(client, server);
    refused(client, server, "refused: unsuitable certificate purpose");
    side_free(client);
    side_free(server);
}

static void raw_refused(struct raw *raw, const char *why)
{
    struct side *server = server_side();

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
    struct side *client = side_new(load(TLS_CLIENT, "main", "main", "db1"), "localhost");
    struct raw raw;

    (void)state;
    raw_open(&raw, TLS_server_method(), "server");
    SSL_set_accept_state(raw.ssl);
    take(client, NULL, 0);
    raw_shake(&raw, client);
    assert_int_equal(client->state, TLS_FAILED);
    assert_non_null(strstr(client->err.msg, "server did not choose ALPN h2"));
    raw_close(&raw);
    side_free(client);
}

static void tls_12_is_served_and_tls_11_is_not(void **state)
{
    struct side *server = server_side();
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

static void a_cipher_of_the_black_list_is_refused(void **state)
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
    struct side *server = server_side();
    struct raw raw;

    (void)state;
    raw_client(&raw, "db1");
    raw_shake(&raw, server);
    assert_int_equal(server->state, TLS_READY);
    assert_int_equal(SSL_SESSION_is_resumable(SSL_get0_session(raw.ssl)), 0);
    raw_close(&raw);
    side_free(server);
}

/* --- what else may come in --- */

static void what_is_not_tls_is_refused(void **state)
{
    struct side *server = server_side();

    (void)state;
    take(server, (const uint8_t *)"GET / HTTP/1.1\r\n\r\n", 18);
    assert_int_equal(server->state, TLS_FAILED);
    assert_non_null(strstr(server->err.msg, "http request"));
    side_free(server);
    server = server_side();
    take(server, (const uint8_t *)"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24);
    assert_int_equal(server->state, TLS_FAILED);
    side_free(server);
}

static void a_damaged_record_ends_the_connection(void **state)
{
    struct side *client = side_new(load(TLS_CLIENT, "main", "main", "db1"), "localhost");
    struct side *server = server_side();
    uint8_t copy[200];
    const uint8_t *bytes;
    size_t size;

    (void)state;
    shake(client, server);
    assert_int_equal(tls_write(client->tls, (const uint8_t *)"hello", 5, NULL), 0);
    size = tls_output(client->tls, &bytes);
    assert_in_range(size, 1, sizeof copy);
    memcpy(copy, bytes, size);
    copy[size - 1] ^= 1;
    take(server, copy, size);
    assert_int_equal(server->state, TLS_FAILED);
    assert_int_equal(server->size, 0);
    side_free(client);
    side_free(server);
}

static void the_last_bytes_come_before_the_end(void **state)
{
    struct side *client = side_new(load(TLS_CLIENT, "main", "main", "db1"), "localhost");
    struct side *server = server_side();

    (void)state;
    shake(client, server);
    assert_int_equal(tls_write(client->tls, (const uint8_t *)"bye", 3, NULL), 0);
    tls_close_notify(client->tls);
    settle(client, server);
    assert_int_equal(server->state, TLS_ENDED);
    assert_int_equal(server->size, 3);
    assert_int_equal(client->state, TLS_READY);
    tls_close_notify(server->tls);
    settle(client, server);
    assert_int_equal(client->state, TLS_ENDED);
    side_free(client);
    side_free(server);
}

static void keys_may_be_changed_on_the_way(void **state)
{
    struct side *server = server_side();
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
    struct side *server = server_side();
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
    take(server, bytes, (size_t)size);
    assert_int_equal(server->state, TLS_READY);
    assert_in_range(tls_output(server->tls, &answer), 1, 40);
    raw_close(&raw);
    side_free(server);
}

/* --- files --- */

static void unusable(enum tls_role role, const struct tls_files *files, const char *path, const char *why)
{
    struct tls_context *context = NULL;
    struct err err = {0};

    assert_true(tls_context_load(&context, role, files, &err) < 0);
    assert_null(context);
    if (strstr(err.msg, path) == NULL || strstr(err.msg, why) == NULL)
        fail_msg("'%s' does not name '%s' and '%s'", err.msg, path, why);
}

static void a_file_that_cannot_be_used_is_named_with_the_reason(void **state)
{
    struct certs_files good;
    struct certs_files other;
    struct tls_files files = *certs_files(&good, "main", "main", "server");

    (void)state;
    certs_files(&other, "other", "other", "db1");
    files.root_cert = "/nonexistent/ca.pem";
    unusable(TLS_SERVER, &files, "root certificate '/nonexistent/ca.pem'", "No such file");
    files.root_cert = good.key;
    unusable(TLS_SERVER, &files, good.key, "cannot read root certificate");
    files.root_cert = good.root_cert;
    files.cert = "/nonexistent/cert.pem";
    unusable(TLS_SERVER, &files, "certificate '/nonexistent/cert.pem'", "No such file");
    files.cert = good.key;
    unusable(TLS_CLIENT, &files, good.key, "there is none in it");
    files.cert = good.cert;
    files.key = "/nonexistent/key.pem";
    unusable(TLS_CLIENT, &files, "key '/nonexistent/key.pem'", "No such file");
    files.key = good.cert;
    unusable(TLS_CLIENT, &files, good.cert, "there is none in it");
    files.key = other.key;
    unusable(TLS_CLIENT, &files, other.key, "does not match certificate");
}

static void an_encrypted_key_is_refused_without_asking_for_a_password(void **state)
{
    char command[4 * CERTS_PATH_MAX];
    char locked[CERTS_PATH_MAX + sizeof ".locked"];
    struct certs_files good;
    struct tls_files files = *certs_files(&good, "main", "main", "server");

    (void)state;
    (void)snprintf(locked, sizeof locked, "%s.locked", good.key);
    (void)snprintf(command, sizeof command, "openssl pkey -in '%s' -aes128 -passout pass:secret -out '%s'",
                   good.key, locked);
    assert_int_equal(system(command), 0);
    files.key = locked;
    unusable(TLS_SERVER, &files, locked, "it is encrypted");
}

static void a_client_has_to_say_whom_it_dials(void **state)
{
    struct tls_context *context = load(TLS_CLIENT, "main", "main", "db1");
    struct tls *tls = NULL;
    struct err err;

    (void)state;
    assert_int_equal(tls_new(&tls, context, NULL, &err), -EINVAL);
    assert_int_equal(tls_new(&tls, context, "", &err), -EINVAL);
    assert_null(tls);
    tls_context_unref(context);
}

static int make_certs(void **state)
{
    (void)state;
    certs_open();
    certs_run("", "main", "server");
    certs_run("", "main", "agent db1");
    certs_run("--days=-1", "main", "agent old");
    certs_run("", "other", "agent db1");
    return 0;
}

static int remove_certs(void **state)
{
    (void)state;
    certs_close();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_sides_of_one_authority_know_each_other_and_talk),
        cmocka_unit_test(bytes_may_arrive_one_by_one),
        cmocka_unit_test(a_server_is_known_by_its_addresses_too),
        cmocka_unit_test(a_server_of_another_name_or_address_is_refused),
        cmocka_unit_test(a_client_of_another_authority_is_refused),
        cmocka_unit_test(an_expired_client_is_refused_but_may_load_its_certificate),
        cmocka_unit_test(a_certificate_for_the_other_role_is_refused),
        cmocka_unit_test(a_client_without_a_certificate_is_refused),
        cmocka_unit_test(a_client_without_h2_is_refused),
        cmocka_unit_test(a_server_that_does_not_choose_h2_is_refused),
        cmocka_unit_test(tls_12_is_served_and_tls_11_is_not),
        cmocka_unit_test(a_cipher_of_the_black_list_is_refused),
        cmocka_unit_test(no_session_is_kept_for_later),
        cmocka_unit_test(what_is_not_tls_is_refused),
        cmocka_unit_test(a_damaged_record_ends_the_connection),
        cmocka_unit_test(the_last_bytes_come_before_the_end),
        cmocka_unit_test(keys_may_be_changed_on_the_way),
        cmocka_unit_test(a_renegotiation_is_refused_and_the_connection_goes_on),
        cmocka_unit_test(a_file_that_cannot_be_used_is_named_with_the_reason),
        cmocka_unit_test(an_encrypted_key_is_refused_without_asking_for_a_password),
        cmocka_unit_test(a_client_has_to_say_whom_it_dials),
    };

    return cmocka_run_group_tests(tests, make_certs, remove_certs);
}
