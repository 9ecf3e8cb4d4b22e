/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "api/web/service_page.h"

/* Every kind of service there is, in no order. */
static const struct {
    const char *id;
    enum service_availability availability;
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
        services[i].availability = rows[i].availability;
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
static void expect(struct service_page *list, const char *expected)
{
    char text[128] = "";
    size_t length = 0;

    for (size_t i = 0; i < ROWS; i++)
        service_page_offer(list, &services[i]);
    service_page_sort(list);
    for (size_t i = 0; i < list->count; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, "%s ", list->rows[i].service->id);
    (void)snprintf(text + length, sizeof text - length, "%s", list->more ? "+" : "");
    assert_string_equal(text, expected);
    service_page_fini(list);
}

static void the_worst_come_first_and_those_alike_by_identifier(void **state)
{
    struct service_page list;

    (void)state;
    service_page_init(&list, 100);
    expect(&list, "Kiel a z c kilo b d g h m ");
    assert_int_equal(list.states[DISPLAY_STATE_AWAY], 3);
    assert_int_equal(list.states[DISPLAY_STATE_NOT_OK], 2);
    assert_int_equal(list.states[DISPLAY_STATE_AWAITED], 2);
    assert_int_equal(list.states[DISPLAY_STATE_OK], 3);
}

static void no_more_are_kept_than_fit_and_they_are_the_first(void **state)
{
    struct service_page list;

    (void)state;
    service_page_init(&list, 4);
    expect(&list, "Kiel a z c +");
    assert_int_equal(list.found, ROWS);
    service_page_init(&list, ROWS);
    expect(&list, "Kiel a z c kilo b d g h m ");
    service_page_init(&list, 1);
    expect(&list, "Kiel +");
}

static void a_page_begins_behind_a_place_even_if_nobody_is_there(void **state)
{
    struct service_page list;

    (void)state;
    service_page_init(&list, 3);
    list.after = "c";
    list.after_grade = DISPLAY_STATE_NOT_OK;
    expect(&list, "kilo b d +");
    service_page_init(&list, 3);
    list.after = "bb";
    list.after_grade = DISPLAY_STATE_AWAITED;
    expect(&list, "d g h +");
    service_page_init(&list, 3);
    list.after = "m";
    list.after_grade = DISPLAY_STATE_OK;
    expect(&list, "");
}

static void by_identifier_the_standing_does_not_count(void **state)
{
    struct service_page list;

    (void)state;
    service_page_init(&list, 5);
    list.by_id = true;
    expect(&list, "Kiel a b c d +");
    service_page_init(&list, 5);
    list.by_id = true;
    list.after = "d";
    expect(&list, "g h kilo m z ");
}

static void a_search_finds_a_part_of_the_identifier_in_any_case(void **state)
{
    struct service_page list;

    (void)state;
    service_page_init(&list, 1);
    list.search = "KI";
    expect(&list, "Kiel +");
    assert_int_equal(list.found, 2);
    assert_int_equal(list.states[DISPLAY_STATE_AWAY], 3);
    service_page_init(&list, 5);
    list.search = "nobody";
    expect(&list, "");
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
