/* SPDX-License-Identifier: MIT */
#include "virtual_clock.h"

#include <assert.h>
#include <dlfcn.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <uv.h>

/*
 * Real milliseconds without an event after which the kernel holds nothing back. On loopback it delivers while
 * the sender is in its system call, but for what it leaves to a thread of its own when the machine is busy.
 */
#define SETTLE_MS 20
#define WORKS_MAX 8
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)

int64_t virtual_clock_wall_ms;

/* Read by the threads of the pool too. */
static _Atomic bool started;
static _Atomic int64_t now_ns;  /* of CLOCK_MONOTONIC, while started */
static _Atomic int64_t skew_ns; /* how far the real clock is behind, while not */

/* Something may come from the kernel. */
static bool has_sockets;

/* What the thread pool does, and who is told. */
static struct work {
    uv_work_t *request;
    uv_after_work_cb done;
} works[WORKS_MAX];

/* The same call of the library that has it, or of what was preloaded. */
#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int64_t real_ns(clockid_t id)
{
    struct timespec now;

    (void)NEXT(clock_gettime)(id, &now);
    return now.tv_sec * NS_PER_S + now.tv_nsec;
}

static int64_t monotonic_ns(void)
{
    return started ? now_ns : real_ns(CLOCK_MONOTONIC) + skew_ns;
}

/* As far from the real wall clock as the other clock is from its own. */
static int64_t wall_ns(void)
{
    if (virtual_clock_wall_ms != 0)
        return virtual_clock_wall_ms * NS_PER_MS;
    return real_ns(CLOCK_REALTIME) + monotonic_ns() - real_ns(CLOCK_MONOTONIC);
}

void virtual_clock_start(void)
{
    if (started)
        return;
    now_ns = monotonic_ns();
    started = true;
}

void virtual_clock_stop(void)
{
    if (!started)
        return;
    skew_ns = now_ns - real_ns(CLOCK_MONOTONIC);
    started = false;
}

void virtual_clock_pass(uint64_t ms)
{
    assert(started);
    now_ns += (int64_t)ms * NS_PER_MS;
}

/* ---- the C library ---- */

__attribute__((visibility("default"))) int clock_gettime(clockid_t id, struct timespec *now)
{
    int64_t ns;

    switch (id) {
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_BOOTTIME:
        ns = monotonic_ns();
        break;
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
        ns = wall_ns();
        break;
    default:
        return NEXT(clock_gettime)(id, now);
    }
    *now = (struct timespec){.tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S};
    return 0;
}

__attribute__((visibility("default"))) time_t time(time_t *seconds)
{
    time_t now = wall_ns() / NS_PER_S;

    if (seconds != NULL)
        *seconds = now;
    return now;
}

static bool pool_works(void)
{
    for (size_t i = 0; i < WORKS_MAX; i++) {
        if (works[i].request != NULL)
            return true;
    }
    return false;
}

__attribute__((visibility("default"))) int epoll_ctl(int epoll, int change, int fd, struct epoll_event *event)
{
    int type;

    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &(socklen_t){sizeof type}) == 0)
        has_sockets = true;
    return NEXT(epoll_ctl)(epoll, change, fd, event);
}

__attribute__((visibility("default"))) int epoll_wait(int epoll, struct epoll_event *events, int count,
                                                      int timeout)
{
    int ready;

    if (!started || timeout <= 0)
        return NEXT(epoll_wait)(epoll, events, count, timeout);
    if (pool_works())
        return NEXT(epoll_wait)(epoll, events, count, -1);
    ready = NEXT(epoll_wait)(epoll, events, count, has_sockets ? SETTLE_MS : 0);
    if (ready == 0)
        virtual_clock_pass((uint64_t)timeout);
    return ready;
}

/* ---- libuv ---- */

static void on_worked(uv_work_t *request, int status)
{
    struct work *work = works;

    while (work->request != request)
        work++;
    work->request = NULL;
    work->done(request, status);
}

UV_EXTERN int uv_queue_work(uv_loop_t *loop, uv_work_t *request, uv_work_cb run, uv_after_work_cb done)
{
    struct work *work = works;
    int rc = NEXT(uv_queue_work)(loop, request, run, on_worked);

    if (rc != 0)
        return rc;
    while (work->request != NULL)
        assert(++work < works + WORKS_MAX);
    *work = (struct work){request, done};
    return 0;
}
