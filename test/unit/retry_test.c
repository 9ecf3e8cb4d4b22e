/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "retry.h"

#define LONGEST_MS 3000

static const struct client_call_end unavailable = {.status.code = STATUS_UNAVAILABLE};
static const struct client_call_end refused = {.status.code = STATUS_UNAVAILABLE, .refused = true};
static const struct client_call_end denied = {.status.code = STATUS_PERMISSION_DENIED};

static struct client_call_end pushed_back(int32_t ms)
{
    return (struct client_call_end){
        .status.code = STATUS_RESOURCE_EXHAUSTED, .pushed_back = true, .pushback_ms = ms};
}

static int set_up(void **state)
{
    static struct retry retry;

    retry_init(&retry, LONGEST_MS, 7);
    *state = &retry;
    return 0;
}

/* As service.c does after a failed registration. */
static uint64_t give(struct retry *retry, const struct client_call_end *end)
{
    retry_count(retry, end);
    return retry_next(retry, end, end->refused);
}

static void what_may_get_better_is_asked_again_after_waits_that_grow(void **state)
{
    struct retry *retry = *state;

    assert_in_range(give(retry, &unavailable), 800, 1200);
    assert_in_range(give(retry, &unavailable), 1280, 1920);
    for (unsigned i = 0; i < 20; i++)
        assert_in_range(give(retry, &unavailable), 0, LONGEST_MS);
    retry_reset(retry);
    assert_in_range(give(retry, &unavailable), 800, 1200);
}

static void what_will_not_is_asked_again_after_the_longest_wait(void **state)
{
    struct retry *retry = *state;

    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(give(retry, &denied), LONGEST_MS);
}

static void what_nobody_looked_at_is_asked_again_at_once_but_once(void **state)
{
    struct retry *retry = *state;

    assert_int_equal(give(retry, &refused), 0);
    assert_in_range(give(retry, &refused), 800, 1200);
    retry_reset(retry);
    assert_int_equal(give(retry, &refused), 0);
}

static void a_server_that_says_when_is_obeyed_within_limits(void **state)
{
    struct retry *retry = *state;
    const struct client_call_end soon = pushed_back(1), late = pushed_back(2 * LONGEST_MS),
                                 far = pushed_back(INT32_MAX), never = pushed_back(-1);

    assert_int_equal(give(retry, &soon), 1);
    assert_int_equal(give(retry, &late), 2 * LONGEST_MS);
    assert_int_equal(give(retry, &far), RETRY_PUSHBACK_MAX_MS);
    assert_int_equal(give(retry, &never), RETRY_PUSHBACK_MAX_MS);
}

static void a_server_that_says_when_counts_more_than_what_we_know(void **state)
{
    struct retry *retry = *state;
    struct client_call_end end = pushed_back(50);

    assert_int_equal(retry_next(retry, &end, true), 50);
    end.status.code = STATUS_INVALID_ARGUMENT;
    assert_int_equal(retry_next(retry, &end, false), 50);
}

static void after_a_pushback_the_waits_grow_from_the_first_again(void **state)
{
    struct retry *retry = *state;
    const struct client_call_end soon = pushed_back(1);

    (void)give(retry, &unavailable);
    (void)give(retry, &unavailable);
    (void)give(retry, &soon);
    assert_in_range(give(retry, &unavailable), 800, 1200);
}

static void at_once_for_ever_is_no_loop(void **state)
{
    struct retry *retry = *state;
    const struct client_call_end now = pushed_back(0), late = pushed_back(2 * LONGEST_MS);

    for (unsigned i = 0; i < RETRY_PUSHBACKS; i++)
        assert_int_equal(give(retry, &now), 0);
    assert_in_range(give(retry, &now), 800, 1200);
    assert_in_range(give(retry, &now), 1280, 1920);
    assert_int_equal(give(retry, &late), 2 * LONGEST_MS);
    retry_reset(retry);
    assert_int_equal(give(retry, &now), 0);
}

static void attempts_are_counted_until_the_call_is_over(void **state)
{
    const struct client_call_end ok = {.status.code = STATUS_OK}, never = pushed_back(-1),
                                 soon = pushed_back(1);
    const struct client_call_end committed = {.status.code = STATUS_UNAVAILABLE, .committed = true};
    const struct client_call_end ends[] = {ok, never, committed, denied};
    struct retry *retry = *state;

    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        (void)give(retry, &unavailable);
        (void)give(retry, &soon);
        retry_reset(retry); /* a new connection does not begin a new call */
        assert_int_equal(retry->attempts, 2);
        retry_count(retry, &ends[i]);
        assert_int_equal(retry->attempts, 0);
    }
}

static void the_attempt_that_nobody_saw_is_not_counted(void **state)
{
    struct retry *retry = *state;

    (void)give(retry, &refused);
    assert_int_equal(retry->attempts, 0);
    (void)give(retry, &refused);
    assert_int_equal(retry->attempts, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_may_get_better_is_asked_again_after_waits_that_grow, set_up),
        cmocka_unit_test_setup(what_will_not_is_asked_again_after_the_longest_wait, set_up),
        cmocka_unit_test_setup(what_nobody_looked_at_is_asked_again_at_once_but_once, set_up),
        cmocka_unit_test_setup(a_server_that_says_when_is_obeyed_within_limits, set_up),
        cmocka_unit_test_setup(a_server_that_says_when_counts_more_than_what_we_know, set_up),
        cmocka_unit_test_setup(after_a_pushback_the_waits_grow_from_the_first_again, set_up),
        cmocka_unit_test_setup(at_once_for_ever_is_no_loop, set_up),
        cmocka_unit_test_setup(attempts_are_counted_until_the_call_is_over, set_up),
        cmocka_unit_test_setup(the_attempt_that_nobody_saw_is_not_counted, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
