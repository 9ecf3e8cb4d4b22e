/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "notify/plan.h"

#define COUNT(array) ((unsigned)(sizeof(array) / sizeof((array)[0])))

/* "a,b": the sinks of a service, in their order. */
static const char *ways(const struct plan *plan, const char *service)
{
    static char text[256];
    struct plan_way way[PLAN_WAYS_MAX];
    size_t count = plan_ways(plan, service, way);

    *text = '\0';
    for (size_t i = 0; i < count; i++) {
        strcat(text, i > 0 ? "," : "");
        strcat(text, way[i].sink);
    }
    return text;
}

static void the_first_match_is_the_last_unless_it_goes_on(void **state)
{
    struct plan_route routes[] = {
        {.match = (char *)"db*", .sink = (char *)"team", .goes_on = true},
        {.match = (char *)"db/*", .sink = (char *)"mail"},
        {.match = (char *)"db*", .sink = (char *)"team", .goes_on = true},
        {.match = (char *)"*", .sink = (char *)"log", .goes_on = true},
    };
    const struct plan plan = {.routes = routes, .routes_count = COUNT(routes)};

    (void)state;
    assert_string_equal(ways(&plan, "db/a/b"), "team,mail");
    assert_string_equal(ways(&plan, "db"), "team,log");
    assert_string_equal(ways(&plan, "web"), "log");
}

static void without_a_match_there_is_the_default_sink(void **state)
{
    struct plan_route routes[] = {{.match = (char *)"db?", .sink = (char *)"team"}};
    const struct plan none = {0}, plan = {.routes = routes, .routes_count = COUNT(routes)};

    (void)state;
    assert_string_equal(ways(&none, "db"), PLAN_DEFAULT);
    assert_string_equal(ways(&plan, "db"), PLAN_DEFAULT);
    assert_string_equal(ways(&plan, "db1"), "team");
}

static void the_first_severity_that_matches_counts(void **state)
{
    struct plan_severity severities[] = {{(char *)"degr*", EVENT_WARNING}, {(char *)"*ed", EVENT_GOOD}};
    const struct plan plan = {.severities = severities, .severities_count = COUNT(severities)};

    (void)state;
    assert_int_equal(plan_severity(&plan, 1, "degraded"), EVENT_WARNING);
    assert_int_equal(plan_severity(&plan, 1, "finished"), EVENT_GOOD);
    assert_int_equal(plan_severity(&plan, 0, "degraded"), EVENT_WARNING);
}

static void where_no_severity_matches_the_code_and_well_known_words_count(void **state)
{
    const struct plan none = {0};

    (void)state;
    assert_int_equal(plan_severity(&none, 0, "nok"), EVENT_GOOD);
    assert_int_equal(plan_severity(&none, 1, "Reloading"), EVENT_WARNING);
    assert_int_equal(plan_severity(&none, 2, "nok"), EVENT_DANGER);
}

static void refused(struct plan_sink sink, const char *why)
{
    const struct plan plan = {.sinks = &sink, .sinks_count = 1};
    struct plan_place wrong;
    struct err err;

    assert_int_equal(plan_check(&plan, &wrong, &err), -EINVAL);
    if (strstr(err.msg, why) == NULL)
        fail_msg("'%s' is not in: %s", why, err.msg);
}

static void a_mail_sink_needs_its_addresses_and_keeps_its_password(void **state)
{
    char *to[] = {(char *)"ops@example.org"}, *bad[] = {(char *)"ops@example.org>\r\nDATA"};
    struct plan_sink sink = {.name = (char *)"mail",
                             .address = {.kind = ADDRESS_MAIL, .url = (char *)"smtp://localhost:25"}};
    const struct plan plan = {.sinks = &sink, .sinks_count = 1};
    struct plan_place wrong;
    struct err err;

    (void)state;
    refused(sink, "needs 'from' and 'to'");
    sink.address.from = (char *)"procjon@example.org";
    sink.address.to = bad;
    sink.address.to_count = 1;
    refused(sink, "is no mail address");
    sink.address.to = to;
    assert_int_equal(plan_check(&plan, &wrong, &err), 0);
    sink.address.user = (char *)"me";
    refused(sink, "go together");
    sink.address.password = (char *)"secret";
    assert_int_equal(plan_check(&plan, &wrong, &err), 0);
    sink.address.starttls = ADDRESS_STARTTLS_NEVER;
    refused(sink, "in clear");
}

static struct plan_sink at(const char *name, enum address_kind kind, const char *url)
{
    return (struct plan_sink){.name = (char *)name, .address = {.kind = kind, .url = (char *)url}};
}

static void two_sinks_have_one_slack_webhook_never_but_another_receiver_may_be_told_twice(void **state)
{
    struct plan_sink sinks[] = {
        at("one", ADDRESS_SLACK, "http://h/a"),
        at("two", ADDRESS_SLACK, "http://h/b"),
        at("hook", ADDRESS_WEBHOOK, "http://h/a"),
        at("hook2", ADDRESS_WEBHOOK, "http://h/a"),
        at("am", ADDRESS_ALERTMANAGER, "http://h/a"),
        at("am2", ADDRESS_ALERTMANAGER, "http://h/a"),
        at("log", ADDRESS_LOG, NULL),
        at("three", ADDRESS_SLACK, "http://h/c"),
    };
    struct plan plan = {.sinks = sinks, .sinks_count = COUNT(sinks)};
    struct plan_place wrong;
    struct err err;

    (void)state;
    assert_int_equal(plan_check(&plan, &wrong, &err), 0);
    sinks[7].address.url = (char *)"http://h/b";
    assert_int_equal(plan_check(&plan, &wrong, &err), -EINVAL);
    assert_non_null(strstr(err.msg, "'three' has the Slack webhook that 'two' has"));
    assert_null(strstr(err.msg, "http"));
    assert_string_equal(wrong.key, "sinks");
    assert_int_equal(wrong.index, 7);
}

static void the_default_sink_has_a_slack_webhook_of_its_own(void **state)
{
    struct plan_sink sinks[] = {at("hook", ADDRESS_WEBHOOK, "http://h/a"),
                                at("team", ADDRESS_SLACK, "http://h/b")};
    const struct plan plan = {.sinks = sinks, .sinks_count = COUNT(sinks)};
    const struct address log = {0}, apart = {.kind = ADDRESS_SLACK, .url = (char *)"http://h/a"},
                         same = {.kind = ADDRESS_SLACK, .url = (char *)"http://h/b"};
    struct plan_place wrong;
    struct err err;

    (void)state;
    assert_int_equal(plan_check_home(&plan, &log, &wrong, &err), 0);
    assert_int_equal(plan_check_home(&plan, &apart, &wrong, &err), 0);
    assert_int_equal(plan_check_home(&plan, &same, &wrong, &err), -EINVAL);
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
