/* SPDX-License-Identifier: MIT */
/*
 * response - what a resource says to one request: a status, a type, and a body that is there or comes piece
 * by piece.
 *
 * A value, filled by the resource and handed to http_response_send, which owns the body and `arg` from then
 * on. Loop thread only. Nothing is ever to be cached: every answer is about now.
 */
#ifndef PROCJON_HTTP_RESPONSE_H
#define PROCJON_HTTP_RESPONSE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct MHD_Connection;

/* When this room has had its share of the loop's turn; uv_hrtime. */
struct turn {
    uint64_t ends_ns;
};

bool turn_is_over(const struct turn *turn);

/* Of HTTP (RFC 9110 §15). */
enum { HTTP_RESPONSE_OK = 200, HTTP_RESPONSE_NOT_FOUND = 404, HTTP_RESPONSE_NOT_HEALTHY = 503 };

struct http_response {
    unsigned status;
    const char *type;
    const char *allow;  /* 405: the methods that are possible; else NULL */
    const char *policy; /* Content-Security-Policy; NULL: nothing may be loaded or run */
    struct buf body;    /* with `more`: the first piece */

    /*
     * Appends the next piece to `body`, one for each time that the client has taken what there was, so that
     * a turn of the loop makes one piece at most. False: that was the last. NULL: the body is complete.
     */
    bool (*more)(void *arg, struct buf *body);
    void (*done)(void *arg); /* with `more`: called once, at the end or when the client has gone */
    void *arg;
};

/* A sentence and a newline. */
void http_response_text(struct http_response *answer, unsigned status, const char *text);

/*
 * Queues the answer. `turn` must outlive the connection: when it is over, pieces wait for the next one.
 * False: out of memory, the connection is to be closed.
 */
bool http_response_send(struct http_response *answer, struct MHD_Connection *connection,
                        const struct turn *turn);

#endif
