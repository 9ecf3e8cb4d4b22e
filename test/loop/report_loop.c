/* SPDX-License-Identifier: MIT */
/*
 * The cost of a report on its whole path: from the bytes of its DATA frame through libuv, nghttp2, the gRPC
 * framing, protobuf and the registry. Memory of nghttp2 is allocated by http2/session, that of protobuf-c by
 * the arena, and the allocator of libuv is replaced by one that counts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "api/agents.h"
#include "counted.h"
#include "engine/engine_parts.h"
#include "registry_quiet.h"
#include "server_bed.h"
#include "virtual_clock.h"

struct rig {
    struct bed bed;
    struct engine engine; /* only its registry is open */
    struct agents_api agents;
};

static const struct registry_ops registry_ops = {
    .transition = quiet_transition,
    .checkpoint_soon = quiet_event,
    .closed = quiet_event,
};

static int set_up(void **state)
{
    char ok[] = "ok", warning[] = "warning";
    const struct service_status statuses[] = {{0, ok}, {1, warning}};
    struct rig *rig = calloc(1, sizeof *rig);

    bed_open(&rig->bed, 0, 0);
    registry_open(&rig->engine.registry, &rig->bed.loop, REGISTRY_GRACE_DEFAULT, 60000, &registry_ops);
    agents_api_init(&rig->agents, &rig->engine);
    server_add(&rig->bed.served.server, rig->agents.methods, AGENTS_API_METHODS);
    (void)registry_register(&rig->engine.registry, "db1", 3, statuses, 2, 3600000);
    *state = rig;
    return 0;
}

static int tear_down(void **state)
{
    struct rig *rig = *state;

    bed_hang_up(&rig->bed);
    while (rig->bed.served.server.connections.count > 0)
        bed_turn(&rig->bed);
    registry_close(&rig->engine.registry);
    bed_close(&rig->bed);
    agents_api_fini(&rig->agents);
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

    counted_allocations = 0;
    virtual_clock_start(); /* no timer expires meanwhile */
    bed_greet(&rig->bed);
    bed_call(&rig->bed, 1, "POST", "/Procjon/SendServiceStatus", NULL);
    report(rig);
    while (rig->engine.registry.reports < 1)
        bed_turn(&rig->bed);
    assert_true(counted_allocations > 0 && counted_writes > 0 &&
                counted_timer_starts > 0); /* the counters do count */
    for (unsigned i = 1; i < 1000; i++) {
        report(rig);
        counted_allocations = counted_writes = counted_timer_starts = 0;
        while (rig->engine.registry.reports <= i)
            bed_turn(&rig->bed);
        assert_int_equal(counted_allocations, 0);
        assert_int_equal(counted_writes, 0);
        assert_int_equal(counted_timer_starts, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_report_on_an_open_stream_costs_no_memory_no_write_and_no_timer,
                                        set_up, tear_down),
    };

    counted_libuv();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
