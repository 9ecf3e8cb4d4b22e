/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "certs.h"
#include "net/listener.h"
#include "net/stream.h"

/* Enough to fill every socket buffer on the way several times over. */
#define MUCH ((size_t)10 << 20)
#define CHUNK 50000

enum moment { NEVER, AT_READY, AT_READ, AT_DRAINED, AT_ENDED };

/* One end. What it does is set before it is opened; what happened to it is counted. */
struct end {
    struct stream stream;
    struct world *world;
    size_t to_send;     /* bytes of the pattern that it sends */
    bool echo;          /* sends back what it reads */
    bool deaf;          /* does not read by itself */
    bool sips;          /* stops after each read, and reads on from a timer */
    bool quits;         /* closes when it has received as much as it sends */
    enum moment closes; /* closes inside this callback */
    bool open;          /* `closed` is owed */
    bool said_goodbye;  /* the peer ended with close_notify */
    unsigned ready, drained, ended, closed;
    size_t sent, received;
    struct err err;
};

struct world {
    uv_loop_t loop;
    uv_timer_t sip;
    struct listener listener;
    struct stream_scratch scratch;
    struct tls_context *server_tls, *client_tls;
    struct end server, client;
    bool keep_listening;
    char directory[64];
    struct sockaddr_storage address;
};

static uint8_t pattern(size_t at)
{
    return (uint8_t)(at * 31 + (at >> 8) * 7 + (at >> 16));
}

static void send_pattern(struct end *end)
{
    uint8_t bytes[CHUNK];

    while (end->sent < end->to_send && !stream_busy(&end->stream) && !end->stream.closing) {
        size_t size = end->to_send - end->sent < CHUNK ? end->to_send - end->sent : CHUNK;

        for (size_t i = 0; i < size; i++)
            bytes[i] = pattern(end->sent + i);
        end->sent += size;
        stream_write(&end->stream, bytes, size);
    }
}

static bool close_at(struct end *end, enum moment moment)
{
    if (end->closes != moment)
        return false;
    stream_close(&end->stream);
    stream_close(&end->stream);
    return true;
}

static void on_ready(struct stream *stream)
{
    struct end *end = container_of(stream, struct end, stream);

    end->ready++;
    if (close_at(end, AT_READY))
        return;
    if (!end->deaf)
        stream_read_start(stream);
    send_pattern(end);
}

static void on_sip(uv_timer_t *timer)
{
    struct world *world = container_of(timer, struct world, sip);

    if (!world->server.stream.closing)
        stream_read_start(&world->server.stream);
}

static void on_read(struct stream *stream, const uint8_t *bytes, size_t size)
{
    struct end *end = container_of(stream, struct end, stream);

    assert_true(stream->reading);
    for (size_t i = 0; i < size; i++)
        assert_int_equal(bytes[i], pattern(end->received + i));
    end->received += size;
    if (close_at(end, AT_READ))
        return;
    if (end->echo) {
        stream_write(stream, bytes, size);
        if (stream_busy(stream))
            stream_read_stop(stream);
    }
    if (end->sips) {
        stream_read_stop(stream);
        (void)uv_timer_start(&end->world->sip, on_sip, 0, 0);
    }
    if (end->quits && end->received == end->to_send)
        stream_close(stream);
}

static void on_drained(struct stream *stream)
{
    struct end *end = container_of(stream, struct end, stream);

    assert_false(stream_busy(stream));
    end->drained++;
    if (close_at(end, AT_DRAINED))
        return;
    if (!end->deaf)
        stream_read_start(stream);
    send_pattern(end);
}

static void on_ended(struct stream *stream, const struct err *err)
{
    struct end *end = container_of(stream, struct end, stream);

    size_t length;
    uint8_t byte;

    end->ended++;
    end->err = *err;
    end->said_goodbye =
        stream->tls != NULL && tls_read(stream->tls, &byte, sizeof byte, &length, NULL) == TLS_ENDED;
    stream_close(stream);
}

static void on_closed(struct stream *stream)
{
    struct end *end = container_of(stream, struct end, stream);

    end->closed++;
    end->open = false;
}

static const struct stream_ops stream_ops = {
    .ready = on_ready, .read = on_read, .drained = on_drained, .ended = on_ended, .closed = on_closed};

static void on_connection(struct listener *listener)
{
    struct world *world = container_of(listener, struct world, listener);

    assert_int_equal(stream_accept(&world->server.stream, &listener->uv.stream, listener->kind,
                                   world->server_tls, &stream_ops, &world->scratch, NULL),
                     0);
    assert_int_equal(world->server.ready, 0);
    world->server.open = true;
    if (!world->keep_listening)
        listener_close(listener);
}

static void on_listener_closed(struct listener *listener)
{
    (void)listener;
}

static const struct listener_ops listener_ops = {.connection = on_connection, .closed = on_listener_closed};

static int open_world(void **state)
{
    struct world *world = calloc(1, sizeof *world);

    assert_non_null(world);
    assert_int_equal(uv_loop_init(&world->loop), 0);
    assert_int_equal(uv_timer_init(&world->loop, &world->sip), 0);
    world->server.world = world;
    world->client.world = world;
    *state = world;
    return 0;
}

static int close_world(void **state)
{
    struct world *world = *state;
    int rc;

    uv_close((uv_handle_t *)&world->sip, NULL);
    /* Bounded: what a failed test left open makes uv_loop_close fail, and must not hang. */
    for (int i = 0; i < 10; i++)
        (void)uv_run(&world->loop, UV_RUN_NOWAIT);
    rc = uv_loop_close(&world->loop);
    if (world->server_tls != NULL) {
        tls_context_unref(world->server_tls);
        tls_context_unref(world->client_tls);
    }
    free(world);
    return rc;
}

static void use_tls(struct world *world, const char *authority)
{
    struct certs_files files;

    assert_int_equal(
        tls_context_load(&world->server_tls, TLS_SERVER, certs_files(&files, "main", "main", "server"), NULL),
        0);
    assert_int_equal(
        tls_context_load(&world->client_tls, TLS_CLIENT, certs_files(&files, "main", authority, "db1"), NULL),
        0);
}

static void listen_tcp(struct world *world)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int size = sizeof world->address;

    assert_int_equal(listener_open(&world->listener, &world->loop, ENDPOINT_TCP, (struct sockaddr *)&address,
                                   NULL, &listener_ops, NULL),
                     0);
    assert_int_equal(uv_tcp_getsockname(&world->listener.uv.tcp, (struct sockaddr *)&world->address, &size),
                     0);
}

static void dial_tcp(struct world *world)
{
    assert_int_equal(stream_connect(&world->client.stream, &world->loop, ENDPOINT_TCP,
                                    (struct sockaddr *)&world->address, NULL, world->client_tls, "127.0.0.1",
                                    &stream_ops, &world->scratch, NULL),
                     0);
    assert_int_equal(world->client.ready + world->client.ended, 0);
    world->client.open = true;
}

/* Runs until both ends are closed. */
static void run(struct world *world)
{
    while (world->client.open || world->server.open || world->listener.owner.open > 0)
        assert_true(uv_run(&world->loop, UV_RUN_ONCE) != 0 || !world->client.open);
}

static void echo(struct world *world)
{
    world->client.to_send = MUCH;
    world->client.quits = true;
    world->server.echo = true;
    run(world);
    assert_int_equal(world->client.received, MUCH);
    assert_int_equal(world->server.received, MUCH);
    assert_true(world->client.drained > 0); /* or the test has not tested a full socket */
    assert_int_equal(world->client.ready, 1);
    assert_int_equal(world->server.ready, 1);
    assert_int_equal(world->client.closed, 1);
    assert_int_equal(world->server.closed, 1);
    assert_int_equal(world->server.ended, 1);
    assert_int_equal(world->server.err.code, 0);
}

static void much_comes_back_over_tcp(void **state)
{
    struct world *world = *state;

    listen_tcp(world);
    dial_tcp(world);
    echo(world);
}

static void much_comes_back_over_tls(void **state)
{
    struct world *world = *state;

    use_tls(world, "main");
    listen_tcp(world);
    dial_tcp(world);
    echo(world);
}

static void much_comes_back_over_a_unix_socket(void **state)
{
    struct world *world = *state;
    char path[ENDPOINT_PATH_MAX];

    (void)snprintf(world->directory, sizeof world->directory, "/tmp/stream.XXXXXX");
    assert_non_null(mkdtemp(world->directory));
    (void)snprintf(path, sizeof path, "%s/socket", world->directory);
    assert_int_equal(
        listener_open(&world->listener, &world->loop, ENDPOINT_UNIX, NULL, path, &listener_ops, NULL), 0);
    assert_int_equal(stream_connect(&world->client.stream, &world->loop, ENDPOINT_UNIX, NULL, path, NULL,
                                    NULL, &stream_ops, &world->scratch, NULL),
                     0);
    world->client.open = true;
    echo(world);
    assert_int_equal(rmdir(world->directory), 0);
}

/* The peer is known while it is there. */
static void on_ready_look_at_peer(struct stream *stream)
{
    struct end *end = container_of(stream, struct end, stream);

    assert_string_equal(stream_peer(stream)->subject, end == &end->world->server ? "db1" : "localhost");
    on_ready(stream);
}

static void the_peer_has_a_name_when_the_stream_is_ready(void **state)
{
    static struct stream_ops ops;
    struct world *world = *state;

    ops = stream_ops;
    ops.ready = on_ready_look_at_peer;
    use_tls(world, "main");
    listen_tcp(world);
    assert_int_equal(stream_connect(&world->client.stream, &world->loop, ENDPOINT_TCP,
                                    (struct sockaddr *)&world->address, NULL, world->client_tls, "127.0.0.1",
                                    &ops, &world->scratch, NULL),
                     0);
    assert_null(stream_peer(&world->client.stream));
    world->client.open = true;
    world->client.closes = AT_READY;
    run(world);
    assert_int_equal(world->client.ready, 1);
}

static void plaintext_is_not_lost_between_stop_and_start(void **state)
{
    struct world *world = *state;

    use_tls(world, "main");
    listen_tcp(world);
    dial_tcp(world);
    world->client.to_send = MUCH / 10;
    world->server.sips = true;
    /* The client closes after its last write; close_notify must not overtake what was sent before. */
    while (world->server.received < MUCH / 10)
        assert_true(uv_run(&world->loop, UV_RUN_ONCE) != 0);
    stream_close(&world->client.stream);
    run(world);
    assert_int_equal(world->server.received, MUCH / 10);
    assert_int_equal(world->server.err.code, 0);
    assert_true(world->server.said_goodbye);
}

static void an_end_that_does_not_read_makes_the_other_wait(void **state)
{
    struct world *world = *state;

    listen_tcp(world);
    dial_tcp(world);
    world->client.to_send = MUCH;
    world->server.deaf = true;
    while (!world->server.open || world->server.ready == 0 || !stream_busy(&world->client.stream))
        (void)uv_run(&world->loop, UV_RUN_ONCE);
    (void)uv_run(&world->loop, UV_RUN_NOWAIT);
    assert_true(world->client.sent < MUCH);
    assert_int_equal(world->server.received, 0);
    stream_read_start(&world->server.stream);
    while (world->server.received < MUCH)
        (void)uv_run(&world->loop, UV_RUN_ONCE);
    assert_true(world->client.drained > 0);
    stream_close(&world->client.stream);
    run(world);
}

static void what_tls_says_behind_a_write_in_flight_follows_it(void **state)
{
    struct world *world = *state;

    use_tls(world, "main");
    listen_tcp(world);
    dial_tcp(world);
    world->client.deaf = true;
    world->server.to_send = MUCH;
    while (world->server.ready == 0 || !stream_busy(&world->server.stream) || world->client.ready == 0)
        (void)uv_run(&world->loop, UV_RUN_ONCE);
    world->server.to_send = world->server.sent;
    tls_close_notify(world->server.stream.tls); /* stands for the alerts that only OpenSSL sends */
    stream_read_start(&world->client.stream);
    run(world);
    assert_int_equal(world->client.received, world->server.sent);
    assert_true(world->client.said_goodbye);
}

/* --- closing from inside every callback, on either side --- */

static void close_everywhere(struct world *world)
{
    static const enum moment moments[] = {AT_READY, AT_READ, AT_DRAINED};

    world->keep_listening = true;
    listen_tcp(world);
    for (size_t i = 0; i < 6; i++) {
        bool server_closes = i % 2 == 0;

        world->client = (struct end){.world = world, .to_send = MUCH};
        world->server = (struct end){.world = world, .to_send = MUCH};
        (server_closes ? &world->server : &world->client)->closes = moments[i / 2];
        dial_tcp(world);
        while (world->client.open || world->server.open || world->server.closed == 0)
            assert_true(uv_run(&world->loop, UV_RUN_ONCE) != 0);
        assert_int_equal(world->client.closed, 1);
        assert_int_equal(world->server.closed, 1);
        assert_int_equal((server_closes ? &world->server : &world->client)->ended, 0);
        assert_int_equal((server_closes ? &world->client : &world->server)->ended, 1);
    }
    listener_close(&world->listener);
}

static void every_callback_may_close(void **state)
{
    close_everywhere(*state);
}

static void every_callback_may_close_under_tls(void **state)
{
    struct world *world = *state;

    use_tls(world, "main");
    close_everywhere(world);
}

static void a_close_before_the_connection_is_up_is_silent(void **state)
{
    struct world *world = *state;

    use_tls(world, "main");
    world->keep_listening = true;
    listen_tcp(world);
    dial_tcp(world);
    stream_close(&world->client.stream);
    stream_close(&world->client.stream);
    assert_int_equal(world->client.closed, 0); /* never from inside the call */
    listener_close(&world->listener);
    while (world->client.open)
        (void)uv_run(&world->loop, UV_RUN_ONCE);
    assert_int_equal(world->client.closed, 1);
    assert_int_equal(world->client.ready + world->client.ended, 0);
    run(world);
}

/* --- failures --- */

static void a_refused_connection_ends_without_being_ready(void **state)
{
    struct world *world = *state;

    listen_tcp(world);
    listener_close(&world->listener);
    (void)uv_run(&world->loop, UV_RUN_DEFAULT);
    dial_tcp(world);
    run(world);
    assert_int_equal(world->client.ready, 0);
    assert_int_equal(world->client.ended, 1);
    assert_int_equal(world->client.err.code, -ECONNREFUSED);
}

static void a_missing_unix_socket_ends_without_being_ready(void **state)
{
    struct world *world = *state;

    assert_int_equal(stream_connect(&world->client.stream, &world->loop, ENDPOINT_UNIX, NULL,
                                    "/nonexistent/socket", NULL, NULL, &stream_ops, &world->scratch, NULL),
                     0);
    world->client.open = true;
    run(world);
    assert_int_equal(world->client.err.code, -ENOENT);
}

static void an_address_that_cannot_be_dialled_ends_from_the_loop(void **state)
{
    struct world *world = *state;

    world->address.ss_family = AF_UNIX; /* libuv says no inside the call */
    dial_tcp(world);
    run(world);
    assert_int_equal(world->client.ended, 1);
    assert_int_equal(world->client.err.code, -EINVAL);
}

static int raw_connect(const struct world *world)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&world->address, sizeof(struct sockaddr_in)), 0);
    return fd;
}

static void a_reset_is_told_from_an_end(void **state)
{
    struct world *world = *state;
    const struct linger abort = {.l_onoff = 1, .l_linger = 0};
    int fd;

    listen_tcp(world);
    fd = raw_connect(world);
    while (world->server.ready == 0)
        (void)uv_run(&world->loop, UV_RUN_ONCE);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &abort, sizeof abort), 0);
    (void)close(fd);
    run(world);
    assert_int_equal(world->server.ended, 1);
    assert_int_equal(world->server.err.code, -ECONNRESET);
}

static void a_write_to_a_peer_that_is_gone_ends_from_the_loop(void **state)
{
    struct world *world = *state;
    const struct linger abort = {.l_onoff = 1, .l_linger = 0};
    int fd;

    world->server.deaf = true;
    listen_tcp(world);
    fd = raw_connect(world);
    while (world->server.ready == 0)
        (void)uv_run(&world->loop, UV_RUN_ONCE);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &abort, sizeof abort), 0);
    (void)close(fd);
    stream_write(&world->server.stream, (const uint8_t *)"x", 1);
    assert_int_equal(world->server.ended, 0);
    assert_true(stream_busy(&world->server.stream));
    run(world);
    assert_int_equal(world->server.ended, 1);
    assert_true(world->server.err.code < 0);
    assert_int_equal(world->server.drained, 0);
}

static void both_sides_learn_that_a_certificate_was_refused(void **state)
{
    struct world *world = *state;

    use_tls(world, "other");
    listen_tcp(world);
    dial_tcp(world);
    run(world);
    assert_int_equal(world->server.ready, 0);
    assert_int_equal(world->server.ended, 1);
    assert_non_null(strstr(world->server.err.msg, "certificate of 'db1' refused"));
    assert_int_equal(world->client.ended, 1);
    assert_non_null(strstr(world->client.err.msg, "unknown CA"));
}

static void a_peer_that_leaves_during_the_handshake_is_an_error(void **state)
{
    struct world *world = *state;

    use_tls(world, "main");
    listen_tcp(world);
    (void)close(raw_connect(world));
    while (world->server.closed == 0)
        (void)uv_run(&world->loop, UV_RUN_ONCE);
    assert_int_equal(world->server.err.code, -ECONNRESET);
    assert_non_null(strstr(world->server.err.msg, "during the TLS handshake"));
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
    struct world *world = *state;
    unsigned before;

    world->keep_listening = true;
    listen_tcp(world);
    before = open_files();
    for (unsigned i = 0; i < 2000; i++) {
        world->server = (struct end){.world = world};
        world->client = (struct end){.world = world, .closes = AT_READY};
        dial_tcp(world);
        while (world->client.open || world->server.closed == 0)
            assert_true(uv_run(&world->loop, UV_RUN_ONCE) != 0);
    }
    assert_int_equal(open_files(), before);
    listener_close(&world->listener);
}

static int make_certs(void **state)
{
    (void)state;
    (void)signal(SIGPIPE, SIG_IGN);
    certs_open();
    certs_run("", "main", "server");
    certs_run("", "main", "agent db1");
    certs_run("", "other", "agent db1");
    return 0;
}

static int remove_certs(void **state)
{
    (void)state;
    certs_close();
    return 0;
}

#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(much_comes_back_over_tcp),
        WORLD_TEST(much_comes_back_over_tls),
        WORLD_TEST(much_comes_back_over_a_unix_socket),
        WORLD_TEST(the_peer_has_a_name_when_the_stream_is_ready),
        WORLD_TEST(plaintext_is_not_lost_between_stop_and_start),
        WORLD_TEST(an_end_that_does_not_read_makes_the_other_wait),
        WORLD_TEST(what_tls_says_behind_a_write_in_flight_follows_it),
        WORLD_TEST(every_callback_may_close),
        WORLD_TEST(every_callback_may_close_under_tls),
        WORLD_TEST(a_close_before_the_connection_is_up_is_silent),
        WORLD_TEST(a_refused_connection_ends_without_being_ready),
        WORLD_TEST(a_missing_unix_socket_ends_without_being_ready),
        WORLD_TEST(an_address_that_cannot_be_dialled_ends_from_the_loop),
        WORLD_TEST(a_reset_is_told_from_an_end),
        WORLD_TEST(a_write_to_a_peer_that_is_gone_ends_from_the_loop),
        WORLD_TEST(both_sides_learn_that_a_certificate_was_refused),
        WORLD_TEST(a_peer_that_leaves_during_the_handshake_is_an_error),
        WORLD_TEST(many_connections_leave_no_descriptor),
    };

    return cmocka_run_group_tests(tests, make_certs, remove_certs);
}
