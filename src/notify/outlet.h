/* SPDX-License-Identifier: MIT */
/*
 * outlet - one sink by name, with all that waits for it: held back, or in its outbox.
 *
 * Allocated by outlet_open, freed by itself right before `closed`. Each has its own order, pace and back-off,
 * so that a slow or dead sink delays no other. Loop thread only.
 *
 * A sink counts as dead when it says that it takes nothing any more, or has failed for OUTLET_DEAD_MS.
 */
#ifndef PROCJON_NOTIFY_OUTLET_H
#define PROCJON_NOTIFY_OUTLET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "notify/hold.h"
#include "notify/outbox.h"

/* Retries come every minute by then: shorter troubles pass, and are in the log. */
#define OUTLET_DEAD_MS 600000
/* A sink that dies again and again is worth one message per this time. */
#define OUTLET_DEAD_AGAIN_MS 3600000

struct outlet;

struct outlet_ops {
    /* As of the outbox, with one more fate: "brief", a state that did not last. Never from inside outlet_add.
     */
    void (*settled)(struct outlet *outlet, const uint64_t *ids, size_t count, const char *fate);
    /* Asks for outlet_heard when the service has reported so often: at once if it has. */
    void (*awaits)(struct outlet *outlet, const char *service, uint64_t reports);
    /* The sink is dead, for the reason given, or (NULL) takes messages again after that was said. */
    void (*died)(struct outlet *outlet, const char *reason);
    void (*closed)(void *arg);
};

struct outlet {
    struct uvx_owner owner; /* the timer, and a hold for the outbox */
    const struct outlet_ops *ops;
    void *arg;
    struct outlet *next; /* its router's */
    char *name;
    struct outbox outbox;
    struct hold hold;
    uv_timer_t due;     /* of the hold; 0 ms when something in `brief` is to be settled */
    int64_t due_ms;     /* while it is active */
    struct ids brief;   /* to be settled */
    uint64_t failed_ms; /* uv_now when the sink began to fail; 0: it does not */
    uint64_t died_ms;   /* uv_now when its death was last told; 0: never */
    bool dead;          /* and that was told */
    bool closing;
};

int outlet_open(struct outlet **opened, uv_loop_t *loop, const char *name, const struct address *address,
                const struct outlet_ops *ops, void *arg, struct err *err);

/* The sink is elsewhere now, or is to be tried again at once. On error the old address stays. */
int outlet_change(struct outlet *outlet, const struct address *address, struct err *err);

/* The notice is told when what it says is good, or has lasted for long enough. */
void outlet_add(struct outlet *outlet, const struct event *event, struct patience patience);

/* The service has reported so often, and all that it changed by that was added. */
void outlet_heard(struct outlet *outlet, const char *service, uint64_t reports);

/* Notices not settled yet. */
size_t outlet_waiting(const struct outlet *outlet);

/* As outbox_close; frees the outlet. */
void outlet_close(struct outlet *outlet, uint64_t grace_ms);

#endif
