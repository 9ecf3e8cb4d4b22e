/* SPDX-License-Identifier: MIT */
#include "daemon.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "daemon_reload.h"
#include "descriptor_set.h"

#define LOG_MODULE "daemon"
#include "base/log.h"

/* ---- close, in reverse order ---- */

static void on_signals_closed(uv_handle_t *handle)
{
    (void)close(container_of(handle, struct daemon, signals)->signal_fd);
}

static void close_signals(struct daemon *daemon)
{
    uv_close((uv_handle_t *)&daemon->signals, on_signals_closed);
}

static void on_engine_closed(void *arg)
{
    struct daemon *daemon = arg;

    agents_api_fini(&daemon->agents);
    health_fini(&daemon->health);
    reflection_fini(&daemon->reflection);
    tls_context_unref(daemon->tls);
    daemon_reload_fini(daemon);
    close_signals(daemon);
    if (daemon->stopping)
        uv_close((uv_handle_t *)&daemon->stop_timer, NULL);
}

static void on_server_closed(struct server *server)
{
    struct daemon *daemon = container_of(server, struct daemon, server);

    engine_close(daemon->engine, on_engine_closed, daemon);
}

static void on_web_closed(struct web *web)
{
    struct daemon *daemon = container_of(web, struct daemon, web);

    server_close(&daemon->server);
}

static bool has_web(const struct daemon *daemon)
{
    return *daemon->config->http != '\0';
}

/* During the drain the web reports that the server is stopping. It is closed before all that it reads. */
static void on_server_drained(struct server *server)
{
    struct daemon *daemon = container_of(server, struct daemon, server);

    if (has_web(daemon))
        web_close(&daemon->web, on_web_closed);
    else
        server_close(server);
}

static const struct server_ops server_ops = {.drained = on_server_drained, .closed = on_server_closed};

static void on_listener_closed(struct listener *listener)
{
    (void)listener;
}

static void stop_listening(struct daemon *daemon)
{
    for (size_t i = 0; i < daemon->listener_count; i++)
        listener_close(&daemon->listeners[i]);
}

static void on_heartbeat_closed(struct heartbeat *heartbeat)
{
    (void)heartbeat;
}

static void stop_heartbeat(struct daemon *daemon)
{
    if (daemon->has_heartbeat)
        heartbeat_close(&daemon->heartbeat, on_heartbeat_closed);
}

/* No response was sent for what is not committed, so that this is as safe as SIGKILL. */
static void on_stop_timer(uv_timer_t *timer)
{
    (void)timer;
    log_error("the disk does not answer, ending without it waited_ms=%d", DAEMON_STOP_MS);
    _exit(EXIT_FAILURE);
}

static void stop(struct daemon *daemon, int signal)
{
    if (daemon->stopping)
        return;
    daemon->stopping = true;
    log_info("stopping signal=%d", signal);
    (void)uv_timer_init(&daemon->loop, &daemon->stop_timer);
    (void)uv_timer_start(&daemon->stop_timer, on_stop_timer, DAEMON_STOP_MS, 0);
    (void)sd_notify(0, "STOPPING=1");
    engine_stop(daemon->engine);
    health_shutdown(&daemon->health);
    stop_heartbeat(daemon);
    stop_listening(daemon);
    server_drain(&daemon->server);
}

static void on_caught(struct daemon *daemon, int number)
{
    if (number != SIGHUP) {
        stop(daemon, number);
        return;
    }
    if (daemon->stopping)
        return;
    (void)sd_notify(0, "RELOADING=1");
    daemon_reload(daemon);
    (void)sd_notify(0, "READY=1");
}

static void on_signals_readable(uv_poll_t *poll, int status, int events)
{
    struct daemon *daemon = container_of(poll, struct daemon, signals);
    struct signalfd_siginfo info;

    (void)status;
    (void)events;
    if (read(daemon->signal_fd, &info, sizeof info) == (ssize_t)sizeof info)
        on_caught(daemon, (int)info.ssi_signo);
}

/*
 * The signals are blocked in every thread and read from a descriptor, instead of with uv_signal_t: so they
 * have their default effect at no time, and a second SIGTERM cannot kill a server that shuts down. Before any
 * other thread exists.
 */
static int open_signals(struct daemon *daemon, struct err *err)
{
    sigset_t set;

    (void)signal(SIGPIPE, SIG_IGN);
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGHUP);
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
    daemon->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (daemon->signal_fd < 0)
        return err_errno(err, -errno, "cannot read signals");
    (void)uv_poll_init(&daemon->loop, &daemon->signals, daemon->signal_fd);
    (void)uv_poll_start(&daemon->signals, UV_READABLE, on_signals_readable);
    return 0;
}

/* ---- open ---- */

static void on_connection(struct listener *listener)
{
    struct daemon *daemon = container_of(listener->uv.handle.loop, struct daemon, loop);

    server_accept(&daemon->server, listener, daemon->tls);
}

static const struct listener_ops listener_ops = {.connection = on_connection, .closed = on_listener_closed};

static int listen_at(struct daemon *daemon, enum endpoint_kind kind, const struct sockaddr *address,
                     const char *path, struct err *err)
{
    struct listener *listener = &daemon->listeners[daemon->listener_count];

    if (daemon->listener_count == DAEMON_LISTENERS_MAX)
        return err_set(err, -EINVAL, "more than %zu addresses to listen on", DAEMON_LISTENERS_MAX);
    if (config_admits(daemon->config, kind, address, err) != 0)
        return err->code;
    daemon->listener_count++; /* one that fails to open has handles in the loop, too */
    return listener_open(listener, &daemon->loop, kind, address, path, &listener_ops, err);
}

/* One address of several is enough: this host may have no IPv6, or no IPv4. */
static int listen_all(struct daemon *daemon, const struct endpoint *endpoint, const char *text,
                      struct err *err)
{
    struct sockaddr_storage addresses[ENDPOINT_ADDRESSES_MAX];
    unsigned count = 0, open = 0;

    if (endpoint->kind == ENDPOINT_UNIX)
        return listen_at(daemon, ENDPOINT_UNIX, NULL, endpoint->path, err);
    if (endpoint_resolve(endpoint, addresses, &count, err) != 0)
        return err->code;
    for (unsigned i = 0; i < count; i++) {
        if (listen_at(daemon, ENDPOINT_TCP, (struct sockaddr *)&addresses[i], NULL, err) == 0)
            open++;
        else if (err->code != -EADDRNOTAVAIL && err->code != -EAFNOSUPPORT)
            return err_wrap(err, "cannot listen on '%s'", text);
    }
    return open > 0 ? 0 : err_wrap(err, "cannot listen on '%s'", text);
}

static int open_listeners(struct daemon *daemon, struct err *err)
{
    const struct config *config = daemon->config;

    for (size_t i = 0; i < config->endpoint_count; i++) {
        if (listen_all(daemon, &config->endpoints[i], config->endpoint_texts[i], err) != 0)
            return err->code;
    }
    for (size_t i = 0; i < daemon->listener_count; i++) {
        if (*daemon->listeners[i].text != '\0')
            log_info("listening endpoint=%s tls=%s", daemon->listeners[i].text,
                     daemon->tls != NULL ? "on" : "off");
    }
    return 0;
}

static int add_services(struct daemon *daemon, struct err *err)
{
    const struct method *methods;
    size_t count;

    agents_api_init(&daemon->agents, daemon->engine);
    server_add(&daemon->server, daemon->agents.methods, AGENTS_API_METHODS);
    health_init(&daemon->health);
    health_set(&daemon->health, "", true);
    health_set(&daemon->health, "Procjon", true);
    methods = health_methods(&daemon->health, &count);
    server_add(&daemon->server, methods, count);
    if (reflection_init(&daemon->reflection, descriptor_set, descriptor_set_size, err) != 0)
        return err->code;
    methods = reflection_methods(&daemon->reflection, &count);
    server_add(&daemon->server, methods, count);
    return 0;
}

static int open_web(struct daemon *daemon, struct err *err)
{
    const struct web_context context = {
        .engine = daemon->engine,
        .server = &daemon->server,
        .reloads = &daemon->reloads,
        .version = PROCJON_VERSION,
    };

    if (!has_web(daemon))
        return 0;
    return web_open(&daemon->web, &daemon->loop, daemon->config->http, daemon->config->insecure, &context,
                    err);
}

static int open_heartbeat(struct daemon *daemon, struct err *err)
{
    const char *url = daemon->config->heartbeat_url;

    if (url == NULL)
        return 0;
    if (heartbeat_open(&daemon->heartbeat, &daemon->loop, url, daemon->engine, err) != 0)
        return err->code;
    daemon->has_heartbeat = true;
    return 0;
}

/* The soft limit is a default of the shell; the hard limit is what the administrator allows. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

static int open_engine(struct daemon *daemon, struct err *err)
{
    const struct config *config = daemon->config;
    struct sink_config default_sink;
    const struct engine_options options = {
        .directory = config->data,
        .disconnect_grace_ms = config->disconnect_grace_ms,
        .restart_grace_ms = config->restart_grace_ms,
        .history_days = config->history_days,
        .table = config_routing(config),
        .sinks = config_sinks(config),
        .default_sink = &default_sink,
    };
    int code;

    if (config_default_sink(config, &default_sink, err) != 0)
        return err->code;
    if (default_sink.kind == SINK_CONFIG_LOG)
        log_warning("no webhook: notifications go to this log only");
    code = engine_open(&daemon->engine, &daemon->loop, &options, err);
    sink_config_fini(&default_sink);
    return code;
}

int daemon_open(struct daemon *daemon, const struct config *config, struct err *err)
{
    *daemon = (struct daemon){.config = config};
    raise_descriptor_limit();
    if (uv_loop_init(&daemon->loop) != 0)
        return err_set(err, -ENOMEM, "cannot create an event loop");
    if (open_signals(daemon, err) != 0)
        goto err_after_loop;
    if (config_load_tls(config, &daemon->tls, err) != 0)
        goto err_after_signals;
    if (open_engine(daemon, err) != 0)
        goto err_after_tls;
    server_open(&daemon->server, &daemon->loop, (size_t)config->connection_max, (size_t)config->source_max,
                &server_ops);
    if (add_services(daemon, err) != 0 || open_listeners(daemon, err) != 0 ||
        open_heartbeat(daemon, err) != 0 || open_web(daemon, err) != 0)
        goto err_after_server;
    (void)sd_notify(0, "READY=1");
    return 0;

err_after_server:
    stop_heartbeat(daemon);
    stop_listening(daemon);
    server_close(&daemon->server);
    (void)daemon_run(daemon);
    return err->code;
err_after_tls:
    tls_context_unref(daemon->tls);
err_after_signals:
    close_signals(daemon);
err_after_loop:
    (void)daemon_run(daemon);
    return err->code;
}

int daemon_run(struct daemon *daemon)
{
    int result;

    (void)uv_run(&daemon->loop, UV_RUN_DEFAULT);
    result = uv_loop_close(&daemon->loop);
    if (result != 0)
        log_error("the loop is not empty at the end reason=%s", uv_strerror(result));
    assert(result == 0);
    return result;
}
