/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "api/web/service_page.h"

/* Services in every state, in no order. */
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

static int init_services(void **state)
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

static int fini_services(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++)
        service_fini(&services[i]);
    return 0;
}

/* Offers all services. `expected`: the identifiers of the page, and a "+" if there are more. */
static void expect(struct service_page *page, const char *expected)
{
    char text[128] = "";
    size_t length = 0;

    for (size_t i = 0; i < ROWS; i++)
        service_page_offer(page, &services[i]);
    service_page_sort(page);
    for (size_t i = 0; i < page->count; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, "%s ", page->rows[i].service->id);
    (void)snprintf(text + length, sizeof text - length, "%s", page->more ? "+" : "");
    assert_string_equal(text, expected);
    service_page_fini(page);
}

static void the_order_is_by_state_and_then_by_identifier(void **state)
{
    struct service_page page;

    (void)state;
    service_page_init(&page, 100);
    expect(&page, "Kiel a z c kilo b d g h m ");
    assert_int_equal(page.states[DISPLAY_STATE_AWAY], 3);
    assert_int_equal(page.states[DISPLAY_STATE_NOT_OK], 2);
    assert_int_equal(page.states[DISPLAY_STATE_AWAITED], 2);
    assert_int_equal(page.states[DISPLAY_STATE_OK], 3);
}

static void a_page_has_the_first_services_up_to_its_size(void **state)
{
    struct service_page page;

    (void)state;
    service_page_init(&page, 4);
    expect(&page, "Kiel a z c +");
    assert_int_equal(page.found, ROWS);
    service_page_init(&page, ROWS);
    expect(&page, "Kiel a z c kilo b d g h m ");
    service_page_init(&page, 1);
    expect(&page, "Kiel +");
}

static void a_page_begins_after_a_place_even_if_no_service_has_it(void **state)
{
    struct service_page page;

    (void)state;
    service_page_init(&page, 3);
    page.after = "c";
    page.after_state = DISPLAY_STATE_NOT_OK;
    expect(&page, "kilo b d +");
    service_page_init(&page, 3);
    page.after = "bb";
    page.after_state = DISPLAY_STATE_AWAITED;
    expect(&page, "d g h +");
    service_page_init(&page, 3);
    page.after = "m";
    page.after_state = DISPLAY_STATE_OK;
    expect(&page, "");
}

static void the_order_by_identifier_ignores_the_state(void **state)
{
    struct service_page page;

    (void)state;
    service_page_init(&page, 5);
    page.by_id = true;
    expect(&page, "Kiel a b c d +");
    service_page_init(&page, 5);
    page.by_id = true;
    page.after = "d";
    expect(&page, "g h kilo m z ");
}

static void a_search_finds_a_part_of_the_identifier_in_any_case(void **state)
{
    struct service_page page;

    (void)state;
    service_page_init(&page, 1);
    page.search = "KI";
    expect(&page, "Kiel +");
    assert_int_equal(page.found, 2);
    assert_int_equal(page.states[DISPLAY_STATE_AWAY], 3);
    service_page_init(&page, 5);
    page.search = "nobody";
    expect(&page, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_order_is_by_state_and_then_by_identifier),
        cmocka_unit_test(a_page_has_the_first_services_up_to_its_size),
        cmocka_unit_test(a_page_begins_after_a_place_even_if_no_service_has_it),
        cmocka_unit_test(the_order_by_identifier_ignores_the_state),
        cmocka_unit_test(a_search_finds_a_part_of_the_identifier_in_any_case),
    };

    return cmocka_run_group_tests(tests, init_services, fini_services);
}
