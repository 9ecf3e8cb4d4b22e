/* SPDX-License-Identifier: MIT */
#include "grpc/request_headers.h"

#include "grpc/grpc_timeout.h"
#include "http2/limits.h"

void request_headers_add(struct request_headers *headers, const uint8_t *name, size_t name_size,
                         const uint8_t *value, size_t value_size)
{
    if (metadata_is(name, name_size, ":method")) {
        headers->post = metadata_is(value, value_size, "POST");
        headers->head = metadata_is(value, value_size, "HEAD");
    } else if (metadata_is(name, name_size, ":scheme")) {
        headers->http_scheme =
            metadata_is(value, value_size, "http") || metadata_is(value, value_size, "https");
    } else if (metadata_is(name, name_size, "content-type")) {
        headers->content = metadata_content_type(value, value_size);
    } else if (metadata_is(name, name_size, "grpc-timeout")) {
        headers->timeout_given = true;
        headers->timeout_bad = !grpc_timeout_parse(value, value_size, &headers->timeout_ms);
    } else if (metadata_is(name, name_size, "grpc-encoding")) {
        headers->encoding = metadata_encoding(value, value_size);
    }
}

enum request_headers_verdict request_headers_judge(const struct request_headers *headers,
                                                   uint32_t header_size)
{
    if (header_size > H2_HEADERS_MAX)
        return REQUEST_HEADERS_TOO_BIG;
    if (!headers->post)
        return REQUEST_NOT_POST;
    if (headers->content != CONTENT_GRPC && headers->content != CONTENT_GRPC_PROTO)
        return REQUEST_NOT_GRPC;
    if (headers->timeout_bad)
        return REQUEST_BAD_TIMEOUT;
    if (!headers->http_scheme)
        return REQUEST_BAD_SCHEME;
    if (headers->timeout_given && headers->timeout_ms == 0)
        return REQUEST_EXPIRED;
    return REQUEST_OK;
}
