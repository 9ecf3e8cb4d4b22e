/* SPDX-License-Identifier: MIT */
#include "grpc/h2_loop.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "grpc/h2_session.h"

/* Flushing one connection may end or mark another: the list is taken apart one by one. */
static void on_turn(uv_idle_t *turn)
{
    struct h2_loop *h2_loop = container_of(turn, struct h2_loop, turn);

    while (h2_loop->marked != NULL) {
        struct h2 *h2 = h2_loop->marked;

        h2_loop->marked = h2->next_marked;
        h2->next_marked = NULL;
        h2->marked = false;
        h2_flush(h2);
    }
    (void)uv_idle_stop(turn);
}

void h2_loop_open(struct h2_loop *h2_loop, uv_loop_t *loop)
{
    *h2_loop = (struct h2_loop){
        .times = &times_default,
        .option = h2_session_option(),
        .callbacks = h2_session_callbacks(),
        .scratch = mem_alloc(sizeof *h2_loop->scratch),
        .out = mem_alloc(H2_LOOP_OUT_SIZE),
    };
    if (h2_loop->option == NULL || h2_loop->callbacks == NULL)
        abort(); /* as mem_alloc does: it is the library's way to say that there is no memory */
    (void)uv_idle_init(loop, &h2_loop->turn);
    uvx_own(&h2_loop->owner, (uv_handle_t *)&h2_loop->turn);
}

static void on_gone(struct uvx_owner *owner)
{
    struct h2_loop *h2_loop = container_of(owner, struct h2_loop, owner);

    assert(h2_loop->marked == NULL);
    nghttp2_option_del(h2_loop->option);
    nghttp2_session_callbacks_del(h2_loop->callbacks);
    free(h2_loop->scratch);
    free(h2_loop->out);
    h2_loop->closed(h2_loop);
}

void h2_loop_close(struct h2_loop *h2_loop, void (*closed)(struct h2_loop *h2_loop))
{
    h2_loop->closed = closed;
    uvx_owner_close(&h2_loop->owner, on_gone);
    uvx_shut((uv_handle_t *)&h2_loop->turn);
}

void h2_loop_mark(struct h2_loop *h2_loop, struct h2 *h2)
{
    if (h2->marked || h2->closing)
        return;
    if (h2_loop->marked == NULL)
        (void)uv_idle_start(&h2_loop->turn, on_turn);
    h2->marked = true;
    h2->next_marked = h2_loop->marked;
    h2_loop->marked = h2;
}

void h2_loop_unmark(struct h2_loop *h2_loop, struct h2 *h2)
{
    struct h2 **link = &h2_loop->marked;

    if (!h2->marked)
        return;
    while (*link != h2)
        link = &(*link)->next_marked;
    *link = h2->next_marked;
    h2->marked = false;
    h2->next_marked = NULL;
}
