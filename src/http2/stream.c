/* SPDX-License-Identifier: MIT */
#include "http2/stream.h"

#include <assert.h>
#include <string.h>
#include <utlist.h>

#include "http2/session.h"

/* More headers than any request or response of this project has. */
#define HEADERS_MAX 12

void h2_stream_link(struct h2_connection *h2, struct h2_stream *stream, int32_t id)
{
    stream->h2 = h2;
    stream->id = id;
    DL_PREPEND(h2->streams, stream);
    h2->stream_count++;
}

void h2_stream_unlink(struct h2_stream *stream)
{
    DL_DELETE(stream->h2->streams, stream);
    stream->h2->stream_count--;
}

static ssize_t on_pull(nghttp2_session *session, int32_t id, uint8_t *out, size_t size, uint32_t *flags,
                       nghttp2_data_source *source, void *user)
{
    struct h2_stream *stream = source->ptr;
    struct h2_connection *h2 = user;
    size_t part;

    (void)session;
    (void)id;
    if (buf_length(&stream->out) == 0 && !stream->finished && h2->ops->sent != NULL)
        h2->ops->sent(stream);
    part = buf_length(&stream->out) < size ? buf_length(&stream->out) : size;
    if (part > 0) {
        memcpy(out, buf_bytes(&stream->out), part);
        buf_consume(&stream->out, part);
    }
    if (buf_length(&stream->out) == 0 && stream->finished) {
        *flags |= NGHTTP2_DATA_FLAG_EOF;
        if (h2->ops->trailers(stream))
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

bool h2_connection_request(struct h2_connection *h2, struct h2_stream *stream,
                           const struct h2_header *headers, size_t count)
{
    nghttp2_data_provider body = {.source.ptr = stream, .read_callback = on_pull};
    nghttp2_nv list[HEADERS_MAX];
    int32_t id;

    if (h2->closing || h2->session == NULL || nghttp2_session_check_request_allowed(h2->session) == 0)
        return false;
    /* nghttp2 would queue the request and send it later; the caller prefers to know. */
    if (h2->stream_count >=
        nghttp2_session_get_remote_settings(h2->session, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS))
        return false;
    id = nghttp2_submit_request(h2->session, NULL, list, convert(headers, count, list), &body, stream);
    if (id < 0)
        return false;
    h2_stream_link(h2, stream, id);
    h2_context_mark(h2->context, h2);
    return true;
}

void h2_stream_respond(struct h2_stream *stream, const struct h2_header *headers, size_t count, bool end)
{
    nghttp2_data_provider body = {.source.ptr = stream, .read_callback = on_pull};
    nghttp2_nv list[HEADERS_MAX];

    (void)nghttp2_submit_response(stream->h2->session, stream->id, list, convert(headers, count, list),
                                  end ? NULL : &body);
    h2_context_mark(stream->h2->context, stream->h2);
}

void h2_stream_trailers(struct h2_stream *stream, const struct h2_header *headers, size_t count)
{
    nghttp2_nv list[HEADERS_MAX];

    (void)nghttp2_submit_trailer(stream->h2->session, stream->id, list, convert(headers, count, list));
}

void h2_stream_send(struct h2_stream *stream)
{
    (void)nghttp2_session_resume_data(stream->h2->session, stream->id);
    h2_context_mark(stream->h2->context, stream->h2);
}

void h2_stream_reset(struct h2_stream *stream, enum h2_code code)
{
    (void)nghttp2_submit_rst_stream(stream->h2->session, NGHTTP2_FLAG_NONE, stream->id, code);
    h2_context_mark(stream->h2->context, stream->h2);
}
