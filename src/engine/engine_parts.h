/* SPDX-License-Identifier: MIT */
/*
 * engine_parts - the struct of an engine. For engine.c, engine_view.c and the tests.
 */
#ifndef PROCJON_ENGINE_ENGINE_PARTS_H
#define PROCJON_ENGINE_ENGINE_PARTS_H

#include "base/uvx.h"
#include "engine/checkpoint.h"
#include "engine/dispatcher.h"
#include "engine/registrations.h"
#include "engine/registry.h"
#include "engine/retention.h"
#include "engine/stall_detector.h"
#include "notify/router.h"
#include "store/store.h"

struct engine {
    struct registry registry;
    struct registrations registrations;
    struct store store;
    struct router router;
    struct dispatcher dispatcher;
    struct checkpoint checkpoint;
    struct retention retention;
    struct stall_detector stall_detector;
    struct uvx_owner owner;    /* a hold for each part that has a `closed` callback */
    int64_t reminded_ms;       /* wall clock: reminders that were due until then are made; 0: none */
    void (*closed)(void *arg); /* NULL: engine_open has failed */
    void *arg;
};

#endif
