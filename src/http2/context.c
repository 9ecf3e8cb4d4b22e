/* SPDX-License-Identifier: MIT */
#include "http2/context.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "http2/session.h"

/* A flush may close or mark another connection: the list is read again after each. */
static void on_flush(uv_idle_t *flush)
{
    struct h2_context *context = container_of(flush, struct h2_context, flush);

    while (context->marked != NULL) {
        struct h2_connection *h2 = context->marked;

        context->marked = h2->next_marked;
        h2->next_marked = NULL;
        h2->marked = false;
        h2_connection_flush(h2);
    }
    (void)uv_idle_stop(flush);
}

void h2_context_open(struct h2_context *context, uv_loop_t *loop)
{
    *context = (struct h2_context){
        .timeouts = &timeouts_default,
        .option = h2_session_option(),
        .callbacks = h2_session_callbacks(),
        .scratch = mem_alloc(sizeof *context->scratch),
        .out = mem_alloc(H2_CONTEXT_OUT_SIZE),
    };
    if (context->option == NULL || context->callbacks == NULL)
        abort(); /* nghttp2 is out of memory: as mem_alloc does */
    (void)uv_idle_init(loop, &context->flush);
    uvx_own(&context->owner, (uv_handle_t *)&context->flush);
}

static void on_gone(struct uvx_owner *owner)
{
    struct h2_context *context = container_of(owner, struct h2_context, owner);

    assert(context->marked == NULL);
    nghttp2_option_del(context->option);
    nghttp2_session_callbacks_del(context->callbacks);
    free(context->scratch);
    free(context->out);
    context->closed(context);
}

void h2_context_close(struct h2_context *context, void (*closed)(struct h2_context *context))
{
    context->closed = closed;
    uvx_owner_close(&context->owner, on_gone);
    uvx_shut((uv_handle_t *)&context->flush);
}

void h2_context_mark(struct h2_context *context, struct h2_connection *h2)
{
    if (h2->marked || h2->closing)
        return;
    if (context->marked == NULL)
        (void)uv_idle_start(&context->flush, on_flush);
    h2->marked = true;
    h2->next_marked = context->marked;
    context->marked = h2;
}

void h2_context_unmark(struct h2_context *context, struct h2_connection *h2)
{
    struct h2_connection **link = &context->marked;

    if (!h2->marked)
        return;
    while (*link != h2)
        link = &(*link)->next_marked;
    *link = h2->next_marked;
    h2->marked = false;
    h2->next_marked = NULL;
}
