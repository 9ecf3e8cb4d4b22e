/* SPDX-License-Identifier: MIT */
/*
 * response - the response to one HTTP request: a status, a content type, and a body that is complete or is
 * produced piece by piece.
 *
 * A value, filled by the request handler and passed to http_response_send, which owns `body` and `arg` from
 * then on. Loop thread only. Every response is sent with `Cache-Control: no-store`, because it describes the
 * state at the time of the request.
 */
#ifndef PROCJON_HTTP_RESPONSE_H
#define PROCJON_HTTP_RESPONSE_H

#include <stdbool.h>

#include "base/buf.h"
#include "http/time_budget.h"

struct MHD_Connection;

/* RFC 9110, section 15. */
enum { HTTP_RESPONSE_OK = 200, HTTP_RESPONSE_NOT_FOUND = 404, HTTP_RESPONSE_NOT_HEALTHY = 503 };

struct http_response {
    unsigned status;
    const char *type;   /* value of Content-Type */
    const char *allow;  /* value of Allow, which a 405 must have; else NULL */
    const char *policy; /* value of Content-Security-Policy; NULL: nothing may be loaded or run */
    struct buf body;    /* with `more`: the first piece */

    /*
     * Appends the next piece to `body`. Called when the client has taken all of the one before, so that an
     * iteration of the loop produces one piece at most per connection. Returns false after the last piece.
     * NULL: the body is complete.
     */
    bool (*more)(void *arg, struct buf *body);
    void (*done)(void *arg); /* with `more`: called once, after the last piece or when the client is gone */
    void *arg;
};

/* Fills `response` with a sentence and a newline, as text/plain. */
void http_response_text(struct http_response *response, unsigned status, const char *text);

/*
 * Queues the response. `budget` must outlive the connection: while it is spent no piece is produced. False:
 * out of memory, and the connection must be closed.
 */
bool http_response_send(struct http_response *response, struct MHD_Connection *connection,
                        const struct time_budget *budget);

#endif
