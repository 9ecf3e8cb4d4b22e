/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "descriptor_set.h"
#include "reflection_talk.h"

static void a_malformed_request_ends_the_stream(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
    } table[] = {{"", 0}, {"\x0a\x01h", 3}, {"\x22\x05yes", 5}, {"\x22", 1}, {"\x20\x01", 2}};
    struct talk *talk = *state;

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        fake_call_gone(&talk->call);
        talk_dial(talk, TALK_V1);
        talk_ask_bytes(talk, table[i].bytes, table[i].size);
        assert_null(talk->response);
        assert_int_equal(talk->call.status.code, STATUS_INVALID_ARGUMENT);
    }
}

static void the_size_of_a_request_is_limited(void **state)
{
    /* file_containing_symbol, its length in two or three bytes, the name */
    static uint8_t bytes[REFLECTION_REQUEST_MAX + 1] = {0x22, 0xfd, 0x7f};
    struct talk *talk = *state;

    talk_ask_bytes(talk, bytes, 3 + 0x3ffd);
    talk_assert_not_found(talk);
    talk_ask_bytes(talk, bytes, sizeof bytes);
    assert_int_equal(talk->call.status.code, STATUS_RESOURCE_EXHAUSTED);
}

static void the_requests_of_a_stream_are_limited(void **state)
{
    struct talk *talk = *state;

    for (unsigned i = 0; i < REFLECTION_REQUESTS_MAX; i++)
        talk_ask_symbol(talk, "Procjon");
    assert_false(talk->call.answered);
    talk_ask_symbol(talk, "Procjon");
    assert_int_equal(talk->call.status.code, STATUS_RESOURCE_EXHAUSTED);
}

static void unread_responses_are_limited(void **state)
{
    struct talk *talk = *state;

    talk->call.blocked = true;
    for (unsigned i = 0; i < REFLECTION_REQUESTS_MAX && !talk->call.answered; i++)
        talk_ask_symbol(talk, "Procjon");
    assert_int_equal(talk->call.status.code, STATUS_RESOURCE_EXHAUSTED);
    assert_in_range(talk->call.unsent, REFLECTION_UNSENT_MAX,
                    REFLECTION_UNSENT_MAX + descriptor_set_size + 64);
}

static void streams_are_limited_and_make_room_when_they_go(void **state)
{
    struct server_call calls[REFLECTION_STREAMS_MAX];
    struct talk *talk = *state;
    size_t count;
    const struct method *methods = reflection_methods(&talk->reflection, &count);

    for (size_t i = 1; i < REFLECTION_STREAMS_MAX; i++) {
        fake_call_open(&calls[i], methods, count, TALK_V1);
        assert_false(calls[i].answered);
    }
    fake_call_open(&calls[0], methods, count, TALK_V1ALPHA);
    assert_int_equal(calls[0].status.code, STATUS_RESOURCE_EXHAUSTED);
    fake_call_gone(&calls[0]); /* was not counted, and frees no place */
    fake_call_open(&calls[0], methods, count, TALK_V1);
    assert_true(calls[0].answered);
    fake_call_gone(&calls[0]);
    fake_call_gone(&calls[1]);
    fake_call_open(&calls[1], methods, count, TALK_V1);
    assert_false(calls[1].answered);
    for (size_t i = 1; i < REFLECTION_STREAMS_MAX; i++)
        fake_call_gone(&calls[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TALK_TEST(a_malformed_request_ends_the_stream),
        TALK_TEST(the_size_of_a_request_is_limited),
        TALK_TEST(the_requests_of_a_stream_are_limited),
        TALK_TEST(unread_responses_are_limited),
        TALK_TEST(streams_are_limited_and_make_room_when_they_go),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
