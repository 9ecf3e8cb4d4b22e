/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "descriptor_set.h"
#include "fake_call.h"
#include "grpc/reflection.h"
#include "reflection_wire.pb-c.h"

#define V1 "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
#define V1ALPHA "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"

#define PROCJON "procjon.proto"
#define HEALTH "grpc/health/v1/health.proto"

/* What a test talks to, and the answer it got last. */
struct talk {
    struct reflection reflection;
    struct call call;
    ReflectionWire__Response *response;
};

static void dial(struct talk *talk, const char *path)
{
    size_t count;
    const struct method *methods = reflection_methods(&talk->reflection, &count);

    fake_call_open(&talk->call, methods, count, path);
}

static void start(struct talk *talk, const uint8_t *set, size_t size)
{
    *talk = (struct talk){0};
    assert_int_equal(reflection_init(&talk->reflection, set, size, NULL), 0);
    dial(talk, V1);
}

static void forget(struct talk *talk)
{
    reflection_wire__response__free_unpacked(talk->response, NULL);
    talk->response = NULL;
}

static int setup(void **state)
{
    struct talk *talk = malloc(sizeof *talk);

    start(talk, descriptor_set, descriptor_set_size);
    *state = talk;
    return 0;
}

static int teardown(void **state)
{
    struct talk *talk = *state;

    forget(talk);
    fake_call_gone(&talk->call);
    reflection_fini(&talk->reflection);
    free(talk);
    return 0;
}

static void ask_bytes(struct talk *talk, const void *bytes, size_t size)
{
    unsigned before = talk->call.messages;

    forget(talk);
    fake_call_message(&talk->call, bytes, size);
    if (talk->call.messages == before)
        return;
    talk->response =
        reflection_wire__response__unpack(NULL, buf_length(&talk->call.last), buf_bytes(&talk->call.last));
    assert_non_null(talk->response);
    assert_int_equal(talk->response->original_request.len, size);
    assert_memory_equal(talk->response->original_request.data, bytes, size);
}

/* `number`: the field of the request, 3 to 7; all but 5 hold a string. */
static void ask_sized(struct talk *talk, uint8_t number, const char *name, size_t size)
{
    uint8_t bytes[128] = {(uint8_t)(number << 3 | 2), (uint8_t)size};

    assert_true(size < sizeof bytes - 2);
    memcpy(bytes + 2, name, size);
    ask_bytes(talk, bytes, size + 2);
}

static void ask(struct talk *talk, uint8_t number, const char *name)
{
    ask_sized(talk, number, name, strlen(name));
}

static void ask_file(struct talk *talk, const char *name)
{
    ask(talk, 3, name);
}

static void ask_symbol(struct talk *talk, const char *name)
{
    ask(talk, 4, name);
}

static void assert_not_found(const struct talk *talk)
{
    assert_non_null(talk->response);
    assert_int_equal(talk->response->answer_case, REFLECTION_WIRE__RESPONSE__ANSWER_ERROR);
    assert_int_equal(talk->response->error->error_code, STATUS_NOT_FOUND);
    assert_true(strlen(talk->response->error->error_message) > 0);
}

/* The names of the files in the answer, in their order and with a space behind each. */
static void assert_files(const struct talk *talk, const char *expected)
{
    char names[512] = "";

    assert_non_null(talk->response);
    assert_int_equal(talk->response->answer_case, REFLECTION_WIRE__RESPONSE__ANSWER_FILES);
    for (size_t i = 0; i < talk->response->files->n_file; i++) {
        ProtobufCBinaryData bytes = talk->response->files->file[i];
        DescriptorWire__File *file = descriptor_wire__file__unpack(NULL, bytes.len, bytes.data);

        assert_non_null(file);
        assert_true(strlen(names) + strlen(file->name) + 2 <= sizeof names);
        strcat(strcat(names, file->name), " ");
        descriptor_wire__file__free_unpacked(file, NULL);
    }
    assert_string_equal(names, expected);
}

static void the_services_are_listed(void **state)
{
    static const char *const expected[] = {
        "Procjon",
        "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection",
        "grpc.reflection.v1alpha.ServerReflection",
    };
    struct talk *talk = *state;

    ask_bytes(talk, "\x3a\x01*", 3); /* byte for byte what grpcurl sends */
    assert_int_equal(talk->response->answer_case, REFLECTION_WIRE__RESPONSE__ANSWER_SERVICES);
    assert_int_equal(talk->response->services->n_service, 4);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(talk->response->services->service[i]->name, expected[i]);
    ask_bytes(talk, "\x3a\x00", 2);
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
        ask_symbol(talk, table[i].symbol);
        assert_files(talk, table[i].file);
    }
}

static void what_nobody_declares_is_not_found(void **state)
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
        ask_symbol(talk, names[i]);
        assert_not_found(talk);
        ask_file(talk, names[i]);
        assert_not_found(talk);
    }
    ask_sized(talk, 4, "Procjon\0", 8);
    assert_not_found(talk);
    ask_sized(talk, 3, PROCJON "\0x", sizeof PROCJON + 1);
    assert_not_found(talk);
    assert_false(talk->call.answered);
}

static void a_file_is_found_by_its_name(void **state)
{
    struct talk *talk = *state;

    ask_file(talk, HEALTH);
    assert_files(talk, HEALTH " ");
}

static void messages_have_no_extensions_and_nothing_else_may_have(void **state)
{
    struct talk *talk = *state;

    ask(talk, 6, "Service");
    assert_int_equal(talk->response->answer_case, REFLECTION_WIRE__RESPONSE__ANSWER_NUMBERS);
    assert_int_equal(talk->response->numbers->n_extension_number, 0);
    assert_memory_equal(talk->response->numbers->base_type_name.data, "Service", 7);
    ask(talk, 6, "Procjon");
    assert_not_found(talk);
    ask(talk, 6, "nobody");
    assert_not_found(talk);
    ask_bytes(talk, "\x2a\x0b\x0a\x07Service\x10\x01", 13);
    assert_not_found(talk);
}

static void the_host_comes_back(void **state)
{
    struct talk *talk = *state;

    ask_bytes(talk, "\x0a\x09localhost\x3a\x01*", 14);
    assert_int_equal(talk->response->valid_host.len, 9);
    assert_memory_equal(talk->response->valid_host.data, "localhost", 9);
}

static void the_first_version_of_the_protocol_answers_the_same(void **state)
{
    struct talk *talk = *state;

    fake_call_gone(&talk->call);
    dial(talk, V1ALPHA);
    ask_symbol(talk, "Procjon");
    assert_files(talk, PROCJON " ");
}

static void a_half_close_ends_well(void **state)
{
    struct talk *talk = *state;

    ask_symbol(talk, "Procjon");
    talk->call.method->half_close(&talk->call);
    assert_true(talk->call.answered);
    assert_int_equal(talk->call.status.code, STATUS_OK);
}

static void a_question_that_is_none_ends_the_stream(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
    } table[] = {{"", 0}, {"\x0a\x01h", 3}, {"\x22\x05yes", 5}, {"\x22", 1}, {"\x20\x01", 2}};
    struct talk *talk = *state;

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        fake_call_gone(&talk->call);
        dial(talk, V1);
        ask_bytes(talk, table[i].bytes, table[i].size);
        assert_null(talk->response);
        assert_int_equal(talk->call.status.code, STATUS_INVALID_ARGUMENT);
    }
}

static void a_question_may_be_long_but_not_longer(void **state)
{
    /* file_containing_symbol, its length in two or three bytes, the name */
    static uint8_t bytes[REFLECTION_REQUEST_MAX + 1] = {0x22, 0xfd, 0x7f};
    struct talk *talk = *state;

    ask_bytes(talk, bytes, 3 + 0x3ffd);
    assert_not_found(talk);
    ask_bytes(talk, bytes, sizeof bytes);
    assert_int_equal(talk->call.status.code, STATUS_RESOURCE_EXHAUSTED);
}

static void the_questions_of_a_stream_are_limited(void **state)
{
    struct talk *talk = *state;

    for (unsigned i = 0; i < REFLECTION_REQUESTS_MAX; i++)
        ask_symbol(talk, "Procjon");
    assert_false(talk->call.answered);
    ask_symbol(talk, "Procjon");
    assert_int_equal(talk->call.status.code, STATUS_RESOURCE_EXHAUSTED);
}

static void answers_that_nobody_reads_do_not_pile_up(void **state)
{
    struct talk *talk = *state;

    talk->call.blocked = true;
    for (unsigned i = 0; i < REFLECTION_REQUESTS_MAX && !talk->call.answered; i++)
        ask_symbol(talk, "Procjon");
    assert_int_equal(talk->call.status.code, STATUS_RESOURCE_EXHAUSTED);
    assert_in_range(talk->call.unsent, REFLECTION_UNSENT_MAX,
                    REFLECTION_UNSENT_MAX + descriptor_set_size + 64);
}

static void streams_are_limited_and_make_room_when_they_go(void **state)
{
    struct call calls[REFLECTION_STREAMS_MAX];
    struct talk *talk = *state;
    size_t count;
    const struct method *methods = reflection_methods(&talk->reflection, &count);

    for (size_t i = 1; i < REFLECTION_STREAMS_MAX; i++) {
        fake_call_open(&calls[i], methods, count, V1);
        assert_false(calls[i].answered);
    }
    fake_call_open(&calls[0], methods, count, V1ALPHA);
    assert_int_equal(calls[0].status.code, STATUS_RESOURCE_EXHAUSTED);
    fake_call_gone(&calls[0]); /* was not counted: makes no room */
    fake_call_open(&calls[0], methods, count, V1);
    assert_true(calls[0].answered);
    fake_call_gone(&calls[0]);
    fake_call_gone(&calls[1]);
    fake_call_open(&calls[1], methods, count, V1);
    assert_false(calls[1].answered);
    for (size_t i = 1; i < REFLECTION_STREAMS_MAX; i++)
        fake_call_gone(&calls[i]);
}

/* One file of a set in the making: `imports` are single letters, the names of other files. */
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
    append_file(&set, "d", "b"); /* in a circle: no compiler writes it, and it must end all the same */
    append_file(&set, "c", "d");
    append_file(&set, "b", "d");
    append_file(&set, "a", "cb?");
    start(&talk, buf_bytes(&set), buf_length(&set));
    ask_file(&talk, "c");
    assert_files(&talk, "c d b ");
    ask_file(&talk, "a");
    assert_files(&talk, "a ");
    ask_file(&talk, "b");
    assert_files(&talk, "b ");
    fake_call_gone(&talk.call);
    dial(&talk, V1);
    ask_file(&talk, "a");
    assert_files(&talk, "a c b d ");
    forget(&talk);
    fake_call_gone(&talk.call);
    reflection_fini(&talk.reflection);
    buf_fini(&set);
}

static void a_set_that_is_none_is_refused(void **state)
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
        cmocka_unit_test_setup_teardown(the_services_are_listed, setup, teardown),
        cmocka_unit_test_setup_teardown(every_kind_of_symbol_leads_to_its_file, setup, teardown),
        cmocka_unit_test_setup_teardown(what_nobody_declares_is_not_found, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_is_found_by_its_name, setup, teardown),
        cmocka_unit_test_setup_teardown(messages_have_no_extensions_and_nothing_else_may_have, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_host_comes_back, setup, teardown),
        cmocka_unit_test_setup_teardown(the_first_version_of_the_protocol_answers_the_same, setup, teardown),
        cmocka_unit_test_setup_teardown(a_half_close_ends_well, setup, teardown),
        cmocka_unit_test_setup_teardown(a_question_that_is_none_ends_the_stream, setup, teardown),
        cmocka_unit_test_setup_teardown(a_question_may_be_long_but_not_longer, setup, teardown),
        cmocka_unit_test_setup_teardown(the_questions_of_a_stream_are_limited, setup, teardown),
        cmocka_unit_test_setup_teardown(answers_that_nobody_reads_do_not_pile_up, setup, teardown),
        cmocka_unit_test_setup_teardown(streams_are_limited_and_make_room_when_they_go, setup, teardown),
        cmocka_unit_test(a_file_comes_first_and_its_imports_once_for_each_stream),
        cmocka_unit_test(a_set_that_is_none_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
