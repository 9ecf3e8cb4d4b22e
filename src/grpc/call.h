/* SPDX-License-Identifier: MIT */
/*
 * call - one RPC, seen from the server: what a service may know of it and do with it.
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
#ifndef PROCJON_GRPC_CALL_H
#define PROCJON_GRPC_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "grpc/status.h"
#include "net/tls.h"

struct call;

/* Bytes of state that a method has per call, zeroed, without an allocation. */
#define CALL_STATE_SIZE 48

struct method {
    const char *path; /* "/package.Service/Method" */
    bool stream;      /* the client streams: any number of messages, `half_close` after the last */
    void *service;    /* what call_service returns */

    /* The request is acceptable, its headers are there. May be NULL. */
    void (*open)(struct call *call);
    /* One message, plain; the bytes are valid during the call only. Not called any more once answered. */
    void (*message)(struct call *call, const uint8_t *message, size_t size);
    /* A streaming client has said all. */
    void (*half_close)(struct call *call);
    /* All of call_send has left and the call goes on: what was held back can be sent now. May be NULL. */
    void (*sent)(struct call *call);
    /*
     * The call is over: call_answered tells whether by our answer or because the client, its connection or
     * its deadline gave up. The pointer is dead afterwards. May be NULL.
     */
    void (*gone)(struct call *call);
};

void *call_service(const struct call *call);
void *call_state(struct call *call);

/* Who the client proved to be; NULL without TLS. Valid as long as the call. */
const struct tls_peer *call_peer(const struct call *call);

/*
 * The answers. A call may be answered behind its method's back, by its deadline or by a server that shuts
 * down: what comes after that, or after the method's own answer, is dropped.
 */

/* Sends one message: the first one starts the response. */
void call_send(struct call *call, const uint8_t *message, size_t size);

/* Ends the call. Without a message before it an error goes out as trailers-only. */
void call_finish(struct call *call, const struct status *status);

/* call_finish with a sentence. */
void call_fail(struct call *call, enum status_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* call_send and call_finish(OK). */
void call_reply(struct call *call, const uint8_t *message, size_t size);

bool call_answered(const struct call *call);

/*
 * The connection of the call is not read for so long (milliseconds, at most ten thousand): for a client that
 * asks for more than can be done, again and again (GRPC_EXCESS_BURST).
 */
void call_rest(struct call *call, uint64_t ms);

/* Until when (uv_now) that is; 0: it is read. Follows the truth as long as the call lives. */
const uint64_t *call_deaf_until(const struct call *call);

/* Bytes of messages given to call_send that have not left yet: a stream that produces should wait for few. */
size_t call_unsent(const struct call *call);

#endif
