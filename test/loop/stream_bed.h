/* SPDX-License-Identifier: MIT */
/*
 * stream_bed - the two ends of one connection on a loop of their own, with options for how they send, read
 * and close.
 *
 * bed_setup and bed_teardown are for cmocka; *state is the bed. bed_teardown ends with uv_loop_close.
 */
#ifndef PROCJON_TEST_STREAM_BED_H
#define PROCJON_TEST_STREAM_BED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/listener.h"
#include "net/stream.h"

/* Several times the size of all socket buffers between the ends. */
#define BED_MUCH ((size_t)10 << 20)

enum moment { NEVER, AT_READY, AT_READ, AT_DRAINED, AT_ENDED };

/* One end. Its options are set before it is opened; events are counted. */
struct end {
    struct stream stream;
    struct bed *bed;
    size_t to_send;     /* bytes of the pattern that it sends */
    bool echo;          /* sends back what it reads */
    bool deaf;          /* does not read by itself */
    bool sips;          /* stops after each read, and starts again from a timer */
    bool quits;         /* closes when it has received as much as it sends */
    enum moment closes; /* closes inside this callback */
    bool open;          /* `closed` has not come yet */
    bool said_goodbye;  /* the peer ended with close_notify */
    unsigned ready, drained, ended, closed;
    size_t sent, received;
    struct err err;
};

struct bed {
    uv_loop_t loop;
    uv_timer_t sip;
    struct listener listener;
    struct stream_scratch scratch;
    struct stream_ops ops; /* of both ends; start as bed_stream_ops */
    struct tls_context *server_tls, *client_tls;
    struct end server, client;
    bool keep_listening;
    struct sockaddr_storage address;
};

extern const struct stream_ops bed_stream_ops;

int bed_setup(void **state);
int bed_teardown(void **state);

/* From here on connections are TLS. The server trusts "main"; the client is db1 as `authority` signed it. */
void bed_use_tls(struct bed *bed, const char *authority);

/* The listener closes with its first connection, unless bed->keep_listening. */
void bed_listen(struct bed *bed);
void bed_listen_unix(struct bed *bed, const char *path);

/* The client, to bed->address or to the path. */
void bed_dial(struct bed *bed);
void bed_dial_unix(struct bed *bed, const char *path);

/* Runs until both ends and the listener are closed. */
void bed_run(struct bed *bed);

#define BED_TEST(name) cmocka_unit_test_setup_teardown(name, bed_setup, bed_teardown)

#endif
