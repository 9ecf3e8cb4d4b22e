/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "engine/routing/table.h"

#define COUNT(array) ((unsigned)(sizeof(array) / sizeof((array)[0])))

/* "a,b": the sinks of a service, in their order. */
static const char *matches(const struct routing_table *table, const char *service)
{
    static char text[256];
    struct route_match found[ROUTE_MATCHES_MAX];
    size_t count = routing_table_match(table, service, found);

    *text = '\0';
    for (size_t i = 0; i < count; i++) {
        strcat(text, i > 0 ? "," : "");
        strcat(text, found[i].sink);
    }
    return text;
}

static void the_first_match_is_the_last_unless_it_continues_matching(void **state)
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

static void the_first_rule_that_matches_counts(void **state)
{
    struct severity_rule severities[] = {{(char *)"degr*", EVENT_WARNING}, {(char *)"*ed", EVENT_GOOD}};
    const struct routing_table table = {.severities = severities, .severities_count = COUNT(severities)};

    (void)state;
    assert_int_equal(routing_table_severity(&table, 1, "degraded"), EVENT_WARNING);
    assert_int_equal(routing_table_severity(&table, 1, "finished"), EVENT_GOOD);
    assert_int_equal(routing_table_severity(&table, 0, "degraded"), EVENT_WARNING);
}

static void without_a_matching_rule_the_code_and_well_known_texts_count(void **state)
{
    const struct routing_table none = {0};

    (void)state;
    assert_int_equal(routing_table_severity(&none, 0, "nok"), EVENT_GOOD);
    assert_int_equal(routing_table_severity(&none, 1, "Reloading"), EVENT_WARNING);
    assert_int_equal(routing_table_severity(&none, 2, "nok"), EVENT_DANGER);
}

static void a_route_leads_to_a_sink_of_the_list(void **state)
{
    struct named_sink team = {.name = (char *)"team"};
    struct route routes[] = {{.match = (char *)"a", .sink = (char *)"team"},
                             {.match = (char *)"b", .sink = (char *)SINK_DEFAULT_NAME},
                             {.match = (char *)"c", .sink = (char *)"unknown"}};
    const struct sink_list sinks = {.sinks = &team, .sinks_count = 1};
    struct routing_table table = {.routes = routes, .routes_count = 2};
    struct config_problem problem;
    struct err err;

    (void)state;
    assert_int_equal(routing_table_check(&table, &sinks, &problem, &err), 0);
    table.routes_count = 3;
    assert_int_equal(routing_table_check(&table, &sinks, &problem, &err), -EINVAL);
    assert_string_equal(problem.key, "routes");
    assert_int_equal(problem.index, 2);
    assert_non_null(strstr(err.msg, "leads to 'unknown', which is no sink"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_match_is_the_last_unless_it_continues_matching),
        cmocka_unit_test(without_a_match_there_is_the_default_sink),
        cmocka_unit_test(the_first_rule_that_matches_counts),
        cmocka_unit_test(without_a_matching_rule_the_code_and_well_known_texts_count),
        cmocka_unit_test(a_route_leads_to_a_sink_of_the_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
