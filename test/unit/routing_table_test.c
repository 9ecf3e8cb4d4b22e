/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "notify/routing_table.h"

#define COUNT(array) ((unsigned)(sizeof(array) / sizeof((array)[0])))

/* "a,b": the sinks of a service, in their order. */
static const char *matches(const struct routing_table *table, const char *service)
{
    static char text[256];
    struct route_match way[ROUTE_MATCHES_MAX];
    size_t count = routing_table_match(table, service, way);

    *text = '\0';
    for (size_t i = 0; i < count; i++) {
        strcat(text, i > 0 ? "," : "");
        strcat(text, way[i].sink);
    }
    return text;
}

static void the_first_match_is_the_last_unless_it_goes_on(void **state)
{
    struct route routes[] = {
        {.match = (char *)"db*", .sink = (char *)"team", .continue_matching = true},
        {.match = (char *)"db/*", .sink = (char *)"mail"},
        {.match = (char *)"db*", .sink = (char *)"team", .continue_matching = true},
        {.match = (char *)"*", .sink = (char *)"log", .continue_matching = true},
    };
    const struct routing_table table = {.routes = routes, .routes_count = COUNT(routes)};

    (void)state;
    assert_string_equal(matches(&table, "db/a/b"), "team,mail");
    assert_string_equal(matches(&table, "db"), "team,log");
    assert_string_equal(matches(&table, "web"), "log");
}

static void without_a_match_there_is_the_default_sink(void **state)
{
    struct route routes[] = {{.match = (char *)"db?", .sink = (char *)"team"}};
    const struct routing_table none = {0}, table = {.routes = routes, .routes_count = COUNT(routes)};

    (void)state;
    assert_string_equal(matches(&none, "db"), SINK_DEFAULT_NAME);
    assert_string_equal(matches(&table, "db"), SINK_DEFAULT_NAME);
    assert_string_equal(matches(&table, "db1"), "team");
}

static void the_first_severity_that_matches_counts(void **state)
{
    struct severity_rule severities[] = {{(char *)"degr*", EVENT_WARNING}, {(char *)"*ed", EVENT_GOOD}};
    const struct routing_table table = {.severities = severities, .severities_count = COUNT(severities)};

    (void)state;
    assert_int_equal(routing_table_severity(&table, 1, "degraded"), EVENT_WARNING);
    assert_int_equal(routing_table_severity(&table, 1, "finished"), EVENT_GOOD);
    assert_int_equal(routing_table_severity(&table, 0, "degraded"), EVENT_WARNING);
}

static void where_no_severity_matches_the_code_and_well_known_words_count(void **state)
{
    const struct routing_table none = {0};

    (void)state;
    assert_int_equal(routing_table_severity(&none, 0, "nok"), EVENT_GOOD);
    assert_int_equal(routing_table_severity(&none, 1, "Reloading"), EVENT_WARNING);
    assert_int_equal(routing_table_severity(&none, 2, "nok"), EVENT_DANGER);
}

static void refused(struct named_sink sink, const char *why)
{
    const struct routing_table table = {.sinks = &sink, .sinks_count = 1};
    struct config_problem wrong;
    struct err err;

    assert_int_equal(routing_table_check(&table, &wrong, &err), -EINVAL);
    if (strstr(err.msg, why) == NULL)
        fail_msg("'%s' is not in: %s", why, err.msg);
}

static void a_mail_sink_needs_its_addresses_and_keeps_its_password(void **state)
{
    char *to[] = {(char *)"ops@example.org"}, *bad[] = {(char *)"ops@example.org>\r\nDATA"};
    struct named_sink sink = {.name = (char *)"mail",
                              .address = {.kind = SINK_CONFIG_MAIL, .url = (char *)"smtp://localhost:25"}};
    const struct routing_table table = {.sinks = &sink, .sinks_count = 1};
    struct config_problem wrong;
    struct err err;

    (void)state;
    refused(sink, "needs 'from' and 'to'");
    sink.address.from = (char *)"procjon@example.org";
    sink.address.to = bad;
    sink.address.to_count = 1;
    refused(sink, "is no mail address");
    sink.address.to = to;
    assert_int_equal(routing_table_check(&table, &wrong, &err), 0);
    sink.address.user = (char *)"me";
    refused(sink, "go together");
    sink.address.password = (char *)"secret";
    assert_int_equal(routing_table_check(&table, &wrong, &err), 0);
    sink.address.starttls = SINK_CONFIG_STARTTLS_NEVER;
    refused(sink, "in clear");
}

static struct named_sink at(const char *name, enum sink_config_kind kind, const char *url)
{
    return (struct named_sink){.name = (char *)name, .address = {.kind = kind, .url = (char *)url}};
}

static void two_sinks_have_one_slack_webhook_never_but_another_receiver_may_be_told_twice(void **state)
{
    struct named_sink sinks[] = {
        at("one", SINK_CONFIG_SLACK, "http://h/a"),
        at("two", SINK_CONFIG_SLACK, "http://h/b"),
        at("hook", SINK_CONFIG_WEBHOOK, "http://h/a"),
        at("hook2", SINK_CONFIG_WEBHOOK, "http://h/a"),
        at("am", SINK_CONFIG_ALERTMANAGER, "http://h/a"),
        at("am2", SINK_CONFIG_ALERTMANAGER, "http://h/a"),
        at("log", SINK_CONFIG_LOG, NULL),
        at("three", SINK_CONFIG_SLACK, "http://h/c"),
    };
    struct routing_table table = {.sinks = sinks, .sinks_count = COUNT(sinks)};
    struct config_problem wrong;
    struct err err;

    (void)state;
    assert_int_equal(routing_table_check(&table, &wrong, &err), 0);
    sinks[7].address.url = (char *)"http://h/b";
    assert_int_equal(routing_table_check(&table, &wrong, &err), -EINVAL);
    assert_non_null(strstr(err.msg, "'three' has the Slack webhook that 'two' has"));
    assert_null(strstr(err.msg, "http"));
    assert_string_equal(wrong.key, "sinks");
    assert_int_equal(wrong.index, 7);
}

static void the_default_sink_has_a_slack_webhook_of_its_own(void **state)
{
    struct named_sink sinks[] = {at("hook", SINK_CONFIG_WEBHOOK, "http://h/a"),
                                 at("team", SINK_CONFIG_SLACK, "http://h/b")};
    const struct routing_table table = {.sinks = sinks, .sinks_count = COUNT(sinks)};
    const struct sink_config log = {0}, apart = {.kind = SINK_CONFIG_SLACK, .url = (char *)"http://h/a"},
                             same = {.kind = SINK_CONFIG_SLACK, .url = (char *)"http://h/b"};
    struct config_problem wrong;
    struct err err;

    (void)state;
    assert_int_equal(routing_table_check_default(&table, &log, &wrong, &err), 0);
    assert_int_equal(routing_table_check_default(&table, &apart, &wrong, &err), 0);
    assert_int_equal(routing_table_check_default(&table, &same, &wrong, &err), -EINVAL);
    assert_non_null(strstr(err.msg, "'team' has the Slack webhook that 'default' has"));
    assert_int_equal(wrong.index, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_match_is_the_last_unless_it_goes_on),
        cmocka_unit_test(without_a_match_there_is_the_default_sink),
        cmocka_unit_test(the_first_severity_that_matches_counts),
        cmocka_unit_test(where_no_severity_matches_the_code_and_well_known_words_count),
        cmocka_unit_test(a_mail_sink_needs_its_addresses_and_keeps_its_password),
        cmocka_unit_test(two_sinks_have_one_slack_webhook_never_but_another_receiver_may_be_told_twice),
        cmocka_unit_test(the_default_sink_has_a_slack_webhook_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
