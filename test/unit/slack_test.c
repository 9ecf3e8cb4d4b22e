/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "notices.h"
#include "notify/sinks/slack.h"

#define NOW 1700000000000 /* 2023-11-14 22:13:20 UTC */

/* Frees the digest. */
static json_t *encode(struct digest *digest, bool plain)
{
    char *text = slack_encode(digest, NOW, plain);
    json_t *json = json_loads(text, 0, NULL);

    assert_non_null(json);
    free(text);
    digest_fini(digest);
    return json;
}

static void expect(struct digest *digest, bool plain, const char *expected)
{
    json_t *got = encode(digest, plain);
    json_t *wanted = json_loads(expected, 0, NULL);

    assert_non_null(wanted);
    if (!json_equal(got, wanted))
        fail_msg("got %s", json_dumps(got, JSON_COMPACT));
    json_decref(got);
    json_decref(wanted);
}

static void a_message_is_text_and_one_attachment(void **state)
{
    struct digest digest = {0};

    (void)state;
    digest_add(&digest, &(struct event){.id = 42,
                                        .kind = EVENT_STATUS,
                                        .severity = EVENT_DANGER,
                                        .service = "db",
                                        .previous = "active",
                                        .text = "failed",
                                        .at_ms = NOW,
                                        .since_ms = NOW - 3600000});
    expect(&digest, false,
           "{\"text\":\"Service db changed its status to: failed\",\"attachments\":[{\"color\":\"danger\","
           "\"fallback\":\"Service db changed its status to: failed\",\"fields\":["
           "{\"title\":\"When\",\"value\":\"2023-11-14 22:13:20 UTC\",\"short\":true},"
           "{\"title\":\"Previous status\",\"value\":\"active\",\"short\":true},"
           "{\"title\":\"Previous since\",\"value\":\"2023-11-14 21:13:20 UTC\",\"short\":true}],"
           "\"footer\":\"event 42\"}]}");
    add_available(&digest, 43, "db", 0, NOW);
    expect(&digest, false,
           "{\"text\":\"Agent db is available.\",\"attachments\":[{\"color\":\"good\","
           "\"fallback\":\"Agent db is available.\",\"fields\":["
           "{\"title\":\"When\",\"value\":\"2023-11-14 22:13:20 UTC\",\"short\":true}],"
           "\"footer\":\"event 43\"}]}");
}

static void a_digest_has_the_colour_of_its_highest_severity_and_the_range_of_its_events(void **state)
{
    struct digest digest = {0};

    (void)state;
    add_available(&digest, 7, "a", 0, NOW - 5000);
    add_status(&digest, 9, "b", "ok", "slow", NOW);
    expect(&digest, false,
           "{\"text\":\"2 services changed:\\n• b: ok → slow\\n• a: available\",\"attachments\":["
           "{\"color\":\"warning\",\"fallback\":\"2 services changed:\\n• b: ok → slow\\n• a: available\","
           "\"fields\":[{\"title\":\"First change\",\"value\":\"2023-11-14 22:13:15 UTC\",\"short\":true},"
           "{\"title\":\"Last change\",\"value\":\"2023-11-14 22:13:20 UTC\",\"short\":true}],"
           "\"footer\":\"events 7–9 (2)\"}]}");
}

static void the_plain_form_is_the_text_with_the_event(void **state)
{
    struct digest digest = {0};

    (void)state;
    add_unavailable(&digest, 5, "<db>", "gone", NOW, NOW);
    expect(&digest, true, "{\"text\":\"Agent &lt;db&gt; is not available: gone. [event 5]\"}");
}

static void markup_from_outside_is_escaped_in_every_field(void **state)
{
    struct digest digest = {0};
    json_t *json, *attachment;

    (void)state;
    add_status(&digest, 1, "<!channel> & co", "<@U1>", "<https://a|b>", NOW);
    json = encode(&digest, false);
    attachment = json_array_get(json_object_get(json, "attachments"), 0);
    assert_string_equal(json_string_value(json_object_get(json, "text")),
                        "Service &lt;!channel&gt; &amp; co changed its status to: &lt;https://a|b&gt;");
    assert_string_equal(json_string_value(json_object_get(attachment, "fallback")),
                        json_string_value(json_object_get(json, "text")));
    assert_string_equal(
        json_string_value(json_object_get(json_array_get(json_object_get(attachment, "fields"), 1), "value")),
        "&lt;@U1&gt;");
    json_decref(json);
}

static size_t characters(const char *text)
{
    size_t count = 0;

    for (; *text != '\0'; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

static void long_texts_are_cut_and_invalid_bytes_replaced(void **state)
{
    char text[5001];
    char previous[5001];

    (void)state;
    memset(text, '<', 5000);
    text[5000] = '\0';
    memset(previous, '\xff', 5000);
    previous[5000] = '\0';
    for (int plain = 0; plain < 2; plain++) {
        struct digest digest = {0};
        json_t *json;
        const char *got;

        add_status(&digest, 1, text, previous, text, NOW);
        json = encode(&digest, plain);
        got = json_string_value(json_object_get(json, "text"));
        assert_in_range(characters(got), 1000, plain ? 3000 : 4000);
        assert_non_null(strstr(got, "&lt;…"));
        assert_true(!plain || strstr(got, " [event 1]") != NULL);
        json_decref(json);
    }
}

static void expect_verdict(int status, const char *body, enum sink_verdict verdict)
{
    struct http_client_reply reply = {.status = status, .body = body, .size = strlen(body), .error = ""};
    struct sink_answer answer;

    webhook_judge(&reply, &answer);
    slack_judge(&reply, &answer);
    if (answer.verdict != verdict)
        fail_msg("status %d %s: verdict %d", status, body, (int)answer.verdict);
    assert_false(answer.maybe);
}

static void the_verdict_is_by_status_and_then_by_error_code(void **state)
{
    (void)state;
    expect_verdict(200, "ok", SINK_DELIVERED);
    expect_verdict(200, "", SINK_RETRY);
    expect_verdict(200, "okay", SINK_RETRY);
    expect_verdict(200, "no_text", SINK_RETRY);
    expect_verdict(204, "", SINK_RETRY);
    expect_verdict(302, "", SINK_DISABLED);
    expect_verdict(400, "invalid_payload", SINK_REJECTED);
    expect_verdict(400, "invalid_blocks", SINK_REJECTED);
    expect_verdict(400, "too_many_attachments", SINK_REJECTED);
    expect_verdict(400, "invalid_token", SINK_DISABLED);
    expect_verdict(400, "no_service", SINK_DISABLED);
    expect_verdict(400, "no_team", SINK_DISABLED);
    expect_verdict(400, "no_active_hooks", SINK_DISABLED);
    expect_verdict(400, "channel_not_found", SINK_DISABLED);
    expect_verdict(401, "", SINK_DISABLED);
    expect_verdict(403, "action_prohibited", SINK_DISABLED);
    expect_verdict(404, "no_service", SINK_DISABLED);
    expect_verdict(410, "channel_is_archived", SINK_DISABLED);
    expect_verdict(408, "", SINK_RETRY);
    expect_verdict(413, "", SINK_REJECTED);
    expect_verdict(425, "", SINK_RETRY);
    expect_verdict(429, "", SINK_RATE_LIMITED);
    expect_verdict(500, "rollup_error", SINK_RETRY);
    expect_verdict(503, "no_service", SINK_RETRY);
    expect_verdict(599, "", SINK_RETRY);
}

static uint64_t wait_of(uint64_t header_ms, const char *body)
{
    struct http_client_reply reply = {
        .status = 429, .retry_after_ms = header_ms, .body = body, .size = strlen(body), .error = ""};
    struct sink_answer answer;

    webhook_judge(&reply, &answer);
    slack_judge(&reply, &answer);
    return answer.wait_ms;
}

static void the_longer_of_header_and_body_is_the_pause(void **state)
{
    (void)state;
    assert_int_equal(wait_of(0, "{\"retry_after\":1,\"ok\":false,\"error\":\"rate_limited\"}"), 1000);
    assert_int_equal(wait_of(7000, "{\"retry_after\":1}"), 7000);
    assert_int_equal(wait_of(7000, "{\"retry_after\":8.5}"), 8500);
    assert_int_equal(wait_of(0, "{\"retry_after\":-1}"), 0);
    assert_int_equal(wait_of(0, "{\"retry_after\":\"1\"}"), 0);
    assert_int_equal(wait_of(0, "{\"retry_after\":1e300}"), 86400000);
    assert_int_equal(wait_of(3000, "slow down"), 3000);
}

static void a_missing_reply_keeps_whether_the_message_may_have_been_received(void **state)
{
    struct http_client_reply reply = {.maybe = true, .body = "", .error = "timed out"};
    struct sink_answer answer;

    (void)state;
    webhook_judge(&reply, &answer);
    assert_int_equal(answer.verdict, SINK_UNREACHABLE);
    assert_true(answer.maybe);
    assert_string_equal(answer.detail, "timed out");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_text_and_one_attachment),
        cmocka_unit_test(a_digest_has_the_colour_of_its_highest_severity_and_the_range_of_its_events),
        cmocka_unit_test(the_plain_form_is_the_text_with_the_event),
        cmocka_unit_test(markup_from_outside_is_escaped_in_every_field),
        cmocka_unit_test(long_texts_are_cut_and_invalid_bytes_replaced),
        cmocka_unit_test(the_verdict_is_by_status_and_then_by_error_code),
        cmocka_unit_test(the_longer_of_header_and_body_is_the_pause),
        cmocka_unit_test(a_missing_reply_keeps_whether_the_message_may_have_been_received),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
