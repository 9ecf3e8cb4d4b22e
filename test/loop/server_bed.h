/* SPDX-License-Identifier: MIT */
/*
 * server_bed - a gRPC server on a loop of its own, with a service whose behaviour a test chooses, and one
 * client whose bytes the test writes.
 *
 * Both are in one thread: bed_wait runs the loop until a condition holds. bed_close closes everything and
 * asserts that no resource is left.
 */
#ifndef PROCJON_TEST_SERVER_BED_H
#define PROCJON_TEST_SERVER_BED_H

#include <nghttp2/nghttp2.h>

#include "base/buf.h"
#include "grpc/server_call.h"
#include "http2/timeouts.h"
#include "served.h"

/* Unary: echoes the request. */
#define BED_UNARY "/test.Test/Unary"
/* Unary: the call is kept in bed->kept. */
#define BED_LATER "/test.Test/Later"
/* Client streaming: responds to the half-close with an empty message. */
#define BED_REPORT "/test.Test/Report"
/* Responds with bed->to_pour messages of BED_POUR_SIZE, one by one. */
#define BED_POUR "/test.Test/Pour"
#define BED_METHODS 4
#define BED_POUR_SIZE 1000

struct bed {
    uv_loop_t loop;
    uv_poll_t poll; /* of the client's socket */
    struct served served;
    struct timeouts timeouts; /* of the server; start as timeouts_default */
    struct method methods[BED_METHODS];

    /* Counted by the service. */
    struct server_call *kept;
    unsigned opened, messages, half_closed, gone, unanswered;
    unsigned to_pour;

    /* The client. */
    int fd; /* -1: none */
    bool deaf, hung_up;
    struct buf in;      /* all bytes received */
    struct buf request; /* being built */
    nghttp2_hd_inflater *inflater;
    size_t inflated; /* bytes of `in` whose header blocks have been inflated */
    int status;      /* grpc-status of the last header block that had one; -1 before */
    int http_status;
};

void bed_open(struct bed *bed, size_t connection_max, size_t source_max);
void bed_close(struct bed *bed);
/* The same for cmocka; *state is the bed. */
int bed_set_up(void **state);
int bed_set_up_limited(void **state, size_t connection_max, size_t source_max);
int bed_tear_down(void **state);

/* Connects; says nothing. */
void bed_dial(struct bed *bed);
/* Connects, and exchanges preface and SETTINGS. */
void bed_greet(struct bed *bed);
void bed_hang_up(struct bed *bed);

/* A frame, added to what bed_send sends. */
void bed_frame(struct bed *bed, uint8_t type, uint8_t flags, int32_t stream, const void *payload,
               size_t size);
/* HEADERS of a call; `timeout` is grpc-timeout or NULL. */
void bed_call(struct bed *bed, int32_t stream, const char *method, const char *path, const char *timeout);
/* DATA with one gRPC message of `size` bytes. */
void bed_message(struct bed *bed, int32_t stream, size_t size, bool end);
void bed_send(struct bed *bed);

/* How many frames of this type came on this stream (-1: any). */
unsigned bed_seen(const struct bed *bed, uint8_t type, int32_t stream);
/* The error code of the last RST_STREAM or GOAWAY; -1: there was none. */
int bed_code(const struct bed *bed, uint8_t type);

/* Runs the loop until `done`, or for as long as a broken test may take. */
void bed_wait(struct bed *bed, bool (*done)(const struct bed *bed));
bool bed_hung_up(const struct bed *bed);
bool bed_answered(const struct bed *bed); /* a grpc-status came */
bool bed_reset(const struct bed *bed);    /* an RST_STREAM came */
/* Runs the loop for one turn, without waiting. */
void bed_turn(struct bed *bed);

#endif
