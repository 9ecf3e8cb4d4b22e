/* SPDX-License-Identifier: MIT */
/* The client of server_bed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "grpc/frame.h"
#include "server_bed.h"

#define FRAME_HEADER 9

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
    assert_int_equal(uv_tcp_getsockname(&bed->served.listener.uv.tcp, (struct sockaddr *)&address, &size), 0);
    bed->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    /* After EINTR the connection attempt goes on, and connect(2) may be called again. */
    while (connect(bed->fd, (struct sockaddr *)&address, (socklen_t)size) != 0 && errno != EISCONN)
        assert_int_equal(errno, EINTR);
    /* TCP_NODELAY: each write is sent at once. */
    assert_int_equal(setsockopt(bed->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)), 0);
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
    return bed_seen(bed, NGHTTP2_SETTINGS, 0) ==
           2; /* the SETTINGS of the server, and its acknowledgement of ours */
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

/* A literal without indexing, not Huffman-coded (RFC 7541 §6.2.2). */
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
    while (buf_length(&bed->request) > 0) {
        ssize_t sent = send(bed->fd, buf_bytes(&bed->request), buf_length(&bed->request), MSG_NOSIGNAL);

        assert_true(sent > 0 || errno == EINTR);
        buf_consume(&bed->request, sent > 0 ? (size_t)sent : 0);
    }
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

bool bed_reset(const struct bed *bed)
{
    return bed_seen(bed, NGHTTP2_RST_STREAM, -1) > 0;
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
