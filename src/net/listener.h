/* SPDX-License-Identifier: MIT */
/*
 * listener - one listening socket.
 *
 * Embedded in its owner; after listener_close the memory must stay until `closed` was called. Loop thread
 * only. An endpoint may resolve to several addresses: the owner opens one listener for each. A stale Unix
 * socket file is replaced only when a connect to it is refused, and nothing but a socket is ever replaced;
 * the file is created with mode 0600 and removed on close if it is still ours.
 */
#ifndef PROCJON_NET_LISTENER_H
#define PROCJON_NET_LISTENER_H

#include <sys/types.h>
#include <uv.h>

#include "base/err.h"
#include "base/uvx.h"
#include "net/endpoint.h"
#include "net/socket.h"

/* Connections the kernel may hold for us: a fleet that comes back at once after a restart. */
#define LISTENER_BACKLOG 4096

struct listener;

struct listener_ops {
    /* One connection waits in `listener->uv`: stream_accept or listener_take takes it, or it is refused. */
    void (*connection)(struct listener *listener);
    void (*closed)(struct listener *listener);
};

struct listener {
    struct uvx_owner owner;
    union socket uv;
    const struct listener_ops *ops;
    enum endpoint_kind kind;
    char path[ENDPOINT_PATH_MAX]; /* Unix: removed on close; empty once that is done */
    dev_t device;                 /* Unix: which file we made at `path` */
    ino_t inode;
    char text[ENDPOINT_TEXT_MAX]; /* as it is bound: "127.0.0.1:8080", "unix:/run/procjon.sock" */
    int accept_error;             /* why the last accept failed, 0 after one that did not: logged once */
};

/*
 * Binds and listens. `address` for TCP, `path` for Unix. On failure nothing is open and `closed` is not
 * called, but the loop must run once more before the memory may go (libuv closes the handle in its next
 * turn); listener_close is legal and a no-op then. The umask of the process is changed and restored inside:
 * call it before other threads create files. The probe of a Unix socket that exists does not block.
 */
int listener_open(struct listener *listener, uv_loop_t *loop, enum endpoint_kind kind,
                  const struct sockaddr *address, const char *path, const struct listener_ops *ops,
                  struct err *err);

/* Takes the waiting connection out of libuv's hands, from inside `connection`: its descriptor, or -1. */
int listener_take(struct listener *listener);

/* The same, and closes it: over a limit. */
void listener_refuse(struct listener *listener);

/* Idempotent. */
void listener_close(struct listener *listener);

#endif
