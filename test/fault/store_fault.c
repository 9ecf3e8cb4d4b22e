/* SPDX-License-Identifier: MIT */
/*
 * Each write and each sync of the store fails once, and the power is cut after commits. Each time what was
 * acknowledged is stored, what failed is not, and the next write works.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/store_fixture.h"
#include "store_vfs.h"

#define LOG_MODULE "test"
#include "base/log.h"

/* More writes than one run of the script makes; the first run without a fault is the last. */
#define NTH_MAX 1000

/* One write of the script, and its result. */
struct write {
    bool answered;
    int code;
};

static void on_done(void *arg, const struct err *err)
{
    struct write *write = arg;

    assert_false(write->answered);
    write->answered = true;
    write->code = err != NULL ? err->code : 0;
}

static const struct store_status both[] = {{0, "ok"}, {1, "nok"}};

enum { ADD_A, ADD_B, CHANGE_A, HOLD, TURN, STAMP, RELEASE, SETTLE, LAST, WRITES };

static void put(struct store *store, const char *id, int32_t timeout_s, struct write *write)
{
    const struct store_service service = {id, both, 2, timeout_s, 1};

    store_put_service(store, &service, on_done, write);
}

static void on_event_done(void *arg, const struct event *event, const struct err *err)
{
    (void)event;
    on_done(arg, err);
}

/* An event that one sink holds back and another one owes. */
static void hold(struct store_fixture *fixture, struct write *write)
{
    const struct event event = stored_event(6, "", EVENT_MASS_OUTAGE, EVENT_DANGER, "held", "", 60, 0);
    const struct store_notice notices[] = {
        {.event = 6, .sink = "default", .held_by = "notify_after", .held_until_ms = 900, .held_reports = 3},
        owed_by("team", 6),
    };

    store_put_event(&fixture->store, &event, notices, 2, on_event_done, write);
    store_fixture_wait(fixture);
}

/* Each write is a batch of its own, so that each can fail alone. */
static void play(struct store_fixture *fixture, struct write writes[WRITES])
{
    const struct store_state turned = {"b", 2, true, 1, 50, 60, 70};
    const struct event event = stored_event(7, "b", EVENT_AVAILABLE, EVENT_DANGER, "nok", "ok", 60, 40);
    const struct store_notice notices[] = {owed_by("default", 7), ended_at("team", 6, "recovered_in_time")};
    const struct store_seen seen = {"a", 90};
    const uint64_t settled = 7, released = 6;

    put(&fixture->store, "a", 1, &writes[ADD_A]);
    store_fixture_wait(fixture);
    put(&fixture->store, "b", 1, &writes[ADD_B]);
    store_fixture_wait(fixture);
    put(&fixture->store, "a", 2, &writes[CHANGE_A]);
    store_fixture_wait(fixture);
    hold(fixture, &writes[HOLD]);
    store_put_transition(&fixture->store, &turned, &event, notices, 2, on_event_done, &writes[TURN]);
    store_fixture_wait(fixture);
    store_checkpoint(&fixture->store, &(struct store_checkpoint){90, 0}, &seen, 1, on_done, &writes[STAMP]);
    store_fixture_wait(fixture);
    store_release(&fixture->store, "default", &released, 1, 75, on_done, &writes[RELEASE]);
    store_fixture_wait(fixture);
    store_settle(&fixture->store, "default", &settled, 1, "delivered", 99, on_done, &writes[SETTLE]);
    store_fixture_wait(fixture);
}

static bool stands(const struct write *write)
{
    return write->answered && write->code == 0;
}

/* The event of hold() in a dump. */
#define HELD "owed 6  kind=3 severity=2 text=held previous= at=60 since=0"

static void contains(const char *dump, const char *line, bool wanted)
{
    if ((strstr(dump, line) != NULL) != wanted)
        fail_msg("'%s' is %s in:\n%s", line, wanted ? "not" : "unexpectedly", dump);
}

/* The dump of a store must agree with these results. */
static void compare(const char *dump, const struct write writes[WRITES])
{
    bool a = stands(&writes[ADD_A]) || stands(&writes[CHANGE_A]);
    /* A failed transition is stored with the next write; it is refused if its service is not registered. */
    bool turned = stands(&writes[ADD_B]);

    contains(dump, "service a timeout=1 ", stands(&writes[ADD_A]) && !stands(&writes[CHANGE_A]));
    contains(dump, "service a timeout=2 registered=1 statuses=0:ok,1:nok ", stands(&writes[CHANGE_A]));
    contains(dump, "service b timeout=1 registered=1 statuses=0:ok,1:nok ", stands(&writes[ADD_B]));
    contains(dump, "availability=2 code=1 since=50 code_since_ms=60 seen=70", turned);
    contains(dump, "last=7", turned);
    contains(dump, "owed 7 ", false);
    contains(dump, HELD " held_by=notify_after until=75\n", true);
    contains(dump, HELD " sink=team\n", !turned);
    contains(dump, "meta alive=90", stands(&writes[STAMP]));
    contains(dump, "seen=90", stands(&writes[STAMP]) && a);
    contains(dump, "service last ", stands(&writes[LAST]));
}

static void is_disk_error(int code)
{
    /* -ENOENT: of the transition, if the registration of its service failed. */
    if (code != 0 && code != -ENOSPC && code != -EIO && code != -ENOENT)
        fail_msg("code %d", code);
}

/* Opens, writes, closes, with the n-th write or sync failing; false when there were fewer. */
static bool live(enum store_vfs_fault fault, int nth, bool forever)
{
    struct store_fixture fixture = {0};
    struct write writes[WRITES] = {0};
    char shadow[64];
    char *dump;
    bool came;
    int rc;

    store_fixture_make_directory(fixture.directory, sizeof fixture.directory);
    store_fixture_make_directory(shadow, sizeof shadow);
    store_vfs_shadow(fixture.directory, shadow);
    store_vfs_arm(fault, nth, forever);
    rc = store_fixture_open(&fixture);
    is_disk_error(rc);
    if (rc != 0) {
        assert_true(store_vfs_disarm());
        assert_int_equal(store_fixture_open(&fixture), 0);
    }
    play(&fixture, writes);
    for (int i = 0; i < LAST; i++)
        is_disk_error(writes[i].code);
    came = store_vfs_disarm() || rc != 0;
    put(&fixture.store, "last", 1, &writes[LAST]);
    store_fixture_wait(&fixture);
    assert_true(stands(&writes[LAST]));
    dump = store_fixture_dump_directory(shadow);
    compare(dump, writes);
    free(dump);
    /* The copy of the log into the file may fail without a loss. */
    store_vfs_arm(fault, 1, forever);
    store_fixture_close(&fixture);
    (void)store_vfs_disarm();
    store_vfs_shadow(NULL, NULL);
    dump = store_fixture_dump_directory(fixture.directory);
    compare(dump, writes);
    free(dump);
    store_fixture_remove_directory(fixture.directory);
    store_fixture_remove_directory(shadow);
    return came;
}

static void every_write_and_every_sync_may_fail_once(void **state)
{
    (void)state;
    for (int fault = STORE_VFS_FULL; fault < STORE_VFS_FAULTS; fault++) {
        int nth = 1;

        while (live((enum store_vfs_fault)fault, nth, false) && nth < NTH_MAX)
            nth++;
        /* Each write of the script makes at least one sync and one write of the file. */
        assert_in_range(nth, WRITES, NTH_MAX - 1);
    }
}

static void every_write_and_every_sync_may_fail_from_then_on(void **state)
{
    (void)state;
    for (int fault = STORE_VFS_FULL; fault < STORE_VFS_FAULTS; fault++) {
        int nth = 1;

        while (live((enum store_vfs_fault)fault, nth, true) && nth < NTH_MAX)
            nth++;
        assert_in_range(nth, WRITES, NTH_MAX - 1);
    }
}

static void a_full_disk_fails_the_whole_batch_and_the_old_registration_stands(void **state)
{
    struct store_fixture fixture = {0};
    struct write writes[100] = {0};
    char *dump;

    (void)state;
    store_fixture_make_directory(fixture.directory, sizeof fixture.directory);
    assert_int_equal(store_fixture_open(&fixture), 0);
    put(&fixture.store, "a", 1, &writes[0]);
    store_fixture_wait(&fixture);
    store_vfs_arm(STORE_VFS_FULL, 1, true);
    for (int i = 1; i < 100; i++)
        put(&fixture.store, i % 2 != 0 ? "a" : "b", 2, &writes[i]);
    store_fixture_wait(&fixture);
    for (int i = 1; i < 100; i++)
        assert_int_equal(writes[i].code, -ENOSPC);
    assert_true(store_vfs_disarm());
    dump = store_fixture_dump(&fixture);
    assert_string_equal(dump, "meta alive=0 last=0\n"
                              "service a timeout=1 registered=1 statuses=0:ok,1:nok availability=0 code= "
                              "since=0 code_since_ms=0 seen=0\n");
    free(dump);
    store_fixture_close(&fixture);
    store_fixture_remove_directory(fixture.directory);
}

/* Enough commits to copy the log into the file twice; the power is cut after every 25th. */
static void a_power_cut_loses_nothing_that_was_acknowledged(void **state)
{
    struct store_fixture fixture = {0};
    char shadow[64], check[64], from[128], to[128], line[64];

    (void)state;
    store_fixture_make_directory(fixture.directory, sizeof fixture.directory);
    store_fixture_make_directory(shadow, sizeof shadow);
    store_fixture_make_directory(check, sizeof check);
    store_vfs_shadow(fixture.directory, shadow);
    assert_int_equal(store_fixture_open(&fixture), 0);
    for (int round = 1; round <= 600; round++) {
        static const char *const files[] = {"procjon.db", "procjon.db-wal"};
        struct write write = {0};
        char id[16];
        char *dump;

        (void)snprintf(id, sizeof id, "s%d", round % 50);
        put(&fixture.store, id, round, &write);
        store_fixture_wait(&fixture);
        assert_true(stands(&write));
        if (round % 25 != 0)
            continue;
        for (int i = 0; i < 2; i++) {
            (void)snprintf(from, sizeof from, "%s/%s", shadow, files[i]);
            (void)snprintf(to, sizeof to, "%s/%s", check, files[i]);
            (void)unlink(to);
            (void)store_vfs_copy(from, to);
        }
        dump = store_fixture_dump_directory(check);
        for (int back = 0; back < 50 && back < round; back++) {
            (void)snprintf(line, sizeof line, "service s%d timeout=%d ", (round - back) % 50, round - back);
            contains(dump, line, true);
        }
        free(dump);
    }
    store_fixture_close(&fixture);
    store_vfs_shadow(NULL, NULL);
    store_fixture_remove_directory(fixture.directory);
    store_fixture_remove_directory(shadow);
    store_fixture_remove_directory(check);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_write_and_every_sync_may_fail_once),
        cmocka_unit_test(every_write_and_every_sync_may_fail_from_then_on),
        cmocka_unit_test(a_full_disk_fails_the_whole_batch_and_the_old_registration_stands),
        cmocka_unit_test(a_power_cut_loses_nothing_that_was_acknowledged),
    };

    log_set_level(LOG_ERROR);
    store_vfs_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
