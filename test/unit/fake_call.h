/* SPDX-License-Identifier: MIT */
/*
 * fake_call - the calls of grpc/call.h without a connection: a service is driven by hand, and what it says is
 * kept.
 *
 * Takes the place of grpc/call at link time. A call is on the test's stack, between fake_call_open and
 * fake_call_gone.
 */
#ifndef PROCJON_TEST_FAKE_CALL_H
#define PROCJON_TEST_FAKE_CALL_H

#include <stdalign.h>

#include "base/buf.h"
#include "grpc/server_call.h"

struct server_call {
    const struct method *method;
    bool blocked;      /* the client does not read: nothing leaves */
    size_t unsent;     /* bytes */
    unsigned messages; /* sent so far */
    struct buf last;   /* the last of them */
    bool answered;
    struct status status;
    alignas(max_align_t) unsigned char state[SERVER_CALL_STATE_SIZE];
};

/* A call of the method of that path, which must be in the table. */
void fake_call_open(struct server_call *call, const struct method *methods, size_t count, const char *path);

/* As the server does it: nothing reaches a method that has answered. */
void fake_call_message(struct server_call *call, const void *message, size_t size);

/* The client reads again: all that waited leaves. */
void fake_call_unblock(struct server_call *call);

void fake_call_gone(struct server_call *call);

#endif
