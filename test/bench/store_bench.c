/* SPDX-License-Identifier: MIT */
/*
 * store_bench - processor time of the process and of the loop thread for each durable write.
 *
 * Usage: store_bench DIRECTORY. The directory is made; remove it afterwards.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "store/store.h"

/* Writes that are queued together, as by so many agents at once. */
#define BATCH 300
#define BATCHES 100

static const struct store_status statuses[] = {{0, "ok"}, {1, "warning"}, {2, "critical"}};

struct bench {
    uv_loop_t loop;
    struct store store;
};

static void on_done(void *arg, const struct err *err)
{
    (void)arg;
    if (err != NULL) {
        (void)fprintf(stderr, "%s\n", err->msg);
        exit(1);
    }
}

static void on_event_done(void *arg, const struct event *event, const struct err *err)
{
    (void)event;
    on_done(arg, err);
}

static void on_closed(struct store *store)
{
    (void)store;
}

static double clock_s(clockid_t clock)
{
    struct timespec now;

    (void)clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void put_service(struct bench *bench, int number, int round)
{
    char id[32];
    struct store_service service = {id, statuses, 3, 10, 1000 + round};

    (void)snprintf(id, sizeof id, "host-%05d.example", number);
    store_put_service(&bench->store, &service, on_done, bench);
}

static void put_transition(struct bench *bench, int number, int round)
{
    static uint64_t next = 1;
    char id[32];
    struct store_state state = {id, 1, true, round % 3, round, round, round};
    struct event event = {.id = next++,
                          .service = id,
                          .kind = EVENT_STATUS,
                          .severity = EVENT_WARNING,
                          .text = "critical",
                          .previous = "ok",
                          .code = 2,
                          .previous_code = 0,
                          .at_ms = round,
                          .since_ms = round};
    const struct store_notice notice = {.event = event.id, .sink = "default"};

    (void)snprintf(id, sizeof id, "host-%05d.example", number);
    store_put_transition(&bench->store, &state, &event, &notice, 1, on_event_done, bench);
}

static void same_service(struct bench *bench, int number, int round)
{
    (void)number;
    put_service(bench, 0, round);
}

/* One checkpoint with all services, counted as one write for each. */
static void checkpoint(struct bench *bench, int number, int round)
{
    static char ids[BATCH][24];
    static struct store_seen seen[BATCH];

    (void)snprintf(ids[number % BATCH], sizeof ids[0], "host-%05d.example", number);
    seen[number % BATCH] = (struct store_seen){ids[number % BATCH], round};
    if (number % BATCH == BATCH - 1)
        store_checkpoint(&bench->store, &(struct store_checkpoint){round, 0}, seen, BATCH, on_done, bench);
}

static void run(struct bench *bench, const char *name, int batches, int batch,
                void (*put)(struct bench *bench, int number, int round))
{
    double process = clock_s(CLOCK_PROCESS_CPUTIME_ID), thread = clock_s(CLOCK_THREAD_CPUTIME_ID);
    double wall = clock_s(CLOCK_MONOTONIC), queue = 0;
    double count = (double)batches * batch;

    for (int round = 0; round < batches; round++) {
        double start = clock_s(CLOCK_THREAD_CPUTIME_ID);

        for (int i = 0; i < batch; i++)
            put(bench, round * batch + i, round);
        queue += clock_s(CLOCK_THREAD_CPUTIME_ID) - start;
        (void)uv_run(&bench->loop, UV_RUN_DEFAULT);
    }
    process = clock_s(CLOCK_PROCESS_CPUTIME_ID) - process;
    thread = clock_s(CLOCK_THREAD_CPUTIME_ID) - thread;
    wall = clock_s(CLOCK_MONOTONIC) - wall;
    (void)printf(
        "%-28s %8.0f writes  %6.2f us cpu, of that %5.2f on the loop (%5.2f to queue), %7.2f us wall each\n",
        name, count, process / count * 1e6, thread / count * 1e6, queue / count * 1e6, wall / count * 1e6);
}

static void again(struct bench *bench, int number, int round)
{
    put_service(bench, number, round + 1);
}

int main(int argc, char **argv)
{
    static struct bench bench;
    struct err err;

    if (argc != 2 || uv_loop_init(&bench.loop) != 0)
        return 2;
    if (store_open(&bench.store, &bench.loop, argv[1], &err) != 0) {
        (void)fprintf(stderr, "%s\n", err.msg);
        return 1;
    }
    run(&bench, "new registration", BATCHES, BATCH, put_service);
    run(&bench, "registration again", BATCHES, BATCH, again);
    run(&bench, "same service, all at once", BATCHES, BATCH, same_service);
    run(&bench, "transition with event", BATCHES, BATCH, put_transition);
    run(&bench, "seen, checkpoints of 300", BATCHES, BATCH, checkpoint);
    run(&bench, "one registration per commit", BATCH, 1, put_service);
    run(&bench, "burst of 10000 transitions", 1, 10000, put_transition);
    store_close(&bench.store, on_closed);
    (void)uv_run(&bench.loop, UV_RUN_DEFAULT);
    return uv_loop_close(&bench.loop) == 0 ? 0 : 1;
}
