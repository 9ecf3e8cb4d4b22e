/* SPDX-License-Identifier: MIT */
/*
 * checkpoint - stores every few seconds that the server is alive, and when each service was last seen. A
 * restart knows from it how long the server did not run: doc/decisions/checkpoint.md.
 *
 * Writes that belong to a checkpoint are queued right before it: what the owner adds in `due`, and the state
 * of every service after a write of a state has failed or the wall clock was set.
 *
 * Embedded in the engine; after checkpoint_close the memory must stay until `closed` was called and the store
 * is closed. Loop thread only.
 */
#ifndef PROCJON_ENGINE_CHECKPOINT_H
#define PROCJON_ENGINE_CHECKPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/uvx.h"
#include "engine/registry.h"
#include "engine/stall_detector.h"
#include "store/store.h"

/* The one on disk is at most this old; the timer also keeps the loop running for the stall detector. */
#define CHECKPOINT_PERIOD_MS STALL_DETECTOR_TURN_MS

struct checkpoint;

struct checkpoint_ops {
    /* A checkpoint is about to be queued, with this time of the wall clock. May write to the store. */
    void (*due)(struct checkpoint *checkpoint, int64_t now_ms);
    /* The timer is closed. Called once, from the loop; the store may still answer writes. */
    void (*closed)(struct checkpoint *checkpoint);
};

struct checkpoint {
    struct uvx_owner owner;
    uv_timer_t timer; /* active from the first checkpoint_soon on */
    const struct checkpoint_ops *ops;
    struct registry *registry;
    struct store *store;
    uint64_t stored_ms;    /* uv_now when the last one was committed, or of checkpoint_open */
    int64_t wall_began_ms; /* what the wall clock showed when uv_now was 0, as of the last one; 0: none */
    size_t saving;         /* states on their way to the disk because of `unsaved` */
    bool unsaved;          /* the states on disk are wrong: the next checkpoint writes all of them */
};

/* `ops` must outlive it. Nothing is written before checkpoint_soon. */
void checkpoint_open(struct checkpoint *checkpoint, uv_loop_t *loop, struct registry *registry,
                     struct store *store, const struct checkpoint_ops *ops);

/*
 * Makes a checkpoint in the next iteration of the loop, and from then on one in every period. The first call
 * comes after the restore, when the store may be written to.
 */
void checkpoint_soon(struct checkpoint *checkpoint);

/* A state was not stored: the next checkpoint writes all of them. */
void checkpoint_lost(struct checkpoint *checkpoint);

/* Makes a last one, if there was a first. Before the store is closed. Idempotent. */
void checkpoint_close(struct checkpoint *checkpoint);

#endif
