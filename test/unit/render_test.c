/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "notices.h"
#include "notify/render.h"
#include "base/text_fit.h"

#define NOW 1700000000000 /* 2023-11-14 22:13:20 UTC */
#define MINUTE INT64_C(60000)
#define DAY INT64_C(86400000)

/* Frees the digest. */
static void expect(struct digest *digest, int64_t now_ms, const char *expected)
{
    char *text = render_digest(digest, now_ms);

    assert_string_equal(text, expected);
    free(text);
    digest_fini(digest);
}

static void a_single_notice_is_a_sentence(void **state)
{
    struct digest digest = {0};

    (void)state;
    add_status(&digest, 1, "db", "ok", "failed", NOW);
    expect(&digest, NOW, "Service db changed its status to: failed");
    add_available(&digest, 1, "db", 0, NOW);
    expect(&digest, NOW, "Agent db is available.");
    add_available(&digest, 1, "db", NOW - 252999, NOW);
    expect(&digest, NOW, "Agent db is available again after 4 min 12 s.");
    add_unavailable(&digest, 1, "db", "no status for 10 s", NOW, NOW);
    expect(&digest, NOW, "Agent db is not available: no status for 10 s.");
}

static void a_late_message_has_the_time_of_the_event_and_the_delay(void **state)
{
    struct digest digest = {0};

    (void)state;
    add_unavailable(&digest, 1, "db", "connection lost", NOW, NOW);
    expect(&digest, NOW + RENDER_LATE_MS, "Agent db is not available: connection lost.");
    add_unavailable(&digest, 1, "db", "connection lost", NOW, NOW);
    expect(&digest, NOW + 12 * MINUTE + 7000,
           "Agent db is not available: connection lost. (22:13 UTC, delivered 12 min later)");
    add_status(&digest, 1, "db", "ok", "nok", NOW);
    expect(&digest, NOW + 2 * DAY,
           "Service db changed its status to: nok (2023-11-14 22:13 UTC, delivered 2 d later)");
}

static void one_service_is_a_line_with_its_net_effect(void **state)
{
    struct digest digest = {0};

    (void)state;
    add_unavailable(&digest, 1, "db1", "gone", NOW - 1, NOW);
    add_available(&digest, 2, "db1", NOW, NOW + 40000);
    add_status(&digest, 3, "db1", "failed", "active", NOW + 40000);
    expect(&digest, NOW + 40000, "db1: failed → active, 3 changes, not available for 40 s in between");

    add_available(&digest, 1, "db1", 0, NOW);
    add_status(&digest, 2, "db1", "", "nok", NOW);
    expect(&digest, NOW, "db1: status nok, available");

    add_status(&digest, 1, "db1", "ok", "nok", NOW);
    add_unavailable(&digest, 2, "db1", "gone", NOW - 1, NOW);
    expect(&digest, NOW, "db1: ok → nok, not available: gone");

    add_available(&digest, 1, "db1", NOW - 600000, NOW);
    add_unavailable(&digest, 2, "db1", "gone", NOW, NOW);
    add_available(&digest, 3, "db1", NOW, NOW + 5000);
    expect(&digest, NOW, "db1: available again after 10 min, 3 changes, not available for 5 s in between");

    add_available(&digest, 1, "db1", NOW - 600000, NOW);
    add_unavailable(&digest, 2, "db1", "gone", NOW, NOW + 90000);
    expect(&digest, NOW + 90000, "db1: not available as before, 2 changes");

    for (int i = 0; i < 25; i++) {
        add_status(&digest, 1, "db1", "ok", "nok", NOW + (int64_t)i * 2 * MINUTE);
        add_status(&digest, 1, "db1", "nok", "ok", NOW + (int64_t)i * 2 * MINUTE + MINUTE);
    }
    expect(&digest, NOW + 49 * MINUTE, "db1: status ok as before, 50 changes");
}

static void several_services_are_a_list_with_the_highest_severity_first(void **state)
{
    struct digest digest = {0};

    (void)state;
    add_available(&digest, 1, "a", NOW - 4000, NOW);
    add_status(&digest, 2, "b", "ok", "nok", NOW);
    add_unavailable(&digest, 3, "c", "gone", NOW, NOW - 5 * MINUTE);
    expect(&digest, NOW,
           "3 services changed:\n"
           "• c: not available: gone (22:08 UTC, delivered 5 min later)\n"
           "• b: ok → nok\n"
           "• a: available again after 4 s");
}

static void more_than_twenty_services_are_counted(void **state)
{
    struct digest digest = {0};
    char *text, *line;
    size_t lines = 0;

    (void)state;
    for (uint64_t i = 0; i < 60; i++) {
        char service[16];

        (void)snprintf(service, sizeof service, "db%u", (unsigned)i);
        if (i % 2 == 0)
            add_unavailable(&digest, i, service, "gone", NOW, NOW);
        else if (i % 4 == 1)
            add_available(&digest, i, service, 0, NOW);
        else
            add_status(&digest, i, service, "ok", "nok", NOW);
    }
    text = render_digest(&digest, NOW);
    assert_memory_equal(text, "60 services changed:\n", 21);
    for (line = text; (line = strstr(line, "\n• ")) != NULL; line++)
        lines++;
    assert_int_equal(lines, RENDER_LISTED_MAX);
    assert_non_null(strstr(text, "\nand 40 more: 10 not available, 15 with a bad status, 15 available"));
    free(text);
    digest_fini(&digest);
}

static void an_available_service_with_a_bad_status_is_not_counted_as_available(void **state)
{
    static const struct event well = {.id = 60,
                                      .kind = EVENT_STATUS,
                                      .severity = EVENT_GOOD,
                                      .service = "well",
                                      .previous = "nok",
                                      .text = "ok",
                                      .at_ms = NOW};
    struct digest digest = {0};
    char *text;

    (void)state;
    for (uint64_t i = 0; i < 30; i++) {
        char service[16];

        (void)snprintf(service, sizeof service, "db%u", (unsigned)i);
        add_available(&digest, 2 * i, service, 0, NOW);
        add_status(&digest, 2 * i + 1, service, "", "nok", NOW);
    }
    digest_add(&digest, &well);
    text = render_digest(&digest, NOW);
    assert_memory_equal(text, "31 services changed:\n", 21);
    assert_non_null(strstr(text, "\nand 11 more: 10 with a bad status, 1 changed otherwise"));
    free(text);
    digest_fini(&digest);
}

static void the_headline_names_the_change_that_all_services_share(void **state)
{
    struct digest digest = {0};

    (void)state;
    add_unavailable(&digest, 1, "a", "gone", NOW, NOW);
    add_unavailable(&digest, 2, "b", "lost", NOW, NOW);
    expect(&digest, NOW, "2 services are not available:\n• a: not available: gone\n• b: not available: lost");
    add_available(&digest, 1, "a", 0, NOW);
    add_available(&digest, 2, "b", 0, NOW);
    expect(&digest, NOW, "2 services are available:\n• a: available\n• b: available");
}

/* Names of every length, so that the last line that fits ends right at the limit for one of them. */
static void a_digest_of_long_lines_keeps_its_tail_within_the_limit(void **state)
{
    (void)state;
    for (size_t length = 4; length <= 256; length++) {
        struct digest digest = {0};
        struct buf weighed = {0};
        char service[257] = {0};
        char *text;

        memset(service, '&', length);
        for (uint64_t i = 0; i < 100; i++) {
            service[0] = (char)('0' + i % 10);
            service[1] = (char)('0' + i / 10);
            add_unavailable(&digest, i, service, "<no status for 10 s>", NOW, NOW);
        }
        text = render_digest(&digest, NOW + DAY);
        buf_append(&weighed, text, strlen(text));
        assert_true(text_fit_weight(&weighed) <= RENDER_MAX);
        assert_non_null(strstr(text, " more: "));
        buf_fini(&weighed);
        free(text);
        digest_fini(&digest);
    }
}

static void a_text_of_five_thousand_characters_is_cut(void **state)
{
    struct digest digest = {0};
    struct buf weighed = {0};
    char text[5001];
    char *rendered;

    (void)state;
    memset(text, '&', 5000);
    text[5000] = '\0';
    add_status(&digest, 1, "db", "ok", text, NOW);
    rendered = render_digest(&digest, NOW + DAY);
    buf_append(&weighed, rendered, strlen(rendered));
    assert_in_range(text_fit_weight(&weighed), 2000, RENDER_MAX);
    assert_non_null(strstr(rendered, "&… (2023-11-14 22:13 UTC, delivered 1 d later)"));
    buf_fini(&weighed);
    free(rendered);
    digest_fini(&digest);
}

static void the_same_digest_at_the_same_time_has_the_same_text(void **state)
{
    struct digest digest = {0};
    char *once, *again, *events;

    (void)state;
    for (uint64_t i = 0; i < 30; i++) {
        char service[16];

        (void)snprintf(service, sizeof service, "db%u", (unsigned)(29 - i));
        add_unavailable(&digest, 100 + i, service, "gone", NOW, NOW);
    }
    once = render_digest(&digest, NOW + DAY);
    again = render_digest(&digest, NOW + DAY);
    events = render_ids(&digest);
    assert_string_equal(once, again);
    assert_string_equal(events, "events 100–129 (30)");
    free(once);
    free(again);
    free(events);
    digest_fini(&digest);
}

static void add_mass_outage(struct digest *digest, uint64_t id, const char *text, int64_t at_ms)
{
    digest_add(digest, &(struct event){.id = id,
                                       .kind = EVENT_MASS_OUTAGE,
                                       .severity = EVENT_DANGER,
                                       .service = "",
                                       .text = text,
                                       .previous = "",
                                       .at_ms = at_ms});
}

static void a_mass_outage_is_a_question(void **state)
{
    struct digest digest = {0};

    (void)state;
    add_mass_outage(&digest, 1, "37 of 40 agents fell silent within 5 s", NOW);
    expect(&digest, NOW, "37 of 40 agents fell silent within 5 s: is procjon itself cut off?");
    add_mass_outage(&digest, 1, "37 of 40 agents fell silent within 5 s", NOW);
    expect(&digest, NOW + 3 * MINUTE,
           "37 of 40 agents fell silent within 5 s: is procjon itself cut off? (22:13 UTC, delivered 3 min "
           "later)");
}

/* As after an outage of the network of the server: everything is told later, in one message. */
static void the_question_is_above_the_services(void **state)
{
    struct digest digest = {0}, later = {0};
    struct ids none = {0};

    (void)state;
    add_unavailable(&digest, 1, "a", "lost", NOW, NOW);
    add_mass_outage(&digest, 3, "5 of 9 agents fell silent within 1 s", NOW);
    add_unavailable(&later, 4, "b", "lost", NOW, NOW);
    digest_merge(&digest, &later);
    digest_sift(&digest, &none);
    assert_int_equal(none.count, 0);
    assert_int_equal(digest_severity(&digest), EVENT_DANGER);
    expect(&digest, NOW,
           "5 of 9 agents fell silent within 1 s: is procjon itself cut off?\n"
           "2 services are not available:\n"
           "• a: not available: lost\n"
           "• b: not available: lost");
    add_mass_outage(&digest, 3, "5 of 9 agents fell silent within 1 s", NOW);
    add_unavailable(&digest, 4, "b", "lost", NOW, NOW);
    expect(&digest, NOW,
           "5 of 9 agents fell silent within 1 s: is procjon itself cut off?\n"
           "• b: not available: lost");
}

static void add_flapping(struct digest *digest, uint64_t id, enum event_kind kind, const char *text,
                         const char *previous)
{
    digest_add(digest, &(struct event){.id = id,
                                       .kind = kind,
                                       .severity = EVENT_GOOD,
                                       .service = "db",
                                       .text = text,
                                       .previous = previous,
                                       .at_ms = NOW});
}

static void flapping_and_the_stable_state_after_it_are_told(void **state)
{
    struct digest digest = {0};

    (void)state;
    add_flapping(&digest, 1, EVENT_FLAPPING, "6 changes in 10 min", "");
    expect(&digest, NOW, "Service db is flapping: 6 changes in 10 min.");
    add_flapping(&digest, 1, EVENT_STABLE, "ok", "");
    expect(&digest, NOW, "Service db is stable: ok.");
    add_flapping(&digest, 1, EVENT_STABLE, "", "");
    expect(&digest, NOW, "Service db is stable: available.");
    add_flapping(&digest, 1, EVENT_STABLE, "ok", "not available");
    expect(&digest, NOW, "Service db is stable: not available.");
    add_status(&digest, 1, "db", "ok", "nok", NOW);
    add_flapping(&digest, 2, EVENT_FLAPPING, "6 changes in 10 min", "");
    expect(&digest, NOW, "db: ok → nok, flapping: 6 changes in 10 min");
    add_status(&digest, 1, "db", "ok", "nok", NOW);
    add_flapping(&digest, 2, EVENT_FLAPPING, "6 changes in 10 min", "");
    add_flapping(&digest, 3, EVENT_STABLE, "ok", "");
    expect(&digest, NOW, "db: stable: ok, 3 changes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_single_notice_is_a_sentence),
        cmocka_unit_test(a_late_message_has_the_time_of_the_event_and_the_delay),
        cmocka_unit_test(one_service_is_a_line_with_its_net_effect),
        cmocka_unit_test(several_services_are_a_list_with_the_highest_severity_first),
        cmocka_unit_test(more_than_twenty_services_are_counted),
        cmocka_unit_test(an_available_service_with_a_bad_status_is_not_counted_as_available),
        cmocka_unit_test(the_headline_names_the_change_that_all_services_share),
        cmocka_unit_test(a_digest_of_long_lines_keeps_its_tail_within_the_limit),
        cmocka_unit_test(a_text_of_five_thousand_characters_is_cut),
        cmocka_unit_test(the_same_digest_at_the_same_time_has_the_same_text),
        cmocka_unit_test(a_mass_outage_is_a_question),
        cmocka_unit_test(the_question_is_above_the_services),
        cmocka_unit_test(flapping_and_the_stable_state_after_it_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
