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

/* Turns of the loop in one step: what one turn begins, the next one finishes; the rest is for the next step.
 */
#define STEP_TURNS 16

struct flood_guard {
    sigset_t before;
    bool pending; /* a SIGPIPE that is the program's own */
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

static void block_sigpipe(struct flood_guard *guard)
{
    sigset_t set;

    sigpipe_set(&set);
    guard->pending = sigpipe_pending();
    (void)pthread_sigmask(SIG_BLOCK, &set, &guard->before);
}

static void restore_sigpipe(const struct flood_guard *guard)
{
    const struct timespec at_once = {0};
    sigset_t set;

    sigpipe_set(&set);
    if (!guard->pending && sigpipe_pending())
        (void)sigtimedwait(&set, NULL, &at_once);
    (void)pthread_sigmask(SIG_SETMASK, &guard->before, NULL);
}

void event_loop_init(struct event_loop *turn, uv_loop_t *loop)
{
    *turn = (struct event_loop){.loop = loop, .epoll = -1, .timer = -1};
}

void event_loop_fini(struct event_loop *turn)
{
    if (turn->epoll >= 0)
        (void)close(turn->epoll);
    if (turn->timer >= 0)
        (void)close(turn->timer);
    turn->epoll = -1;
    turn->timer = -1;
}

static int watch(const struct event_loop *turn, int fd)
{
    struct epoll_event event = {.events = EPOLLIN};

    return epoll_ctl(turn->epoll, EPOLL_CTL_ADD, fd, &event);
}

/* When the loop next has to be stepped although no descriptor of its own is ready. */
static void arm(const struct event_loop *turn)
{
    struct itimerspec when = {0};
    int ms = uv_backend_timeout(turn->loop);

    if (turn->timer < 0)
        return;
    if (ms == 0)
        when.it_value.tv_nsec = 1; /* 0 would be never */
    if (ms > 0) {
        when.it_value.tv_sec = ms / 1000;
        when.it_value.tv_nsec = ms % 1000 * 1000000L;
    }
    (void)timerfd_settime(turn->timer, 0, &when, NULL);
}

int event_loop_fd(struct event_loop *turn)
{
    int code;

    if (turn->epoll >= 0)
        return turn->epoll;
    turn->epoll = epoll_create1(EPOLL_CLOEXEC);
    turn->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (turn->epoll < 0 || turn->timer < 0 || watch(turn, uv_backend_fd(turn->loop)) != 0 ||
        watch(turn, turn->timer) != 0) {
        code = -errno;
        event_loop_fini(turn);
        return code;
    }
    arm(turn);
    return turn->epoll;
}

void event_loop_run(struct event_loop *turn)
{
    struct flood_guard guard;

    block_sigpipe(&guard);
    (void)uv_run(turn->loop, UV_RUN_DEFAULT);
    restore_sigpipe(&guard);
}

bool event_loop_step(struct event_loop *turn)
{
    struct flood_guard guard;
    bool alive = true;

    block_sigpipe(&guard);
    for (int i = 0; i < STEP_TURNS && alive; i++) {
        alive = uv_run(turn->loop, UV_RUN_NOWAIT) != 0;
        if (uv_backend_timeout(turn->loop) != 0)
            break;
    }
    arm(turn); /* setting it also takes back an expiry that nobody has read */
    restore_sigpipe(&guard);
    return alive;
}
