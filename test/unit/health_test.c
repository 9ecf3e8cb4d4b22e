/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "fake_call.h"
#include "grpc/health.h"
#include "health_wire.pb-c.h"

#define CHECK "/grpc.health.v1.Health/Check"
#define LIST "/grpc.health.v1.Health/List"
#define WATCH "/grpc.health.v1.Health/Watch"

static int setup(void **state)
{
    struct health *health = malloc(sizeof *health);

    health_init(health);
    health_set(health, "", true);
    health_set(health, "Procjon", true);
    *state = health;
    return 0;
}

/* health_fini asserts that no watcher is left. */
static int teardown(void **state)
{
    health_fini(*state);
    free(*state);
    return 0;
}

static void ask(struct server_call *call, struct health *health, const char *path, const char *service,
                size_t size)
{
    uint8_t bytes[2048];
    HealthWire__Request request = HEALTH_WIRE__REQUEST__INIT;
    size_t count;
    const struct method *methods = health_methods(health, &count);

    request.service = (ProtobufCBinaryData){.len = size, .data = (uint8_t *)(uintptr_t)service};
    assert_true(health_wire__request__get_packed_size(&request) <= sizeof bytes);
    fake_call_open(call, methods, count, path);
    fake_call_message(call, bytes, health_wire__request__pack(&request, bytes));
}

static void watch(struct server_call *call, struct health *health, const char *service)
{
    ask(call, health, WATCH, service, strlen(service));
}

/* The state in the last message. */
static int told(const struct server_call *call)
{
    HealthWire__Response *response =
        health_wire__response__unpack(NULL, buf_length(&call->last), buf_bytes(&call->last));
    int status;

    assert_non_null(response);
    status = (int)response->status;
    health_wire__response__free_unpacked(response, NULL);
    return status;
}

static void check_is(struct health *health, const char *service, size_t size, int status)
{
    struct server_call call;

    ask(&call, health, CHECK, service, size);
    assert_true(call.answered);
    if (status == HEALTH_WIRE__STATUS__SERVICE_UNKNOWN) {
        assert_int_equal(call.status.code, STATUS_NOT_FOUND);
        assert_int_equal(call.messages, 0);
    } else {
        assert_int_equal(call.status.code, STATUS_OK);
        assert_int_equal(told(&call), status);
    }
    fake_call_gone(&call);
}

static void check_tells_the_state_of_the_names_it_knows(void **state)
{
    struct health *health = *state;

    health_set(health, "Procjon", false);
    check_is(health, "", 0, HEALTH_WIRE__STATUS__SERVING);
    check_is(health, "Procjon", 7, HEALTH_WIRE__STATUS__NOT_SERVING);
    check_is(health, "procjon", 7, HEALTH_WIRE__STATUS__SERVICE_UNKNOWN);
    check_is(health, "Procjo", 6, HEALTH_WIRE__STATUS__SERVICE_UNKNOWN);
    check_is(health, "Procjon\0", 8, HEALTH_WIRE__STATUS__SERVICE_UNKNOWN);
    check_is(health, "\0", 1, HEALTH_WIRE__STATUS__SERVICE_UNKNOWN);
}

static void check_names_the_service_it_does_not_know(void **state)
{
    struct server_call call;

    ask(&call, *state, CHECK, "nobody", 6);
    assert_string_equal(call.status.message, "unknown service nobody");
    fake_call_gone(&call);
}

static void list_tells_every_name(void **state)
{
    struct health *health = *state;
    HealthWire__List *list;
    struct server_call call;

    health_set(health, "Procjon", false);
    ask(&call, health, LIST, "", 0);
    assert_int_equal(call.status.code, STATUS_OK);
    list = health_wire__list__unpack(NULL, buf_length(&call.last), buf_bytes(&call.last));
    assert_non_null(list);
    assert_int_equal(list->n_statuses, 2);
    assert_int_equal(list->statuses[0]->key.len, 0);
    assert_int_equal(list->statuses[0]->value->status, HEALTH_WIRE__STATUS__SERVING);
    assert_memory_equal(list->statuses[1]->key.data, "Procjon", 7);
    assert_int_equal(list->statuses[1]->value->status, HEALTH_WIRE__STATUS__NOT_SERVING);
    health_wire__list__free_unpacked(list, NULL);
    fake_call_gone(&call);
}

static void list_rejects_a_malformed_request(void **state)
{
    struct server_call call;
    size_t count;
    const struct method *methods = health_methods(*state, &count);

    fake_call_open(&call, methods, count, LIST);
    fake_call_message(&call, (const uint8_t *)"\x0f", 1);
    assert_int_equal(call.status.code, STATUS_INVALID_ARGUMENT);
    assert_int_equal(call.messages, 0);
    fake_call_gone(&call);
}

static void watch_tells_at_once_and_once_for_each_change(void **state)
{
    struct health *health = *state;
    struct server_call call;

    watch(&call, health, "Procjon");
    assert_int_equal(call.messages, 1);
    assert_int_equal(told(&call), HEALTH_WIRE__STATUS__SERVING);
    health_set(health, "Procjon", true);
    health_set(health, "", false);
    assert_int_equal(call.messages, 1);
    health_set(health, "Procjon", false);
    assert_int_equal(call.messages, 2);
    assert_int_equal(told(&call), HEALTH_WIRE__STATUS__NOT_SERVING);
    assert_false(call.answered);
    fake_call_gone(&call);
}

static void watch_of_an_unknown_name_waits_until_it_is_known(void **state)
{
    struct health *health = *state;
    struct server_call call;

    watch(&call, health, "late");
    assert_int_equal(told(&call), HEALTH_WIRE__STATUS__SERVICE_UNKNOWN);
    assert_false(call.answered);
    health_set(health, "late", true);
    assert_int_equal(call.messages, 2);
    assert_int_equal(told(&call), HEALTH_WIRE__STATUS__SERVING);
    fake_call_gone(&call);
}

static void a_watcher_that_does_not_read_gets_only_the_newest_state(void **state)
{
    struct health *health = *state;
    struct server_call call;

    watch(&call, health, "");
    call.blocked = true;
    health_set(health, "", false); /* queued and not taken yet */
    assert_int_equal(call.messages, 2);
    for (int i = 0; i < 100; i++)
        health_set(health, "", i % 2 == 0);
    health_set(health, "", true);
    assert_int_equal(call.messages, 2);
    fake_call_unblock(&call);
    assert_int_equal(call.messages, 3);
    assert_int_equal(told(&call), HEALTH_WIRE__STATUS__SERVING);
    fake_call_unblock(&call);
    assert_int_equal(call.messages, 3);
    fake_call_gone(&call);
}

static void shutdown_is_told_and_cannot_be_undone(void **state)
{
    struct health *health = *state;
    struct server_call whole, procjon;

    watch(&whole, health, "");
    watch(&procjon, health, "Procjon");
    health_shutdown(health);
    assert_int_equal(told(&whole), HEALTH_WIRE__STATUS__NOT_SERVING);
    assert_int_equal(told(&procjon), HEALTH_WIRE__STATUS__NOT_SERVING);
    health_set(health, "", true);
    check_is(health, "", 0, HEALTH_WIRE__STATUS__NOT_SERVING);
    assert_int_equal(whole.messages, 2);
    fake_call_gone(&whole);
    fake_call_gone(&procjon);
}

static void an_answered_watch_gets_no_message(void **state)
{
    struct health *health = *state;
    struct server_call call;

    watch(&call, health, "");
    server_call_fail(&call, STATUS_UNAVAILABLE, "server shutting down");
    health_set(health, "", false); /* server_call_send would assert */
    assert_int_equal(call.messages, 1);
    fake_call_gone(&call);
}

static void watchers_are_limited_and_make_room_when_they_go(void **state)
{
    struct server_call calls[HEALTH_WATCHERS_MAX], late;
    struct health *health = *state;

    for (size_t i = 0; i < HEALTH_WATCHERS_MAX; i++)
        watch(&calls[i], health, "Procjon");
    watch(&late, health, "Procjon");
    assert_int_equal(late.status.code, STATUS_RESOURCE_EXHAUSTED);
    fake_call_gone(&late);
    /* The middle, the newest and the oldest of the list. */
    fake_call_gone(&calls[HEALTH_WATCHERS_MAX / 2]);
    fake_call_gone(&calls[HEALTH_WATCHERS_MAX - 1]);
    fake_call_gone(&calls[0]);
    watch(&late, health, "Procjon");
    assert_false(late.answered);
    health_set(health, "Procjon", false);
    assert_int_equal(told(&late), HEALTH_WIRE__STATUS__NOT_SERVING);
    fake_call_gone(&late);
    for (size_t i = 1; i < HEALTH_WATCHERS_MAX - 1; i++) {
        if (i == HEALTH_WATCHERS_MAX / 2)
            continue;
        assert_int_equal(calls[i].messages, 2);
        fake_call_gone(&calls[i]);
    }
}

static void malformed_requests_are_rejected(void **state)
{
    static const char *const paths[] = {CHECK, WATCH};
    struct health *health = *state;
    char name[HEALTH_NAME_MAX + 1];
    struct server_call call;
    size_t count;
    const struct method *methods = health_methods(health, &count);

    memset(name, 'x', sizeof name);
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        fake_call_open(&call, methods, count, paths[i]);
        fake_call_message(&call, "\x0a\x05yes", 5); /* the length says five bytes, three follow */
        assert_int_equal(call.status.code, STATUS_INVALID_ARGUMENT);
        fake_call_gone(&call);
        ask(&call, health, paths[i], name, sizeof name);
        assert_int_equal(call.status.code, STATUS_INVALID_ARGUMENT);
        assert_string_equal(call.status.message, "service has 257 bytes, at most 256");
        fake_call_gone(&call);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(check_tells_the_state_of_the_names_it_knows, setup, teardown),
        cmocka_unit_test_setup_teardown(check_names_the_service_it_does_not_know, setup, teardown),
        cmocka_unit_test_setup_teardown(list_tells_every_name, setup, teardown),
        cmocka_unit_test_setup_teardown(list_rejects_a_malformed_request, setup, teardown),
        cmocka_unit_test_setup_teardown(watch_tells_at_once_and_once_for_each_change, setup, teardown),
        cmocka_unit_test_setup_teardown(watch_of_an_unknown_name_waits_until_it_is_known, setup, teardown),
        cmocka_unit_test_setup_teardown(a_watcher_that_does_not_read_gets_only_the_newest_state, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(shutdown_is_told_and_cannot_be_undone, setup, teardown),
        cmocka_unit_test_setup_teardown(an_answered_watch_gets_no_message, setup, teardown),
        cmocka_unit_test_setup_teardown(watchers_are_limited_and_make_room_when_they_go, setup, teardown),
        cmocka_unit_test_setup_teardown(malformed_requests_are_rejected, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
