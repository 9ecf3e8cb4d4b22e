/* SPDX-License-Identifier: MIT */
/* registry_quiet - callbacks of a registry that do nothing. */
#ifndef PROCJON_TEST_REGISTRY_QUIET_H
#define PROCJON_TEST_REGISTRY_QUIET_H

#include "engine/registry.h"

static inline void quiet_transition(struct registry *registry, const struct service *service,
                                    const struct transition *transition, int64_t at_ms, int64_t since_ms)
{
    (void)registry, (void)service, (void)transition, (void)at_ms, (void)since_ms;
}

/* For checkpoint_soon and closed. */
static inline void quiet_event(struct registry *registry)
{
    (void)registry;
}

#endif
