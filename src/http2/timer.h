/* SPDX-License-Identifier: MIT */
/*
 * timer - the due times of an HTTP/2 connection, on one uv timer.
 *
 * Private to http2; embedded in struct h2_connection, which counts `uv` in its owner and closes it: after
 * that nothing is called any more. Loop thread only. Milliseconds of uv_now.
 *
 * Every wait has its due time in due_ms; the owner may have more due times, such as those of its streams. The
 * timer is only ever moved to an earlier time: when it fires and nothing is due yet, it is armed for the next
 * due time. A wait that ends early therefore costs an assignment and no system call.
 */
#ifndef PROCJON_HTTP2_TIMER_H
#define PROCJON_HTTP2_TIMER_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

/* What a connection waits for. Each has a due time of its own. */
enum h2_wait {
    H2_PAUSE,     /* the end of h2_connection_pause_reading */
    H2_HANDSHAKE, /* the peer's first SETTINGS */
    H2_FRAME,     /* the rest of a frame that has begun */
    H2_STALL,     /* the peer to take what is being written */
    H2_PONG,      /* any byte after our PING */
    H2_DRAIN,     /* the answer to the first GOAWAY; after the second, the end of the last stream */
    H2_SETTINGS,  /* the acknowledgement of our SETTINGS */
    H2_WAITS,
};

struct h2_timer;

struct h2_timer_ops {
    /* The due time of `what` has come. If several have at once, in the order of enum h2_wait. */
    void (*expired)(struct h2_timer *timer, enum h2_wait what);
    /* After that: handles the due times that are not in due_ms. Returns the next; UINT64_MAX: none. */
    uint64_t (*look)(struct h2_timer *timer, uint64_t now);
};

struct h2_timer {
    uv_timer_t uv;
    const struct h2_timer_ops *ops;
    uint64_t due_ms[H2_WAITS]; /* 0: not waited for */
    uint64_t armed_ms;         /* when `uv` fires; 0: it is not armed */
};

void h2_timer_init(struct h2_timer *timer, uv_loop_t *loop, const struct h2_timer_ops *ops);

/* `expired` is called for `what` in `ms` from now. Set due_ms[what] = 0 when the wait is over. */
void h2_timer_wait(struct h2_timer *timer, enum h2_wait what, uint64_t ms);

/* `look` is called at `due_ms`, or earlier. */
void h2_timer_arm(struct h2_timer *timer, uint64_t due_ms);

static inline bool h2_timer_passed(uint64_t due_ms, uint64_t now)
{
    return due_ms != 0 && due_ms <= now;
}

/* The earlier of two due times; `b` 0: not waited for. */
static inline uint64_t h2_timer_earlier(uint64_t a, uint64_t b)
{
    return b != 0 && b < a ? b : a;
}

#endif
