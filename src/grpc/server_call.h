/* SPDX-License-Identifier: MIT */
/*
 * server_call - one RPC as its method sees it.
 *
 * Allocated and freed by grpc/server; valid for a method (grpc/method.h) from `open`, or the first `message`,
 * to `gone`. The method may respond at once, or keep the pointer and respond later, until `gone`. Loop thread
 * only.
 */
#ifndef PROCJON_GRPC_SERVER_CALL_H
#define PROCJON_GRPC_SERVER_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "grpc/method.h"
#include "grpc/status.h"
#include "net/tls.h"

/* method.service of the call. */
void *server_call_service(const struct server_call *call);
/* METHOD_STATE_SIZE bytes, aligned for every type. */
void *server_call_state(struct server_call *call);

/* The verified client; NULL without TLS. Valid as long as the call. */
const struct tls_peer *server_call_peer(const struct server_call *call);

/*
 * Responses. A deadline or the shutdown of the server may finish a call before its method does. Messages and
 * statuses after the first status are ignored.
 */

/* Queues one message; the first is preceded by the response headers. */
void server_call_send(struct server_call *call, const uint8_t *message, size_t size);

/* Ends the call. Without a message before it the response is Trailers-Only. */
void server_call_finish(struct server_call *call, const struct status *status);

/* server_call_finish with a formatted message. */
void server_call_fail(struct server_call *call, enum status_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* server_call_send and server_call_finish(OK). */
void server_call_reply(struct server_call *call, const uint8_t *message, size_t size);

/* Whether the status is set: by server_call_finish, a deadline or the shutdown. */
bool server_call_answered(const struct server_call *call);

/*
 * Backpressure for a client that reports more than can be stored: its connection is not read for `ms`, ten
 * thousand at most. The first H2_EXCESS_BURST calls have no effect (h2_connection_pause_reading).
 */
void server_call_pause_reading(struct server_call *call, uint64_t ms);

/* When the pause ends (uv_now); 0: none. The pointer is valid, and the value current, as long as the call. */
const uint64_t *server_call_read_paused_until(const struct server_call *call);

/* Bytes of server_call_send that the connection has not taken yet: a stream should not let them grow. */
size_t server_call_unsent(const struct server_call *call);

#endif
