/* SPDX-License-Identifier: MIT */
#include "reflection_talk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "descriptor_set.h"

void talk_dial(struct talk *talk, const char *path)
{
    size_t count;
    const struct method *methods = reflection_methods(&talk->reflection, &count);

    fake_call_open(&talk->call, methods, count, path);
}

void talk_open(struct talk *talk, const uint8_t *set, size_t size)
{
    *talk = (struct talk){0};
    assert_int_equal(reflection_init(&talk->reflection, set, size, NULL), 0);
    talk_dial(talk, TALK_V1);
}

static void forget(struct talk *talk)
{
    reflection_wire__response__free_unpacked(talk->response, NULL);
    talk->response = NULL;
}

void talk_close(struct talk *talk)
{
    forget(talk);
    fake_call_gone(&talk->call);
    reflection_fini(&talk->reflection);
}

int talk_setup(void **state)
{
    struct talk *talk = malloc(sizeof *talk);

    talk_open(talk, descriptor_set, descriptor_set_size);
    *state = talk;
    return 0;
}

int talk_teardown(void **state)
{
    struct talk *talk = *state;

    talk_close(talk);
    free(talk);
    return 0;
}

void talk_ask_bytes(struct talk *talk, const void *bytes, size_t size)
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

void talk_ask_sized(struct talk *talk, uint8_t number, const char *name, size_t size)
{
    uint8_t bytes[128] = {(uint8_t)(number << 3 | 2), (uint8_t)size};

    assert_true(size < sizeof bytes - 2);
    memcpy(bytes + 2, name, size);
    talk_ask_bytes(talk, bytes, size + 2);
}

void talk_ask(struct talk *talk, uint8_t number, const char *name)
{
    talk_ask_sized(talk, number, name, strlen(name));
}

void talk_ask_file(struct talk *talk, const char *name)
{
    talk_ask(talk, 3, name);
}

void talk_ask_symbol(struct talk *talk, const char *name)
{
    talk_ask(talk, 4, name);
}

void talk_assert_not_found(const struct talk *talk)
{
    assert_non_null(talk->response);
    assert_int_equal(talk->response->answer_case, REFLECTION_WIRE__RESPONSE__ANSWER_ERROR);
    assert_int_equal(talk->response->error->error_code, STATUS_NOT_FOUND);
    assert_true(strlen(talk->response->error->error_message) > 0);
}

void talk_assert_files(const struct talk *talk, const char *expected)
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
