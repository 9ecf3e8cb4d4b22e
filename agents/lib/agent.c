/* SPDX-License-Identifier: MIT */
#include "procjon/agent.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "event_loop.h"
#include "message.h"
#include "sdnotify.h"
#include "service.h"
#include "service_set.h"

/* A pair of servers with an IPv4 and an IPv6 endpoint each is 4. */
#define ENDPOINTS_MAX 16
/* No stop was requested. */
#define STOP_NEVER UINT_MAX
/* Until the first registration each period extends the start timeout of systemd by so many periods. */
#define EXTEND_PERIODS 3
/* Longest wait between two connection attempts while a last status is to be delivered. */
#define DRAIN_RETRY_MS 1000

enum phase { RUNNING, DRAINING, CLOSING, CLOSED };

struct procjon_agent {
    uv_loop_t loop;
    struct event_loop event_loop;
    struct uvx_owner owner;
    uv_async_t async;    /* wakes the loop for a request of another thread, or of a callback */
    uv_timer_t beat;     /* the period */
    uv_timer_t deadline; /* of the drain */
    uv_timer_t watchdog; /* systemd's */
    struct channel channel;
    struct service_set set;
    struct sdnotify notify;
    uint64_t period_ms;
    uint64_t drain_ms; /* uv_now when the drain began */
    enum phase phase;
    bool ready_sent; /* READY=1, to systemd */
    int result;
    _Atomic unsigned stop_ms; /* any thread: how long the drain may take, or STOP_NEVER */
};

static struct procjon_agent *agent_of(struct service_set *set)
{
    return container_of(set, struct procjon_agent, set);
}

/* ---- stop ---- */

static void on_gone(struct uvx_owner *owner)
{
    container_of(owner, struct procjon_agent, owner)->phase = CLOSED;
}

static void close_all(struct procjon_agent *agent)
{
    if (agent->phase >= CLOSING)
        return;
    agent->phase = CLOSING;
    service_set_close(&agent->set);
    channel_close(&agent->channel);
    uvx_owner_close(&agent->owner, on_gone);
    uvx_shut((uv_handle_t *)&agent->async);
    uvx_shut((uv_handle_t *)&agent->beat);
    uvx_shut((uv_handle_t *)&agent->deadline);
    uvx_shut((uv_handle_t *)&agent->watchdog);
}

static void check_drained(struct procjon_agent *agent)
{
    if (agent->phase != DRAINING || !service_set_is_drained(&agent->set))
        return;
    agent->result = 0;
    close_all(agent);
}

static void on_deadline(uv_timer_t *timer)
{
    struct procjon_agent *agent = container_of(timer, struct procjon_agent, deadline);

    service_set_log_undelivered(&agent->set);
    close_all(agent);
}

static void drain(struct procjon_agent *agent, unsigned wait_ms)
{
    uint64_t now = uv_now(&agent->loop);
    uint64_t due;

    if (agent->phase == RUNNING) {
        agent->phase = DRAINING;
        agent->drain_ms = now;
        agent->result = -ETIMEDOUT;
        sdnotify_send(&agent->notify, "STOPPING=1");
        (void)uv_timer_stop(&agent->beat);
        service_set_drain(&agent->set);
        channel_hurry(&agent->channel, DRAIN_RETRY_MS);
    }
    due = agent->drain_ms + wait_ms;
    (void)uv_timer_start(&agent->deadline, on_deadline, due > now ? due - now : 0, 0);
    check_drained(agent);
}

/* ---- events ---- */

static void on_async(uv_async_t *async)
{
    struct procjon_agent *agent = container_of(async, struct procjon_agent, async);
    unsigned stop_ms = agent->stop_ms;

    service_set_apply_requests(&agent->set);
    if (stop_ms != STOP_NEVER)
        drain(agent, stop_ms);
}

/* An unreachable server must not make the start of the unit fail with systemd's TimeoutStartSec. */
static void extend_start_timeout(const struct procjon_agent *agent)
{
    sdnotify_send(&agent->notify, "EXTEND_TIMEOUT_USEC=%llu",
                  (unsigned long long)(EXTEND_PERIODS * agent->period_ms * 1000));
}

static void on_beat(uv_timer_t *timer)
{
    struct procjon_agent *agent = container_of(timer, struct procjon_agent, beat);

    if (!agent->ready_sent)
        extend_start_timeout(agent);
    service_set_beat(&agent->set);
}

static void on_watchdog(uv_timer_t *timer)
{
    sdnotify_send(&container_of(timer, struct procjon_agent, watchdog)->notify, "WATCHDOG=1");
}

static void on_registered(struct service_set *set)
{
    struct procjon_agent *agent = agent_of(set);

    if (agent->ready_sent)
        return;
    agent->ready_sent = true;
    sdnotify_send(&agent->notify, "READY=1");
}

static void on_drained(struct service_set *set)
{
    check_drained(agent_of(set));
}

static const struct service_set_ops service_set_ops = {
    .registered = on_registered,
    .drained = on_drained,
};

static void on_ready(struct channel *channel)
{
    struct procjon_agent *agent = container_of(channel, struct procjon_agent, channel);

    sdnotify_send(&agent->notify, "STATUS=connected to %s", channel_peer(channel));
    service_set_ready(&agent->set);
}

static void on_lost(struct channel *channel, const struct err *err)
{
    sdnotify_send(&container_of(channel, struct procjon_agent, channel)->notify, "STATUS=not connected: %s",
                  err->msg);
}

static void on_channel_closed(struct channel *channel)
{
    uvx_drop(&container_of(channel, struct procjon_agent, channel)->owner);
}

static const struct channel_ops channel_ops = {
    .ready = on_ready,
    .lost = on_lost,
    .closed = on_channel_closed,
};

/* ---- the interface ---- */

void procjon_agent_defaults(struct procjon_agent_options *options)
{
    *options = (struct procjon_agent_options){.period_ms = 4000};
}

void procjon_service_defaults(struct procjon_service_options *options)
{
    *options = (struct procjon_service_options){.timeout = 10};
}

static void explain(struct procjon_error *error, const struct err *err)
{
    if (error != NULL)
        (void)snprintf(error->message, sizeof error->message, "%s", err->msg);
}

static int parse_endpoints(const struct procjon_agent_options *options, struct endpoint *endpoints,
                           size_t *count, struct err *err)
{
    if (options->endpoint_count > ENDPOINTS_MAX)
        return err_set(err, -EINVAL, "%zu endpoints, at most %d are possible", options->endpoint_count,
                       ENDPOINTS_MAX);
    *count = 1;
    if (options->endpoint_count == 0)
        return endpoint_parse(&endpoints[0], "localhost:8080", err);
    *count = options->endpoint_count;
    for (size_t i = 0; i < options->endpoint_count; i++) {
        if (endpoint_parse(&endpoints[i], options->endpoints[i], err) != 0)
            return err->code;
    }
    return 0;
}

static int open_channel(struct procjon_agent *agent, const struct procjon_agent_options *options,
                        struct err *err)
{
    const struct tls_files files = {options->root_cert, options->cert, options->key_cert};
    int given = (files.root_cert != NULL) + (files.cert != NULL) + (files.key != NULL);
    struct endpoint endpoints[ENDPOINTS_MAX];
    size_t count = 0;
    int code;

    if (given != 0 && given != 3)
        return err_set(err, -EINVAL, "root_cert, cert and key_cert go together, %d of them are given", given);
    if (options->period_ms == 0)
        return err_set(err, -EINVAL, "the period is 0 ms");
    code = parse_endpoints(options, endpoints, &count, err);
    if (code != 0)
        return code;
    return channel_open(&agent->channel, &agent->loop, endpoints, count, given == 3 ? &files : NULL,
                        &channel_ops, err);
}

static void start_timer(struct procjon_agent *agent, uv_timer_t *timer, uv_timer_cb callback, uint64_t ms)
{
    (void)uv_timer_init(&agent->loop, timer);
    uvx_own(&agent->owner, (uv_handle_t *)timer);
    if (ms > 0)
        (void)uv_timer_start(timer, callback, ms, ms);
}

/*
 * Whether there are descriptors for a loop. uv_loop_init reports that its own are missing, but for the first
 * loop of a process it also makes a pipe for signals, and aborts if that fails.
 */
static bool has_descriptors(void)
{
    int ends[4];
    bool one = pipe2(ends, O_CLOEXEC) == 0;
    bool both = one && pipe2(ends + 2, O_CLOEXEC) == 0;

    for (int i = 0; i < (both ? 4 : one ? 2 : 0); i++)
        (void)close(ends[i]);
    return both;
}

struct procjon_agent *procjon_agent_new(const struct procjon_agent_options *options,
                                        struct procjon_error *error)
{
    struct procjon_agent *agent = mem_zalloc(sizeof *agent);
    struct err err;

    if (!has_descriptors() || uv_loop_init(&agent->loop) != 0) {
        (void)err_set(&err, -EMFILE, "no descriptors are left for an event loop");
        explain(error, &err);
        free(agent);
        return NULL;
    }
    if (open_channel(agent, options, &err) != 0) {
        explain(error, &err);
        (void)uv_loop_close(&agent->loop);
        free(agent);
        return NULL;
    }
    uvx_hold(&agent->owner);                                    /* for the channel */
    (void)uv_async_init(&agent->loop, &agent->async, on_async); /* needs no descriptor of its own */
    uvx_own(&agent->owner, (uv_handle_t *)&agent->async);
    if (options->sd_notify != 0)
        sdnotify_init(&agent->notify);
    agent->period_ms = options->period_ms;
    agent->stop_ms = STOP_NEVER;
    start_timer(agent, &agent->beat, on_beat, agent->period_ms);
    start_timer(agent, &agent->deadline, NULL, 0);
    start_timer(agent, &agent->watchdog, on_watchdog, agent->notify.watchdog_ms);
    service_set_init(&agent->set, &agent->loop, &agent->channel, &service_set_ops);
    event_loop_init(&agent->event_loop, &agent->loop);
    extend_start_timeout(agent); /* the first period may be longer than TimeoutStartSec */
    return agent;
}

int procjon_agent_run(struct procjon_agent *agent)
{
    event_loop_run(&agent->event_loop);
    return agent->result;
}

int procjon_agent_fd(struct procjon_agent *agent)
{
    return event_loop_fd(&agent->event_loop);
}

int procjon_agent_step(struct procjon_agent *agent)
{
    return event_loop_step(&agent->event_loop) ? 1 : agent->result;
}

/* Async-signal-safe: it uses an atomic and uv_async_send, nothing else. */
void procjon_agent_stop(struct procjon_agent *agent, unsigned wait_ms)
{
    unsigned before = agent->stop_ms;

    if (wait_ms == STOP_NEVER)
        wait_ms--; /* seven weeks */
    while (wait_ms < before && !atomic_compare_exchange_weak(&agent->stop_ms, &before, wait_ms))
        continue;
    (void)uv_async_send(&agent->async);
}

void procjon_agent_free(struct procjon_agent *agent)
{
    int code;

    if (agent == NULL)
        return;
    close_all(agent);
    event_loop_run(&agent->event_loop);
    assert(agent->phase == CLOSED);
    service_set_fini(&agent->set);
    event_loop_fini(&agent->event_loop);
    code = uv_loop_close(&agent->loop);
    assert(code == 0);
    free(agent);
}

struct procjon_service *procjon_agent_add(struct procjon_agent *agent,
                                          const struct procjon_service_options *options,
                                          struct procjon_error *error)
{
    struct procjon_service *service;
    struct err err = {0};

    if (message_check(options, &err) == 0 && agent->period_ms >= (uint64_t)options->timeout * 1000)
        (void)err_set(&err, -EINVAL, "service '%s': timeout %d s is not longer than the period of %llu ms",
                      options->name, options->timeout, (unsigned long long)agent->period_ms);
    if (err.code != 0) {
        explain(error, &err);
        return NULL;
    }
    service = service_new(options);
    service_set_add(&agent->set, service);
    (void)uv_async_send(&agent->async);
    return service;
}

void procjon_service_set(struct procjon_service *service, int code)
{
    if (atomic_exchange(&service->requested_code, code) != code)
        (void)uv_async_send(&agent_of(service->set)->async);
}

void procjon_service_remove(struct procjon_service *service)
{
    struct procjon_agent *agent = agent_of(service->set);

    service->removal_requested = true; /* the agent's thread may free it from here on */
    (void)uv_async_send(&agent->async);
}
