/* SPDX-License-Identifier: MIT */
/*
 * The queue of the store on a backend in memory: the order of writes, batches, commits that fail, writes that
 * are kept, and a close while a commit hangs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

#include "../lib/store_memory.h"
#include "store/store.h"

#define LOG_MODULE "test"
#include "base/log.h"

#define WRITES_MAX 20000

struct bed {
    uv_loop_t loop;
    struct store store;
    struct store_memory memory;
    int closed;
    int answers[WRITES_MAX]; /* codes by the number of the write; 1: none yet */
    int order[WRITES_MAX], count;
    bool queues_more;
    bool closes;
};

static struct bed bed;

static int set_up(void **state)
{
    struct store_backend backend;

    (void)state;
    memset(&bed, 0, sizeof bed);
    for (int i = 0; i < WRITES_MAX; i++)
        bed.answers[i] = 1;
    assert_int_equal(uv_loop_init(&bed.loop), 0);
    store_memory_init(&bed.memory, &backend);
    store_open_backend(&bed.store, &bed.loop, &backend);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    store_memory_fini(&bed.memory);
    return 0;
}

static void wait_for_all(void)
{
    assert_int_equal(uv_run(&bed.loop, UV_RUN_DEFAULT), 0);
}

static void on_closed(struct store *store)
{
    assert_ptr_equal(store, &bed.store);
    assert_int_equal(store_pending(store), 0);
    bed.closed++;
}

static void close_store(void)
{
    store_close(&bed.store, on_closed);
    wait_for_all();
    assert_int_equal(bed.closed, 1);
    assert_int_equal(bed.memory.closes, 1);
    assert_int_equal(uv_loop_close(&bed.loop), 0);
}

static void put(int number);

static void on_done(void *arg, const struct err *err)
{
    int *answer = arg;
    int number = (int)(answer - bed.answers);

    assert_int_equal(*answer, 1);
    *answer = err != NULL ? err->code : 0;
    bed.order[bed.count++] = number;
    if (bed.queues_more && number < 10)
        put(number + 10);
    if (bed.closes)
        store_close(&bed.store, on_closed);
}

static void on_event_done(void *arg, const struct event *event, const struct err *err)
{
    assert_int_equal(event->id, (int *)arg - bed.answers);
    on_done(arg, err);
}

/* A registration of the service s<number>. */
static void put(int number)
{
    char id[16];
    struct store_service service = {.id = id, .timeout_s = 10};

    (void)snprintf(id, sizeof id, "s%d", number);
    store_put_service(&bed.store, &service, on_done, &bed.answers[number]);
}

/* The number of an event is its id. */
static void put_event(int number)
{
    const struct event event = {.id = (uint64_t)number, .kind = EVENT_MASS_OUTAGE};
    const struct store_notice notices[] = {{.event = event.id, .sink = "default"},
                                           {.event = event.id, .sink = "team", .outcome = "silenced"}};

    store_put_event(&bed.store, &event, notices, 2, on_event_done, &bed.answers[number]);
}

static void put_transition(int number)
{
    const struct event event = {.id = (uint64_t)number, .kind = EVENT_STATUS, .service = "a"};
    const struct store_notice notice = {.event = event.id, .sink = "default"};

    store_put_transition(&bed.store, &(struct store_state){.id = "a"}, &event, &notice, 1, on_event_done,
                         &bed.answers[number]);
}

static void settle(int number, int event)
{
    const uint64_t id = (uint64_t)event;

    store_settle(&bed.store, "default", &id, 1, "delivered", 1, on_done, &bed.answers[number]);
}

static void release(int number, int event)
{
    const uint64_t id = (uint64_t)event;

    store_release(&bed.store, "default", &id, 1, 1, on_done, &bed.answers[number]);
}

static void checkpoint(int number)
{
    store_checkpoint(&bed.store, &(struct store_checkpoint){1, 0}, NULL, 0, on_done, &bed.answers[number]);
}

/* Write 0 is being committed, and the commit waits for resume(). */
static void hang(void)
{
    bed.memory.hangs = true;
    put(0);
    uv_sem_wait(&bed.memory.hanging);
}

static void resume(void)
{
    uv_sem_post(&bed.memory.go);
}

static void what_comes_during_a_commit_is_the_next_batch(void **state)
{
    (void)state;
    hang();
    put_event(1);
    put(2);
    put_transition(3);
    settle(4, 1);
    assert_int_equal(bed.count, 0);
    assert_int_equal(store_pending(&bed.store), 5);
    resume();
    wait_for_all();
    assert_string_equal(bed.memory.log, "[s0 ][1/2 s2 3/1 settle1 ]");
    for (int i = 0; i < 5; i++) {
        assert_int_equal(bed.order[i], i);
        assert_int_equal(bed.answers[i], 0);
    }
    assert_int_equal(store_pending(&bed.store), 0);
    close_store();
}

static void what_is_queued_from_done_goes_into_one_batch(void **state)
{
    (void)state;
    hang();
    for (int i = 1; i < 4; i++)
        put(i);
    bed.queues_more = true;
    resume();
    wait_for_all();
    assert_string_equal(bed.memory.log, "[s0 ][s1 s2 s3 s10 ][s11 s12 s13 ]");
    close_store();
}

/* Each transition changes four records, and a batch at most 16384. */
static void a_burst_is_cut_into_batches(void **state)
{
    (void)state;
    hang();
    for (int i = 1; i <= 10000; i++)
        put_transition(i);
    resume();
    wait_for_all();
    assert_int_equal(bed.count, 10001);
    assert_int_equal(bed.memory.commits, 1 + 3);
    assert_int_equal(bed.memory.rows_max, 16384);
    for (int i = 0; i <= 10000; i++)
        assert_int_equal(bed.order[i], i);
    close_store();
}

static void a_failed_batch_is_answered_and_its_history_is_kept_in_order(void **state)
{
    (void)state;
    bed.memory.failures = 2;
    bed.memory.code = -ENOSPC;
    hang();
    put_event(1);
    put(2);
    put_transition(3);
    settle(4, 1);
    release(5, 3);
    checkpoint(6);
    resume();
    wait_for_all();
    for (int i = 0; i < 7; i++)
        assert_int_equal(bed.answers[i], -ENOSPC);
    assert_true(store_failing(&bed.store));
    assert_int_equal(store_pending(&bed.store), 0);
    put_event(7);
    wait_for_all();
    assert_string_equal(bed.memory.log, "[s0 !"
                                        "[1/2 s2 3/1 settle1 release3 checkpoint !"
                                        "[1/2 3/1 settle1 release3 7/2 ]");
    assert_int_equal(bed.count, 8); /* none is answered twice */
    assert_int_equal(bed.answers[7], 0);
    assert_false(store_failing(&bed.store));
    close_store();
    assert_null(strchr(strrchr(bed.memory.log, '['), '!'));
}

/* A kept write is tried with every batch until one works, and once more by the close. */
static void a_close_tries_what_is_kept_once_more(void **state)
{
    (void)state;
    bed.memory.failures = 100;
    bed.memory.code = -EIO;
    put_event(1);
    wait_for_all();
    put_event(2);
    wait_for_all();
    close_store();
    assert_string_equal(bed.memory.log, "[1/2 ![1/2 2/2 ![1/2 2/2 !closed");
    assert_int_equal(bed.answers[1], -EIO);
    assert_int_equal(bed.answers[2], -EIO);
    assert_int_equal(bed.count, 2);
}

static void a_refused_write_fails_alone_and_is_not_kept(void **state)
{
    (void)state;
    bed.memory.refused = 2;
    hang();
    put_event(1);
    put_event(2);
    put_event(3);
    resume();
    wait_for_all();
    assert_int_equal(bed.answers[1], 0);
    assert_int_equal(bed.answers[2], -EINVAL);
    assert_int_equal(bed.answers[3], 0);
    assert_false(store_failing(&bed.store));
    put_event(4);
    wait_for_all();
    close_store();
    assert_string_equal(bed.memory.log, "[s0 ][1/2 3/2 ][4/2 ]closed");
}

static void a_close_while_a_commit_hangs_waits_and_commits_what_waits(void **state)
{
    (void)state;
    hang();
    put_event(1);
    store_close(&bed.store, on_closed);
    store_close(&bed.store, on_closed);
    put(2);
    assert_int_equal(bed.closed, 0);
    (void)uv_run(&bed.loop, UV_RUN_NOWAIT);
    assert_int_equal(bed.count, 0);
    assert_int_equal(bed.memory.closes, 0);
    resume();
    close_store();
    assert_string_equal(bed.memory.log, "[s0 ][1/2 s2 ]closed");
    for (int i = 0; i < 3; i++)
        assert_int_equal(bed.answers[i], 0);
}

static void a_close_while_a_failing_commit_hangs_answers_all(void **state)
{
    (void)state;
    bed.memory.failures = 100;
    bed.memory.code = -EIO;
    hang();
    put_event(1);
    store_close(&bed.store, on_closed);
    resume();
    close_store();
    assert_string_equal(bed.memory.log, "[s0 ![1/2 ![1/2 !closed");
    assert_int_equal(bed.answers[0], -EIO);
    assert_int_equal(bed.answers[1], -EIO);
    assert_int_equal(bed.count, 2);
}

static void a_close_from_done_is_legal(void **state)
{
    (void)state;
    bed.closes = true;
    put(1);
    wait_for_all();
    assert_int_equal(bed.closed, 1);
    assert_string_equal(bed.memory.log, "[s1 ]closed");
    assert_int_equal(uv_loop_close(&bed.loop), 0);
}

static void a_load_is_the_backends(void **state)
{
    const struct store_load_ops ops = {0};
    struct err err = {0};

    (void)state;
    assert_int_equal(store_load(&bed.store, &ops, NULL, &err), 0);
    bed.memory.code = -EUCLEAN;
    assert_int_equal(store_load(&bed.store, &ops, NULL, &err), -EUCLEAN);
    assert_string_equal(err.msg, "memory: broken");
    assert_int_equal(bed.memory.loads, 2);
    bed.memory.code = 0;
    close_store();
}

#define QUEUE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        QUEUE_TEST(what_comes_during_a_commit_is_the_next_batch),
        QUEUE_TEST(what_is_queued_from_done_goes_into_one_batch),
        QUEUE_TEST(a_burst_is_cut_into_batches),
        QUEUE_TEST(a_failed_batch_is_answered_and_its_history_is_kept_in_order),
        QUEUE_TEST(a_close_tries_what_is_kept_once_more),
        QUEUE_TEST(a_refused_write_fails_alone_and_is_not_kept),
        QUEUE_TEST(a_close_while_a_commit_hangs_waits_and_commits_what_waits),
        QUEUE_TEST(a_close_while_a_failing_commit_hangs_answers_all),
        QUEUE_TEST(a_close_from_done_is_legal),
        QUEUE_TEST(a_load_is_the_backends),
    };

    log_set_level(LOG_ERROR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
