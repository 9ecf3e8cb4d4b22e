/* SPDX-License-Identifier: MIT */
/*
 * uvx - counting the libuv handles that an object embeds.
 *
 * An object that embeds handles embeds one `struct uvx_owner` too. Each handle is entered with uvx_own right
 * after its uv_*_init succeeded, and left with uvx_shut. Once uvx_owner_close was called and the last handle
 * has gone, `gone` is called, exactly once, always from the loop and never from inside uvx_owner_close: that
 * is where the object may be freed. Work that must keep the object alive without a handle (a request on the
 * thread pool) is counted with uvx_hold and uvx_drop.
 *
 * handle->data belongs to uvx; find the object with container_of.
 */
#ifndef PROCJON_BASE_UVX_H
#define PROCJON_BASE_UVX_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#define container_of(pointer, type, member) ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

struct uvx_owner;
typedef void (*uvx_gone_cb)(struct uvx_owner *owner);

struct uvx_owner {
    unsigned open; /* handles initialised and not yet closed, plus holds */
    bool closing;
    uvx_gone_cb gone;
};

void uvx_own(struct uvx_owner *owner, uv_handle_t *handle);

/* Starts to close one handle; idempotent, legal from any callback. A zeroed handle is passed over. */
void uvx_shut(uv_handle_t *handle);

void uvx_hold(struct uvx_owner *owner);
void uvx_drop(struct uvx_owner *owner);

/*
 * Marks the owner as closing; idempotent. At least one handle or hold must be open: `gone` follows when the
 * last one has closed.
 */
void uvx_owner_close(struct uvx_owner *owner, uvx_gone_cb gone);

#endif
