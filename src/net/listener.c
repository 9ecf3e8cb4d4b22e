/* SPDX-License-Identifier: MIT */
#include "net/listener.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define LOG_MODULE "listener"
#include "base/log.h"
#include "base/mem.h"

/* Only the owner may connect: chmod(2) after bind(2) leaves a gap. A directory can give a group access. */
#define UNIX_UMASK 0177

static struct sockaddr_un unix_address(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    assert(strlen(path) < sizeof address.sun_path);
    memcpy(address.sun_path, path, strlen(path) + 1);
    return address;
}

static int unix_socket(struct err *err)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return err_errno(err, -errno, "cannot open a Unix socket");
    return fd;
}

/* 0: a server listens on `path` (EAGAIN: its queue is full); otherwise a negative errno value. */
static int probe(const char *path, struct err *err)
{
    const struct sockaddr_un address = unix_address(path);
    int fd = unix_socket(err);
    int rc = 0;

    if (fd < 0)
        return fd;
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) != 0 && errno != EAGAIN)
        rc = err_errno(err, -errno, "cannot probe the socket '%s'", path);
    (void)close(fd);
    return rc;
}

/* Removes the socket of a server that does not run any more. */
static int remove_stale(const char *path, struct err *err)
{
    struct stat info;
    int rc;

    if (lstat(path, &info) != 0)
        return errno == ENOENT ? 0 : err_errno(err, -errno, "cannot stat '%s'", path);
    if (!S_ISSOCK(info.st_mode))
        return err_set(err, -EEXIST, "'%s' exists and is not a socket", path);
    rc = probe(path, err);
    if (rc == 0)
        return err_set(err, -EADDRINUSE, "'%s' is in use by another server", path);
    if (rc != -ECONNREFUSED)
        return rc;
    if (unlink(path) != 0 && errno != ENOENT)
        return err_errno(err, -errno, "cannot remove the stale socket '%s'", path);
    return 0;
}

/*
 * uv_pipe_bind is not used: closing its handle removes the path even if another server has replaced the file,
 * and it reports a missing directory as EACCES.
 */
static int bind_unix(struct listener *listener, int fd, const char *path, struct err *err)
{
    const struct sockaddr_un address = unix_address(path);
    struct stat info;
    mode_t mask;
    int rc;

    mask = umask(UNIX_UMASK);
    rc = bind(fd, (const struct sockaddr *)&address, sizeof address) == 0 ? 0 : -errno;
    (void)umask(mask);
    if (rc != 0)
        return err_errno(err, rc, "cannot bind '%s'", path);
    if (lstat(path, &info) != 0)
        return err_errno(err, -errno, "cannot stat '%s'", path);
    listener->device = info.st_dev;
    listener->inode = info.st_ino;
    memcpy(listener->path, path, strlen(path) + 1);
    (void)snprintf(listener->text, sizeof listener->text, "unix:%s", path);
    return 0;
}

static void remove_own(struct listener *listener)
{
    struct stat info;

    if (listener->path[0] == '\0')
        return;
    if (lstat(listener->path, &info) == 0 && info.st_dev == listener->device &&
        info.st_ino == listener->inode)
        (void)unlink(listener->path);
    listener->path[0] = '\0';
}

static int open_unix(struct listener *listener, const char *path, struct err *err)
{
    int rc = remove_stale(path, err);
    int fd;

    if (rc != 0)
        return rc;
    fd = unix_socket(err);
    if (fd < 0)
        return fd;
    rc = bind_unix(listener, fd, path, err);
    if (rc == 0 && (rc = uv_pipe_open(&listener->uv.pipe, fd)) != 0)
        err_errno(err, rc, "cannot watch '%s'", path);
    if (rc != 0)
        (void)close(fd);
    return rc;
}

static int open_tcp(struct listener *listener, const struct sockaddr *address, struct err *err)
{
    /* [::] must not accept IPv4 too: it would collide with a listener on 0.0.0.0. */
    unsigned flags = address->sa_family == AF_INET6 ? UV_TCP_IPV6ONLY : 0;
    int rc = uv_tcp_bind(&listener->uv.tcp, address, flags);

    endpoint_format(address, listener->text);
    if (rc != 0)
        return err_errno(err, rc, "cannot bind %s", listener->text);
    socket_tune(&listener->uv.tcp);
    return 0;
}

static void on_connection(uv_stream_t *server, int status)
{
    struct listener *listener = container_of(server, struct listener, uv.stream);

    /* Out of descriptors: libuv has closed the connection. Logged once, not for each connection. */
    if (status != 0 && status != listener->accept_error)
        log_warning("cannot accept on %s: %s", listener->text, uv_strerror(status));
    listener->accept_error = status;
    if (status == 0)
        listener->ops->connection(listener);
}

/* libuv reports EADDRINUSE of uv_tcp_bind here. Port 0 is replaced by the one that the kernel chose. */
static int start(struct listener *listener, struct err *err)
{
    struct sockaddr_storage bound = {0};
    int size = sizeof bound;
    int rc = uv_listen(&listener->uv.stream, LISTENER_BACKLOG, on_connection);

    if (rc != 0)
        return err_errno(err, rc, "cannot listen on %s", listener->text);
    if (listener->kind == ENDPOINT_UNIX)
        return 0;
    rc = uv_tcp_getsockname(&listener->uv.tcp, (struct sockaddr *)&bound, &size);
    if (rc != 0)
        return err_errno(err, rc, "cannot read the port of %s", listener->text);
    endpoint_format((const struct sockaddr *)&bound, listener->text);
    return 0;
}

static void on_gone(struct uvx_owner *owner)
{
    struct listener *listener = container_of(owner, struct listener, owner);

    listener->ops->closed(listener);
}

static void on_gone_silently(struct uvx_owner *owner)
{
    (void)owner;
}

static void shut(struct listener *listener, uvx_gone_cb gone)
{
    if (listener->owner.closing)
        return;
    remove_own(listener);
    uvx_shut(&listener->uv.handle);
    uvx_owner_close(&listener->owner, gone);
}

int listener_open(struct listener *listener, uv_loop_t *loop, enum endpoint_kind kind,
                  const struct sockaddr *address, const char *path, const struct listener_ops *ops,
                  struct err *err)
{
    int rc;

    *listener = (struct listener){.ops = ops, .kind = kind};
    socket_init(&listener->uv, loop, kind);
    uvx_own(&listener->owner, &listener->uv.handle);
    rc = kind == ENDPOINT_TCP ? open_tcp(listener, address, err) : open_unix(listener, path, err);
    if (rc == 0)
        rc = start(listener, err);
    if (rc != 0)
        shut(listener, on_gone_silently);
    return rc;
}

static void on_handle_closed(uv_handle_t *handle)
{
    free(container_of(handle, union socket, handle));
}

/* libuv accepts into a handle: the descriptor is duplicated, and the handle closed. */
int listener_take(struct listener *listener)
{
    union socket *uv = mem_zalloc(sizeof *uv);
    int fd = -1;

    socket_init(uv, listener->uv.handle.loop, listener->kind);
    if (uv_accept(&listener->uv.stream, &uv->stream) == 0 && uv_fileno(&uv->handle, &fd) == 0)
        fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    uv_close(&uv->handle, on_handle_closed);
    return fd;
}

void listener_refuse(struct listener *listener)
{
    int fd = listener_take(listener);

    if (fd >= 0)
        (void)close(fd);
}

void listener_close(struct listener *listener)
{
    shut(listener, on_gone);
}
