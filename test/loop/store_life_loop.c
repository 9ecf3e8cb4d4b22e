/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/store_answers.h"

static void close_commits_what_waits(void **state)
{
    struct store_fixture *fixture = *state;

    for (int i = 0; i < 50; i++)
        put(fixture, "a", i);
    store_fixture_close(fixture);
    assert_int_equal(answers.count, 50);
    assert_int_equal(answers.failed, 0);
    assert_int_equal(log_size(fixture), 0);
    assert_int_equal(store_fixture_open(fixture), 0);
    expect(fixture, "meta alive=0 last=0\n"
                    "service a timeout=10 registered=1000 statuses=0:ok,1:nok availability=0 code= since=0 "
                    "code_since_ms=0 seen=0\n");
    store_fixture_close(fixture);
}

static void close_from_done(void *arg, const struct err *err)
{
    struct store_fixture *fixture = arg;

    assert_null(err);
    fixture->loop.data = fixture;
    store_close(&fixture->store, store_fixture_closed);
    store_close(&fixture->store, store_fixture_closed);
    assert_int_equal(fixture->closed, 0);
    put(fixture, "late", 0);
}

static void close_is_legal_from_done_and_a_later_write_is_committed(void **state)
{
    struct store_fixture *fixture = *state;

    store_checkpoint(&fixture->store, &(struct store_checkpoint){1, 0}, NULL, 0, close_from_done, fixture);
    store_fixture_wait(fixture);
    assert_int_equal(fixture->closed, 1);
    assert_int_equal(answers.count, 1);
    assert_int_equal(answers.failed, 0);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
}

static void a_write_queued_while_the_file_closes_is_cancelled(void **state)
{
    struct store_fixture *fixture = *state;

    fixture->loop.data = fixture;
    store_close(&fixture->store, store_fixture_closed);
    put(fixture, "late", 0);
    store_fixture_wait(fixture);
    assert_int_equal(fixture->closed, 1);
    assert_int_equal(answers.count, 1);
    assert_int_equal(answers.code, -ECANCELED);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
}

static void a_second_store_on_the_directory_is_refused(void **state)
{
    struct store_fixture *fixture = *state;
    struct store second;
    struct err err;
    char text[ERR_MSG_MAX];

    assert_int_equal(store_open(&second, &fixture->loop, fixture->directory, &err), -EBUSY);
    (void)snprintf(text, sizeof text, "data directory '%s' is in use by procjon, process %d",
                   fixture->directory, (int)getpid());
    assert_string_equal(err.msg, text);
    put(fixture, "a", 0);
    store_fixture_wait(fixture);
    assert_int_equal(answers.failed, 0);
    store_fixture_close(fixture);
}

static void the_directory_is_made_for_the_owner_alone(void **state)
{
    struct store_fixture *fixture = *state;
    struct store_fixture inner = {0};
    struct stat found;
    char path[192];

    (void)snprintf(inner.directory, sizeof inner.directory, "%.64s/new", fixture->directory);
    assert_int_equal(store_fixture_open(&inner), 0);
    assert_int_equal(stat(inner.directory, &found), 0);
    assert_int_equal(found.st_mode & 0777, 0700);
    for (int i = 0; i < 3; i++) {
        static const char *const files[] = {"procjon.db", "procjon.db-wal", "lock"};

        (void)snprintf(path, sizeof path, "%s/%s", inner.directory, files[i]);
        assert_int_equal(stat(path, &found), 0);
        assert_int_equal(found.st_mode & 0777, 0600);
    }
    store_fixture_close(&inner);
    store_fixture_remove_directory(inner.directory);
    store_fixture_close(fixture);
}

/* In a child of the user nobody, because root may write everywhere. */
static int open_as_nobody(const char *directory)
{
    struct store store;
    struct err err;
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
            _exit(1);
        if (store_open(&store, NULL, directory, &err) != -EACCES)
            _exit(2);
        _exit(strstr(err.msg, directory) != NULL && strstr(err.msg, "Permission denied") != NULL ? 0 : 3);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void a_directory_that_cannot_be_written_is_refused(void **state)
{
    struct store_fixture *fixture = *state;

    store_fixture_close(fixture);
    assert_int_equal(chmod(fixture->directory, 0555), 0);
    assert_int_equal(open_as_nobody(fixture->directory), 0);
    assert_int_equal(chmod(fixture->directory, 0700), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(close_commits_what_waits),
        STORE_TEST(close_is_legal_from_done_and_a_later_write_is_committed),
        STORE_TEST(a_write_queued_while_the_file_closes_is_cancelled),
        STORE_TEST(a_second_store_on_the_directory_is_refused),
        STORE_TEST(the_directory_is_made_for_the_owner_alone),
        STORE_TEST(a_directory_that_cannot_be_written_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
