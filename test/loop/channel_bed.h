/* SPDX-License-Identifier: MIT */
/*
 * channel_bed - a server and a channel on one loop, for the tests of the channel.
 *
 * A zeroed struct on the test's stack. A test sets its options before bed_open; events are counted.
 * bed_close ends with uv_loop_close.
 */
#ifndef PROCJON_TEST_CHANNEL_BED_H
#define PROCJON_TEST_CHANNEL_BED_H

#include <stdbool.h>
#include <stdint.h>

#include "grpc/channel.h"
#include "served.h"

struct bed {
    uv_loop_t loop;
    struct served served;
    struct channel channel;
    struct method
        methods[3]; /* /T/Ask echoes; /T/Hang does not respond; /T/Tell is client streaming, "stop" ends it */
    struct endpoint endpoints[3];
    size_t endpoint_count;

    unsigned ready, lost, channel_closed;
    bool ends_when_ready;
    bool ends_when_lost;

    /* The client. */
    struct client_call *call;
    unsigned done, sent;
    struct client_call_end end;
    bool ends_when_done;

    /* The server. */
    struct server_call *held;
    unsigned heard, half_closed, gone;
    uint8_t last[64];
    size_t last_size;
};

/* Starts the server and appends its endpoint to `endpoints`. */
void bed_open(struct bed *bed);
/* Opens the channel to all endpoints. */
void bed_connect(struct bed *bed);
/* bed_open and bed_connect; returns when the channel is ready. */
void bed_meet(struct bed *bed);
void bed_close(struct bed *bed);

/* Runs the loop until a counter of the bed has the value. */
void bed_until(struct bed *bed, const unsigned *counter, unsigned value);

/* Set bed->call: to a unary call with the message "hello"; to a stream. */
void bed_ask(struct bed *bed, const char *path, uint64_t timeout_ms);
void bed_tell(struct bed *bed);

extern const struct client_call_request bed_tell_request;
extern const struct client_call_ops bed_call_ops;

#endif
