/* SPDX-License-Identifier: MIT */
#include "net/stream.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static bool is_over(const struct stream *stream)
{
    return stream->ended || stream->closing;
}

static void end(struct stream *stream, const struct err *err)
{
    if (is_over(stream))
        return;
    stream->ended = true;
    stream->reading = false;
    (void)uv_read_stop(&stream->uv.stream);
    (void)uv_idle_stop(&stream->deferred);
    stream->ops->ended(stream, err);
}

/* `code` is a libuv error, that is a negative errno value. */
static void fail(struct stream *stream, int code, const char *what)
{
    struct err err;

    err_errno(&err, code, "cannot %s", what);
    end(stream, &err);
}

static void on_deferred(uv_idle_t *deferred);

/* In a function that the owner has called: `ended` must wait for the next loop iteration. */
static void fail_later(struct stream *stream, int code, const char *what)
{
    if (stream->failure != NULL)
        return;
    stream->failure = mem_alloc(sizeof *stream->failure);
    err_errno(stream->failure, code, "cannot %s", what);
    (void)uv_idle_start(&stream->deferred, on_deferred);
}

static void become_ready(struct stream *stream)
{
    stream->ready = true;
    stream->ops->ready(stream);
}

/* ---- sending ---- */

static void on_written(uv_write_t *write, int status);

static void send_all(struct stream *stream, const uint8_t *bytes, size_t size)
{
    uv_buf_t buf = uv_buf_init((char *)bytes, (unsigned)size);
    int sent = uv_try_write(&stream->uv.stream, &buf, 1);
    size_t done = sent > 0 ? (size_t)sent : 0; /* uv_write reports an error again */
    size_t rest = size - done;
    int rc;

    if (rest == 0)
        return;
    stream->inflight = mem_alloc(rest);
    memcpy(stream->inflight, bytes + done, rest);
    buf = uv_buf_init((char *)stream->inflight, (unsigned)rest);
    rc = uv_write(&stream->write, &stream->uv.stream, &buf, 1, on_written);
    if (rc == 0)
        return;
    free(stream->inflight);
    stream->inflight = NULL;
    fail_later(stream, rc, "write");
}

/* Sends the output of OpenSSL. While a write is in flight it stays in `tls`, and on_written sends it. */
static void flush_tls(struct stream *stream)
{
    const uint8_t *bytes;
    struct err err;
    size_t size;

    if (is_over(stream))
        return;
    size = tls_output(stream->tls, &bytes);
    if (size == 0)
        return;
    if (stream->inflight == NULL) {
        send_all(stream, bytes, size);
        tls_output_done(stream->tls);
    } else if (size > STREAM_ALERTS_MAX) {
        err_set(&err, -EPROTO, "TLS: the peer does not read the alerts that it provokes");
        end(stream, &err);
    }
}

/* An alert or close_notify at the close: one attempt, without waiting for the kernel to take it. */
static void send_last_output(struct stream *stream)
{
    const uint8_t *bytes;
    size_t size = tls_output(stream->tls, &bytes);
    uv_buf_t buf;

    if (size == 0 || stream->inflight != NULL)
        return;
    buf = uv_buf_init((char *)bytes, (unsigned)size);
    (void)uv_try_write(&stream->uv.stream, &buf, 1);
    tls_output_done(stream->tls);
}

static void on_written(uv_write_t *write, int status)
{
    struct stream *stream = container_of(write, struct stream, write);

    free(stream->inflight);
    stream->inflight = NULL;
    if (is_over(stream))
        return;
    if (status < 0) {
        fail(stream, status, "write");
        return;
    }
    if (stream->tls != NULL)
        flush_tls(stream);
    if (stream->ready && stream->inflight == NULL)
        stream->ops->drained(stream);
}

void stream_write(struct stream *stream, const uint8_t *bytes, size_t size)
{
    assert(stream->ready && stream->inflight == NULL);
    if (is_over(stream) || stream->failure != NULL || size == 0)
        return;
    if (stream->tls == NULL)
        send_all(stream, bytes, size);
    else if (tls_write(stream->tls, bytes, size, NULL) != 0)
        fail_later(stream, -EPROTO, "encrypt"); /* not expected: a broken session fails in tls_read before */
    else
        flush_tls(stream);
}

/* ---- receiving ---- */

/* Passes plaintext to the owner until it calls stream_read_stop. */
static void deliver(struct stream *stream)
{
    uint8_t *plain = stream->scratch->plain;
    enum tls_state state = TLS_READY;
    struct err err;
    size_t size = 1;

    while (stream->reading && size > 0) {
        state = tls_read(stream->tls, plain, sizeof stream->scratch->plain, &size, &err);
        if (size > 0)
            stream->ops->read(stream, plain, size);
    }
    if (is_over(stream))
        return;
    stream->plaintext_left = !stream->reading;
    if (state == TLS_READY) {
        flush_tls(stream);
        return;
    }
    if (state == TLS_ENDED)
        err_set(&err, 0, "closed by the peer");
    end(stream, &err);
}

static void feed(struct stream *stream, const uint8_t *bytes, size_t size)
{
    struct err err;
    enum tls_state state = tls_feed(stream->tls, bytes, size, &err);

    if (state == TLS_FAILED) {
        end(stream, &err); /* the alert stays in `tls`; stream_close sends it */
        return;
    }
    flush_tls(stream);
    if (state == TLS_HANDSHAKING || is_over(stream))
        return;
    if (!stream->ready) {
        (void)uv_read_stop(&stream->uv.stream); /* from here on stream_read_start decides */
        become_ready(stream);
    }
    if (!is_over(stream))
        deliver(stream);
}

static void on_end_of_input(struct stream *stream, int code)
{
    struct err err;

    if (code != UV_EOF) {
        fail(stream, code, "read");
        return;
    }
    if (stream->ready)
        err_set(&err, 0, "closed by the peer");
    else
        err_set(&err, -ECONNRESET, "closed by the peer during the TLS handshake");
    end(stream, &err);
}

static void lend_scratch(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct stream *stream = container_of(handle, struct stream, uv.handle);
    uint8_t *room = stream->tls == NULL ? stream->scratch->plain : stream->scratch->cipher;

    (void)suggested;
    *buf = uv_buf_init((char *)room, STREAM_READ_SIZE);
}

static void on_read(uv_stream_t *uv, ssize_t size, const uv_buf_t *buf)
{
    struct stream *stream = container_of(uv, struct stream, uv.stream);
    const uint8_t *bytes = (const uint8_t *)buf->base;

    if (size < 0)
        on_end_of_input(stream, (int)size);
    else if (size > 0 && stream->tls == NULL)
        stream->ops->read(stream, bytes, (size_t)size);
    else if (size > 0)
        feed(stream, bytes, (size_t)size);
}

static void start_reading(struct stream *stream)
{
    int rc = uv_read_start(&stream->uv.stream, lend_scratch, on_read);

    if (rc != 0)
        fail_later(stream, rc, "read");
}

void stream_read_start(struct stream *stream)
{
    assert(stream->ready);
    if (stream->reading || is_over(stream))
        return;
    stream->reading = true;
    start_reading(stream);
    if (stream->plaintext_left)
        (void)uv_idle_start(&stream->deferred, on_deferred);
}

void stream_read_stop(struct stream *stream)
{
    if (!stream->reading)
        return;
    stream->reading = false;
    (void)uv_read_stop(&stream->uv.stream);
}

/* ---- opening and closing ---- */

static void on_deferred(uv_idle_t *deferred)
{
    struct stream *stream = container_of(deferred, struct stream, deferred);

    (void)uv_idle_stop(deferred);
    if (stream->failure != NULL)
        end(stream, stream->failure);
    else if (!stream->ready)
        become_ready(stream);
    else
        deliver(stream);
}

static void init(struct stream *stream, uv_loop_t *loop, enum endpoint_kind kind, struct tls *tls,
                 const struct stream_ops *ops, struct stream_scratch *scratch)
{
    *stream = (struct stream){.ops = ops, .scratch = scratch, .tls = tls};
    socket_init(&stream->uv, loop, kind);
    uvx_own(&stream->owner, &stream->uv.handle);
    (void)uv_idle_init(loop, &stream->deferred); /* never fails */
    uvx_own(&stream->owner, (uv_handle_t *)&stream->deferred);
}

int stream_accept(struct stream *stream, uv_stream_t *server, enum endpoint_kind kind,
                  struct tls_context *context, const struct stream_ops *ops, struct stream_scratch *scratch,
                  struct err *err)
{
    struct tls *tls = NULL;
    int rc = context == NULL ? 0 : tls_new(&tls, context, NULL, err);

    if (rc != 0)
        return rc;
    init(stream, server->loop, kind, tls, ops, scratch);
    rc = uv_accept(server, &stream->uv.stream);
    if (rc != 0) {
        fail_later(stream, rc, "accept");
        return 0;
    }
    if (tls != NULL)
        start_reading(stream);
    else
        (void)uv_idle_start(&stream->deferred, on_deferred);
    return 0;
}

static void on_connected(uv_connect_t *connect, int status)
{
    struct stream *stream = container_of(connect, struct stream, connect);

    if (is_over(stream))
        return;
    if (status < 0) {
        fail(stream, status, "connect");
    } else if (stream->tls == NULL) {
        become_ready(stream);
    } else {
        start_reading(stream);
        feed(stream, NULL, 0); /* produces the ClientHello */
    }
}

int stream_connect(struct stream *stream, uv_loop_t *loop, enum endpoint_kind kind,
                   const struct sockaddr *address, const char *path, struct tls_context *context,
                   const char *host, const struct stream_ops *ops, struct stream_scratch *scratch,
                   struct err *err)
{
    struct tls *tls = NULL;
    int rc = context == NULL ? 0 : tls_new(&tls, context, host, err);

    if (rc != 0)
        return rc;
    init(stream, loop, kind, tls, ops, scratch);
    if (kind == ENDPOINT_UNIX) {
        uv_pipe_connect(&stream->connect, &stream->uv.pipe, path, on_connected);
        return 0;
    }
    rc = uv_tcp_connect(&stream->connect, &stream->uv.tcp, address, on_connected);
    if (rc != 0) {
        fail_later(stream, rc, "connect");
        return 0;
    }
    socket_tune(&stream->uv.tcp);
    return 0;
}

static void on_gone(struct uvx_owner *owner)
{
    struct stream *stream = container_of(owner, struct stream, owner);

    assert(stream->inflight == NULL); /* uv_close has cancelled the write */
    tls_free(stream->tls);
    free(stream->failure);
    stream->tls = NULL;
    stream->failure = NULL;
    stream->ops->closed(stream);
}

void stream_close(struct stream *stream)
{
    if (stream->closing)
        return;
    if (stream->tls != NULL) {
        tls_close_notify(stream->tls);
        send_last_output(stream);
    }
    stream->closing = true;
    stream->reading = false;
    uvx_shut(&stream->uv.handle);
    uvx_shut((uv_handle_t *)&stream->deferred);
    uvx_owner_close(&stream->owner, on_gone);
}

const struct tls_peer *stream_peer(const struct stream *stream)
{
    return stream->tls == NULL ? NULL : tls_peer(stream->tls);
}
