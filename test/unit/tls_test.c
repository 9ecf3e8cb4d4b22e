/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "certs.h"
#include "tls_side.h"

/* ---- authentication ---- */

static void certificates_of_one_ca_are_accepted(void **state)
{
    struct side *client = side_client();
    struct side *server = side_server();
    static uint8_t much[200000];

    (void)state;
    for (size_t i = 0; i < sizeof much; i++)
        much[i] = (uint8_t)(i * 7 + (i >> 8));
    assert_null(tls_peer(client->tls));
    side_shake(client, server);
    assert_int_equal(client->state, TLS_READY);
    assert_int_equal(server->state, TLS_READY);
    assert_string_equal(tls_peer(server->tls)->subject, "db1");
    assert_string_equal(tls_peer(server->tls)->names[0], "DNS:db1");
    assert_string_equal(tls_peer(client->tls)->names[2], "IP:::1");
    assert_int_equal(tls_write(client->tls, much, sizeof much, NULL), 0);
    side_settle(client, server);
    assert_int_equal(server->size, sizeof much);
    assert_memory_equal(server->got, much, sizeof much);
    assert_int_equal(tls_write(server->tls, much, 5, NULL), 0);
    side_settle(client, server);
    assert_int_equal(client->size, 5);
    side_free(client);
    side_free(server);
}

static void bytes_may_arrive_one_by_one(void **state)
{
    struct side *client = side_client();
    struct side *server = side_server();
    const uint8_t *bytes;

    (void)state;
    side_take(client, NULL, 0);
    while (client->state != TLS_READY || server->state != TLS_READY) {
        struct side *from = tls_output(client->tls, &bytes) > 0 ? client : server;
        struct side *to = from == client ? server : client;
        size_t size = tls_output(from->tls, &bytes);

        assert_true(size > 0);
        for (size_t i = 0; i < size; i++)
            side_take(to, bytes + i, 1);
        tls_output_done(from->tls);
    }
    side_free(client);
    side_free(server);
}

static void a_server_may_be_verified_by_its_address(void **state)
{
    static const char *const hosts[] = {"127.0.0.1", "::1"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct side *client = side_new(side_load(TLS_CLIENT, "main", "main", "db1"), hosts[i]);
        struct side *server = side_server();

        side_shake(client, server);
        assert_int_equal(client->state, TLS_READY);
        assert_int_equal(server->state, TLS_READY);
        side_free(client);
        side_free(server);
    }
}

/* The side that refuses has the reason; the other gets an alert. */
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
        struct side *client = side_new(side_load(TLS_CLIENT, "main", "main", "db1"), hosts[i]);
        struct side *server = side_server();

        side_shake(client, server);
        refused(client, server, why[i]);
        side_free(client);
        side_free(server);
    }
}

static void a_client_of_another_authority_is_refused(void **state)
{
    struct side *client = side_new(side_load(TLS_CLIENT, "main", "other", "db1"), "localhost");
    struct side *server = side_server();

    (void)state;
    side_shake(client, server);
    refused(server, client, "certificate of 'db1' refused: unable to get local issuer certificate");
    assert_null(tls_peer(server->tls));
    side_free(client);
    side_free(server);
}

static void an_expired_client_is_refused_but_may_load_its_certificate(void **state)
{
    struct side *client = side_new(side_load(TLS_CLIENT, "main", "main", "old"), "localhost");
    struct side *server = side_server();

    (void)state;
    side_shake(client, server);
    refused(server, client, "certificate of 'old' refused: certificate has expired");
    side_free(client);
    side_free(server);
}

static void a_certificate_for_the_other_role_is_refused(void **state)
{
    struct side *client = side_new(side_load(TLS_CLIENT, "main", "main", "server"), "localhost");
    struct side *server = side_server();

    (void)state;
    side_shake(client, server);
    refused(server, client, "refused: unsuitable certificate purpose");
    side_free(client);
    side_free(server);
    client = side_new(side_load(TLS_CLIENT, "main", "main", "db1"), "db1");
    server = side_new(side_load(TLS_SERVER, "main", "main", "db1"), NULL);
    side_shake(client, server);
    refused(client, server, "refused: unsuitable certificate purpose");
    side_free(client);
    side_free(server);
}

/* ---- other input ---- */

static void what_is_not_tls_is_refused(void **state)
{
    struct side *server = side_server();

    (void)state;
    side_take(server, (const uint8_t *)"GET / HTTP/1.1\r\n\r\n", 18);
    assert_int_equal(server->state, TLS_FAILED);
    assert_non_null(strstr(server->err.msg, "http request"));
    side_free(server);
    server = side_server();
    side_take(server, (const uint8_t *)"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24);
    assert_int_equal(server->state, TLS_FAILED);
    side_free(server);
}

static void a_damaged_record_ends_the_connection(void **state)
{
    struct side *client = side_client();
    struct side *server = side_server();
    uint8_t copy[200];
    const uint8_t *bytes;
    size_t size;

    (void)state;
    side_shake(client, server);
    assert_int_equal(tls_write(client->tls, (const uint8_t *)"hello", 5, NULL), 0);
    size = tls_output(client->tls, &bytes);
    assert_in_range(size, 1, sizeof copy);
    memcpy(copy, bytes, size);
    copy[size - 1] ^= 1;
    side_take(server, copy, size);
    assert_int_equal(server->state, TLS_FAILED);
    assert_int_equal(server->size, 0);
    side_free(client);
    side_free(server);
}

static void the_last_bytes_come_before_the_end(void **state)
{
    struct side *client = side_client();
    struct side *server = side_server();

    (void)state;
    side_shake(client, server);
    assert_int_equal(tls_write(client->tls, (const uint8_t *)"bye", 3, NULL), 0);
    tls_close_notify(client->tls);
    side_settle(client, server);
    assert_int_equal(server->state, TLS_ENDED);
    assert_int_equal(server->size, 3);
    assert_int_equal(client->state, TLS_READY);
    tls_close_notify(server->tls);
    side_settle(client, server);
    assert_int_equal(client->state, TLS_ENDED);
    side_free(client);
    side_free(server);
}

static void a_client_needs_a_host_name(void **state)
{
    struct tls_context *context = side_load(TLS_CLIENT, "main", "main", "db1");
    struct tls *tls = NULL;
    struct err err;

    (void)state;
    assert_int_equal(tls_new(&tls, context, NULL, &err), -EINVAL);
    assert_int_equal(tls_new(&tls, context, "", &err), -EINVAL);
    assert_null(tls);
    tls_context_unref(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(certificates_of_one_ca_are_accepted),
        cmocka_unit_test(bytes_may_arrive_one_by_one),
        cmocka_unit_test(a_server_may_be_verified_by_its_address),
        cmocka_unit_test(a_server_of_another_name_or_address_is_refused),
        cmocka_unit_test(a_client_of_another_authority_is_refused),
        cmocka_unit_test(an_expired_client_is_refused_but_may_load_its_certificate),
        cmocka_unit_test(a_certificate_for_the_other_role_is_refused),
        cmocka_unit_test(what_is_not_tls_is_refused),
        cmocka_unit_test(a_damaged_record_ends_the_connection),
        cmocka_unit_test(the_last_bytes_come_before_the_end),
        cmocka_unit_test(a_client_needs_a_host_name),
    };

    return cmocka_run_group_tests(tests, certs_make, certs_remove);
}
