/* SPDX-License-Identifier: MIT */
#include "http/response.h"

#include <assert.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

/* A response without a policy of its own is data: a browser must not load or run anything because of it. */
#define POLICY_NOTHING "default-src 'none'; frame-ancestors 'none'"

/* How much libmicrohttpd asks for at a time. A hint: its buffer is part of HTTP_CONNECTION_MEMORY. */
#define BLOCK_SIZE 16384

void http_response_text(struct http_response *response, unsigned status, const char *text)
{
    *response = (struct http_response){.status = status, .type = "text/plain; charset=utf-8"};
    buf_printf(&response->body, "%s\n", text);
}

/* A body that is produced piece by piece, owned by its MHD_Response. */
struct streamed_body {
    struct http_response response;
    const struct time_budget *budget;
    bool ended;
};

/* 0 means "no data now": libmicrohttpd asks again in its next run. */
static ssize_t on_content(void *arg, uint64_t position, char *to, size_t size)
{
    struct streamed_body *streamed = arg;
    struct buf *body = &streamed->response.body;

    (void)position;
    if (buf_length(body) == 0 && !streamed->ended && time_budget_is_spent(streamed->budget))
        return 0;
    while (buf_length(body) == 0 && !streamed->ended)
        streamed->ended = !streamed->response.more(streamed->response.arg, body);
    if (buf_length(body) == 0)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (size > buf_length(body))
        size = buf_length(body);
    memcpy(to, buf_bytes(body), size);
    buf_consume(body, size);
    return (ssize_t)size;
}

static void on_body_done(void *arg)
{
    struct streamed_body *streamed = arg;

    streamed->response.done(streamed->response.arg);
    buf_fini(&streamed->response.body);
    free(streamed);
}

static struct MHD_Response *create_streamed(const struct http_response *response,
                                            const struct time_budget *budget)
{
    struct streamed_body *streamed = mem_alloc(sizeof *streamed);
    struct MHD_Response *created;

    *streamed = (struct streamed_body){.response = *response, .budget = budget};
    created =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_SIZE, on_content, streamed, on_body_done);
    if (created == NULL)
        on_body_done(streamed);
    return created;
}

/* libmicrohttpd takes the ownership of the body's memory. */
static struct MHD_Response *create_complete(struct http_response *response)
{
    struct MHD_Response *created;

    assert(response->body.start == 0);
    created = MHD_create_response_from_buffer(buf_length(&response->body), response->body.data,
                                              MHD_RESPMEM_MUST_FREE);
    if (created == NULL)
        buf_fini(&response->body);
    return created;
}

bool http_response_send(struct http_response *response, struct MHD_Connection *connection,
                        const struct time_budget *budget)
{
    struct MHD_Response *created =
        response->more != NULL ? create_streamed(response, budget) : create_complete(response);
    const char *policy = response->policy != NULL ? response->policy : POLICY_NOTHING;
    bool queued;

    if (created == NULL)
        return false;
    queued = MHD_add_response_header(created, MHD_HTTP_HEADER_CONTENT_TYPE, response->type) == MHD_YES &&
             MHD_add_response_header(created, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store") == MHD_YES &&
             MHD_add_response_header(created, "X-Content-Type-Options", "nosniff") == MHD_YES &&
             MHD_add_response_header(created, "Referrer-Policy", "no-referrer") == MHD_YES &&
             MHD_add_response_header(created, "Content-Security-Policy", policy) == MHD_YES &&
             (response->allow == NULL ||
              MHD_add_response_header(created, MHD_HTTP_HEADER_ALLOW, response->allow) == MHD_YES) &&
             MHD_queue_response(connection, response->status, created) == MHD_YES;
    MHD_destroy_response(created);
    return queued;
}
