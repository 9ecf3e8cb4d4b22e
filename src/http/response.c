/* SPDX-License-Identifier: MIT */
#include "http/response.h"

#include <assert.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/mem.h"
#include "base/buf.h"

/* What a browser is told that got a page it should not run anything of. */
#define POLICY_NOTHING "default-src 'none'; frame-ancestors 'none'"

/* A piece as MHD asks for it; only a hint, MHD takes no more than fits into HTTP_CONNECTION_MEMORY. */
#define BLOCK_SIZE 16384

bool turn_is_over(const struct turn *turn)
{
    return uv_hrtime() >= turn->ends_ns;
}

void http_response_text(struct http_response *answer, unsigned status, const char *text)
{
    *answer = (struct http_response){.status = status, .type = "text/plain; charset=utf-8"};
    buf_printf(&answer->body, "%s\n", text);
}

/* A body in pieces, owned by its MHD_Response. */
struct flow {
    struct http_response answer;
    const struct turn *turn;
    bool ended;
};

/* 0 is "not now": MHD asks again in its next run. */
static ssize_t on_room(void *arg, uint64_t position, char *to, size_t size)
{
    struct flow *flow = arg;
    struct buf *body = &flow->answer.body;

    (void)position;
    if (buf_length(body) == 0 && !flow->ended && turn_is_over(flow->turn))
        return 0;
    while (buf_length(body) == 0 && !flow->ended)
        flow->ended = !flow->answer.more(flow->answer.arg, body);
    if (buf_length(body) == 0)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (size > buf_length(body))
        size = buf_length(body);
    memcpy(to, buf_bytes(body), size);
    buf_consume(body, size);
    return (ssize_t)size;
}

static void on_flow_done(void *arg)
{
    struct flow *flow = arg;

    flow->answer.done(flow->answer.arg);
    buf_fini(&flow->answer.body);
    free(flow);
}

static struct MHD_Response *respond_in_pieces(struct http_response *answer, const struct turn *turn)
{
    struct flow *flow = mem_alloc(sizeof *flow);
    struct MHD_Response *response;

    *flow = (struct flow){.answer = *answer, .turn = turn};
    response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_SIZE, on_room, flow, on_flow_done);
    if (response == NULL)
        on_flow_done(flow);
    return response;
}

/* MHD takes the memory of the body over. */
static struct MHD_Response *respond_at_once(struct http_response *answer)
{
    struct MHD_Response *response;

    assert(answer->body.start == 0);
    response =
        MHD_create_response_from_buffer(buf_length(&answer->body), answer->body.data, MHD_RESPMEM_MUST_FREE);
    if (response == NULL)
        buf_fini(&answer->body);
    return response;
}

bool http_response_send(struct http_response *answer, struct MHD_Connection *connection,
                        const struct turn *turn)
{
    struct MHD_Response *response =
        answer->more != NULL ? respond_in_pieces(answer, turn) : respond_at_once(answer);
    const char *policy = answer->policy != NULL ? answer->policy : POLICY_NOTHING;
    bool sent;

    if (response == NULL)
        return false;
    sent = MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer->type) == MHD_YES &&
           MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store") == MHD_YES &&
           MHD_add_response_header(response, "X-Content-Type-Options", "nosniff") == MHD_YES &&
           MHD_add_response_header(response, "Referrer-Policy", "no-referrer") == MHD_YES &&
           MHD_add_response_header(response, "Content-Security-Policy", policy) == MHD_YES &&
           (answer->allow == NULL ||
            MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, answer->allow) == MHD_YES) &&
           MHD_queue_response(connection, answer->status, response) == MHD_YES;
    MHD_destroy_response(response);
    return sent;
}
