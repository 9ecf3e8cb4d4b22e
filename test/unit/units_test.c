/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "units.h"

#define TOLD_MAX 1024

/* The calls of ops, as "a.service=active b.service gone ". */
struct told {
    struct units units;
    char text[TOLD_MAX];
};

static void tell(struct told *told, const char *name, const char *what)
{
    size_t length = strlen(told->text);

    (void)snprintf(told->text + length, sizeof told->text - length, "%s%s ", name, what);
}

static void on_changed(void *arg, struct unit *unit)
{
    char what[32];

    (void)snprintf(what, sizeof what, "=%s", units_status_name(unit->status));
    tell(arg, unit->name, what);
}

static void on_vanished(void *arg, struct unit *unit)
{
    tell(arg, unit->name, " gone");
}

static const struct units_ops ops = {.changed = on_changed, .vanished = on_vanished};

static void expect(struct told *told, const char *text)
{
    assert_string_equal(told->text, text);
    told->text[0] = '\0';
}

static int setup(void **state)
{
    static struct told told;

    told.text[0] = '\0';
    units_init(&told.units, &ops, &told);
    *state = &told;
    return 0;
}

static int teardown(void **state)
{
    units_fini(&((struct told *)*state)->units);
    return 0;
}

static void want(struct told *told, const char *text)
{
    assert_int_equal(units_add(&told->units, text, NULL), 0);
}

static struct unit_row row(const char *name, const char *load, const char *active)
{
    static char path[512];

    (void)snprintf(path, sizeof path, "/%s", name);
    return (struct unit_row){name, path, load, active};
}

static void list_one(struct told *told, const char *name, const char *load, const char *active)
{
    struct unit_row taken = row(name, load, active);

    units_begin(&told->units);
    units_update(&told->units, &taken);
    units_end(&told->units);
}

static void file_of_first(struct told *told, const char *name, const char *load)
{
    struct unit_row taken = row(name, load, "inactive");
    struct unit *unit = units_unlisted(&told->units, NULL);

    assert_non_null(unit);
    units_update_unlisted(&told->units, unit, &taken);
    units_end(&told->units);
}

static void every_state_of_systemd_has_its_status(void **state)
{
    static const struct {
        const char *active;
        enum unit_status status;
    } states[] = {{"active", 0},      {"reloading", 1},  {"inactive", 2},     {"failed", 3},
                  {"activating", 4},  {"reloading", 1},  {"deactivating", 5}, {"active", 0},
                  {"maintenance", 7}, {"refreshing", 1}, {"something", 6}};
    struct told *told = *state;

    want(told, "a");
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        list_one(told, "a.service", "loaded", states[i].active);
        assert_int_equal(told->units.all[0]->status, states[i].status);
    }
}

static void a_status_is_told_when_it_is_another_one(void **state)
{
    struct told *told = *state;

    want(told, "a");
    list_one(told, "a.service", "loaded", "active");
    expect(told, "a.service=active ");
    list_one(told, "a.service", "loaded", "active");
    expect(told, "");
    units_set_state(&told->units, "/a.service", "failed");
    expect(told, "a.service=failed ");
    units_set_state(&told->units, "/b.service", "active");
    expect(told, "");
}

static void a_named_unit_that_is_not_there_is_unknown_and_stays(void **state)
{
    struct told *told = *state;

    want(told, "a");
    list_one(told, "a.service", "not-found", "inactive");
    expect(told, "a.service=unknown ");
    list_one(told, "a.service", "loaded", "inactive");
    expect(told, "a.service=inactive ");
    list_one(told, "b.service", "loaded", "active");
    file_of_first(told, "a.service", "not-found");
    expect(told, "a.service=unknown ");
    assert_int_equal(told->units.count, 1);
}

static void a_unit_that_runs_although_its_file_is_gone_is_what_it_is(void **state)
{
    struct told *told = *state;

    want(told, "a*");
    list_one(told, "a.service", "not-found", "active");
    expect(told, "a.service=active ");
}

static void a_glob_finds_units_but_not_mere_names(void **state)
{
    struct told *told = *state;

    want(told, "web*");
    list_one(told, "web0.service", "not-found", "inactive");
    list_one(told, "other.service", "loaded", "active");
    expect(told, "");
    list_one(told, "web1.service", "loaded", "active");
    expect(told, "web1.service=active ");
    assert_true(units_match(&told->units, "web2.service"));
    assert_false(units_match(&told->units, "other.service"));
}

static void a_unit_of_a_glob_that_is_only_a_file_is_inactive(void **state)
{
    struct told *told = *state;

    want(told, "web*");
    list_one(told, "web1.service", "loaded", "active");
    list_one(told, "other.service", "loaded", "active");
    file_of_first(told, "web1.service", "loaded");
    expect(told, "web1.service=active web1.service=inactive ");
    assert_null(units_unlisted(&told->units, NULL));
}

static void a_unit_of_a_glob_without_a_file_vanishes_and_may_come_back(void **state)
{
    struct told *told = *state;

    want(told, "web*");
    list_one(told, "web1.service", "loaded", "active");
    list_one(told, "other.service", "loaded", "active");
    file_of_first(told, "web1.service", "not-found");
    expect(told, "web1.service=active web1.service gone ");
    assert_int_equal(told->units.count, 0);
    list_one(told, "web1.service", "loaded", "failed");
    expect(told, "web1.service=failed ");
}

static void an_alias_keeps_its_name_and_follows_the_unit(void **state)
{
    struct told *told = *state;

    want(told, "alias");
    want(told, "real");
    list_one(told, "real.service", "loaded", "active");
    expect(told, "real.service=active ");
    file_of_first(told, "real.service", "loaded");
    expect(told, "alias.service=inactive ");
    units_set_state(&told->units, "/real.service", "failed");
    expect(told, "alias.service=failed real.service=failed ");
}

static void the_unlisted_ones_come_in_order(void **state)
{
    struct told *told = *state;
    struct unit *unit;

    want(told, "a");
    want(told, "b");
    want(told, "c");
    list_one(told, "b.service", "loaded", "active");
    unit = units_unlisted(&told->units, NULL);
    assert_string_equal(unit->name, "a.service");
    unit = units_unlisted(&told->units, unit);
    assert_string_equal(unit->name, "c.service");
    assert_null(units_unlisted(&told->units, unit));
}

static void all_units_can_be_lost(void **state)
{
    struct told *told = *state;

    want(told, "a");
    want(told, "b");
    list_one(told, "a.service", "loaded", "active");
    expect(told, "a.service=active ");
    units_mark_unknown(&told->units);
    expect(told, "a.service=unknown b.service=unknown ");
    units_mark_unknown(&told->units);
    expect(told, "");
    list_one(told, "a.service", "loaded", "active");
    expect(told, "a.service=active ");
}

static void one_name_alone_is_single_however_often_it_is_said(void **state)
{
    struct told *told = *state;

    want(told, "a");
    want(told, "a.service");
    assert_true(units_single(&told->units));
    want(told, "b*");
    assert_false(units_single(&told->units));
}

static void there_are_no_more_units_than_the_limit(void **state)
{
    struct told *told = *state;
    char name[UNIT_NAME_MAX];
    struct err err;

    want(told, "web*");
    for (int i = 0; i <= UNITS_MAX; i++) {
        (void)snprintf(name, sizeof name, "web%d.service", i);
        list_one(told, name, "loaded", "active");
    }
    assert_int_equal(told->units.count, UNITS_MAX);
    assert_int_equal(units_add(&told->units, "one-more", &err), -E2BIG);
    assert_non_null(strstr(err.msg, "one-more"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_state_of_systemd_has_its_status, setup, teardown),
        cmocka_unit_test_setup_teardown(a_status_is_told_when_it_is_another_one, setup, teardown),
        cmocka_unit_test_setup_teardown(a_named_unit_that_is_not_there_is_unknown_and_stays, setup, teardown),
        cmocka_unit_test_setup_teardown(a_unit_that_runs_although_its_file_is_gone_is_what_it_is, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_glob_finds_units_but_not_mere_names, setup, teardown),
        cmocka_unit_test_setup_teardown(a_unit_of_a_glob_that_is_only_a_file_is_inactive, setup, teardown),
        cmocka_unit_test_setup_teardown(a_unit_of_a_glob_without_a_file_vanishes_and_may_come_back, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(an_alias_keeps_its_name_and_follows_the_unit, setup, teardown),
        cmocka_unit_test_setup_teardown(the_unlisted_ones_come_in_order, setup, teardown),
        cmocka_unit_test_setup_teardown(all_units_can_be_lost, setup, teardown),
        cmocka_unit_test_setup_teardown(one_name_alone_is_single_however_often_it_is_said, setup, teardown),
        cmocka_unit_test_setup_teardown(there_are_no_more_units_than_the_limit, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
