/* SPDX-License-Identifier: MIT */
#include "base/uvx.h"

#include <assert.h>

void uvx_own(struct uvx_owner *owner, uv_handle_t *handle)
{
    handle->data = owner;
    owner->open++;
}

void uvx_hold(struct uvx_owner *owner)
{
    owner->open++;
}

void uvx_drop(struct uvx_owner *owner)
{
    assert(owner->open > 0);
    if (--owner->open == 0 && owner->closing)
        owner->gone(owner);
}

static void on_closed(uv_handle_t *handle)
{
    uvx_drop(handle->data);
}

void uvx_shut(uv_handle_t *handle)
{
    if (handle->type != UV_UNKNOWN_HANDLE && !uv_is_closing(handle))
        uv_close(handle, on_closed);
}

void uvx_owner_close(struct uvx_owner *owner, uvx_gone_cb gone)
{
    if (owner->closing)
        return;
    assert(owner->open > 0);
    owner->closing = true;
    owner->gone = gone;
}
