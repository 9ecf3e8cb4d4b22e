/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "certs.h"
#include "stream_bed.h"

/* ---- closing inside every callback, on either side ---- */

static void close_everywhere(struct bed *bed)
{
    static const enum moment moments[] = {AT_READY, AT_READ, AT_DRAINED};

    bed->keep_listening = true;
    bed_listen(bed);
    for (size_t i = 0; i < 6; i++) {
        bool server_closes = i % 2 == 0;

        bed->client = (struct end){.bed = bed, .to_send = BED_MUCH};
        bed->server = (struct end){.bed = bed, .to_send = BED_MUCH};
        (server_closes ? &bed->server : &bed->client)->closes = moments[i / 2];
        bed_dial(bed);
        while (bed->client.open || bed->server.open || bed->server.closed == 0)
            assert_true(uv_run(&bed->loop, UV_RUN_ONCE) != 0);
        assert_int_equal(bed->client.closed, 1);
        assert_int_equal(bed->server.closed, 1);
        assert_int_equal((server_closes ? &bed->server : &bed->client)->ended, 0);
        assert_int_equal((server_closes ? &bed->client : &bed->server)->ended, 1);
    }
    listener_close(&bed->listener);
}

static void every_callback_may_close(void **state)
{
    close_everywhere(*state);
}

static void every_callback_may_close_under_tls(void **state)
{
    struct bed *bed = *state;

    bed_use_tls(bed, "main");
    close_everywhere(bed);
}

static void a_close_before_ready_has_no_other_callback(void **state)
{
    struct bed *bed = *state;

    bed_use_tls(bed, "main");
    bed->keep_listening = true;
    bed_listen(bed);
    bed_dial(bed);
    stream_close(&bed->client.stream);
    stream_close(&bed->client.stream);
    assert_int_equal(bed->client.closed, 0); /* not inside the function */
    listener_close(&bed->listener);
    while (bed->client.open)
        (void)uv_run(&bed->loop, UV_RUN_ONCE);
    assert_int_equal(bed->client.closed, 1);
    assert_int_equal(bed->client.ready + bed->client.ended, 0);
    bed_run(bed);
}

/* ---- errors ---- */

static void a_refused_connection_ends_without_being_ready(void **state)
{
    struct bed *bed = *state;

    bed_listen(bed);
    listener_close(&bed->listener);
    (void)uv_run(&bed->loop, UV_RUN_DEFAULT);
    bed_dial(bed);
    bed_run(bed);
    assert_int_equal(bed->client.ready, 0);
    assert_int_equal(bed->client.ended, 1);
    assert_int_equal(bed->client.err.code, -ECONNREFUSED);
}

static void a_missing_unix_socket_ends_without_being_ready(void **state)
{
    struct bed *bed = *state;

    bed_dial_unix(bed, "/nonexistent/socket");
    bed_run(bed);
    assert_int_equal(bed->client.err.code, -ENOENT);
}

static void an_address_that_cannot_be_connected_ends_from_the_loop(void **state)
{
    struct bed *bed = *state;

    bed->address.ss_family = AF_UNIX; /* libuv fails inside the function */
    bed_dial(bed);
    bed_run(bed);
    assert_int_equal(bed->client.ended, 1);
    assert_int_equal(bed->client.err.code, -EINVAL);
}

static int raw_connect(const struct bed *bed)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&bed->address, sizeof(struct sockaddr_in)), 0);
    return fd;
}

/* The client closes an accepted connection with RST. */
static void connect_and_reset(struct bed *bed)
{
    const struct linger abort = {.l_onoff = 1, .l_linger = 0};
    int fd;

    bed_listen(bed);
    fd = raw_connect(bed);
    while (bed->server.ready == 0)
        (void)uv_run(&bed->loop, UV_RUN_ONCE);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &abort, sizeof abort), 0);
    (void)close(fd);
}

static void a_reset_is_an_error(void **state)
{
    struct bed *bed = *state;

    connect_and_reset(bed);
    bed_run(bed);
    assert_int_equal(bed->server.ended, 1);
    assert_int_equal(bed->server.err.code, -ECONNRESET);
}

static void a_write_to_a_peer_that_is_gone_ends_from_the_loop(void **state)
{
    struct bed *bed = *state;

    bed->server.deaf = true;
    connect_and_reset(bed);
    stream_write(&bed->server.stream, (const uint8_t *)"x", 1);
    assert_int_equal(bed->server.ended, 0);
    assert_true(stream_busy(&bed->server.stream));
    bed_run(bed);
    assert_int_equal(bed->server.ended, 1);
    assert_true(bed->server.err.code < 0);
    assert_int_equal(bed->server.drained, 0);
}

static void both_sides_learn_that_a_certificate_was_refused(void **state)
{
    struct bed *bed = *state;

    bed_use_tls(bed, "other");
    bed_listen(bed);
    bed_dial(bed);
    bed_run(bed);
    assert_int_equal(bed->server.ready, 0);
    assert_int_equal(bed->server.ended, 1);
    assert_non_null(strstr(bed->server.err.msg, "certificate of 'db1' refused"));
    assert_int_equal(bed->client.ended, 1);
    assert_non_null(strstr(bed->client.err.msg, "unknown CA"));
}

static void a_close_during_the_handshake_is_an_error(void **state)
{
    struct bed *bed = *state;

    bed_use_tls(bed, "main");
    bed_listen(bed);
    (void)close(raw_connect(bed));
    while (bed->server.closed == 0)
        (void)uv_run(&bed->loop, UV_RUN_ONCE);
    assert_int_equal(bed->server.err.code, -ECONNRESET);
    assert_non_null(strstr(bed->server.err.msg, "during the TLS handshake"));
}

static unsigned open_files(void)
{
    DIR *directory = opendir("/proc/self/fd");
    unsigned count = 0;

    assert_non_null(directory);
    while (readdir(directory) != NULL)
        count++;
    (void)closedir(directory);
    return count;
}

static void many_connections_leave_no_descriptor(void **state)
{
    struct bed *bed = *state;
    unsigned before;

    bed->keep_listening = true;
    bed_listen(bed);
    before = open_files();
    for (unsigned i = 0; i < 2000; i++) {
        bed->server = (struct end){.bed = bed};
        bed->client = (struct end){.bed = bed, .closes = AT_READY};
        bed_dial(bed);
        while (bed->client.open || bed->server.closed == 0)
            assert_true(uv_run(&bed->loop, UV_RUN_ONCE) != 0);
    }
    assert_int_equal(open_files(), before);
    listener_close(&bed->listener);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BED_TEST(every_callback_may_close),
        BED_TEST(every_callback_may_close_under_tls),
        BED_TEST(a_close_before_ready_has_no_other_callback),
        BED_TEST(a_refused_connection_ends_without_being_ready),
        BED_TEST(a_missing_unix_socket_ends_without_being_ready),
        BED_TEST(an_address_that_cannot_be_connected_ends_from_the_loop),
        BED_TEST(a_reset_is_an_error),
        BED_TEST(a_write_to_a_peer_that_is_gone_ends_from_the_loop),
        BED_TEST(both_sides_learn_that_a_certificate_was_refused),
        BED_TEST(a_close_during_the_handshake_is_an_error),
        BED_TEST(many_connections_leave_no_descriptor),
    };

    return cmocka_run_group_tests(tests, certs_make, certs_remove);
}
