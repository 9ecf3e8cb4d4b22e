/* SPDX-License-Identifier: MIT */
#include "http2/context.h"

#include <assert.h>
#include <nghttp2/nghttp2.h>
#include <stdlib.h>

#include "base/mem.h"

/* A flush may close or mark another connection: the list is read again after each. */
static void on_flush(uv_idle_t *flush)
{
    struct h2_context *context = container_of(flush, struct h2_context, flush);

    while (context->marked != NULL) {
        struct h2_context_node *node = context->marked;

        context->marked = node->next;
        node->next = NULL;
        node->marked = false;
        node->flush(node);
    }
    (void)uv_idle_stop(flush);
}

void h2_context_open(struct h2_context *context, uv_loop_t *loop)
{
    *context = (struct h2_context){
        .timeouts = &timeouts_default,
        .scratch = mem_alloc(sizeof *context->scratch),
        .out = mem_alloc(H2_CONTEXT_OUT_SIZE),
    };
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

void h2_context_mark(struct h2_context *context, struct h2_context_node *node)
{
    if (node->marked || node->flush == NULL)
        return;
    if (context->marked == NULL)
        (void)uv_idle_start(&context->flush, on_flush);
    node->marked = true;
    node->next = context->marked;
    context->marked = node;
}

void h2_context_leave(struct h2_context *context, struct h2_context_node *node)
{
    struct h2_context_node **link = &context->marked;

    node->flush = NULL;
    if (!node->marked)
        return;
    while (*link != node)
        link = &(*link)->next;
    *link = node->next;
    node->marked = false;
    node->next = NULL;
}
