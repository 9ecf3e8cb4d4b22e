/* SPDX-License-Identifier: MIT */
#include "counted.h"

#include <assert.h>
#include <stdlib.h>
#include <uv.h>

unsigned counted_allocations, counted_timer_starts, counted_writes;

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size);
int __real_uv_timer_start(uv_timer_t *timer, uv_timer_cb cb, uint64_t timeout, uint64_t repeat);
int __wrap_uv_timer_start(uv_timer_t *timer, uv_timer_cb cb, uint64_t timeout, uint64_t repeat);
int __real_uv_try_write(uv_stream_t *stream, const uv_buf_t *bufs, unsigned count);
int __wrap_uv_try_write(uv_stream_t *stream, const uv_buf_t *bufs, unsigned count);

void *__wrap_malloc(size_t size)
{
    counted_allocations++;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    counted_allocations++;
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    counted_allocations++;
    return __real_realloc(old, size);
}

int __wrap_uv_timer_start(uv_timer_t *timer, uv_timer_cb cb, uint64_t timeout, uint64_t repeat)
{
    counted_timer_starts++;
    return __real_uv_timer_start(timer, cb, timeout, repeat);
}

int __wrap_uv_try_write(uv_stream_t *stream, const uv_buf_t *bufs, unsigned count)
{
    counted_writes++;
    return __real_uv_try_write(stream, bufs, count);
}

void counted_libuv(void)
{
    int result = uv_replace_allocator(__wrap_malloc, __wrap_realloc, __wrap_calloc, free);

    assert(result == 0);
}
