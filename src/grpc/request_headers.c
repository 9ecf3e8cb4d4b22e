/* SPDX-License-Identifier: MIT */
#include "grpc/request_headers.h"

#include "http2/limits.h"
#include "grpc/grpc_timeout.h"

void request_headers_add(struct request_headers *request, const uint8_t *name, size_t name_size,
                         const uint8_t *value, size_t value_size)
{
    if (metadata_is(name, name_size, ":method")) {
        request->post = metadata_is(value, value_size, "POST");
        request->head = metadata_is(value, value_size, "HEAD");
    } else if (metadata_is(name, name_size, ":scheme")) {
        request->http_scheme =
            metadata_is(value, value_size, "http") || metadata_is(value, value_size, "https");
    } else if (metadata_is(name, name_size, "content-type")) {
        request->content = metadata_content_type(value, value_size);
    } else if (metadata_is(name, name_size, "grpc-timeout")) {
        request->timeout_given = true;
        request->timeout_bad = !grpc_timeout_parse(value, value_size, &request->timeout_ms);
    } else if (metadata_is(name, name_size, "grpc-encoding")) {
        request->encoding = metadata_encoding(value, value_size);
    }
}

enum request_headers_verdict request_headers_judge(const struct request_headers *request,
                                                   uint32_t header_size)
{
    if (header_size > H2_HEADERS_MAX)
        return REQUEST_HEADERS_TOO_BIG;
    if (!request->post)
        return REQUEST_NOT_POST;
    if (request->content != CONTENT_GRPC && request->content != CONTENT_GRPC_PROTO)
        return REQUEST_NOT_GRPC;
    if (request->timeout_bad)
        return REQUEST_BAD_TIMEOUT;
    if (!request->http_scheme)
        return REQUEST_BAD_SCHEME;
    if (request->timeout_given && request->timeout_ms == 0)
        return REQUEST_EXPIRED;
    return REQUEST_OK;
}
