/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "web/limits.h"
#include "web_bed.h"

#define MANY 10000

/* Those that must come first get the names that come last. */
static int open_many(void **state)
{
    char id[32];

    assert_int_equal(bed_setup(state), 0);
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(id, sizeof id, "unit %05d", MANY - 1 - i);
        bed_add(*state, id);
        bed_report(*state, id, i == 0);
    }
    return 0;
}

/*
 * What one turn of the loop has to do, in passes over all services: one makes one piece of an answer.
 * Counted, for a time would be the machine's.
 */
struct strain {
    uv_prepare_t prepare;
    unsigned turns, passes, most; /* most: in one turn */
};

static unsigned passes;

void __real_registry_each(const struct registry *registry, registry_each_cb each, void *arg);
void __wrap_registry_each(const struct registry *registry, registry_each_cb each, void *arg);
uint64_t __wrap_uv_hrtime(void);

void __wrap_registry_each(const struct registry *registry, registry_each_cb each, void *arg)
{
    passes++;
    __real_registry_each(registry, each, arg);
}

/* The clock by which the web ends its turn: whoever begins a piece has used more than half of the turn. */
uint64_t __wrap_uv_hrtime(void)
{
    static uint64_t now_ns;

    now_ns += (WEB_TURN_MS / 2 + 1) * UINT64_C(1000000);
    return now_ns;
}

static void on_prepare(uv_prepare_t *prepare)
{
    struct strain *strain = container_of(prepare, struct strain, prepare);

    if (passes > strain->most)
        strain->most = passes;
    strain->passes += passes;
    strain->turns++;
    passes = 0;
}

static void strain_open(struct strain *strain, uv_loop_t *loop)
{
    *strain = (struct strain){0};
    passes = 0;
    (void)uv_prepare_init(loop, &strain->prepare);
    (void)uv_prepare_start(&strain->prepare, on_prepare);
}

/* A turn makes one piece at most once its time is over. */
static void strain_close(struct strain *strain, uv_loop_t *loop, unsigned pieces)
{
    on_prepare(&strain->prepare);
    uv_close((uv_handle_t *)&strain->prepare, NULL);
    (void)uv_run(loop, UV_RUN_NOWAIT);
    print_message("%u pieces in %u turns, %u in one\n", strain->passes, strain->turns, strain->most);
    assert_int_equal(strain->passes, pieces);
    assert_int_equal(strain->most, 1);
}

static void the_list_of_all_is_complete_and_in_order(void **state)
{
    struct bed *bed = *state;
    struct strain strain;
    json_t *list, *services;
    const char *body;
    char id[32];

    strain_open(&strain, &bed->loop);
    body = bed_get(bed, "/api/services");
    strain_close(&strain, &bed->loop, MANY / WEB_API_ROWS);
    list = json_loads(body, 0, NULL);
    services = json_object_get(list, "services");
    assert_int_equal(json_array_size(services), MANY);
    for (size_t i = 0; i < MANY; i++) {
        json_t *service = json_array_get(services, i);

        (void)snprintf(id, sizeof id, "unit %05zu", i);
        assert_string_equal(json_string_value(json_object_get(service, "id")), id);
    }
    json_decref(list);
    http_client_close(&bed->client);
}

/* The link to the next page, decoded from HTML; false: this was the last. */
static bool next_page(const char *body, char *path, size_t size)
{
    const char *link = strstr(body, "<a href=\"/?after=");

    if (link == NULL)
        return false;
    link += strlen("<a href=\"");
    (void)snprintf(path, size, "%.*s", (int)strcspn(link, "\""), link);
    return true;
}

static unsigned count(const char *text, const char *part)
{
    unsigned found = 0;

    while ((text = strstr(text, part)) != NULL) {
        text += strlen(part);
        found++;
    }
    return found;
}

static void the_pages_have_every_service_once_and_the_bad_one_first(void **state)
{
    static unsigned char seen[MANY];
    struct bed *bed = *state;
    struct strain strain;
    char path[256] = "/";
    bool more = true;
    unsigned pages = 0;

    memset(seen, 0, sizeof seen);
    strain_open(&strain, &bed->loop);
    for (; more; pages++) {
        const char *body = bed_get(bed, path);
        const char *row = body;

        assert_true(count(body, "<tr class=") <= WEB_PAGE_ROWS);
        if (pages == 0)
            assert_int_equal(strncmp(strstr(body, "<th scope=\"row\">"), "<th scope=\"row\">unit 09999", 26),
                             0);
        while ((row = strstr(row, "<th scope=\"row\">unit ")) != NULL) {
            row += strlen("<th scope=\"row\">unit ");
            seen[strtoul(row, NULL, 10)]++;
        }
        more = next_page(body, path, sizeof path);
        http_client_close(&bed->client);
    }
    strain_close(&strain, &bed->loop, pages);
    assert_int_equal(pages, MANY / WEB_PAGE_ROWS);
    for (size_t i = 0; i < MANY; i++)
        assert_int_equal(seen[i], 1);
}

/* As many as may be connected, at the same moment. */
static void a_crowd_holds_the_loop_no_longer_than_one(void **state)
{
    static const char request[] = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    static struct http_client crowd[WEB_CONNECTIONS_MAX];
    struct bed *bed = *state;
    struct strain strain;

    for (size_t i = 0; i < WEB_CONNECTIONS_MAX; i++)
        http_client_open(&crowd[i], &bed->loop, bed->address);
    for (size_t i = 0; i < WEB_CONNECTIONS_MAX; i++) {
        http_client_say(&crowd[i], request);
        http_client_listen(&crowd[i]);
    }
    strain_open(&strain, &bed->loop);
    for (size_t i = 0; i < WEB_CONNECTIONS_MAX; i++) {
        http_client_until_end(&crowd[i]);
        assert_non_null(strstr(http_client_body(&crowd[i]), "</html>"));
    }
    strain_close(&strain, &bed->loop, WEB_CONNECTIONS_MAX);
    for (size_t i = 0; i < WEB_CONNECTIONS_MAX; i++)
        http_client_close(&crowd[i]);
}

static void a_service_that_comes_while_the_list_is_read_does_no_harm(void **state)
{
    struct bed *bed = *state;
    struct http_client *client = &bed->client;
    json_t *list;

    http_client_open(client, &bed->loop, bed->address);
    http_client_say(client, "GET /api/services HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    http_client_until(client, "unit 00000");
    bed_add(bed, "another");
    bed_add(bed, "zeta");
    http_client_until_end(client);
    list = json_loads(http_client_body(client), 0, NULL);
    assert_int_equal(json_array_size(json_object_get(list, "services")), MANY + 1);
    json_decref(list);
    http_client_close(client);
}

static void closing_in_the_middle_of_the_list_frees_it(void **state)
{
    struct bed *bed = *state;

    http_client_open(&bed->client, &bed->loop, bed->address);
    http_client_say(&bed->client, "GET /api/services HTTP/1.1\r\nHost: localhost\r\n\r\n");
    http_client_until(&bed->client, "unit 00000");
    web_close(&bed->web, bed_on_web_closed);
    http_client_until_end(&bed->client);
    http_client_close(&bed->client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_list_of_all_is_complete_and_in_order, open_many, bed_teardown),
        cmocka_unit_test_setup_teardown(the_pages_have_every_service_once_and_the_bad_one_first, open_many,
                                        bed_teardown),
        cmocka_unit_test_setup_teardown(a_crowd_holds_the_loop_no_longer_than_one, open_many, bed_teardown),
        cmocka_unit_test_setup_teardown(a_service_that_comes_while_the_list_is_read_does_no_harm, open_many,
                                        bed_teardown),
        cmocka_unit_test_setup_teardown(closing_in_the_middle_of_the_list_frees_it, open_many, bed_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
