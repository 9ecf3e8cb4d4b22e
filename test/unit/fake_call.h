/* SPDX-License-Identifier: MIT */
/*
 * fake_call - replaces grpc/server_call in unit tests of services: a call without a connection, which records
 * the responses.
 *
 * Linked instead of grpc/server_call. A call is on the test's stack, between fake_call_open and
 * fake_call_gone.
 */
#ifndef PROCJON_TEST_FAKE_CALL_H
#define PROCJON_TEST_FAKE_CALL_H

#include <stdalign.h>

#include "base/buf.h"
#include "grpc/server_call.h"

struct server_call {
    const struct method *method;
    bool blocked;      /* the client does not read */
    size_t unsent;     /* bytes */
    unsigned messages; /* number of messages sent */
    struct buf last;   /* the last message */
    bool answered;
    struct status status;
    alignas(max_align_t) unsigned char state[METHOD_STATE_SIZE];
};

/* Begins a call of the method with the path, which must be in the table. */
void fake_call_open(struct server_call *call, const struct method *methods, size_t count, const char *path);

/* As the server does: ignored after the call is answered. */
void fake_call_message(struct server_call *call, const void *message, size_t size);

/* The client reads again: all unsent messages are sent. */
void fake_call_unblock(struct server_call *call);

void fake_call_gone(struct server_call *call);

#endif
