/* SPDX-License-Identifier: MIT */
#include "store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void store_fixture_make_directory(char *directory, size_t size)
{
    (void)snprintf(directory, size, "/tmp/store-test-XXXXXX");
    assert_non_null(mkdtemp(directory));
}

void store_fixture_remove_directory(const char *directory)
{
    static const char *const files[] = {"procjon.db", "procjon.db-wal", "procjon.db-shm", "lock"};
    char path[192];

    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", directory, files[i]);
        (void)unlink(path);
    }
    assert_int_equal(rmdir(directory), 0);
}

int store_fixture_open(struct store_fixture *fixture)
{
    int rc;

    fixture->closed = 0;
    assert_int_equal(uv_loop_init(&fixture->loop), 0);
    rc = store_open(&fixture->store, &fixture->loop, fixture->directory, &fixture->err);
    if (rc != 0)
        assert_int_equal(uv_loop_close(&fixture->loop), 0);
    return rc;
}

void store_fixture_closed(struct store *store)
{
    struct store_fixture *fixture = (struct store_fixture *)store->loop->data;

    fixture->closed++;
}

void store_fixture_wait(struct store_fixture *fixture)
{
    assert_int_equal(uv_run(&fixture->loop, UV_RUN_DEFAULT), 0);
}

void store_fixture_close(struct store_fixture *fixture)
{
    fixture->loop.data = fixture;
    store_close(&fixture->store, store_fixture_closed);
    store_fixture_wait(fixture);
    assert_int_equal(fixture->closed, 1);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
}

static void print_service(void *arg, const struct store_service *service, const struct store_state *state)
{
    FILE *out = arg;

    assert_string_equal(service->id, state->id);
    fprintf(out, "service %s timeout=%" PRId32 " registered=%" PRId64 " statuses=", service->id,
            service->timeout_s, service->registered_ms);
    for (size_t i = 0; i < service->status_count; i++)
        fprintf(out, "%s%" PRId32 ":%s", i > 0 ? "," : "", service->statuses[i].code,
                service->statuses[i].text);
    fprintf(out, " availability=%d code=", state->availability);
    if (state->has_code)
        fprintf(out, "%" PRId32, state->code);
    fprintf(out, " since=%" PRId64 " code_since_ms=%" PRId64 " seen=%" PRId64 "\n", state->since_ms,
            state->code_since_ms, state->seen_ms);
}

static void print_event(FILE *out, const struct event *event)
{
    fprintf(out, "%" PRIu64 " %s kind=%d severity=%d text=%s previous=%s at=%" PRId64 " since=%" PRId64,
            event->id, event->service, event->kind, event->severity, event->text, event->previous,
            event->at_ms, event->since_ms);
    if (event->code != EVENT_NO_CODE)
        fprintf(out, " code=%" PRId64, event->code);
    if (event->previous_code != EVENT_NO_CODE)
        fprintf(out, " previous_code=%" PRId64, event->previous_code);
}

static void print_held(FILE *out, const struct store_notice *notice)
{
    if (notice->held_by != NULL)
        fprintf(out, " held_by=%s", notice->held_by);
    if (notice->held_until_ms != 0)
        fprintf(out, " until=%" PRId64, notice->held_until_ms);
    if (notice->held_reports != 0)
        fprintf(out, " reports=%" PRIu64, notice->held_reports);
}

static void print_owed(void *arg, const struct event *event, const struct store_notice *notice)
{
    FILE *out = arg;

    assert_int_equal(notice->event, event->id);
    assert_null(notice->outcome);
    fprintf(out, "owed ");
    print_event(out, event);
    if (strcmp(notice->sink, "default") != 0)
        fprintf(out, " sink=%s", notice->sink);
    print_held(out, notice);
    fprintf(out, "\n");
}

static void print_recent(void *arg, const struct event *event, const struct store_notice *notices,
                         size_t count)
{
    FILE *out = arg;

    fprintf(out, "recent ");
    print_event(out, event);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(notices[i].event, event->id);
        fprintf(out, " [%s %s", notices[i].sink, notices[i].outcome != NULL ? notices[i].outcome : "owes");
        print_held(out, &notices[i]);
        fprintf(out, "]");
    }
    fprintf(out, "\n");
}

static void print_meta(void *arg, const struct store_checkpoint *last, uint64_t last_event)
{
    fprintf(arg, "meta alive=%" PRId64, last->at_ms);
    if (last->grace_ms != 0)
        fprintf(arg, " grace=%" PRId64, last->grace_ms);
    fprintf(arg, " last=%" PRIu64 "\n", last_event);
}

/* All but those whose name begins with "lost". */
static bool is_sink(void *arg, const char *name)
{
    (void)arg;
    return strncmp(name, "lost", strlen("lost")) != 0;
}

static char *dump(struct store_fixture *fixture, const struct store_load_ops *ops)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    assert_int_equal(store_load(&fixture->store, ops, out, &fixture->err), 0);
    fclose(out);
    return text;
}

static struct store_load_ops print_ops(void)
{
    return (struct store_load_ops){
        .service = print_service,
        .owed = print_owed,
        .meta = print_meta,
        .is_sink = is_sink,
        .default_sink = "default",
    };
}

char *store_fixture_dump(struct store_fixture *fixture)
{
    const struct store_load_ops ops = print_ops();

    return dump(fixture, &ops);
}

char *store_fixture_dump_recent(struct store_fixture *fixture, int64_t recent_ms)
{
    struct store_load_ops ops = print_ops();

    ops.recent = print_recent;
    ops.recent_ms = recent_ms;
    return dump(fixture, &ops);
}

char *store_fixture_dump_directory(const char *directory)
{
    struct store_fixture fixture;
    char *text;

    (void)snprintf(fixture.directory, sizeof fixture.directory, "%s", directory);
    if (store_fixture_open(&fixture) != 0)
        fail_msg("%s", fixture.err.msg);
    text = store_fixture_dump(&fixture);
    store_fixture_close(&fixture);
    return text;
}
