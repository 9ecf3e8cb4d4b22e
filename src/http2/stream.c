/* SPDX-License-Identifier: MIT */
#include "http2/stream.h"

#include <assert.h>
#include <nghttp2/nghttp2.h>
#include <string.h>
#include <utlist.h>

#include "http2/connection_ops.h"
#include "http2/timer.h"

/* More headers than any request or response of this project has. */
#define HEADERS_MAX 12

void h2_stream_link(struct h2_streams *streams, struct h2_stream *stream, int32_t id)
{
    stream->streams = streams;
    stream->id = id;
    DL_PREPEND(streams->first, stream);
    streams->count++;
}

void h2_stream_unlink(struct h2_stream *stream)
{
    DL_DELETE(stream->streams->first, stream);
    stream->streams->count--;
}

uint64_t h2_streams_expire(struct h2_streams *streams, uint64_t now)
{
    uint64_t next = UINT64_MAX;

    for (struct h2_stream *stream = streams->first; stream != NULL; stream = stream->next) {
        if (h2_timer_passed(stream->due_ms, now)) {
            stream->due_ms = 0;
            streams->ops->due(stream);
        }
        next = h2_timer_earlier(next, stream->due_ms);
    }
    return next;
}

static ssize_t on_pull(nghttp2_session *session, int32_t id, uint8_t *out, size_t size, uint32_t *flags,
                       nghttp2_data_source *source, void *user)
{
    struct h2_stream *stream = source->ptr;
    const struct h2_connection_ops *ops = stream->streams->ops;
    size_t part;

    (void)session;
    (void)id;
    (void)user;
    if (buf_length(&stream->out) == 0 && !stream->finished && ops->sent != NULL)
        ops->sent(stream);
    part = buf_length(&stream->out) < size ? buf_length(&stream->out) : size;
    if (part > 0) {
        memcpy(out, buf_bytes(&stream->out), part);
        buf_consume(&stream->out, part);
    }
    if (buf_length(&stream->out) == 0 && stream->finished) {
        *flags |= NGHTTP2_DATA_FLAG_EOF;
        if (ops->trailers(stream))
            *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
    } else if (part == 0) {
        return NGHTTP2_ERR_DEFERRED;
    }
    return (ssize_t)part;
}

/* nghttp2_nv has pointers to non-const, and does not write to them. */
static uint8_t *bytes_of(const char *text)
{
    const union {
        const char *text;
        uint8_t *bytes;
    } same = {.text = text};

    return same.bytes;
}

static size_t convert(const struct h2_header *headers, size_t count, nghttp2_nv *out)
{
    assert(count <= HEADERS_MAX);
    for (size_t i = 0; i < count; i++) {
        out[i] = (nghttp2_nv){
            .name = bytes_of(headers[i].name),
            .value = bytes_of(headers[i].value),
            .namelen = headers[i].name_size,
            .valuelen = headers[i].value_size,
            .flags = headers[i].copy ? NGHTTP2_NV_FLAG_NONE
                                     : NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE,
        };
    }
    return count;
}

bool h2_streams_request(struct h2_streams *streams, struct h2_stream *stream, const struct h2_header *headers,
                        size_t count)
{
    nghttp2_data_provider body = {.source.ptr = stream, .read_callback = on_pull};
    nghttp2_nv list[HEADERS_MAX];
    int32_t id;

    if (streams->session == NULL || nghttp2_session_check_request_allowed(streams->session) == 0)
        return false;
    /* nghttp2 would queue the request and send it later; the caller prefers to know. */
    if (streams->count >=
        nghttp2_session_get_remote_settings(streams->session, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS))
        return false;
    id = nghttp2_submit_request(streams->session, NULL, list, convert(headers, count, list), &body, stream);
    if (id < 0)
        return false;
    h2_stream_link(streams, stream, id);
    h2_streams_mark(streams);
    return true;
}

void h2_stream_respond(struct h2_stream *stream, const struct h2_header *headers, size_t count, bool end)
{
    nghttp2_data_provider body = {.source.ptr = stream, .read_callback = on_pull};
    nghttp2_nv list[HEADERS_MAX];

    (void)nghttp2_submit_response(stream->streams->session, stream->id, list, convert(headers, count, list),
                                  end ? NULL : &body);
    h2_streams_mark(stream->streams);
}

void h2_stream_trailers(struct h2_stream *stream, const struct h2_header *headers, size_t count)
{
    nghttp2_nv list[HEADERS_MAX];

    (void)nghttp2_submit_trailer(stream->streams->session, stream->id, list, convert(headers, count, list));
}

void h2_stream_send(struct h2_stream *stream)
{
    (void)nghttp2_session_resume_data(stream->streams->session, stream->id);
    h2_streams_mark(stream->streams);
}

void h2_stream_reset(struct h2_stream *stream, enum h2_code code)
{
    (void)nghttp2_submit_rst_stream(stream->streams->session, NGHTTP2_FLAG_NONE, stream->id, code);
    h2_streams_mark(stream->streams);
}
