/* SPDX-License-Identifier: MIT */
#include "outbox_fixture.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

static void a_new_webhook_gets_the_backlog_at_once(void **state)
{
    struct fixture *fixture = *state;
    struct err err;
    SCRIPT(&fixture->slack, {.status = 404, .body = "no_service"}, {.status = 404, .body = "no_service"});

    fixture->limits.pace.probe_ms = 3600000;
    open_at(fixture, fixture->slack.url);
    add_away(fixture, "db");
    run_until_answered(fixture, SINK_GONE, 1);
    add_away(fixture, "web");
    assert_int_equal(outbox_set_address(&fixture->outbox, at("secret"), &err), -EINVAL);
    assert_null(strstr(err.msg, "secret"));
    assert_int_equal(outbox_set_address(&fixture->outbox, at(fixture->slack.url), NULL), 0); /* asks again */
    run_until_answered(fixture, SINK_GONE, 2);
    assert_int_equal(outbox_set_address(&fixture->outbox, at(fixture->other.url), NULL), 0);
    run_until_settled(fixture, 2);
    assert_int_equal(fixture->slack.post_count, 2);
    assert_int_equal(fixture->other.post_count, 1);
    assert_non_null(strstr(text_of(&fixture->other, 0), "2 services are not available:"));
}

static void a_new_webhook_gets_the_message_that_was_on_its_way_to_the_old(void **state)
{
    struct fixture *fixture = *state;
    SCRIPT(&fixture->slack, {.manner = STANDIN_NEVER});

    open_at(fixture, fixture->slack.url);
    add_away(fixture, "db");
    run_until_posted(fixture, &fixture->slack, 1);
    add_away(fixture, "web");
    assert_int_equal(outbox_set_address(&fixture->outbox, at(fixture->other.url), NULL), 0);
    run_until_settled(fixture, 2);
    assert_int_equal(fixture->other.post_count, 2);
    assert_string_equal(fixture->other.posts[0].body, fixture->slack.posts[0].body);
}

static void the_same_webhook_again_interrupts_nothing(void **state)
{
    struct fixture *fixture = *state;
    SCRIPT(&fixture->slack, {.status = 200, .body = "ok", .delay_ms = 20});

    open_at(fixture, fixture->slack.url);
    add_away(fixture, "db");
    run_until_posted(fixture, &fixture->slack, 1);
    assert_int_equal(outbox_set_address(&fixture->outbox, at(fixture->slack.url), NULL), 0);
    run_until_settled(fixture, 1);
    assert_int_equal(fixture->slack.post_count, 1);
    assert_int_equal(fixture->slack.connection_count, 1);
}

static void the_log_takes_every_notice_by_itself(void **state)
{
    struct fixture *fixture = *state;

    open_at(fixture, NULL);
    add_status(fixture, "db", "ok", "nok");
    add_status(fixture, "db", "nok", "ok");
    assert_int_equal(outbox_waiting(&fixture->outbox), 2);
    run_until_settled(fixture, 2);
    assert_string_equal(fixture->fates[1], "delivered");
    assert_string_equal(fixture->fates[2], "delivered");
    assert_int_equal(outbox_set_address(&fixture->outbox, at(fixture->slack.url), NULL), 0);
    add_away(fixture, "db");
    run_until_settled(fixture, 3);
    assert_int_equal(fixture->slack.post_count, 1);
}

static void the_log_takes_over_what_a_webhook_left(void **state)
{
    struct fixture *fixture = *state;
    SCRIPT(&fixture->slack, {.status = 404, .body = "no_service"});

    open_at(fixture, fixture->slack.url);
    add_away(fixture, "db");
    run_until_answered(fixture, SINK_GONE, 1);
    assert_int_equal(outbox_set_address(&fixture->outbox, at(NULL), NULL), 0);
    add_away(fixture, "web");
    run_until_settled(fixture, 2);
    assert_true(outbox_healthy(&fixture->outbox));
}

static void close_waits_for_the_answer_on_its_way(void **state)
{
    struct fixture *fixture = *state;
    SCRIPT(&fixture->slack, {.status = 200, .body = "ok", .delay_ms = 50});

    open_at(fixture, fixture->slack.url);
    add_away(fixture, "db");
    add_away(fixture, "web");
    run_until_posted(fixture, &fixture->slack, 1);
    outbox_close(&fixture->outbox, 10000);
    while (fixture->closed == 0)
        (void)uv_run(&fixture->loop, UV_RUN_ONCE);
    assert_string_equal(fixture->fates[1], "delivered");
    assert_null(fixture->fates[2]); /* still owed */
    assert_int_equal(fixture->slack.post_count, 1);
}

static void close_waits_no_longer_than_the_grace(void **state)
{
    struct fixture *fixture = *state;
    uint64_t from_ms;
    SCRIPT(&fixture->slack, {.manner = STANDIN_NEVER});

    fixture->limits.deadline_ms = 10000;
    open_at(fixture, fixture->slack.url);
    add_away(fixture, "db");
    run_until_posted(fixture, &fixture->slack, 1);
    from_ms = uv_now(&fixture->loop);
    outbox_close(&fixture->outbox, 50);
    add_away(fixture, "web"); /* stays owed */
    while (fixture->closed == 0)
        (void)uv_run(&fixture->loop, UV_RUN_ONCE);
    assert_in_range(uv_now(&fixture->loop) - from_ms, 50, 2000);
    assert_int_equal(fixture->settled, 0);
}

static void on_settled_close(struct outbox *outbox, const uint64_t *ids, size_t count, const char *fate)
{
    on_settled(outbox, ids, count, fate);
    outbox_close(outbox, 1000);
}

static void closing_in_the_middle_of_a_settlement_is_legal(void **state)
{
    static const struct outbox_ops closing = {.settled = on_settled_close, .closed = on_closed};
    struct fixture *fixture = *state;

    assert_int_equal(outbox_open_limited(&fixture->outbox, &fixture->loop, "slack", at(fixture->slack.url), &closing,
                                         &fixture->limits, NULL),
                     0);
    add_away(fixture, "db");
    add_away(fixture, "web");
    while (fixture->closed == 0)
        (void)uv_run(&fixture->loop, UV_RUN_ONCE);
    assert_int_equal(fixture->settled, 1);
}

static void a_bad_webhook_opens_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct err err;

    assert_int_equal(outbox_open(&fixture->outbox, &fixture->loop, "slack", at("ftp://h/secret"), &ops, &err), -EINVAL);
    assert_null(strstr(err.msg, "secret"));
    open_at(fixture, NULL); /* for the teardown */
}

/* Everything that was logged while `scenario` ran. */
static char *logged(void (*scenario)(struct fixture *), struct fixture *fixture)
{
    int kept = dup(STDERR_FILENO);
    int file = memfd_create("log", 0);
    off_t size;
    char *text;

    assert_true(kept >= 0 && file >= 0);
    (void)dup2(file, STDERR_FILENO);
    scenario(fixture);
    (void)dup2(kept, STDERR_FILENO);
    size = lseek(file, 0, SEEK_END);
    text = mem_zalloc((size_t)size + 1);
    assert_int_equal(pread(file, text, (size_t)size, 0), size);
    (void)close(kept);
    (void)close(file);
    return text;
}

static void everything_goes_wrong(struct fixture *fixture)
{
    SCRIPT(&fixture->slack, {.status = 302, .headers = "Location: /x\r\n", .body = ""},
           {.status = 400, .body = "invalid_payload"}, {.status = 500, .body = ""},
           {.status = 429, .body = ""}, {.manner = STANDIN_NEVER}, {.manner = STANDIN_HANG_UP});

    open_at(fixture, fixture->slack.url);
    add_away(fixture, "db");
    run_until_settled(fixture, 1);
    assert_int_equal(outbox_set_address(&fixture->outbox, at(NULL), NULL), 0);
    add_away(fixture, "db\nforged");
    run_until_settled(fixture, 2);
}

static void the_secret_of_the_webhook_is_in_no_log_line(void **state)
{
    struct fixture *fixture = *state;
    char *log = logged(everything_goes_wrong, fixture);

    assert_null(strstr(log, "secret"));
    assert_non_null(strstr(log, "http://127.0.0.1:"));
    assert_non_null(strstr(log, "sink is gone"));
    assert_non_null(strstr(log, "sink takes messages again"));
    assert_non_null(strstr(log, "notice service=db\\x0aforged event=2 text=Agent db"));
    free(log);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_new_webhook_gets_the_backlog_at_once),
        TEST(a_new_webhook_gets_the_message_that_was_on_its_way_to_the_old),
        TEST(the_same_webhook_again_interrupts_nothing),
        TEST(the_log_takes_every_notice_by_itself),
        TEST(the_log_takes_over_what_a_webhook_left),
        TEST(close_waits_for_the_answer_on_its_way),
        TEST(close_waits_no_longer_than_the_grace),
        TEST(closing_in_the_middle_of_a_settlement_is_legal),
        TEST(a_bad_webhook_opens_nothing),
        TEST(the_secret_of_the_webhook_is_in_no_log_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
