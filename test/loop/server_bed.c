/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "grpc/frame.h"
#include "server_bed.h"

/* No step of a test takes that long; milliseconds. */
#define PATIENCE_MS 20000
#define FRAME_HEADER 9

/* ---- the service ---- */

static struct bed *bed_of(const struct call *call)
{
    return call_service(call);
}

static void on_open(struct call *call)
{
    bed_of(call)->opened++;
}

static void on_unary(struct call *call, const uint8_t *message, size_t size)
{
    bed_of(call)->messages++;
    call_reply(call, message, size);
}

static void on_later(struct call *call, const uint8_t *message, size_t size)
{
    (void)message;
    (void)size;
    bed_of(call)->messages++;
    bed_of(call)->kept = call;
}

static void on_report(struct call *call, const uint8_t *message, size_t size)
{
    (void)message;
    (void)size;
    bed_of(call)->messages++;
}

static void on_half_close(struct call *call)
{
    bed_of(call)->half_closed++;
    call_reply(call, (const uint8_t *)"", 0);
}

static void pour(struct call *call)
{
    static const uint8_t drop[BED_POUR_SIZE];
    static const struct status ok = {.code = STATUS_OK};
    struct bed *bed = bed_of(call);

    if (bed->to_pour == 0) {
        call_finish(call, &ok);
        return;
    }
    bed->to_pour--;
    call_send(call, drop, sizeof drop);
}

static void on_pour(struct call *call, const uint8_t *message, size_t size)
{
    (void)message;
    (void)size;
    pour(call);
}

static void on_gone(struct call *call)
{
    struct bed *bed = bed_of(call);

    bed->gone++;
    if (!call_answered(call))
        bed->unanswered++;
    if (bed->kept == call)
        bed->kept = NULL;
}

static void add_methods(struct bed *bed)
{
    const struct method methods[BED_METHODS] = {
        {.path = BED_UNARY, .message = on_unary},
        {.path = BED_LATER, .message = on_later},
        {.path = BED_REPORT, .stream = true, .message = on_report, .half_close = on_half_close},
        {.path = BED_POUR, .message = on_pour, .sent = pour},
    };

    memcpy(bed->methods, methods, sizeof methods);
    for (size_t i = 0; i < BED_METHODS; i++) {
        bed->methods[i].service = bed;
        bed->methods[i].open = on_open;
        bed->methods[i].gone = on_gone;
    }
    server_add(&bed->server, bed->methods, BED_METHODS);
}

/* ---- the server ---- */

static void on_drained(struct server *server)
{
    container_of(server, struct bed, server)->drained++;
}

static void on_server_closed(struct server *server)
{
    container_of(server, struct bed, server)->closed++;
}

static const struct server_ops server_ops = {.drained = on_drained, .closed = on_server_closed};

static void on_connection(struct listener *listener)
{
    server_accept(&container_of(listener, struct bed, listener)->server, listener, NULL);
}

static void on_listener_closed(struct listener *listener)
{
    (void)listener;
}

static const struct listener_ops listener_ops = {.connection = on_connection, .closed = on_listener_closed};

void bed_open(struct bed *bed, size_t connection_max, size_t source_max)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    struct err err;

    *bed = (struct bed){.fd = -1, .times = times_default};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(uv_loop_init(&bed->loop), 0);
    assert_int_equal(listener_open(&bed->listener, &bed->loop, ENDPOINT_TCP, (struct sockaddr *)&address,
                                   NULL, &listener_ops, &err),
                     0);
    server_open(&bed->server, &bed->loop, connection_max, source_max, &server_ops);
    bed->server.h2.times = &bed->times;
    add_methods(bed);
}

void bed_close(struct bed *bed)
{
    bed_hang_up(bed);
    listener_close(&bed->listener);
    server_close(&bed->server);
    server_close(&bed->server);
    (void)uv_run(&bed->loop, UV_RUN_DEFAULT);
    assert_int_equal(bed->closed, 1);
    assert_int_equal(bed->gone, bed->opened);
    assert_int_equal(bed->server.call_count, 0);
    assert_int_equal(bed->server.held, 0);
    assert_int_equal(bed->server.connection_count, 0);
    assert_int_equal(uv_loop_close(&bed->loop), 0);
}

/* ---- the client ---- */

static size_t frame_size(const struct bed *bed, size_t at)
{
    const uint8_t *bytes = buf_bytes(&bed->in) + at;
    size_t size;

    if (buf_length(&bed->in) - at < FRAME_HEADER)
        return 0;
    size = FRAME_HEADER + ((size_t)bytes[0] << 16 | (size_t)bytes[1] << 8 | bytes[2]);
    return buf_length(&bed->in) - at < size ? 0 : size;
}

static int32_t frame_stream(const uint8_t *frame)
{
    return (int32_t)((uint32_t)frame[5] << 24 | (uint32_t)frame[6] << 16 | (uint32_t)frame[7] << 8 |
                     frame[8]);
}

static void on_field(struct bed *bed, const nghttp2_nv *field)
{
    char value[16] = "";

    memcpy(value, field->value, field->valuelen < sizeof value ? field->valuelen : sizeof value - 1);
    if (field->namelen == 11 && memcmp(field->name, "grpc-status", 11) == 0)
        bed->status = atoi(value);
    else if (field->namelen == 7 && memcmp(field->name, ":status", 7) == 0)
        bed->http_status = atoi(value);
}

static void inflate_block(struct bed *bed, const uint8_t *block, size_t size)
{
    nghttp2_nv field;
    int flags = 0;

    while ((flags & NGHTTP2_HD_INFLATE_FINAL) == 0) {
        ssize_t taken = nghttp2_hd_inflate_hd2(bed->inflater, &field, &flags, block, size, 1);

        assert_true(taken >= 0);
        block += taken;
        size -= (size_t)taken;
        if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0)
            on_field(bed, &field);
    }
    (void)nghttp2_hd_inflate_end_headers(bed->inflater);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct bed *bed = container_of(poll, struct bed, poll);
    ssize_t size = recv(bed->fd, buf_reserve(&bed->in, 65536), 65536, MSG_DONTWAIT);
    size_t frame;

    (void)status;
    (void)events;
    if (size > 0)
        buf_grow(&bed->in, (size_t)size);
    else if (size == 0 || errno != EAGAIN)
        bed->hung_up = true;
    if (bed->hung_up)
        (void)uv_poll_stop(&bed->poll);
    for (; (frame = frame_size(bed, bed->inflated)) > 0; bed->inflated += frame) {
        const uint8_t *bytes = buf_bytes(&bed->in) + bed->inflated;

        if (bytes[3] == NGHTTP2_HEADERS)
            inflate_block(bed, bytes + FRAME_HEADER, frame - FRAME_HEADER);
    }
}

void bed_dial(struct bed *bed)
{
    struct sockaddr_storage address;
    int size = sizeof address;

    assert_int_equal(bed->fd, -1);
    assert_int_equal(uv_tcp_getsockname(&bed->listener.uv.tcp, (struct sockaddr *)&address, &size), 0);
    bed->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(bed->fd, (struct sockaddr *)&address, (socklen_t)size), 0);
    assert_int_equal(nghttp2_hd_inflate_new(&bed->inflater), 0);
    bed->hung_up = false;
    bed->status = bed->http_status = -1;
    bed->inflated = 0;
    assert_int_equal(uv_poll_init_socket(&bed->loop, &bed->poll, bed->fd), 0);
    if (!bed->deaf)
        assert_int_equal(uv_poll_start(&bed->poll, UV_READABLE, on_readable), 0);
}

static bool is_greeted(const struct bed *bed)
{
    return bed_seen(bed, NGHTTP2_SETTINGS, 0) == 2; /* theirs, and the acknowledgement of ours */
}

void bed_greet(struct bed *bed)
{
    bed_dial(bed);
    buf_append(&bed->request, NGHTTP2_CLIENT_MAGIC, NGHTTP2_CLIENT_MAGIC_LEN);
    bed_frame(bed, NGHTTP2_SETTINGS, 0, 0, NULL, 0);
    bed_frame(bed, NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0, NULL, 0);
    bed_send(bed);
    if (!bed->deaf)
        bed_wait(bed, is_greeted);
}

void bed_hang_up(struct bed *bed)
{
    if (bed->fd < 0)
        return;
    uv_close((uv_handle_t *)&bed->poll, NULL);
    (void)uv_run(&bed->loop, UV_RUN_NOWAIT);
    (void)close(bed->fd);
    bed->fd = -1;
    nghttp2_hd_inflate_del(bed->inflater);
    buf_fini(&bed->in);
    buf_fini(&bed->request);
}

void bed_frame(struct bed *bed, uint8_t type, uint8_t flags, int32_t stream, const void *payload, size_t size)
{
    uint8_t header[FRAME_HEADER] = {
        (uint8_t)(size >> 16),   (uint8_t)(size >> 8),    (uint8_t)size,          type,           flags,
        (uint8_t)(stream >> 24), (uint8_t)(stream >> 16), (uint8_t)(stream >> 8), (uint8_t)stream};

    buf_append(&bed->request, header, sizeof header);
    buf_append(&bed->request, payload, size);
}

/* A literal that is not indexed, in plain text (RFC 7541 §6.2.2). */
static void field(struct buf *block, const char *name, const char *value)
{
    uint8_t zero = 0, name_size = (uint8_t)strlen(name), value_size = (uint8_t)strlen(value);

    buf_append(block, &zero, 1);
    buf_append(block, &name_size, 1);
    buf_append(block, name, name_size);
    buf_append(block, &value_size, 1);
    buf_append(block, value, value_size);
}

void bed_call(struct bed *bed, int32_t stream, const char *method, const char *path, const char *timeout)
{
    struct buf block = {0};

    field(&block, ":method", method);
    field(&block, ":scheme", "http");
    field(&block, ":path", path);
    field(&block, ":authority", "localhost");
    field(&block, "content-type", "application/grpc");
    if (timeout != NULL)
        field(&block, "grpc-timeout", timeout);
    bed_frame(bed, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, stream, buf_bytes(&block), buf_length(&block));
    buf_fini(&block);
}

void bed_message(struct bed *bed, int32_t stream, size_t size, bool end)
{
    uint8_t bytes[FRAME_PREFIX_SIZE + 1024] = {0};

    assert_in_range(size, 0, 1024);
    frame_prefix(bytes, (uint32_t)size);
    bed_frame(bed, NGHTTP2_DATA, end ? NGHTTP2_FLAG_END_STREAM : 0, stream, bytes, FRAME_PREFIX_SIZE + size);
}

void bed_send(struct bed *bed)
{
    size_t size = buf_length(&bed->request);

    assert_int_equal(send(bed->fd, buf_bytes(&bed->request), size, MSG_NOSIGNAL), size);
    buf_consume(&bed->request, size);
}

unsigned bed_seen(const struct bed *bed, uint8_t type, int32_t stream)
{
    unsigned count = 0;
    size_t size;

    for (size_t at = 0; (size = frame_size(bed, at)) > 0; at += size) {
        const uint8_t *frame = buf_bytes(&bed->in) + at;

        count += frame[3] == type && (stream < 0 || frame_stream(frame) == stream);
    }
    return count;
}

int bed_code(const struct bed *bed, uint8_t type)
{
    int code = -1;
    size_t size;

    for (size_t at = 0; (size = frame_size(bed, at)) > 0; at += size) {
        const uint8_t *frame = buf_bytes(&bed->in) + at;
        size_t where =
            FRAME_HEADER + (type == NGHTTP2_GOAWAY ? 7 : 3); /* its last byte: all codes are small */

        if (frame[3] == type)
            code = frame[where];
    }
    return code;
}

/* ---- the loop ---- */

bool bed_hung_up(const struct bed *bed)
{
    return bed->hung_up;
}

bool bed_answered(const struct bed *bed)
{
    return bed->status >= 0;
}

static void on_impatience(uv_timer_t *timer)
{
    *(bool *)timer->data = true;
}

void bed_wait(struct bed *bed, bool (*done)(const struct bed *bed))
{
    bool late = false;
    uv_timer_t timer;

    (void)uv_timer_init(&bed->loop, &timer);
    timer.data = &late;
    (void)uv_timer_start(&timer, on_impatience, PATIENCE_MS, 0);
    while (!done(bed) && !late)
        (void)uv_run(&bed->loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&timer, NULL);
    (void)uv_run(&bed->loop, UV_RUN_NOWAIT);
    assert_true(done(bed));
}

void bed_turn(struct bed *bed)
{
    (void)uv_run(&bed->loop, UV_RUN_NOWAIT);
}
