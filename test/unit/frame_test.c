/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "grpc/frame.h"

#define MAX 1000

/* Three messages: of 3 bytes, of none, of 5 with the flag. */
static const uint8_t three[] = {0, 0, 0, 0, 3, 'a', 'b', 'c', 0,   0,   0,  0,
                                0, 1, 0, 0, 0, 5,   'd', 'e', 'f', 'g', 'h'};

static void check(const struct frame *frame, unsigned number)
{
    static const char *const messages[] = {"abc", "", "defgh"};

    assert_true(number < 3);
    assert_int_equal(frame->size, strlen(messages[number]));
    assert_memory_equal(frame->message, messages[number], frame->size);
    assert_int_equal(frame->flag, number == 2);
}

/* Feeds `bytes` in pieces of `step`, each in a heap block of its own, for AddressSanitizer. */
static unsigned feed(struct frame_reader *reader, size_t step)
{
    unsigned count = 0;

    for (size_t at = 0; at < sizeof three; at += step) {
        size_t size = sizeof three - at < step ? sizeof three - at : step;
        uint8_t *piece = test_malloc(size);
        const uint8_t *bytes = piece;
        struct frame frame;

        memcpy(piece, three + at, size);
        while (frame_next(reader, &bytes, &size, MAX, &frame) == FRAME_MESSAGE)
            check(&frame, count++);
        assert_int_equal(size, 0);
        test_free(piece);
    }
    return count;
}

static void messages_do_not_depend_on_how_the_stream_is_split(void **state)
{
    (void)state;
    for (size_t step = 1; step <= sizeof three; step++) {
        struct frame_reader reader = {0};

        assert_int_equal(feed(&reader, step), 3);
        assert_false(frame_partial(&reader));
        frame_fini(&reader);
    }
}

static void a_message_that_lies_whole_in_a_piece_is_not_copied(void **state)
{
    struct frame_reader reader = {0};
    const uint8_t *bytes = three;
    size_t size = sizeof three;
    struct frame frame;

    (void)state;
    assert_int_equal(frame_next(&reader, &bytes, &size, MAX, &frame), FRAME_MESSAGE);
    assert_ptr_equal(frame.message, three + FRAME_PREFIX_SIZE);
    assert_null(reader.body.data);
}

static void a_message_is_judged_by_its_prefix_alone(void **state)
{
    static const struct {
        uint8_t prefix[FRAME_PREFIX_SIZE];
        enum frame_result result;
    } cases[] = {
        {{0, 0, 0, 3, 0xe8}, FRAME_NONE}, /* the limit itself is allowed */
        {{0, 0, 0, 3, 0xe9}, FRAME_TOO_LARGE},
        {{0, 0xff, 0xff, 0xff, 0xff}, FRAME_TOO_LARGE},
        {{1, 0xff, 0xff, 0xff, 0xff}, FRAME_TOO_LARGE},
        {{2, 0, 0, 0, 1}, FRAME_BAD_FLAG},
        {{0xff, 0xff, 0xff, 0xff, 0xff}, FRAME_BAD_FLAG},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (size_t first = 0; first < FRAME_PREFIX_SIZE; first++) {
            struct frame_reader reader = {0};
            const uint8_t *bytes = cases[i].prefix;
            size_t size = first;
            struct frame frame;

            assert_int_equal(frame_next(&reader, &bytes, &size, MAX, &frame), FRAME_NONE);
            size = FRAME_PREFIX_SIZE - first;
            assert_int_equal(frame_next(&reader, &bytes, &size, MAX, &frame), cases[i].result);
            assert_null(reader.body.data); /* nothing is allocated for the announced size */
            frame_fini(&reader);
        }
    }
}

static void a_stream_that_ends_inside_a_message_is_partial(void **state)
{
    (void)state;
    for (size_t length = 0; length <= 8; length++) {
        struct frame_reader reader = {0};
        const uint8_t *bytes = three;
        size_t size = length;
        struct frame frame;

        while (frame_next(&reader, &bytes, &size, MAX, &frame) != FRAME_NONE)
            continue;
        assert_int_equal(frame_partial(&reader), length > 0 && length < 8);
        frame_fini(&reader);
    }
}

static void memory_grows_with_what_came_and_not_with_what_was_announced(void **state)
{
    static const uint8_t start[] = {0, 0, 1, 0, 0, 'x'};
    struct frame_reader reader = {0};
    const uint8_t *bytes = start;
    size_t size = sizeof start;
    struct frame frame;

    (void)state;
    assert_int_equal(frame_next(&reader, &bytes, &size, 65536, &frame), FRAME_NONE);
    assert_in_range(reader.body.size, 1, 1024);
    frame_fini(&reader);
}

static void a_prefix_is_read_as_it_is_written(void **state)
{
    uint8_t bytes[FRAME_PREFIX_SIZE];

    (void)state;
    frame_prefix(bytes, 0x01020304);
    assert_memory_equal(bytes, ((uint8_t[]){0, 1, 2, 3, 4}), sizeof bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_do_not_depend_on_how_the_stream_is_split),
        cmocka_unit_test(a_message_that_lies_whole_in_a_piece_is_not_copied),
        cmocka_unit_test(a_message_is_judged_by_its_prefix_alone),
        cmocka_unit_test(a_stream_that_ends_inside_a_message_is_partial),
        cmocka_unit_test(memory_grows_with_what_came_and_not_with_what_was_announced),
        cmocka_unit_test(a_prefix_is_read_as_it_is_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
