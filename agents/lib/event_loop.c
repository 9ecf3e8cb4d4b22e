/* SPDX-License-Identifier: MIT */
#include "event_loop.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/* Iterations of the loop in one step, of which each may make the next one due. */
#define STEP_ITERATIONS 16

struct sigpipe_guard {
    sigset_t before;
    bool pending; /* a SIGPIPE was pending before: the program's own */
};

static void sigpipe_set(sigset_t *set)
{
    (void)sigemptyset(set);
    (void)sigaddset(set, SIGPIPE);
}

static bool sigpipe_pending(void)
{
    sigset_t pending;

    return sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1;
}

static void block_sigpipe(struct sigpipe_guard *guard)
{
    sigset_t set;

    sigpipe_set(&set);
    guard->pending = sigpipe_pending();
    (void)pthread_sigmask(SIG_BLOCK, &set, &guard->before);
}

static void restore_sigpipe(const struct sigpipe_guard *guard)
{
    const struct timespec at_once = {0};
    sigset_t set;

    sigpipe_set(&set);
    if (!guard->pending && sigpipe_pending())
        (void)sigtimedwait(&set, NULL, &at_once);
    (void)pthread_sigmask(SIG_SETMASK, &guard->before, NULL);
}

void event_loop_init(struct event_loop *events, uv_loop_t *loop)
{
    *events = (struct event_loop){.loop = loop, .epoll = -1, .timer = -1};
}

void event_loop_fini(struct event_loop *events)
{
    if (events->epoll >= 0)
        (void)close(events->epoll);
    if (events->timer >= 0)
        (void)close(events->timer);
    events->epoll = -1;
    events->timer = -1;
}

static int watch(const struct event_loop *events, int fd)
{
    struct epoll_event event = {.events = EPOLLIN};

    return epoll_ctl(events->epoll, EPOLL_CTL_ADD, fd, &event);
}

/* The descriptor is readable when the next timer of the loop is due. */
static void arm(const struct event_loop *events)
{
    struct itimerspec when = {0};
    int ms = uv_backend_timeout(events->loop);

    if (events->timer < 0)
        return;
    if (ms == 0)
        when.it_value.tv_nsec = 1; /* 0 would disarm it */
    if (ms > 0) {
        when.it_value.tv_sec = ms / 1000;
        when.it_value.tv_nsec = ms % 1000 * 1000000L;
    }
    (void)timerfd_settime(events->timer, 0, &when, NULL);
}

int event_loop_fd(struct event_loop *events)
{
    int code;

    if (events->epoll >= 0)
        return events->epoll;
    events->epoll = epoll_create1(EPOLL_CLOEXEC);
    events->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (events->epoll < 0 || events->timer < 0 || watch(events, uv_backend_fd(events->loop)) != 0 ||
        watch(events, events->timer) != 0) {
        code = -errno;
        event_loop_fini(events);
        return code;
    }
    arm(events);
    return events->epoll;
}

void event_loop_run(struct event_loop *events)
{
    struct sigpipe_guard guard;

    block_sigpipe(&guard);
    (void)uv_run(events->loop, UV_RUN_DEFAULT);
    restore_sigpipe(&guard);
}

bool event_loop_step(struct event_loop *events)
{
    struct sigpipe_guard guard;
    bool alive = true;

    block_sigpipe(&guard);
    for (int i = 0; i < STEP_ITERATIONS && alive; i++) {
        alive = uv_run(events->loop, UV_RUN_NOWAIT) != 0;
        if (uv_backend_timeout(events->loop) != 0)
            break;
    }
    arm(events); /* this also clears an expiration that was not read */
    restore_sigpipe(&guard);
    return alive;
}
