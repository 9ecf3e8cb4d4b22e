/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "notify/sink_list.h"

#define COUNT(array) ((unsigned)(sizeof(array) / sizeof((array)[0])))

static void refused(struct named_sink sink, const char *why)
{
    const struct sink_list list = {.sinks = &sink, .sinks_count = 1};
    struct config_problem problem;
    struct err err;

    assert_int_equal(sink_list_check(&list, &problem, &err), -EINVAL);
    if (strstr(err.msg, why) == NULL)
        fail_msg("'%s' is not in: %s", why, err.msg);
}

static void a_mail_sink_needs_its_addresses_and_keeps_its_password(void **state)
{
    char *to[] = {(char *)"ops@example.org"}, *bad[] = {(char *)"ops@example.org>\r\nDATA"};
    struct named_sink sink = {.name = (char *)"mail",
                              .config = {.kind = SINK_CONFIG_MAIL, .url = (char *)"smtp://localhost:25"}};
    const struct sink_list list = {.sinks = &sink, .sinks_count = 1};
    struct config_problem problem;
    struct err err;

    (void)state;
    refused(sink, "needs 'from' and 'to'");
    sink.config.from = (char *)"procjon@example.org";
    sink.config.to = bad;
    sink.config.to_count = 1;
    refused(sink, "is no mail address");
    sink.config.to = to;
    assert_int_equal(sink_list_check(&list, &problem, &err), 0);
    sink.config.user = (char *)"me";
    refused(sink, "go together");
    sink.config.password = (char *)"secret";
    assert_int_equal(sink_list_check(&list, &problem, &err), 0);
    sink.config.starttls = SINK_CONFIG_STARTTLS_NEVER;
    refused(sink, "in clear");
}

static struct named_sink at(const char *name, enum sink_config_kind kind, const char *url)
{
    return (struct named_sink){.name = (char *)name, .config = {.kind = kind, .url = (char *)url}};
}

static void two_sinks_must_not_have_one_slack_webhook_but_may_have_another_receiver(void **state)
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
    struct sink_list list = {.sinks = sinks, .sinks_count = COUNT(sinks)};
    struct config_problem problem;
    struct err err;

    (void)state;
    assert_int_equal(sink_list_check(&list, &problem, &err), 0);
    sinks[7].config.url = (char *)"http://h/b";
    assert_int_equal(sink_list_check(&list, &problem, &err), -EINVAL);
    assert_non_null(strstr(err.msg, "'three' has the Slack webhook that 'two' has"));
    assert_null(strstr(err.msg, "http"));
    assert_string_equal(problem.key, "sinks");
    assert_int_equal(problem.index, 7);
}

static void the_default_sink_has_a_slack_webhook_of_its_own(void **state)
{
    struct named_sink sinks[] = {at("hook", SINK_CONFIG_WEBHOOK, "http://h/a"),
                                 at("team", SINK_CONFIG_SLACK, "http://h/b")};
    const struct sink_list list = {.sinks = sinks, .sinks_count = COUNT(sinks)};
    const struct sink_config log = {0}, apart = {.kind = SINK_CONFIG_SLACK, .url = (char *)"http://h/a"},
                             same = {.kind = SINK_CONFIG_SLACK, .url = (char *)"http://h/b"};
    struct config_problem problem;
    struct err err;

    (void)state;
    assert_int_equal(sink_list_check_default(&list, &log, &problem, &err), 0);
    assert_int_equal(sink_list_check_default(&list, &apart, &problem, &err), 0);
    assert_int_equal(sink_list_check_default(&list, &same, &problem, &err), -EINVAL);
    assert_non_null(strstr(err.msg, "'team' has the Slack webhook that 'default' has"));
    assert_int_equal(problem.index, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mail_sink_needs_its_addresses_and_keeps_its_password),
        cmocka_unit_test(two_sinks_must_not_have_one_slack_webhook_but_may_have_another_receiver),
        cmocka_unit_test(the_default_sink_has_a_slack_webhook_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
