/* SPDX-License-Identifier: MIT */
#include "stream_bed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>

#include "certs.h"

#define CHUNK 50000

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
    struct bed *bed = container_of(timer, struct bed, sip);

    if (!bed->server.stream.closing)
        stream_read_start(&bed->server.stream);
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
        (void)uv_timer_start(&end->bed->sip, on_sip, 0, 0);
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

const struct stream_ops bed_stream_ops = {
    .ready = on_ready, .read = on_read, .drained = on_drained, .ended = on_ended, .closed = on_closed};

static void on_connection(struct listener *listener)
{
    struct bed *bed = container_of(listener, struct bed, listener);

    assert_int_equal(stream_accept(&bed->server.stream, &listener->uv.stream, listener->kind, bed->server_tls,
                                   &bed->ops, &bed->scratch, NULL),
                     0);
    assert_int_equal(bed->server.ready, 0);
    bed->server.open = true;
    if (!bed->keep_listening)
        listener_close(listener);
}

static void on_listener_closed(struct listener *listener)
{
    (void)listener;
}

static const struct listener_ops listener_ops = {.connection = on_connection, .closed = on_listener_closed};

int bed_setup(void **state)
{
    struct bed *bed = calloc(1, sizeof *bed);

    assert_non_null(bed);
    (void)signal(SIGPIPE, SIG_IGN);
    assert_int_equal(uv_loop_init(&bed->loop), 0);
    assert_int_equal(uv_timer_init(&bed->loop, &bed->sip), 0);
    bed->ops = bed_stream_ops;
    bed->server.bed = bed;
    bed->client.bed = bed;
    *state = bed;
    return 0;
}

int bed_teardown(void **state)
{
    struct bed *bed = *state;
    int rc;

    uv_close((uv_handle_t *)&bed->sip, NULL);
    /* Bounded: what a failed test left open makes uv_loop_close fail, and must not hang. */
    for (int i = 0; i < 10; i++)
        (void)uv_run(&bed->loop, UV_RUN_NOWAIT);
    rc = uv_loop_close(&bed->loop);
    if (bed->server_tls != NULL) {
        tls_context_unref(bed->server_tls);
        tls_context_unref(bed->client_tls);
    }
    free(bed);
    return rc;
}

void bed_use_tls(struct bed *bed, const char *authority)
{
    struct certs_files files;

    assert_int_equal(
        tls_context_load(&bed->server_tls, TLS_SERVER, certs_files(&files, "main", "main", "server"), NULL),
        0);
    assert_int_equal(
        tls_context_load(&bed->client_tls, TLS_CLIENT, certs_files(&files, "main", authority, "db1"), NULL),
        0);
}

void bed_listen(struct bed *bed)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int size = sizeof bed->address;

    assert_int_equal(listener_open(&bed->listener, &bed->loop, ENDPOINT_TCP, (struct sockaddr *)&address,
                                   NULL, &listener_ops, NULL),
                     0);
    assert_int_equal(uv_tcp_getsockname(&bed->listener.uv.tcp, (struct sockaddr *)&bed->address, &size), 0);
}

void bed_listen_unix(struct bed *bed, const char *path)
{
    assert_int_equal(
        listener_open(&bed->listener, &bed->loop, ENDPOINT_UNIX, NULL, path, &listener_ops, NULL), 0);
}

void bed_dial(struct bed *bed)
{
    assert_int_equal(stream_connect(&bed->client.stream, &bed->loop, ENDPOINT_TCP,
                                    (struct sockaddr *)&bed->address, NULL, bed->client_tls, "127.0.0.1",
                                    &bed->ops, &bed->scratch, NULL),
                     0);
    assert_int_equal(bed->client.ready + bed->client.ended, 0);
    bed->client.open = true;
}

void bed_dial_unix(struct bed *bed, const char *path)
{
    assert_int_equal(stream_connect(&bed->client.stream, &bed->loop, ENDPOINT_UNIX, NULL, path, NULL, NULL,
                                    &bed->ops, &bed->scratch, NULL),
                     0);
    bed->client.open = true;
}

void bed_run(struct bed *bed)
{
    while (bed->client.open || bed->server.open || bed->listener.owner.open > 0)
        assert_true(uv_run(&bed->loop, UV_RUN_ONCE) != 0 || !bed->client.open);
}
