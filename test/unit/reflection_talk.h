/* SPDX-License-Identifier: MIT */
/*
 * reflection_talk - requests to the reflection service without a connection, and the last response.
 *
 * talk_setup and talk_teardown are for cmocka; *state is a talk with the descriptor set of the server. A test
 * with a descriptor set of its own calls talk_open and talk_close.
 */
#ifndef PROCJON_TEST_REFLECTION_TALK_H
#define PROCJON_TEST_REFLECTION_TALK_H

#include <stddef.h>
#include <stdint.h>

#include "fake_call.h"
#include "grpc/reflection.h"
#include "reflection_wire.pb-c.h"

#define TALK_V1 "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
#define TALK_V1ALPHA "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"

/* The service, one call, and the last response. */
struct talk {
    struct reflection reflection;
    struct server_call call;
    ReflectionWire__Response *response; /* NULL: there was none */
};

int talk_setup(void **state);
int talk_teardown(void **state);

/* Opens the reflection of `set`, which must outlive the talk, and dials TALK_V1. */
void talk_open(struct talk *talk, const uint8_t *set, size_t size);
void talk_close(struct talk *talk);

/* A stream, after the one before is gone. */
void talk_dial(struct talk *talk, const char *path);

/* Every answer has to repeat its question, byte for byte. */
void talk_ask_bytes(struct talk *talk, const void *bytes, size_t size);

/* `number`: the field of the request, 3 to 7; all but 5 hold a string. */
void talk_ask_sized(struct talk *talk, uint8_t number, const char *name, size_t size);
void talk_ask(struct talk *talk, uint8_t number, const char *name);
void talk_ask_file(struct talk *talk, const char *name);
void talk_ask_symbol(struct talk *talk, const char *name);

void talk_assert_not_found(const struct talk *talk);

/* The names of the files in the answer, in their order and with a space behind each. */
void talk_assert_files(const struct talk *talk, const char *expected);

#define TALK_TEST(name) cmocka_unit_test_setup_teardown(name, talk_setup, talk_teardown)

#endif
