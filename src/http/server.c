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

#define NS_PER_MS UINT64_C(1000000)

/* The shortest wait. */
#define AT_ONCE_MS 1u

/* Longest line that libmicrohttpd says. */
#define COMPLAINT_MAX 256

/* ---- libmicrohttpd on the loop ---- */

static void on_wake(uv_timer_t *timer);

/*
 * A wait of 0 becomes one of 1 ms from now: libuv would run a timer that is due before it looks at anybody
 * else, and one that is due at once again in the same turn.
 */
static void arm(struct http_server *server)
{
    MHD_UNSIGNED_LONG_LONG wait;

    uv_update_time(server->wake.loop);
    if (MHD_get_timeout(server->mhd, &wait) == MHD_YES)
        (void)uv_timer_start(&server->wake, on_wake, wait > AT_ONCE_MS ? wait : AT_ONCE_MS, 0);
    else
        (void)uv_timer_stop(&server->wake);
}

static void run(struct http_server *server)
{
    if (server->owner.closing)
        return;
    server->turn.ends_ns = uv_hrtime() + server->limits->turn_ms * NS_PER_MS;
    (void)MHD_run(server->mhd);
    arm(server);
}

static void on_wake(uv_timer_t *timer)
{
    run(container_of(timer, struct http_server, wake));
}

/* What the timer is about to do is left to it: there is one run in a turn. */
static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct http_server *server = container_of(poll, struct http_server, poll);

    (void)status;
    (void)events;
    if (!uv_is_active((uv_handle_t *)&server->wake) || uv_timer_get_due_in(&server->wake) > AT_ONCE_MS)
        run(server);
}

static void on_complaint(void *arg, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

static void on_complaint(void *arg, const char *format, va_list args)
{
    char text[COMPLAINT_MAX];

    (void)arg;
    (void)vsnprintf(text, sizeof text, format, args);
    text[strcspn(text, "\n")] = '\0';
    log_debug("%s", text);
}

/* ---- connections ---- */

struct exchange {
    int fd; /* libmicrohttpd's */
    uint64_t since_ms;
    struct exchange *prev, *next;
};

/* The connection is cut, not freed: libmicrohttpd sees the end of it. */
static void on_sweep(uv_timer_t *timer)
{
    struct http_server *server = container_of(timer, struct http_server, sweep);
    uint64_t now = uv_now(timer->loop);
    struct exchange *exchange;

    DL_FOREACH(server->exchanges, exchange)
    {
        if (now - exchange->since_ms >= server->limits->exchange_ms)
            (void)shutdown(exchange->fd, SHUT_RDWR);
    }
}

static void begin(struct http_server *server, struct MHD_Connection *connection, void **context)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct exchange *exchange = mem_alloc(sizeof *exchange);

    *exchange = (struct exchange){.fd = info->connect_fd, .since_ms = uv_now(server->wake.loop)};
    if (server->exchanges == NULL)
        (void)uv_timer_start(&server->sweep, on_sweep, server->limits->sweep_ms, server->limits->sweep_ms);
    DL_APPEND(server->exchanges, exchange);
    *context = exchange;
}

static void end(struct http_server *server, struct exchange *exchange)
{
    DL_DELETE(server->exchanges, exchange);
    free(exchange);
    if (server->exchanges == NULL && !server->owner.closing)
        (void)uv_timer_stop(&server->sweep);
}

static void on_connection_changed(void *arg, struct MHD_Connection *connection, void **context,
                                  enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        begin(arg, connection, context);
    else
        end(arg, *context);
}

static void on_completed(void *arg, struct MHD_Connection *connection, void **context,
                         enum MHD_RequestTerminationCode code)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct exchange *exchange = info->socket_context;

    (void)context;
    (void)code;
    exchange->since_ms = uv_now(((struct http_server *)arg)->wake.loop);
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
    /* It wakes its epoll descriptor for the rest. Over the limit it closes the connection, and has said so.
     */
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
 * Called when the headers are there, and again when the request is complete. What is answered at the first
 * call is refused, and the connection ends with it. A complete request that is not answered is asked about
 * again in the next run.
 */
static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data, size_t *size,
                                  void **context)
{
    struct http_server *server = arg;
    struct http_server_request request = {.path = url, .connection = connection};
    struct http_response answer;

    (void)version;
    (void)data;
    *size = 0; /* of a body: taken */
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0) {
        http_response_text(&answer, MHD_HTTP_METHOD_NOT_ALLOWED, "this is for reading only: GET and HEAD");
        answer.allow = "GET, HEAD";
    } else if (*context == NULL && has_body(connection)) {
        http_response_text(&answer, MHD_HTTP_CONTENT_TOO_LARGE, "a request has no body here");
    } else if (*context == NULL) {
        *context = server;
        return MHD_YES;
    } else if (turn_is_over(&server->turn)) {
        return MHD_YES;
    } else {
        server->ops->asked(server, &request, &answer);
    }
    return http_response_send(&answer, connection, &server->turn) ? MHD_YES : MHD_NO;
}

/* ---- begin and end ---- */

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
    server->listener_count++; /* even a failed one is the loop's until it has run once more */
    rc = listener_open(&slot->listener, server->wake.loop, endpoint->kind, address, endpoint->path,
                       &listener_ops, err);
    if (rc != 0)
        return rc;
    uvx_hold(&server->owner);
    log_info("serving http=%s", slot->listener.text);
    return 0;
}

/* A name with several addresses may lack one family on this machine: one that works is enough. */
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

static struct MHD_Daemon *start(struct http_server *server)
{
    return MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ERROR_LOG, 0, NULL, NULL,
                            on_request, server, MHD_OPTION_EXTERNAL_LOGGER, on_complaint,
                            NULL, /* the first: it logs the rest */
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
    server->mhd = start(server);
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

/* Only now the loop has let go of the descriptor, and no callback of libmicrohttpd is on the stack. */
static void on_gone(struct uvx_owner *owner)
{
    struct http_server *server = container_of(owner, struct http_server, owner);

    MHD_stop_daemon(server->mhd);
    assert(server->exchanges == NULL);
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
