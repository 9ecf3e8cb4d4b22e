/* SPDX-License-Identifier: MIT */
#include "http/server.h"

#include <assert.h>
#include <errno.h>
#include <microhttpd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utlist.h>

#include "base/mem.h"
#include "base/percent_encoding.h"

#define LOG_MODULE "web"
#include "base/log.h"

/* The shortest timeout: see `arm`. */
#define TIMEOUT_MIN_MS 1u

/* The longest log line of libmicrohttpd that is kept whole. */
#define MHD_LOG_MAX 256

/* ---- libmicrohttpd on the loop ---- */

static void on_wake(uv_timer_t *timer);

/*
 * A timeout of 0 becomes 1 ms. libuv runs the timers that are due before it polls for I/O, so that a timer
 * which is restarted with 0 would starve every other handle.
 */
static void arm(struct http_server *server)
{
    MHD_UNSIGNED_LONG_LONG wait;

    uv_update_time(server->wake.loop);
    if (MHD_get_timeout(server->mhd, &wait) == MHD_YES)
        (void)uv_timer_start(&server->wake, on_wake, wait > TIMEOUT_MIN_MS ? wait : TIMEOUT_MIN_MS, 0);
    else
        (void)uv_timer_stop(&server->wake);
}

static void run(struct http_server *server)
{
    if (server->owner.closing)
        return;
    time_budget_start(&server->budget, server->limits->budget_ms);
    (void)MHD_run(server->mhd);
    arm(server);
}

static void on_wake(uv_timer_t *timer)
{
    run(container_of(timer, struct http_server, wake));
}

/* If the timer is due it runs libmicrohttpd in this iteration, and once per iteration is enough. */
static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct http_server *server = container_of(poll, struct http_server, poll);

    (void)status;
    (void)events;
    if (!uv_is_active((uv_handle_t *)&server->wake) || uv_timer_get_due_in(&server->wake) > TIMEOUT_MIN_MS)
        run(server);
}

static void on_mhd_log(void *arg, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

static void on_mhd_log(void *arg, const char *format, va_list args)
{
    char text[MHD_LOG_MAX];

    (void)arg;
    (void)vsnprintf(text, sizeof text, format, args);
    text[strcspn(text, "\n")] = '\0';
    log_debug("%s", text);
}

/* ---- connections ---- */

struct http_server_connection {
    int fd;            /* owned by libmicrohttpd */
    uint64_t since_ms; /* uv_now of the accept, or of the end of the last response */
    struct http_server_connection *prev, *next;
};

/* Shuts the socket down only: libmicrohttpd then sees the end of the connection and frees it. */
static void on_sweep(uv_timer_t *timer)
{
    struct http_server *server = container_of(timer, struct http_server, sweep);
    uint64_t now = uv_now(timer->loop);
    struct http_server_connection *connection;

    DL_FOREACH(server->connections, connection)
    {
        if (now - connection->since_ms >= server->limits->request_ms)
            (void)shutdown(connection->fd, SHUT_RDWR);
    }
}

static void add_connection(struct http_server *server, struct MHD_Connection *mhd_connection, void **context)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd_connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct http_server_connection *connection = mem_alloc(sizeof *connection);

    *connection =
        (struct http_server_connection){.fd = info->connect_fd, .since_ms = uv_now(server->wake.loop)};
    if (server->connections == NULL)
        (void)uv_timer_start(&server->sweep, on_sweep, server->limits->sweep_ms, server->limits->sweep_ms);
    DL_APPEND(server->connections, connection);
    *context = connection;
}

static void remove_connection(struct http_server *server, struct http_server_connection *connection)
{
    DL_DELETE(server->connections, connection);
    free(connection);
    if (server->connections == NULL && !server->owner.closing)
        (void)uv_timer_stop(&server->sweep);
}

static void on_connection_changed(void *arg, struct MHD_Connection *mhd_connection, void **context,
                                  enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        add_connection(arg, mhd_connection, context);
    else
        remove_connection(arg, *context);
}

static void on_completed(void *arg, struct MHD_Connection *mhd_connection, void **context,
                         enum MHD_RequestTerminationCode code)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd_connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct http_server_connection *connection = info->socket_context;

    (void)context;
    (void)code;
    connection->since_ms = uv_now(((struct http_server *)arg)->wake.loop);
}

static void on_connection(struct listener *listener)
{
    struct http_server *server = container_of(listener, struct http_server_listener, listener)->server;
    struct sockaddr_storage peer = {0};
    socklen_t size = sizeof peer;
    int fd = listener_take(listener);

    if (fd < 0)
        return;
    (void)getpeername(fd, (struct sockaddr *)&peer, &size);
    /* libmicrohttpd signals its epoll descriptor. Over the limit it closes the socket and logs that. */
    (void)MHD_add_connection(server->mhd, fd, (const struct sockaddr *)&peer, size);
}

/* ---- requests ---- */

static size_t on_escaped(void *arg, struct MHD_Connection *connection, char *text)
{
    (void)arg;
    (void)connection;
    return percent_encoding_decode(text);
}

const char *http_server_argument(const struct http_server_request *request, const char *name)
{
    const char *value = MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);

    return value != NULL ? value : "";
}

static bool has_body(struct MHD_Connection *connection)
{
    const char *length =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);

    return (length != NULL && strcmp(length, "0") != 0) ||
           MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_TRANSFER_ENCODING) !=
               NULL;
}

/*
 * Called when the headers are there, and again when the request is complete. A response that is queued in the
 * first call is an error response: libmicrohttpd closes the connection after it. For a complete request
 * without a response the call is repeated in the next run.
 */
static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data, size_t *size,
                                  void **context)
{
    struct http_server *server = arg;
    struct http_server_request request = {.path = url, .connection = connection};
    struct http_response response;

    (void)version;
    (void)data;
    *size = 0; /* a body is discarded */
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0) {
        http_response_text(&response, MHD_HTTP_METHOD_NOT_ALLOWED, "this is for reading only: GET and HEAD");
        response.allow = "GET, HEAD";
    } else if (*context == NULL && has_body(connection)) {
        http_response_text(&response, MHD_HTTP_CONTENT_TOO_LARGE, "a request has no body here");
    } else if (*context == NULL) {
        *context = server;
        return MHD_YES;
    } else if (time_budget_is_spent(&server->budget)) {
        return MHD_YES;
    } else {
        server->ops->request(server, &request, &response);
    }
    return http_response_send(&response, connection, &server->budget) ? MHD_YES : MHD_NO;
}

/* ---- open and close ---- */

static void on_listener_closed(struct listener *listener)
{
    uvx_drop(&container_of(listener, struct http_server_listener, listener)->server->owner);
}

static const struct listener_ops listener_ops = {.connection = on_connection, .closed = on_listener_closed};

static int listen_at(struct http_server *server, const struct endpoint *endpoint,
                     const struct sockaddr *address, struct err *err)
{
    struct http_server_listener *slot = &server->listeners[server->listener_count];
    int rc;

    slot->server = server;
    server->listener_count++; /* one that fails to open has handles in the loop, too */
    rc = listener_open(&slot->listener, server->wake.loop, endpoint->kind, address, endpoint->path,
                       &listener_ops, err);
    if (rc != 0)
        return rc;
    uvx_hold(&server->owner);
    log_info("serving http=%s", slot->listener.text);
    return 0;
}

/* One address of several is enough: this host may have no IPv6, or no IPv4. */
static int listen_all(struct http_server *server, const struct endpoint *endpoint, bool insecure,
                      struct err *err)
{
    struct sockaddr_storage addresses[ENDPOINT_ADDRESSES_MAX];
    unsigned count = 0, open = 0;

    if (endpoint->kind == ENDPOINT_UNIX)
        return listen_at(server, endpoint, NULL, err);
    if (endpoint_resolve(endpoint, addresses, &count, err) != 0)
        return err->code;
    for (unsigned i = 0; i < count; i++) {
        if (!insecure && !endpoint_is_loopback((const struct sockaddr *)&addresses[i]))
            return err_set(err, -EPERM,
                           "refusing to serve the status page beyond loopback without --insecure");
    }
    for (unsigned i = 0; i < count; i++) {
        if (listen_at(server, endpoint, (const struct sockaddr *)&addresses[i], err) == 0)
            open++;
        else if (err->code != -EADDRNOTAVAIL && err->code != -EAFNOSUPPORT)
            return err->code;
    }
    return open > 0 ? 0 : err->code;
}

static struct MHD_Daemon *start_mhd(struct http_server *server)
{
    return MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ERROR_LOG, 0, NULL, NULL,
                            on_request, server, MHD_OPTION_EXTERNAL_LOGGER, on_mhd_log,
                            NULL, /* first, so that it logs the others */
                            MHD_OPTION_CONNECTION_LIMIT, server->limits->connections,           /**/
                            MHD_OPTION_CONNECTION_TIMEOUT, server->limits->idle_s,              /**/
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HTTP_CONNECTION_MEMORY, /**/
                            MHD_OPTION_STRICT_FOR_CLIENT, 1,                                    /**/
                            MHD_OPTION_UNESCAPE_CALLBACK, on_escaped, NULL,                     /**/
                            MHD_OPTION_NOTIFY_CONNECTION, on_connection_changed, server,        /**/
                            MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,                  /**/
                            MHD_OPTION_END);
}

static int watch(struct http_server *server, uv_loop_t *loop, struct err *err)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(server->mhd, MHD_DAEMON_INFO_EPOLL_FD);
    int rc = uv_poll_init(loop, &server->poll, info->epoll_fd);

    if (rc != 0)
        return err_errno(err, rc, "cannot watch the HTTP server's connections");
    uvx_own(&server->owner, (uv_handle_t *)&server->poll);
    (void)uv_poll_start(&server->poll, UV_READABLE, on_ready);
    (void)uv_timer_init(loop, &server->wake);
    uvx_own(&server->owner, (uv_handle_t *)&server->wake);
    (void)uv_timer_init(loop, &server->sweep);
    uvx_own(&server->owner, (uv_handle_t *)&server->sweep);
    return 0;
}

int http_server_open(struct http_server *server, uv_loop_t *loop, const char *text, bool insecure,
                     const struct http_server_limits *limits, const struct http_server_ops *ops,
                     struct err *err)
{
    struct endpoint endpoint;

    *server = (struct http_server){.ops = ops, .limits = limits};
    if (endpoint_parse(&endpoint, text, err) != 0)
        return err->code;
    server->mhd = start_mhd(server);
    if (server->mhd == NULL)
        return err_set(err, -EIO, "cannot start the HTTP server");
    if (watch(server, loop, err) != 0) {
        MHD_stop_daemon(server->mhd);
        return err->code;
    }
    if (listen_all(server, &endpoint, insecure, err) != 0) {
        server->failed = true;
        http_server_close(server);
        return err_wrap(err, "cannot serve HTTP on '%s'", text);
    }
    return 0;
}

/* Here the loop does not watch the descriptor any more, and no callback of libmicrohttpd is on the stack. */
static void on_gone(struct uvx_owner *owner)
{
    struct http_server *server = container_of(owner, struct http_server, owner);

    MHD_stop_daemon(server->mhd);
    assert(server->connections == NULL);
    if (!server->failed)
        server->ops->closed(server);
}

void http_server_close(struct http_server *server)
{
    if (server->owner.closing)
        return;
    uvx_owner_close(&server->owner, on_gone);
    for (unsigned i = 0; i < server->listener_count; i++)
        listener_close(&server->listeners[i].listener);
    uvx_shut((uv_handle_t *)&server->poll);
    uvx_shut((uv_handle_t *)&server->wake);
    uvx_shut((uv_handle_t *)&server->sweep);
}
