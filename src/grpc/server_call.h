/* SPDX-License-Identifier: MIT */
/*
 * server_call - one RPC, seen from the server: what a service may know of it and do with it.
 *
 * A call is made and freed by grpc/server; a service meets it in its method's callbacks, between `open` and
 * `gone`. It may answer at once or keep the pointer and answer later from the loop, as long as `gone` was not
 * called. Loop thread only.
 *
 *      open ─▶ message × n ─▶ half_close
 *        └────────┴──────────────┴──▶ gone      (exactly once, whatever happened)
 *
 * A unary request has exactly one message, and no half_close.
 */
#ifndef PROCJON_GRPC_SERVER_CALL_H
#define PROCJON_GRPC_SERVER_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "grpc/status.h"
#include "net/tls.h"

struct server_call;

/* Bytes of state that a method has per call, zeroed, without an allocation. */
#define SERVER_CALL_STATE_SIZE 48

struct method {
    const char *path; /* "/package.Service/Method" */
    bool stream;      /* the client streams: any number of messages, `half_close` after the last */
    void *service;    /* what server_call_service returns */

    /* The request is acceptable, its headers are there. May be NULL. */
    void (*open)(struct server_call *call);
    /* One message, plain; the bytes are valid during the call only. Not called any more once answered. */
    void (*message)(struct server_call *call, const uint8_t *message, size_t size);
    /* A streaming client has said all. */
    void (*half_close)(struct server_call *call);
    /* All of server_call_send has left and the call goes on: what was held back can be sent now. May be NULL.
     */
    void (*sent)(struct server_call *call);
    /*
     * The call is over: server_call_answered tells whether by our answer or because the client, its
     * connection or its deadline gave up. The pointer is dead afterwards. May be NULL.
     */
    void (*gone)(struct server_call *call);
};

void *server_call_service(const struct server_call *call);
void *server_call_state(struct server_call *call);

/* Who the client proved to be; NULL without TLS. Valid as long as the call. */
const struct tls_peer *server_call_peer(const struct server_call *call);

/*
 * The answers. A call may be answered behind its method's back, by its deadline or by a server that shuts
 * down: what comes after that, or after the method's own answer, is dropped.
 */

/* Sends one message: the first one starts the response. */
void server_call_send(struct server_call *call, const uint8_t *message, size_t size);

/* Ends the call. Without a message before it an error goes out as trailers-only. */
void server_call_finish(struct server_call *call, const struct status *status);

/* server_call_finish with a sentence. */
void server_call_fail(struct server_call *call, enum status_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* server_call_send and server_call_finish(OK). */
void server_call_reply(struct server_call *call, const uint8_t *message, size_t size);

bool server_call_answered(const struct server_call *call);

/*
 * The connection of the call is not read for so long (milliseconds, at most ten thousand): for a client that
 * asks for more than can be done, again and again (H2_EXCESS_BURST).
 */
void server_call_pause_reading(struct server_call *call, uint64_t ms);

/* Until when (uv_now) that is; 0: it is read. Follows the truth as long as the call lives. */
const uint64_t *server_call_read_paused_until(const struct server_call *call);

/* Bytes of messages given to server_call_send that have not left yet: a stream that produces should wait for
 * few. */
size_t server_call_unsent(const struct server_call *call);

#endif
