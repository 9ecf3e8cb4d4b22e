/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "http2/flood_guard.h"
#include "http2/limits.h"

enum {
    DATA,
    HEADERS,
    PRIORITY,
    RST_STREAM,
    SETTINGS,
    PUSH_PROMISE,
    PING,
    GOAWAY,
    WINDOW_UPDATE,
    CONTINUATION
};
enum { ACK = 1, END_STREAM = 1, END_HEADERS = 4 };

static const uint8_t preface[FLOOD_GUARD_PREFACE_SIZE + 1] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/* Any time but 0. */
#define NOW 1000000u

static void ready(struct flood_guard *guard)
{
    size_t size = FLOOD_GUARD_PREFACE_SIZE;

    flood_guard_init(guard, true, NOW);
    assert_int_equal(flood_guard_feed(guard, preface, &size, NOW), FLOOD_GUARD_OK);
    assert_false(flood_guard_partial(guard));
}

static size_t frame(uint8_t *out, uint8_t type, uint8_t flags, uint16_t payload)
{
    memset(out, 0, (size_t)FLOOD_GUARD_HEADER_SIZE + payload);
    out[1] = (uint8_t)(payload >> 8);
    out[2] = (uint8_t)payload;
    out[3] = type;
    out[4] = flags;
    return (size_t)FLOOD_GUARD_HEADER_SIZE + payload;
}

static enum flood_guard_verdict feed(struct flood_guard *guard, uint8_t type, uint8_t flags, uint16_t payload,
                                     uint64_t now)
{
    uint8_t bytes[512];
    size_t size = frame(bytes, type, flags, payload);

    return flood_guard_feed(guard, bytes, &size, now);
}

/* How many of these frames pass at `now`, at most `max`. */
static unsigned passing(struct flood_guard *guard, uint8_t type, uint8_t flags, uint16_t payload,
                        unsigned max, uint64_t now)
{
    unsigned count = 0;

    while (count < max && feed(guard, type, flags, payload, now) == FLOOD_GUARD_OK)
        count++;
    return count;
}

static void cheap_frames_are_counted_per_window(void **state)
{
    static const struct {
        uint8_t type, flags;
        uint16_t payload;
        unsigned max;
    } cases[] = {
        {DATA, 0, 0, H2_EMPTY_DATA_MAX},           {SETTINGS, 0, 6, H2_SETTINGS_FRAMES_MAX},
        {PRIORITY, 0, 5, H2_PRIORITY_FRAMES_MAX},  {WINDOW_UPDATE, 0, 4, H2_CONTROL_FRAMES_MAX},
        {RST_STREAM, 0, 4, H2_CONTROL_FRAMES_MAX}, {GOAWAY, 0, 8, H2_CONTROL_FRAMES_MAX},
        {PING, ACK, 8, H2_CONTROL_FRAMES_MAX},     {0xf0, 0, 3, H2_CONTROL_FRAMES_MAX},
    };
    struct flood_guard guard;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        unsigned max = cases[i].max;

        ready(&guard);
        assert_int_equal(passing(&guard, cases[i].type, cases[i].flags, cases[i].payload, max, NOW), max);
        assert_int_equal(
            passing(&guard, cases[i].type, cases[i].flags, cases[i].payload, max, NOW + H2_FRAMES_WINDOW_MS),
            max);
        assert_int_equal(
            feed(&guard, cases[i].type, cases[i].flags, cases[i].payload, NOW + H2_FRAMES_WINDOW_MS),
            FLOOD_GUARD_FLOOD);
    }
}

static void frames_that_carry_something_are_not_counted(void **state)
{
    struct flood_guard guard;

    (void)state;
    ready(&guard);
    assert_int_equal(passing(&guard, DATA, 0, 1, 20000, NOW), 20000);
    assert_int_equal(passing(&guard, DATA, END_STREAM, 0, 20000, NOW), 20000);
    assert_int_equal(passing(&guard, HEADERS, END_HEADERS, 20, 20000, NOW), 20000);
    assert_int_equal(passing(&guard, SETTINGS, ACK, 0, 20000, NOW), 20000);
}

static void pings_have_strikes(void **state)
{
    struct flood_guard guard;

    (void)state;
    ready(&guard);
    assert_int_equal(passing(&guard, PING, 0, 8, 10, NOW), 3);
    ready(&guard);
    for (unsigned i = 0; i < 100; i++)
        assert_int_equal(feed(&guard, PING, 0, 8, NOW + i * H2_PING_MIN_MS), FLOOD_GUARD_OK);
    assert_int_equal(passing(&guard, PING, 0, 8, 2, NOW + 100 * H2_PING_MIN_MS - 1), 2);
    assert_int_equal(feed(&guard, PING, 0, 8, NOW + 100 * H2_PING_MIN_MS - 1), FLOOD_GUARD_PINGS);
}

static void sending_resets_the_ping_strikes(void **state)
{
    struct flood_guard guard;

    (void)state;
    ready(&guard);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(passing(&guard, PING, 0, 8, 3, NOW), 3);
        flood_guard_sent(&guard);
    }
}

static void our_resets_have_a_budget_that_refills(void **state)
{
    struct flood_guard guard;

    (void)state;
    ready(&guard);
    for (unsigned i = 0; i < H2_RESETS_BURST; i++)
        assert_int_equal(flood_guard_reset(&guard, NOW), FLOOD_GUARD_OK);
    assert_int_equal(flood_guard_reset(&guard, NOW), FLOOD_GUARD_FLOOD);
    for (unsigned i = 0; i < H2_RESETS_RATE; i++)
        assert_int_equal(flood_guard_reset(&guard, NOW + 1000), FLOOD_GUARD_OK);
    assert_int_equal(flood_guard_reset(&guard, NOW + 1000), FLOOD_GUARD_FLOOD);
}

/* The verdict does not depend on how the bytes are split. */
static void a_verdict_does_not_depend_on_the_split(void **state)
{
    uint8_t bytes[FLOOD_GUARD_PREFACE_SIZE + 5 * (FLOOD_GUARD_HEADER_SIZE + 8)];
    size_t total = FLOOD_GUARD_PREFACE_SIZE;

    (void)state;
    memcpy(bytes, preface, FLOOD_GUARD_PREFACE_SIZE);
    for (int i = 0; i < 5; i++)
        total += frame(bytes + total, PING, 0, 8);
    for (size_t step = 1; step <= total; step++) {
        enum flood_guard_verdict verdict = FLOOD_GUARD_OK;
        struct flood_guard guard;
        size_t taken = 0;

        flood_guard_init(&guard, true, NOW);
        while (verdict == FLOOD_GUARD_OK && taken < total) {
            size_t size = total - taken < step ? total - taken : step;

            verdict = flood_guard_feed(&guard, bytes + taken, &size, NOW);
            taken += size;
        }
        assert_int_equal(verdict, FLOOD_GUARD_PINGS);
        assert_int_equal(guard.frames, 3);
        /* The accepted bytes have the first three frames and nothing of the payload of the fourth. */
        assert_in_range(taken, FLOOD_GUARD_PREFACE_SIZE + 3 * 17,
                        FLOOD_GUARD_PREFACE_SIZE + 3 * 17 + FLOOD_GUARD_HEADER_SIZE - 1);
    }
}

static void what_is_unfinished_is_partial(void **state)
{
    uint8_t bytes[64];
    struct flood_guard guard;
    size_t size, one = 1;

    (void)state;
    flood_guard_init(&guard, true, NOW);
    assert_true(flood_guard_partial(&guard)); /* the preface is missing */
    ready(&guard);
    size = frame(bytes, HEADERS, 0, 5);
    for (size_t i = 0; i < size; i++) {
        assert_int_equal(flood_guard_feed(&guard, bytes + i, &one, NOW), FLOOD_GUARD_OK);
        assert_true(flood_guard_partial(&guard));
    }
    assert_int_equal(feed(&guard, CONTINUATION, 0, 3, NOW), FLOOD_GUARD_OK);
    assert_true(flood_guard_partial(&guard)); /* the header block is unfinished */
    assert_int_equal(feed(&guard, CONTINUATION, END_HEADERS, 3, NOW), FLOOD_GUARD_OK);
    assert_false(flood_guard_partial(&guard));
    flood_guard_init(&guard, false, NOW);
    assert_false(flood_guard_partial(&guard)); /* a server sends no preface */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cheap_frames_are_counted_per_window),
        cmocka_unit_test(frames_that_carry_something_are_not_counted),
        cmocka_unit_test(pings_have_strikes),
        cmocka_unit_test(sending_resets_the_ping_strikes),
        cmocka_unit_test(our_resets_have_a_budget_that_refills),
        cmocka_unit_test(a_verdict_does_not_depend_on_the_split),
        cmocka_unit_test(what_is_unfinished_is_partial),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
