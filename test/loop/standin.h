/* SPDX-License-Identifier: MIT */
/*
 * standin - an HTTP/1.1 server on 127.0.0.1 that answers POSTs as it is told, and remembers them.
 *
 * Embedded in a test's fixture, on the test's own loop. Answers come from a script, in order; when that is
 * used up, every answer is 200 `ok`. At most STANDIN_POSTS_MAX posts.
 */
#ifndef PROCJON_TEST_STANDIN_H
#define PROCJON_TEST_STANDIN_H

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/uvx.h"

#define STANDIN_POSTS_MAX 64

/* Where the answer would say how, instead. */
enum standin_manner {
    STANDIN_ANSWER,
    STANDIN_NEVER,   /* reads the request, says nothing */
    STANDIN_HANG_UP, /* reads the request, closes */
    STANDIN_DEAF,    /* reads nothing at all (taken when the connection is accepted) */
};

struct standin_answer {
    enum standin_manner manner;
    int status;
    const char *headers; /* whole lines with CRLF, or NULL */
    const char *body;
    size_t filler; /* so many bytes more of body */
    uint64_t delay_ms;
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
    char url[96]; /* with a path that is a secret */
};

/* Takes a port, and refuses connections until standin_listen. */
void standin_open(struct standin *standin, uv_loop_t *loop);
void standin_listen(struct standin *standin);
void standin_script(struct standin *standin, const struct standin_answer *answers, size_t count);

/* Makes room for STANDIN_POSTS_MAX posts again. */
void standin_forget(struct standin *standin);

/* Closes everything; run the loop until it is empty, then standin_fini. */
void standin_close(struct standin *standin);
void standin_fini(struct standin *standin);

#endif
