/* SPDX-License-Identifier: MIT */
/*
 * What a report costs on the whole way: from the bytes of its DATA frame through libuv, nghttp2, the frame,
 * protobuf and the registry. Linked with --wrap for the calls that are counted: the memory of nghttp2 is
 * asked for by our own code (grpc/h2_memory), that of protobuf-c by its arena, and libuv is given a counter.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "rpc/procjon_rpc.h"
#include "server_bed.h"

static unsigned allocations, writes, timer_starts;

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
    allocations++;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    allocations++;
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    allocations++;
    return __real_realloc(old, size);
}

int __wrap_uv_timer_start(uv_timer_t *timer, uv_timer_cb cb, uint64_t timeout, uint64_t repeat)
{
    timer_starts++;
    return __real_uv_timer_start(timer, cb, timeout, repeat);
}

int __wrap_uv_try_write(uv_stream_t *stream, const uv_buf_t *bufs, unsigned count)
{
    writes++;
    return __real_uv_try_write(stream, bufs, count);
}

struct rig {
    struct bed bed;
    struct registry registry;
    struct store store; /* never opened: nothing waits in it */
    struct procjon_rpc rpc;
};

static void on_transition(struct registry *registry, const struct service *service,
                          const struct transition *transition, int64_t at_ms, int64_t since_ms)
{
    (void)registry;
    (void)service;
    (void)transition;
    (void)at_ms;
    (void)since_ms;
}

static void on_nothing(struct registry *registry)
{
    (void)registry;
}

static const struct registry_ops registry_ops = {
    .transition = on_transition,
    .stamp_soon = on_nothing,
    .closed = on_nothing,
};

static int set_up(void **state)
{
    char ok[] = "ok", warning[] = "warning";
    const struct service_status statuses[] = {{0, ok}, {1, warning}};
    struct rig *rig = calloc(1, sizeof *rig);

    bed_open(&rig->bed, 0, 0);
    registry_open(&rig->registry, &rig->bed.loop, REGISTRY_GRACE_DEFAULT, 60000, &registry_ops);
    procjon_rpc_init(&rig->rpc, &rig->registry, &rig->store);
    server_add(&rig->bed.server, rig->rpc.methods, PROCJON_RPC_METHODS);
    (void)registry_register(&rig->registry, "db1", 3, statuses, 2, 3600000);
    *state = rig;
    return 0;
}

static int tear_down(void **state)
{
    struct rig *rig = *state;

    bed_hang_up(&rig->bed);
    while (rig->bed.server.connection_count > 0)
        bed_turn(&rig->bed);
    registry_close(&rig->registry);
    bed_close(&rig->bed);
    procjon_rpc_fini(&rig->rpc);
    free(rig);
    return 0;
}

/* ServiceStatus{"db1", 0}, with its gRPC prefix. */
static void report(struct rig *rig)
{
    static const uint8_t message[] = {0, 0, 0, 0, 5, 0x0a, 3, 'd', 'b', '1'};

    bed_frame(&rig->bed, NGHTTP2_DATA, 0, 1, message, sizeof message);
    bed_send(&rig->bed);
}

static void a_report_on_an_open_stream_costs_no_memory_no_write_and_no_timer(void **state)
{
    struct rig *rig = *state;

    allocations = 0;
    bed_greet(&rig->bed);
    bed_call(&rig->bed, 1, "POST", "/Procjon/SendServiceStatus", NULL);
    report(rig);
    while (rig->registry.reports < 1)
        bed_turn(&rig->bed);
    assert_true(allocations > 0 && writes > 0 && timer_starts > 0); /* the counters do count */
    for (unsigned i = 1; i < 1000; i++) {
        report(rig);
        allocations = writes = timer_starts = 0;
        while (rig->registry.reports <= i)
            bed_turn(&rig->bed);
        assert_int_equal(allocations, 0);
        assert_int_equal(writes, 0);
        assert_int_equal(timer_starts, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_report_on_an_open_stream_costs_no_memory_no_write_and_no_timer,
                                        set_up, tear_down),
    };

    /* Before libuv has any of its own. */
    if (uv_replace_allocator(__wrap_malloc, __wrap_realloc, __wrap_calloc, free) != 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
