/* SPDX-License-Identifier: MIT */
/*
 * A process that registers services is killed with SIGKILL, again and again on one directory: each
 * registration that was acknowledged is stored.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/store_fixture.h"

#define ROUNDS 20

/* Registrations in flight in the child. */
#define WINDOW 16

static const struct store_status both[] = {{0, "ok"}, {1, "nok"}};

/* The child registers r<round>-<n> for n = 0, 1, 2, … and writes n to `out` once it is acknowledged. */
struct load {
    struct store store;
    int round, out;
    int32_t next;
};

struct registration {
    struct load *load;
    int32_t number;
};

static void on_done(void *arg, const struct err *err);

static void put(struct load *load)
{
    struct registration *registration = malloc(sizeof *registration);
    char id[32];
    struct store_service service = {id, both, 2, 1, 1};

    *registration = (struct registration){load, load->next++};
    (void)snprintf(id, sizeof id, "r%d-%d", load->round, registration->number);
    store_put_service(&load->store, &service, on_done, registration);
}

static void on_done(void *arg, const struct err *err)
{
    struct registration *registration = arg;
    struct load *load = registration->load;

    if (err != NULL || write(load->out, &registration->number, sizeof registration->number) < 0)
        _exit(3);
    free(registration);
    put(load);
}

/* Is ended by SIGKILL; an exit code is a failure. */
static int run_load(const char *directory, int round, int out)
{
    static struct load load;
    struct err err;
    uv_loop_t loop;

    load.round = round;
    load.out = out;
    if (uv_loop_init(&loop) != 0 || store_open(&load.store, &loop, directory, &err) != 0)
        return 4;
    for (int i = 0; i < WINDOW; i++)
        put(&load);
    return uv_run(&loop, UV_RUN_DEFAULT);
}

/* Executes this program again: the threads of libuv's pool do not exist in a forked child. */
static pid_t start_load(const char *directory, int round, int out)
{
    char round_text[16], out_text[16];
    pid_t child;

    (void)snprintf(round_text, sizeof round_text, "%d", round);
    (void)snprintf(out_text, sizeof out_text, "%d", out);
    child = fork();
    if (child == 0) {
        (void)execl("/proc/self/exe", "store_kill", directory, round_text, out_text, (char *)NULL);
        _exit(5);
    }
    return child;
}

/* Kills the child once `wanted` registrations are acknowledged; returns how many are in the end. */
static int kill_after(const char *directory, int round, int wanted)
{
    int32_t number = -1;
    int ends[2], status = 0, count = 0;
    pid_t child;

    assert_int_equal(pipe(ends), 0);
    child = start_load(directory, round, ends[1]);
    assert_int_equal(close(ends[1]), 0);
    while (count < wanted && read(ends[0], &number, sizeof number) == sizeof number)
        assert_int_equal(number, count++);
    assert_int_equal(kill(child, SIGKILL), 0);
    while (read(ends[0], &number, sizeof number) == sizeof number)
        assert_int_equal(number, count++);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_true(count >= wanted);
    assert_int_equal(close(ends[0]), 0);
    return count;
}

static void what_a_killed_process_was_acknowledged_is_there(void **state)
{
    int counts[ROUNDS];
    char directory[64];

    (void)state;
    store_fixture_make_directory(directory, sizeof directory);
    for (int round = 0; round < ROUNDS; round++) {
        char *dump;

        counts[round] = kill_after(directory, round, 1 + round * 7);
        dump = store_fixture_dump_directory(directory);
        for (int past = 0; past <= round; past++) {
            for (int i = 0; i < counts[past]; i++) {
                char line[96];

                (void)snprintf(line, sizeof line,
                               "service r%d-%d timeout=1 registered=1 statuses=0:ok,1:nok ", past, i);
                assert_non_null(strstr(dump, line));
            }
        }
        free(dump);
    }
    store_fixture_remove_directory(directory);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_killed_process_was_acknowledged_is_there),
    };

    if (argc == 4)
        return run_load(argv[1], atoi(argv[2]), atoi(argv[3]));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
