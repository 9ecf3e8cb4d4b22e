/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "certs.h"
#include "stream_bed.h"

#ifndef TCP_RTO_MAX_MS
#define TCP_RTO_MAX_MS 44
#endif

static void echo(struct bed *bed)
{
    bed->client.to_send = BED_MUCH;
    bed->client.quits = true;
    bed->server.echo = true;
    bed_run(bed);
    assert_int_equal(bed->client.received, BED_MUCH);
    assert_int_equal(bed->server.received, BED_MUCH);
    assert_true(bed->client.drained > 0); /* the socket buffers were full at least once */
    assert_int_equal(bed->client.ready, 1);
    assert_int_equal(bed->server.ready, 1);
    assert_int_equal(bed->client.closed, 1);
    assert_int_equal(bed->server.closed, 1);
    assert_int_equal(bed->server.ended, 1);
    assert_int_equal(bed->server.err.code, 0);
}

static void large_data_is_echoed_over_tcp(void **state)
{
    struct bed *bed = *state;

    bed_listen(bed);
    bed_dial(bed);
    echo(bed);
}

static void large_data_is_echoed_over_tls(void **state)
{
    struct bed *bed = *state;

    bed_use_tls(bed, "main");
    bed_listen(bed);
    bed_dial(bed);
    echo(bed);
}

static void large_data_is_echoed_over_a_unix_socket(void **state)
{
    struct bed *bed = *state;
    char directory[] = "/tmp/stream.XXXXXX";
    char path[ENDPOINT_PATH_MAX];

    assert_non_null(mkdtemp(directory));
    (void)snprintf(path, sizeof path, "%s/socket", directory);
    bed_listen_unix(bed, path);
    bed_dial_unix(bed, path);
    echo(bed);
    assert_int_equal(rmdir(directory), 0); /* and it is empty */
}

/* stream_peer names the peer as long as the stream. */
static void on_ready_look_at_peer(struct stream *stream)
{
    struct end *end = container_of(stream, struct end, stream);

    assert_string_equal(stream_peer(stream)->subject, end == &end->bed->server ? "db1" : "localhost");
    bed_stream_ops.ready(stream);
}

static void the_peer_has_a_name_when_the_stream_is_ready(void **state)
{
    struct bed *bed = *state;

    bed->ops.ready = on_ready_look_at_peer;
    bed_use_tls(bed, "main");
    bed_listen(bed);
    bed_dial(bed);
    assert_null(stream_peer(&bed->client.stream));
    bed->client.closes = AT_READY;
    bed_run(bed);
    assert_int_equal(bed->client.ready, 1);
    assert_int_equal(bed->server.ready, 1);
}

static unsigned tcp_option(struct stream *stream, int option)
{
    socklen_t size = sizeof(unsigned);
    unsigned value = 0;
    uv_os_fd_t fd;

    assert_int_equal(uv_fileno(&stream->uv.handle, &fd), 0);
    return getsockopt(fd, IPPROTO_TCP, option, &value, &size) == 0 ? value : 0;
}

static void on_ready_look_at_options(struct stream *stream)
{
    assert_int_equal(tcp_option(stream, TCP_NODELAY), 1);
    assert_int_equal(tcp_option(stream, TCP_KEEPIDLE), SOCKET_KEEPALIVE_S);
    assert_int_equal(tcp_option(stream, TCP_USER_TIMEOUT), SOCKET_USER_TIMEOUT_MS);
    if (tcp_option(stream, TCP_RTO_MAX_MS) != 0) /* since Linux 6.15 */
        assert_int_equal(tcp_option(stream, TCP_RTO_MAX_MS), SOCKET_RETRANSMIT_MS);
    bed_stream_ops.ready(stream);
}

static void the_tcp_options_are_set_on_both_ends(void **state)
{
    struct bed *bed = *state;

    bed->ops.ready = on_ready_look_at_options;
    bed_listen(bed);
    bed_dial(bed);
    bed->client.closes = AT_READY;
    bed->server.closes = AT_ENDED;
    bed_run(bed);
    assert_int_equal(bed->client.ready + bed->server.ready, 2);
}

static void plaintext_is_not_lost_between_stop_and_start(void **state)
{
    struct bed *bed = *state;

    bed_use_tls(bed, "main");
    bed_listen(bed);
    bed_dial(bed);
    bed->client.to_send = BED_MUCH / 10;
    bed->server.sips = true;
    /* The client closes after its last write: close_notify must come after the data. */
    while (bed->server.received < BED_MUCH / 10)
        assert_true(uv_run(&bed->loop, UV_RUN_ONCE) != 0);
    stream_close(&bed->client.stream);
    bed_run(bed);
    assert_int_equal(bed->server.received, BED_MUCH / 10);
    assert_int_equal(bed->server.err.code, 0);
    assert_true(bed->server.said_goodbye);
}

static void an_end_that_does_not_read_stops_the_other(void **state)
{
    struct bed *bed = *state;

    bed_listen(bed);
    bed_dial(bed);
    bed->client.to_send = BED_MUCH;
    bed->server.deaf = true;
    while (!bed->server.open || bed->server.ready == 0 || !stream_busy(&bed->client.stream))
        (void)uv_run(&bed->loop, UV_RUN_ONCE);
    (void)uv_run(&bed->loop, UV_RUN_NOWAIT);
    assert_true(bed->client.sent < BED_MUCH);
    assert_int_equal(bed->server.received, 0);
    stream_read_start(&bed->server.stream);
    while (bed->server.received < BED_MUCH)
        (void)uv_run(&bed->loop, UV_RUN_ONCE);
    assert_true(bed->client.drained > 0);
    stream_close(&bed->client.stream);
    bed_run(bed);
}

static void tls_output_during_a_write_is_sent_after_it(void **state)
{
    struct bed *bed = *state;

    bed_use_tls(bed, "main");
    bed_listen(bed);
    bed_dial(bed);
    bed->client.deaf = true;
    bed->server.to_send = BED_MUCH;
    while (bed->server.ready == 0 || !stream_busy(&bed->server.stream) || bed->client.ready == 0)
        (void)uv_run(&bed->loop, UV_RUN_ONCE);
    bed->server.to_send = bed->server.sent;
    tls_close_notify(bed->server.stream.tls); /* stands for the alerts of OpenSSL */
    stream_read_start(&bed->client.stream);
    bed_run(bed);
    assert_int_equal(bed->client.received, bed->server.sent);
    assert_true(bed->client.said_goodbye);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BED_TEST(large_data_is_echoed_over_tcp),
        BED_TEST(large_data_is_echoed_over_tls),
        BED_TEST(large_data_is_echoed_over_a_unix_socket),
        BED_TEST(the_peer_has_a_name_when_the_stream_is_ready),
        BED_TEST(the_tcp_options_are_set_on_both_ends),
        BED_TEST(plaintext_is_not_lost_between_stop_and_start),
        BED_TEST(an_end_that_does_not_read_stops_the_other),
        BED_TEST(tls_output_during_a_write_is_sent_after_it),
    };

    return cmocka_run_group_tests(tests, certs_make, certs_remove);
}
