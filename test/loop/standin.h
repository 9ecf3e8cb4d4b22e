/* SPDX-License-Identifier: MIT */
/*
 * standin - an HTTP/1.1 server on 127.0.0.1 that records requests and responds by a script.
 *
 * Embedded in a test's fixture, on the test's own loop. After the end of the script every response is 200
 * `ok`. It records at most STANDIN_POSTS_MAX requests.
 */
#ifndef PROCJON_TEST_STANDIN_H
#define PROCJON_TEST_STANDIN_H

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/uvx.h"

#define STANDIN_POSTS_MAX 64

/* What it does instead of a response. */
enum standin_manner {
    STANDIN_ANSWER,
    STANDIN_NEVER,   /* reads the request, and does not respond */
    STANDIN_HANG_UP, /* reads the request, and closes the connection */
    STANDIN_NO_READ, /* reads nothing; it applies to a connection when that is accepted */
};

struct standin_answer {
    enum standin_manner manner;
    int status;
    const char *headers; /* whole lines with CRLF, or NULL */
    const char *body;
    size_t filler;     /* further bytes of the body */
    uint64_t delay_ms; /* from the request to the response */
};

struct standin_post {
    char *head; /* request line and header, owned */
    char *body; /* owned */
    uint64_t at_ms;
};

struct standin {
    struct uvx_owner owner;
    uv_loop_t *loop;
    uv_tcp_t listener;
    struct standin_client *clients;
    const struct standin_answer *script;
    size_t script_left;
    struct standin_post posts[STANDIN_POSTS_MAX];
    size_t post_count;
    size_t connection_count;
    char url[96]; /* with a path that contains "secret" */
};

/* Binds a port. Connections are refused until standin_listen. */
void standin_open(struct standin *standin, uv_loop_t *loop);
void standin_listen(struct standin *standin);
/* `answers` must stay valid. */
void standin_script(struct standin *standin, const struct standin_answer *answers, size_t count);

/* Makes room for STANDIN_POSTS_MAX posts again. */
void standin_forget(struct standin *standin);

/* Closes everything; run the loop until it is empty, then standin_fini. */
void standin_close(struct standin *standin);
void standin_fini(struct standin *standin);

#endif
