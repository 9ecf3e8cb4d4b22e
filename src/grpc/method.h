/* SPDX-License-Identifier: MIT */
/*
 * method - the table of callbacks that serves one RPC.
 *
 * A constant of the service, or memory of it that outlives the server. Called on the loop thread.
 *
 *      open ─▶ message × n ─▶ half_close
 *        └────────┴──────────────┴──▶ gone      exactly once
 *
 * A unary method gets exactly one message and no half_close.
 */
#ifndef PROCJON_GRPC_METHOD_H
#define PROCJON_GRPC_METHOD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct server_call;

/* Bytes of state that each call has for its method, zeroed. */
#define METHOD_STATE_SIZE 48

struct method {
    const char *path; /* "/package.Service/Method" */
    bool stream;      /* client streaming: any number of messages, then `half_close` */
    void *service;    /* what server_call_service returns */

    /* The headers have arrived and are valid. May be NULL. */
    void (*open)(struct server_call *call);
    /* One message, decompressed; valid during the callback only. Not after server_call_finish. */
    void (*message)(struct server_call *call, const uint8_t *message, size_t size);
    /* Client streaming: END_STREAM has arrived. */
    void (*half_close)(struct server_call *call);
    /* The connection has taken all of server_call_send: more may be sent. May be NULL. */
    void (*sent)(struct server_call *call);
    /*
     * The call is over: with a status that was sent (server_call_answered), or because the client cancelled
     * it or its connection ended. The pointer is invalid afterwards. May be NULL.
     */
    void (*gone)(struct server_call *call);
};

#endif
