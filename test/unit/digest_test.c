/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "notices.h"

#define NOW 1700000000000 /* 2023-11-14 22:13:20 UTC */

static void a_single_notice_is_returned_unchanged(void **state)
{
    struct digest digest = {0};
    struct event event;

    (void)state;
    assert_false(digest_single(&digest, &event));
    add_status(&digest, 7, "db", "failed", "active", NOW);
    assert_true(digest_single(&digest, &event));
    assert_int_equal(event.id, 7);
    assert_int_equal(event.kind, EVENT_STATUS);
    assert_int_equal(event.severity, EVENT_WARNING);
    assert_string_equal(event.service, "db");
    assert_string_equal(event.previous, "failed");
    assert_string_equal(event.text, "active");
    assert_int_equal(event.at_ms, NOW);
    add_unavailable(&digest, 8, "db", "gone", NOW, NOW);
    assert_false(digest_single(&digest, &event));
    digest_fini(&digest);
}

static void a_short_absence_without_a_message_is_void(void **state)
{
    struct digest digest = {0};
    struct ids void_ids = {0};

    (void)state;
    add_unavailable(&digest, 1, "blip", "gone", NOW - 1000, NOW);
    add_unavailable(&digest, 2, "away", "gone", NOW - 1000, NOW);
    add_available(&digest, 3, "blip", NOW, NOW + 40000);
    add_status(&digest, 4, "back", "ok", "nok", NOW);
    add_status(&digest, 5, "back", "nok", "ok", NOW + 10);
    digest_sift(&digest, &void_ids);
    assert_int_equal(void_ids.count, 4);
    assert_int_equal(void_ids.list[0] + void_ids.list[1], 1 + 3);
    assert_int_equal(void_ids.list[2] + void_ids.list[3], 4 + 5);
    assert_int_equal(digest_services(&digest), 1);
    assert_int_equal(digest.notices, 1);
    assert_string_equal(digest.entries->service, "away");
    ids_fini(&void_ids);
    digest_fini(&digest);
}

static void what_may_have_been_told_is_never_void(void **state)
{
    struct digest digest = {0};
    struct digest later = {0};
    struct ids void_ids = {0};

    (void)state;
    add_unavailable(&digest, 1, "doubted", "gone", NOW - 1000, NOW);
    digest_mark_maybe_told(&digest);
    add_available(&digest, 2, "doubted", NOW, NOW + 10);
    digest_add(&later, &(struct event){.id = 3,
                                       .kind = EVENT_STATUS,
                                       .service = "remembered",
                                       .previous = "ok",
                                       .text = "nok",
                                       .maybe_told = true});
    add_status(&later, 4, "remembered", "nok", "ok", 10);
    digest_merge(&digest, &later);
    digest_sift(&digest, &void_ids);
    assert_int_equal(void_ids.count, 0);
    assert_int_equal(digest_services(&digest), 2);
    digest_fini(&digest);
}

static void the_first_services_are_taken_and_the_others_keep_their_order(void **state)
{
    static const char *const names[] = {"a", "b", "c", "d"};
    struct digest digest = {0}, taken = {0};

    (void)state;
    for (uint64_t id = 0; id < 4; id++)
        add_status(&digest, id + 1, names[id], "ok", "nok", NOW);
    add_status(&digest, 5, "b", "nok", "ok", NOW);
    digest_take(&digest, 2, &taken);
    assert_int_equal(taken.notices, 3);
    assert_int_equal(digest.notices, 2);
    assert_string_equal(taken.entries->service, "a");
    assert_string_equal(digest.entries->service, "c");
    digest_merge(&taken, &digest);
    assert_int_equal(taken.notices, 5);
    digest_take(&taken, 4, &digest);
    assert_int_equal(digest.notices, 5);
    assert_null(taken.entries);
    digest_take(&digest, 0, &taken);
    assert_int_equal(digest_services(&taken), 4);
    assert_null(digest.entries);
    digest_fini(&taken);
}

static void the_end_of_an_absence_that_was_told_is_not_void(void **state)
{
    struct digest digest = {0};
    struct ids void_ids = {0};

    (void)state;
    add_available(&digest, 1, "db", NOW - 1000, NOW); /* its absence was in an earlier message */
    add_status(&digest, 2, "first", "", "ok", NOW);
    digest_sift(&digest, &void_ids);
    assert_int_equal(void_ids.count, 0);
    assert_int_equal(digest.notices, 2);
    digest_fini(&digest);
}

static void a_first_availability_is_never_void(void **state)
{
    struct digest digest = {0};
    struct ids void_ids = {0};

    (void)state;
    add_available(&digest, 1, "db", 0, NOW);
    add_unavailable(&digest, 2, "db", "gone", NOW, NOW + 1);
    add_available(&digest, 3, "db", NOW + 1, NOW + 2);
    digest_sift(&digest, &void_ids);
    assert_int_equal(void_ids.count, 0);
    assert_true(digest_entry_availability_changed(digest.entries));
    digest_fini(&digest);
}

static void a_long_absence_is_told_although_it_is_over(void **state)
{
    struct digest digest = {0};
    struct ids void_ids = {0};

    (void)state;
    add_unavailable(&digest, 1, "db", "gone", NOW - 1000, NOW);
    add_available(&digest, 2, "db", NOW, NOW + DIGEST_VOID_MS);
    digest_sift(&digest, &void_ids);
    assert_int_equal(void_ids.count, 0);
    digest_fini(&digest);
}

static void severity_is_that_of_the_net_effect(void **state)
{
    struct digest digest = {0};

    (void)state;
    add_unavailable(&digest, 1, "db", "gone", NOW, NOW);
    assert_int_equal(digest_severity(&digest), EVENT_DANGER);
    add_available(&digest, 2, "db", NOW, NOW + 1000);
    add_status(&digest, 3, "db", "ok", "degraded", NOW + 1000);
    assert_int_equal(digest_severity(&digest), EVENT_WARNING);
    digest_fini(&digest);
}

/* For every split of the notices into two digests, the merged digest equals one with all notices. */
static void merging_two_digests_equals_adding_all_notices_to_one(void **state)
{
    struct digest_entry *a, *b;

    (void)state;
    for (int split = 0; split <= 200; split++) {
        struct digest whole = {0}, early = {0}, late = {0};
        struct ids whole_ids = {0}, merged_ids = {0};

        for (int i = 0; i < 200; i++) {
            struct digest *part = i < split ? &early : &late;
            char service[16], text[16];

            (void)snprintf(service, sizeof service, "s%d", i * 7 % 5);
            (void)snprintf(text, sizeof text, "t%d", i * 13 % 11);
            for (int copy = 0; copy < 2; copy++) {
                struct digest *digest = copy == 0 ? &whole : part;

                if (i % 3 == 0)
                    add_status(digest, (uint64_t)i, service, "before", text, NOW + i);
                else if (i % 3 == 1)
                    add_unavailable(digest, (uint64_t)i, service, text, NOW, NOW + i);
                else
                    add_available(digest, (uint64_t)i, service, NOW, NOW + i);
            }
        }
        digest_merge(&early, &late);
        assert_null(late.entries);
        assert_int_equal(early.notices, 200);
        assert_int_equal(digest_services(&early), digest_services(&whole));
        digest_ids(&whole, &whole_ids);
        digest_ids(&early, &merged_ids);
        assert_int_equal(merged_ids.count, 200);
        assert_memory_equal(whole_ids.list, merged_ids.list, 200 * sizeof(uint64_t));
        for (a = whole.entries, b = early.entries; a != NULL; a = a->hh.next, b = b->hh.next) {
            assert_string_equal(a->service, b->service);
            assert_string_equal(a->status_before, b->status_before);
            assert_string_equal(a->status, b->status);
            assert_string_equal(a->reason, b->reason);
            assert_int_equal(a->availability_before, b->availability_before);
            assert_int_equal(a->availability, b->availability);
            assert_int_equal(a->absence_before_ms, b->absence_before_ms);
            assert_int_equal(a->absence_between_ms, b->absence_between_ms);
            assert_int_equal(a->first_ms, b->first_ms);
            assert_int_equal(a->last_ms, b->last_ms);
            assert_int_equal(a->status_changes, b->status_changes);
            assert_int_equal(a->availability_changes, b->availability_changes);
        }
        ids_fini(&whole_ids);
        ids_fini(&merged_ids);
        digest_fini(&whole);
        digest_fini(&early);
    }
}

static void add_kind(struct digest *digest, uint64_t id, enum event_kind kind, enum event_severity severity,
                     const char *text, const char *previous)
{
    digest_add(digest, &(struct event){.id = id,
                                       .kind = kind,
                                       .severity = severity,
                                       .service = "db",
                                       .text = text,
                                       .previous = previous,
                                       .at_ms = (int64_t)id});
}

static void the_stable_state_after_flapping_is_the_net_effect(void **state)
{
    struct digest digest = {0}, later = {0};
    struct ids none = {0};

    (void)state;
    add_status(&digest, 1, "db", "ok", "nok", 1);
    add_kind(&digest, 2, EVENT_FLAPPING, EVENT_WARNING, "6 changes in 10 min", "");
    add_kind(&later, 3, EVENT_STABLE, EVENT_GOOD, "ok", "");
    digest_merge(&digest, &later);
    assert_false(digest_entry_status_changed(digest.entries));
    assert_false(digest_entry_availability_changed(digest.entries));
    assert_string_equal(digest.entries->status, "ok");
    assert_string_equal(digest.entries->remark, "ok");
    assert_int_equal(digest_severity(&digest), EVENT_GOOD);
    digest_sift(&digest, &none);
    assert_int_equal(none.count, 0);
    digest_fini(&digest);
}

static void a_change_after_the_stable_state_removes_the_remark(void **state)
{
    struct digest digest = {0}, later = {0};

    (void)state;
    add_kind(&digest, 1, EVENT_STABLE, EVENT_GOOD, "ok", "");
    add_status(&later, 2, "db", "ok", "nok", 2);
    digest_merge(&digest, &later);
    assert_null(digest.entries->remark);
    assert_string_equal(digest.entries->status, "nok");
    assert_int_equal(digest.entries->remark_kind, EVENT_STABLE);
    add_kind(&digest, 3, EVENT_STABLE, EVENT_GOOD, "ok", "not available");
    assert_string_equal(digest.entries->remark, "not available");
    assert_int_equal(digest_severity(&digest), EVENT_DANGER);
    add_available(&digest, 4, "db", 3, 4);
    assert_null(digest.entries->remark);
    digest_fini(&digest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_single_notice_is_returned_unchanged),
        cmocka_unit_test(a_short_absence_without_a_message_is_void),
        cmocka_unit_test(what_may_have_been_told_is_never_void),
        cmocka_unit_test(the_first_services_are_taken_and_the_others_keep_their_order),
        cmocka_unit_test(the_end_of_an_absence_that_was_told_is_not_void),
        cmocka_unit_test(a_first_availability_is_never_void),
        cmocka_unit_test(a_long_absence_is_told_although_it_is_over),
        cmocka_unit_test(severity_is_that_of_the_net_effect),
        cmocka_unit_test(merging_two_digests_equals_adding_all_notices_to_one),
        cmocka_unit_test(the_stable_state_after_flapping_is_the_net_effect),
        cmocka_unit_test(a_change_after_the_stable_state_removes_the_remark),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
