/* SPDX-License-Identifier: MIT */
/*
 * checkpoint - the alive stamp: every few seconds the disk learns that the server is alive, and who was last
 * heard when. What it is for: doc/decisions/checkpoint.md.
 *
 * What must be on the disk with it is queued right before it: what the owner adds in `due`, and, after a
 * write has failed or somebody has set the wall clock, the state of every service once more.
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
#include "engine/stall_detector.h"
#include "engine/registry.h"
#include "store/store.h"

/* The one on the disk is at most this old. */
#define CHECKPOINT_PERIOD_MS STALL_DETECTOR_TURN_MS

struct checkpoint;

struct checkpoint_ops {
    /* The next one is about to be made, with this time of the wall clock. May write to the store. */
    void (*due)(struct checkpoint *checkpoint, int64_t now_ms);
    void (*closed)(struct checkpoint *checkpoint);
};

struct checkpoint {
    struct uvx_owner owner;
    uv_timer_t timer; /* running from the first checkpoint_soon on */
    const struct checkpoint_ops *ops;
    struct registry *registry;
    struct store *store;
    uint64_t stored_ms;    /* uv_now when the last one came to the disk, or of checkpoint_open */
    int64_t wall_began_ms; /* wall clock when uv_now was 0, as of the last one */
    size_t saving;         /* states on their way to the disk because of `unsaved` */
    bool unsaved;          /* what the disk has of the states does not hold: all are written again */
};

void checkpoint_open(struct checkpoint *checkpoint, uv_loop_t *loop, struct registry *registry,
                     struct store *store, const struct checkpoint_ops *ops);

/*
 * The next one is due at once, and from there on one in every period. Called for the first time when what the
 * store held is loaded, so that it may be written to.
 */
void checkpoint_soon(struct checkpoint *checkpoint);

/* A state could not be written: all of them are, with the next stamp. */
void checkpoint_lost(struct checkpoint *checkpoint);

/* Makes a last one, if there was a first. Before the store is closed. Idempotent. */
void checkpoint_close(struct checkpoint *checkpoint);

#endif
