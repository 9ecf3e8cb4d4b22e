/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "reflection_talk.h"

#define PROCJON "procjon.proto"
#define HEALTH "grpc/health/v1/health.proto"

static void the_services_are_listed(void **state)
{
    static const char *const expected[] = {
        "Procjon",
        "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection",
        "grpc.reflection.v1alpha.ServerReflection",
    };
    struct talk *talk = *state;

    talk_ask_bytes(talk, "\x3a\x01*", 3); /* the bytes that grpcurl sends */
    assert_int_equal(talk->response->answer_case, REFLECTION_WIRE__RESPONSE__ANSWER_SERVICES);
    assert_int_equal(talk->response->services->n_service, 4);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(talk->response->services->service[i]->name, expected[i]);
    talk_ask_bytes(talk, "\x3a\x00", 2);
    assert_int_equal(talk->response->answer_case, REFLECTION_WIRE__RESPONSE__ANSWER_SERVICES);
}

static void every_kind_of_symbol_leads_to_its_file(void **state)
{
    static const struct {
        const char *symbol, *file;
    } table[] = {
        {"Procjon", PROCJON " "},
        {"Procjon.RegisterService", PROCJON " "},
        {"Service", PROCJON " "},
        {"Service.statuses", PROCJON " "},
        {"Service.StatusesEntry", PROCJON " "},
        {"Service.StatusesEntry.key", PROCJON " "},
        {"Empty", PROCJON " "},
        {"grpc.health.v1.Health", HEALTH " "},
        {"grpc.health.v1.Health.Watch", HEALTH " "},
        {"grpc.health.v1.HealthCheckResponse.ServingStatus", HEALTH " "},
        {"grpc.health.v1.HealthCheckResponse.NOT_SERVING", HEALTH " "},
        {"grpc.reflection.v1.ServerReflectionRequest.message_request",
         "grpc/reflection/v1/reflection.proto "},
        {"grpc.reflection.v1alpha.ErrorResponse.error_code", "grpc/reflection/v1alpha/reflection.proto "},
    };
    struct talk *talk = *state;

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        talk_ask_symbol(talk, table[i].symbol);
        talk_assert_files(talk, table[i].file);
    }
}

static void an_undeclared_symbol_is_not_found(void **state)
{
    static const char *const names[] = {
        "",
        "procjon",
        "Servic",
        "Servicf",
        "Servicex",
        ".Procjon",
        "Procjon.",
        "grpc",
        "grpc.health.v1",
        "zzz",
        "grpc.health.v1.HealthCheckResponse.ServingStatus.SERVING",
    };
    struct talk *talk = *state;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        talk_ask_symbol(talk, names[i]);
        talk_assert_not_found(talk);
        talk_ask_file(talk, names[i]);
        talk_assert_not_found(talk);
    }
    talk_ask_sized(talk, 4, "Procjon\0", 8);
    talk_assert_not_found(talk);
    talk_ask_sized(talk, 3, PROCJON "\0x", sizeof PROCJON + 1);
    talk_assert_not_found(talk);
    assert_false(talk->call.answered);
}

static void a_file_is_found_by_its_name(void **state)
{
    struct talk *talk = *state;

    talk_ask_file(talk, HEALTH);
    talk_assert_files(talk, HEALTH " ");
}

static void messages_have_no_extensions_and_nothing_else_may_have(void **state)
{
    struct talk *talk = *state;

    talk_ask(talk, 6, "Service");
    assert_int_equal(talk->response->answer_case, REFLECTION_WIRE__RESPONSE__ANSWER_NUMBERS);
    assert_int_equal(talk->response->numbers->n_extension_number, 0);
    assert_memory_equal(talk->response->numbers->base_type_name.data, "Service", 7);
    talk_ask(talk, 6, "Procjon");
    talk_assert_not_found(talk);
    talk_ask(talk, 6, "nobody");
    talk_assert_not_found(talk);
    talk_ask_bytes(talk, "\x2a\x0b\x0a\x07Service\x10\x01", 13);
    talk_assert_not_found(talk);
}

static void the_host_comes_back(void **state)
{
    struct talk *talk = *state;

    talk_ask_bytes(talk, "\x0a\x09localhost\x3a\x01*", 14);
    assert_int_equal(talk->response->valid_host.len, 9);
    assert_memory_equal(talk->response->valid_host.data, "localhost", 9);
}

static void the_first_version_of_the_protocol_answers_the_same(void **state)
{
    struct talk *talk = *state;

    fake_call_gone(&talk->call);
    talk_dial(talk, TALK_V1ALPHA);
    talk_ask_symbol(talk, "Procjon");
    talk_assert_files(talk, PROCJON " ");
}

static void a_half_close_ends_with_ok(void **state)
{
    struct talk *talk = *state;

    talk_ask_symbol(talk, "Procjon");
    talk->call.method->half_close(&talk->call);
    assert_true(talk->call.answered);
    assert_int_equal(talk->call.status.code, STATUS_OK);
}

/* Appends a file to a descriptor set. `imports`: single letters, the names of other files. */
static void append_file(struct buf *set, const char *name, const char *imports)
{
    DescriptorWire__File file = DESCRIPTOR_WIRE__FILE__INIT;
    char letters[4][2] = {{0}}, *dependency[4];
    uint8_t bytes[64];
    size_t size;

    file.name = (char *)(uintptr_t)name;
    for (size_t i = 0; imports[i]; i++) {
        letters[i][0] = imports[i];
        dependency[file.n_dependency++] = letters[i];
    }
    file.dependency = dependency;
    size = descriptor_wire__file__pack(&file, bytes + 2);
    bytes[0] = 0x0a;
    bytes[1] = (uint8_t)size;
    buf_append(set, bytes, size + 2);
}

static void a_file_comes_first_and_its_imports_once_for_each_stream(void **state)
{
    struct buf set = {0};
    struct talk talk;

    (void)state;
    append_file(&set, "e", "");
    append_file(&set, "d", "b"); /* a cycle, which protoc does not produce: the search must end */
    append_file(&set, "c", "d");
    append_file(&set, "b", "d");
    append_file(&set, "a", "cb?");
    talk_open(&talk, buf_bytes(&set), buf_length(&set));
    talk_ask_file(&talk, "c");
    talk_assert_files(&talk, "c d b ");
    talk_ask_file(&talk, "a");
    talk_assert_files(&talk, "a ");
    talk_ask_file(&talk, "b");
    talk_assert_files(&talk, "b ");
    fake_call_gone(&talk.call);
    talk_dial(&talk, TALK_V1);
    talk_ask_file(&talk, "a");
    talk_assert_files(&talk, "a c b d ");
    talk_close(&talk);
    buf_fini(&set);
}

static void a_malformed_set_is_rejected(void **state)
{
    struct reflection reflection;
    struct buf many = {0};
    struct err err;

    (void)state;
    assert_int_equal(reflection_init(&reflection, (const uint8_t *)"\x0a\x05", 2, &err), -EINVAL);
    assert_string_equal(err.msg, "descriptor set of 2 bytes: malformed");
    assert_int_equal(reflection_init(&reflection, (const uint8_t *)"\x0a\x00\x0a\x02\x0a\x05", 6, &err),
                     -EINVAL);
    assert_string_equal(err.msg, "descriptor set: file 1 of 2 bytes is malformed");
    for (int i = 0; i <= SYMBOLS_FILES_MAX; i++)
        buf_append(&many, "\x0a\x00", 2);
    assert_int_equal(reflection_init(&reflection, buf_bytes(&many), buf_length(&many), &err), -EINVAL);
    assert_string_equal(err.msg, "descriptor set: 65 files, at most 64");
    buf_fini(&many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TALK_TEST(the_services_are_listed),
        TALK_TEST(every_kind_of_symbol_leads_to_its_file),
        TALK_TEST(an_undeclared_symbol_is_not_found),
        TALK_TEST(a_file_is_found_by_its_name),
        TALK_TEST(messages_have_no_extensions_and_nothing_else_may_have),
        TALK_TEST(the_host_comes_back),
        TALK_TEST(the_first_version_of_the_protocol_answers_the_same),
        TALK_TEST(a_half_close_ends_with_ok),
        cmocka_unit_test(a_file_comes_first_and_its_imports_once_for_each_stream),
        cmocka_unit_test(a_malformed_set_is_rejected),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
