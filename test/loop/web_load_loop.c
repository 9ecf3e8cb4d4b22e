/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <jansson.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

#include "api/web/limits.h"
#include "web_bed.h"

#define MANY 10000

/* The only service that is not ok, which the page must show first, has the last identifier. */
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

/* In UV_RUN_ONCE: once for the descriptor, and once each of the two times that timers are run. */
#define RUNS_MAX 3

/*
 * The work of one loop iteration for the web: runs of libmicrohttpd, and in each of them passes over all
 * services, each of which produces one piece of a response. Counted, because a time would depend on the
 * machine.
 */
struct load {
    uv_prepare_t prepare;
    unsigned runs, most_runs;                    /* in one loop iteration */
    unsigned passes, passes_in_run, most_passes; /* in one run */
};

static struct load load;

void __real_registry_each(const struct registry *registry, registry_each_cb each, void *arg);
void __wrap_registry_each(const struct registry *registry, registry_each_cb each, void *arg);
enum MHD_Result __real_MHD_run(struct MHD_Daemon *daemon);
enum MHD_Result __wrap_MHD_run(struct MHD_Daemon *daemon);
uint64_t __wrap_uv_hrtime(void);

void __wrap_registry_each(const struct registry *registry, registry_each_cb each, void *arg)
{
    load.passes++;
    if (++load.passes_in_run > load.most_passes)
        load.most_passes = load.passes_in_run;
    __real_registry_each(registry, each, arg);
}

enum MHD_Result __wrap_MHD_run(struct MHD_Daemon *daemon)
{
    load.passes_in_run = 0;
    if (++load.runs > load.most_runs)
        load.most_runs = load.runs;
    return __real_MHD_run(daemon);
}

/* The clock of the time budget: each look at it spends more than half of the budget. */
uint64_t __wrap_uv_hrtime(void)
{
    static uint64_t now_ns;

    now_ns += (WEB_BUDGET_MS / 2 + 1) * UINT64_C(1000000);
    return now_ns;
}

static void on_prepare(uv_prepare_t *prepare)
{
    (void)prepare;
    load.runs = 0;
}

static void load_open(uv_loop_t *loop)
{
    load = (struct load){0};
    (void)uv_prepare_init(loop, &load.prepare);
    (void)uv_prepare_start(&load.prepare, on_prepare);
}

/* At most one piece is begun before the time budget of an iteration is spent. */
static void load_close(uv_loop_t *loop, unsigned pieces)
{
    uv_close((uv_handle_t *)&load.prepare, NULL);
    (void)uv_run(loop, UV_RUN_NOWAIT);
    assert_int_equal(load.passes, pieces);
    assert_int_equal(load.most_passes, 1);
    assert_in_range(load.most_runs, 1, RUNS_MAX);
}

static void the_list_of_all_is_complete_and_in_order(void **state)
{
    struct bed *bed = *state;
    json_t *list, *services;
    const char *body;
    char id[32];

    load_open(&bed->loop);
    body = bed_get(bed, "/api/services");
    load_close(&bed->loop, MANY / WEB_API_ROWS);
    list = json_loads(body, 0, NULL);
    services = json_object_get(list, "services");
    assert_int_equal(json_array_size(services), MANY);
    for (size_t i = 0; i < MANY; i++) {
        json_t *service = json_array_get(services, i);

        (void)snprintf(id, sizeof id, "unit %05zu", i);
        assert_string_equal(json_string_value(json_object_get(service, "id")), id);
    }
    json_decref(list);
    http_peer_close(&bed->client);
}

/* The link to the next page; false: this was the last page. */
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
    char path[256] = "/";
    bool more = true;
    unsigned pages = 0;

    memset(seen, 0, sizeof seen);
    load_open(&bed->loop);
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
        http_peer_close(&bed->client);
    }
    load_close(&bed->loop, pages);
    assert_int_equal(pages, MANY / WEB_PAGE_ROWS);
    for (size_t i = 0; i < MANY; i++)
        assert_int_equal(seen[i], 1);
}

/* WEB_CONNECTIONS_MAX requests at the same time. */
static void many_requests_at_once_block_the_loop_no_longer_than_one(void **state)
{
    static const char request[] = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    static struct http_peer crowd[WEB_CONNECTIONS_MAX];
    struct bed *bed = *state;

    for (size_t i = 0; i < WEB_CONNECTIONS_MAX; i++)
        http_peer_open(&crowd[i], &bed->loop, bed->address);
    for (size_t i = 0; i < WEB_CONNECTIONS_MAX; i++) {
        http_peer_send(&crowd[i], request);
        http_peer_read(&crowd[i]);
    }
    load_open(&bed->loop);
    for (size_t i = 0; i < WEB_CONNECTIONS_MAX; i++) {
        http_peer_until_end(&crowd[i]);
        assert_non_null(strstr(http_peer_body(&crowd[i]), "</html>"));
    }
    load_close(&bed->loop, WEB_CONNECTIONS_MAX);
    for (size_t i = 0; i < WEB_CONNECTIONS_MAX; i++)
        http_peer_close(&crowd[i]);
}

static void a_service_may_be_registered_while_the_list_is_sent(void **state)
{
    struct bed *bed = *state;
    struct http_peer *client = &bed->client;
    json_t *list;

    http_peer_open(client, &bed->loop, bed->address);
    http_peer_send(client, "GET /api/services HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    http_peer_until(client, "unit 00000");
    bed_add(bed, "another");
    bed_add(bed, "zeta");
    http_peer_until_end(client);
    list = json_loads(http_peer_body(client), 0, NULL);
    assert_int_equal(json_array_size(json_object_get(list, "services")), MANY + 1);
    json_decref(list);
    http_peer_close(client);
}

static void closing_while_the_list_is_sent_frees_it(void **state)
{
    struct bed *bed = *state;

    http_peer_open(&bed->client, &bed->loop, bed->address);
    http_peer_send(&bed->client, "GET /api/services HTTP/1.1\r\nHost: localhost\r\n\r\n");
    http_peer_until(&bed->client, "unit 00000");
    web_close(&bed->web, bed_on_web_closed);
    http_peer_until_end(&bed->client);
    http_peer_close(&bed->client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_list_of_all_is_complete_and_in_order, open_many, bed_teardown),
        cmocka_unit_test_setup_teardown(the_pages_have_every_service_once_and_the_bad_one_first, open_many,
                                        bed_teardown),
        cmocka_unit_test_setup_teardown(many_requests_at_once_block_the_loop_no_longer_than_one, open_many,
                                        bed_teardown),
        cmocka_unit_test_setup_teardown(a_service_may_be_registered_while_the_list_is_sent, open_many,
                                        bed_teardown),
        cmocka_unit_test_setup_teardown(closing_while_the_list_is_sent_frees_it, open_many, bed_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
