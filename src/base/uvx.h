/* SPDX-License-Identifier: MIT */
/*
 * uvx - counts the open libuv handles of an object.
 *
 * An object that embeds handles also embeds one `struct uvx_owner`. A handle is counted with uvx_own right
 * after its uv_*_init has succeeded, and closed with uvx_shut. When uvx_owner_close was called and the last
 * handle has closed, `gone` is called: once, from the loop, and never from inside uvx_owner_close. The object
 * may be freed there. Work that needs the object without a handle, such as a request on the thread pool, is
 * counted with uvx_hold and uvx_drop. Loop thread only.
 *
 * handle->data belongs to uvx; the object is found with container_of.
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

/* Counts a handle that was just initialised. */
void uvx_own(struct uvx_owner *owner, uv_handle_t *handle);

/* Begins to close a handle. Idempotent, legal in any callback. A zeroed handle is ignored. */
void uvx_shut(uv_handle_t *handle);

void uvx_hold(struct uvx_owner *owner);
void uvx_drop(struct uvx_owner *owner);

/*
 * Begins to close the owner. Idempotent. At least one handle or hold must be open: `gone` is called when the
 * last one has closed.
 */
void uvx_owner_close(struct uvx_owner *owner, uvx_gone_cb gone);

#endif
