/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <jansson.h>
#include <string.h>

#include "web_bed.h"

static void the_health_check_is_ok_or_has_every_reason(void **state)
{
    struct bed *bed = *state;
    char *body = bed_get(bed, "/healthz");

    assert_string_equal(body, "ok\n");
    bed_assert_status(bed, "200");
    http_peer_close(&bed->client);
    bed->engine.store.failing = true;
    bed->default_sink.outbox.stats.state = SINK_UNREACHABLE;
    bed->team.outbox.stats.state = SINK_DISABLED;
    bed->server.connections.draining = true;
    body = bed_get(bed, "/healthz");
    bed_assert_status(bed, "503");
    assert_string_equal(body, "the store cannot write: what happens now may be forgotten by a restart\n"
                              "the sink default cannot be reached: messages wait\n"
                              "the sink team takes no messages any more: it must be repaired\n"
                              "the server is stopping\n");
    http_peer_close(&bed->client);
    assert_non_null(strstr(bed_get(bed, "/"), "procjon itself:</strong> the server is stopping"));
    http_peer_close(&bed->client);
}

static void a_removed_sink_does_not_make_the_server_unhealthy(void **state)
{
    struct bed *bed = *state;

    bed->sinks.sinks_count = 0;
    bed->team.outbox.stats.state = SINK_DISABLED;
    assert_string_equal(bed_get(bed, "/healthz"), "ok\n");
    http_peer_close(&bed->client);
    assert_non_null(strstr(bed_get(bed, "/metrics"), "\nprocjon_sink_healthy{sink=\"team\"} 0\n"));
    http_peer_close(&bed->client);
}

static void the_metrics_have_every_counter(void **state)
{
    static const char *const lines[] = {
        "procjon_build_info{version=\"1.2\\\"\\\\\"} 1\n",
        "# TYPE procjon_services gauge\nprocjon_services{availability=\"unknown\"} 1\n",
        "\nprocjon_services{availability=\"available\"} 2\n",
        "\nprocjon_services_not_ok 1\n",
        "\nprocjon_reports_total 3\n",
        "\nprocjon_transitions_total{kind=\"status\"} 1\n",
        "\nprocjon_transitions_total{kind=\"available\"} 2\n",
        "\nprocjon_unregistered_codes_total 1\n",
        "\nprocjon_notices_waiting{sink=\"team\"} 6\n",
        "\nprocjon_notices_settled_total{sink=\"team\",outcome=\"merged\"} 7\n",
        "\nprocjon_notices_settled_total{sink=\"default\",outcome=\"merged\"} 0\n",
        "\nprocjon_sink_answers_total{sink=\"team\",verdict=\"rate_limited\"} 8\n",
        "\nprocjon_sink_healthy{sink=\"default\"} 1\nprocjon_sink_healthy{sink=\"team\"} 0\n",
        "\nprocjon_reloads_total{result=\"taken\"} 4\nprocjon_reloads_total{result=\"refused\"} 5\n",
        "\nprocjon_configuration_stale 1\n",
        "\nprocjon_store_writes_pending 9\n",
        "\nprocjon_grpc_connections 10\n",
        "procjon_grpc_calls_total{code=\"NOT_FOUND\"} 11\n",
    };
    struct bed *bed = *state;
    const char *body;

    bed_add(bed, "a");
    bed_add(bed, "b");
    bed_add(bed, "c");
    bed_report(bed, "a", 0);
    bed_report(bed, "b", 1);
    bed_report(bed, "b", 99);
    bed->engine.dispatcher.stages.held.counts[1] = 4;
    bed->team.outbox.waiting.notices = 2;
    bed->team.outbox.stats.settled[OUTBOX_MERGED] = 7;
    bed->team.outbox.stats.answers[SINK_RATE_LIMITED] = 8;
    bed->team.outbox.stats.state = SINK_RATE_LIMITED;
    bed->reloads = (struct web_reloads){.taken = 4, .refused = 5, .stale = true};
    bed->engine.store.pending = 9;
    bed->server.connections.count = 10;
    bed->server.calls.finished[5] = 11;
    body = bed_get(bed, "/metrics");
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        assert_non_null(strstr(body, lines[i]));
    http_peer_close(&bed->client);
}

static void one_service_is_found_by_its_encoded_identifier(void **state)
{
    struct bed *bed = *state;
    json_t *service;
    json_t *status;

    bed_add(bed, "host é/unit?");
    bed_report(bed, "host é/unit?", 1);
    service = json_loads(bed_get(bed, "/api/services/host%20%C3%A9%2Funit%3F"), 0, NULL);
    status = json_object_get(service, "status");
    assert_string_equal(json_string_value(json_object_get(service, "id")), "host é/unit?");
    assert_string_equal(json_string_value(json_object_get(service, "availability")), "available");
    assert_int_equal(json_integer_value(json_object_get(status, "code")), 1);
    assert_string_equal(json_string_value(json_object_get(status, "text")), "a <b>bad</b> \"day\"");
    assert_int_equal(json_integer_value(json_object_get(service, "timeout")), 3600);
    assert_int_equal(strlen(json_string_value(json_object_get(service, "last_seen"))), 24);
    json_decref(service);
    http_peer_close(&bed->client);

    service = json_loads(bed_get(bed, "/api/services/nobody"), 0, NULL);
    bed_assert_status(bed, "404");
    assert_string_equal(json_string_value(json_object_get(service, "value")), "nobody");
    json_decref(service);
    http_peer_close(&bed->client);
    (void)bed_get(bed, "/api/nothing");
    bed_assert_status(bed, "404");
    http_peer_close(&bed->client);
}

static void an_unknown_value_is_null(void **state)
{
    struct bed *bed = *state;
    json_t *service;

    bed_add(bed, "a");
    service = json_loads(bed_get(bed, "/api/services/a"), 0, NULL);
    assert_string_equal(json_string_value(json_object_get(service, "availability")), "unknown");
    assert_true(json_is_null(json_object_get(service, "status")));
    assert_true(json_is_null(json_object_get(service, "last_seen")));
    json_decref(service);
    http_peer_close(&bed->client);
}

static void the_page_escapes_text_from_outside(void **state)
{
    struct bed *bed = *state;
    const char *body;

    bed_add(bed, "<script>alert(1)</script>");
    bed_report(bed, "<script>alert(1)</script>", 1);
    body = bed_get(bed, "/?q=%22%3E%3Cscript%3E");
    assert_null(strstr(body, "<script"));
    assert_non_null(strstr(body, "value=\"&quot;&gt;&lt;script&gt;\""));
    http_peer_close(&bed->client);
    body = bed_get(bed, "/");
    assert_null(strstr(body, "<script"));
    assert_non_null(strstr(body, "&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert_non_null(strstr(body, "a &lt;b&gt;bad&lt;/b&gt; &quot;day&quot;"));
    assert_non_null(
        strstr((const char *)bed->client.got.data, "Content-Security-Policy: default-src 'none'"));
    http_peer_close(&bed->client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_health_check_is_ok_or_has_every_reason, bed_setup, bed_teardown),
        cmocka_unit_test_setup_teardown(a_removed_sink_does_not_make_the_server_unhealthy, bed_setup,
                                        bed_teardown),
        cmocka_unit_test_setup_teardown(the_metrics_have_every_counter, bed_setup, bed_teardown),
        cmocka_unit_test_setup_teardown(one_service_is_found_by_its_encoded_identifier, bed_setup,
                                        bed_teardown),
        cmocka_unit_test_setup_teardown(an_unknown_value_is_null, bed_setup, bed_teardown),
        cmocka_unit_test_setup_teardown(the_page_escapes_text_from_outside, bed_setup, bed_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
