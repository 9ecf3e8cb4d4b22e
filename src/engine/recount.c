/* SPDX-License-Identifier: MIT */
#include "engine/recount.h"

#include <stdlib.h>
#include <string.h>

#include "engine/state.h"
#include "base/mem.h"

/* A number on its way; services live as long as the registry. */
struct number {
    struct recount *recount;
    const struct service *service;
    uint64_t reports;
};

void recount_init(struct recount *recount, struct registry *registry, struct store *store,
                  struct router *router)
{
    *recount = (struct recount){.registry = registry, .store = store, .router = router};
}

void recount_stop(struct recount *recount)
{
    recount->stopped = true;
}

void recount_await(struct recount *recount, const char *id, uint64_t reports)
{
    struct service *service = registry_find(recount->registry, id, strlen(id));

    if (service != NULL)
        registry_await(recount->registry, service, reports);
    else
        router_heard(recount->router, id, reports); /* it will never report again */
}

/* A disk that fails keeps nobody from being told. */
static void on_stored(void *arg, const struct err *err)
{
    struct number *number = arg;
    struct recount *recount = number->recount;

    (void)err;
    if (!recount->stopped)
        router_heard(recount->router, number->service->id, number->reports);
    free(number);
}

void recount_reached(struct recount *recount, const struct service *service)
{
    struct number *number = mem_alloc(sizeof *number);
    struct store_state state;

    *number = (struct number){recount, service, registry_reports(service)};
    state_to_store(recount->registry, service, &state);
    store_put_state(recount->store, &state, on_stored, number);
}
