/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "web/roster.h"

/* Every kind of service there is, in no order. */
static const struct {
    const char *id;
    enum service_presence presence;
    bool has_code;
    int32_t code;
} rows[] = {
    {"m", SERVICE_AVAILABLE, true, 0},     {"Kiel", SERVICE_UNAVAILABLE, true, 0},
    {"b", SERVICE_UNKNOWN, false, 0},      {"z", SERVICE_UNAVAILABLE, false, 0},
    {"h", SERVICE_AVAILABLE, false, 0},    {"c", SERVICE_AVAILABLE, true, 2},
    {"a", SERVICE_UNAVAILABLE, true, 1},   {"d", SERVICE_UNKNOWN, false, 0},
    {"kilo", SERVICE_AVAILABLE, true, -1}, {"g", SERVICE_AVAILABLE, true, 0},
};
#define ROWS (sizeof rows / sizeof rows[0])

static struct service services[ROWS];

static int make(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        service_init(&services[i], rows[i].id, strlen(rows[i].id), 0);
        services[i].presence = rows[i].presence;
        services[i].has_code = rows[i].has_code;
        services[i].code = rows[i].code;
    }
    return 0;
}

static int unmake(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++)
        service_fini(&services[i]);
    return 0;
}

/* Offers all; `expected`: the identifiers, and a "+" if there are more. */
static void expect(struct roster *roster, const char *expected)
{
    char text[128] = "";
    size_t length = 0;

    for (size_t i = 0; i < ROWS; i++)
        roster_offer(roster, &services[i]);
    roster_sort(roster);
    for (size_t i = 0; i < roster->count; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, "%s ", roster->rows[i].service->id);
    (void)snprintf(text + length, sizeof text - length, "%s", roster->more ? "+" : "");
    assert_string_equal(text, expected);
    roster_fini(roster);
}

static void the_worst_come_first_and_those_alike_by_identifier(void **state)
{
    struct roster roster;

    (void)state;
    roster_init(&roster, 100);
    expect(&roster, "Kiel a z c kilo b d g h m ");
    assert_int_equal(roster.standings[STANDING_AWAY], 3);
    assert_int_equal(roster.standings[STANDING_NOT_OK], 2);
    assert_int_equal(roster.standings[STANDING_AWAITED], 2);
    assert_int_equal(roster.standings[STANDING_OK], 3);
}

static void no_more_are_kept_than_fit_and_they_are_the_first(void **state)
{
    struct roster roster;

    (void)state;
    roster_init(&roster, 4);
    expect(&roster, "Kiel a z c +");
    assert_int_equal(roster.found, ROWS);
    roster_init(&roster, ROWS);
    expect(&roster, "Kiel a z c kilo b d g h m ");
    roster_init(&roster, 1);
    expect(&roster, "Kiel +");
}

static void a_page_begins_behind_a_place_even_if_nobody_is_there(void **state)
{
    struct roster roster;

    (void)state;
    roster_init(&roster, 3);
    roster.after = "c";
    roster.after_grade = STANDING_NOT_OK;
    expect(&roster, "kilo b d +");
    roster_init(&roster, 3);
    roster.after = "bb";
    roster.after_grade = STANDING_AWAITED;
    expect(&roster, "d g h +");
    roster_init(&roster, 3);
    roster.after = "m";
    roster.after_grade = STANDING_OK;
    expect(&roster, "");
}

static void by_identifier_the_standing_does_not_count(void **state)
{
    struct roster roster;

    (void)state;
    roster_init(&roster, 5);
    roster.by_id = true;
    expect(&roster, "Kiel a b c d +");
    roster_init(&roster, 5);
    roster.by_id = true;
    roster.after = "d";
    expect(&roster, "g h kilo m z ");
}

static void a_search_finds_a_part_of_the_identifier_in_any_case(void **state)
{
    struct roster roster;

    (void)state;
    roster_init(&roster, 1);
    roster.search = "KI";
    expect(&roster, "Kiel +");
    assert_int_equal(roster.found, 2);
    assert_int_equal(roster.standings[STANDING_AWAY], 3);
    roster_init(&roster, 5);
    roster.search = "nobody";
    expect(&roster, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_worst_come_first_and_those_alike_by_identifier),
        cmocka_unit_test(no_more_are_kept_than_fit_and_they_are_the_first),
        cmocka_unit_test(a_page_begins_behind_a_place_even_if_nobody_is_there),
        cmocka_unit_test(by_identifier_the_standing_does_not_count),
        cmocka_unit_test(a_search_finds_a_part_of_the_identifier_in_any_case),
    };

    return cmocka_run_group_tests(tests, make, unmake);
}
