/* SPDX-License-Identifier: MIT */
/*
 * listener - one listening socket.
 *
 * Embedded in its owner; after listener_close the memory must stay until `closed` was called. Loop thread
 * only. An endpoint that resolves to several addresses needs one listener for each.
 *
 * A Unix socket is created with mode 0600 and removed on close if the file is still the same. An existing
 * file is replaced only if it is a socket that refuses connections, which is what a killed server leaves
 * behind.
 */
#ifndef PROCJON_NET_LISTENER_H
#define PROCJON_NET_LISTENER_H

#include <sys/types.h>
#include <uv.h>

#include "base/err.h"
#include "base/uvx.h"
#include "net/endpoint.h"
#include "net/socket.h"

/* Connections that may wait in the kernel: all agents reconnect at once after a restart of the server. */
#define LISTENER_BACKLOG 4096

struct listener;

struct listener_ops {
    /* A connection waits in `listener->uv`: call stream_accept, listener_take or listener_refuse. */
    void (*connection)(struct listener *listener);
    /* After listener_close, exactly once: nothing refers to the memory any more. */
    void (*closed)(struct listener *listener);
};

struct listener {
    struct uvx_owner owner;
    union socket uv;
    const struct listener_ops *ops;
    enum endpoint_kind kind;
    char path[ENDPOINT_PATH_MAX]; /* Unix: removed on close; empty after that */
    dev_t device;                 /* Unix: identify the file that was created at `path` */
    ino_t inode;
    char text[ENDPOINT_TEXT_MAX]; /* as it is bound: "127.0.0.1:8080", "unix:/run/procjon.sock" */
    int accept_error;             /* libuv error of the last accept, 0: it worked; logged when it changes */
};

/*
 * Binds and listens: on `address` (TCP) or `path` (Unix). On failure `closed` is not called, but the memory
 * must stay for one more loop iteration, in which libuv closes the handle; listener_close does nothing then.
 * Changes the umask of the process and restores it: call it before other threads create files. Does not
 * block.
 */
int listener_open(struct listener *listener, uv_loop_t *loop, enum endpoint_kind kind,
                  const struct sockaddr *address, const char *path, const struct listener_ops *ops,
                  struct err *err);

/* Inside `connection`: accepts and returns the file descriptor, which the caller closes; -1: failed. */
int listener_take(struct listener *listener);

/* Inside `connection`: accepts the waiting connection and closes it. */
void listener_refuse(struct listener *listener);

/* Idempotent; `closed` follows. */
void listener_close(struct listener *listener);

#endif
