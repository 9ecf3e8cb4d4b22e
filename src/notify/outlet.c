/* SPDX-License-Identifier: MIT */
#include "notify/outlet.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/wall.h"

static int64_t loop_ms(const struct outlet *outlet)
{
    return (int64_t)uv_now(outlet->outbox.loop);
}

/*
 * When it happened, on the loop's clock: a step of the wall clock lengthens nothing that is being held. Read
 * afresh, as the wall clock is: uv_now() may lag behind it.
 */
static int64_t happened_ms(const struct event *event)
{
    int64_t ago_ms = wall_now() - event->at_ms;

    return (int64_t)(uv_hrtime() / 1000000) - (ago_ms > 0 ? ago_ms : 0);
}

static void on_due(uv_timer_t *timer);

static void due_at(struct outlet *outlet, int64_t at_ms)
{
    int64_t wait_ms = at_ms - loop_ms(outlet);

    if (uv_is_active((uv_handle_t *)&outlet->due) && outlet->due_ms <= at_ms)
        return;
    outlet->due_ms = at_ms;
    (void)uv_timer_start(&outlet->due, on_due, wait_ms > 0 ? (uint64_t)wait_ms : 0, 0);
}

static void settle_brief(struct outlet *outlet)
{
    struct ids brief = outlet->brief;

    outlet->brief = (struct ids){0};
    if (brief.count > 0)
        outlet->ops->settled(outlet, brief.list, brief.count, "brief");
    ids_fini(&brief);
}

static void on_due(uv_timer_t *timer)
{
    struct outlet *outlet = container_of(timer, struct outlet, due);
    struct digest told = {0};
    int64_t next_ms;

    hold_release(&outlet->hold, loop_ms(outlet), &told);
    next_ms = hold_due(&outlet->hold);
    if (next_ms != HOLD_NEVER)
        due_at(outlet, next_ms);
    if (told.notices > 0)
        outbox_merge(&outlet->outbox, &told);
    settle_brief(outlet);
}

/* Sees to it that what is held of the service is looked at when it is due. */
static void await(struct outlet *outlet, const char *service)
{
    int64_t due_ms;
    uint64_t due_reports;

    if (!hold_waits(&outlet->hold, service, &due_ms, &due_reports))
        return;
    if (due_ms != HOLD_NEVER)
        due_at(outlet, due_ms);
    if (due_reports != HOLD_NO_REPORT)
        outlet->ops->awaits(outlet, service, due_reports);
}

void outlet_add(struct outlet *outlet, const struct event *event, struct patience patience)
{
    struct digest told = {0};
    int64_t at_ms = happened_ms(event);

    if (outlet->closing)
        return; /* it stays owed: the store has it */
    if (patience.ms == 0 && patience.reports == 0 && outlet->hold.notices == 0) {
        outbox_add(&outlet->outbox, event);
        return;
    }
    hold_add(&outlet->hold, event, at_ms, patience, &told, &outlet->brief);
    if (outlet->brief.count > 0)
        due_at(outlet, loop_ms(outlet));
    if (told.notices > 0)
        outbox_merge(&outlet->outbox, &told);
    await(outlet, event->service);
}

void outlet_heard(struct outlet *outlet, const char *service, uint64_t reports)
{
    struct digest told = {0};

    if (outlet->closing)
        return;
    hold_heard(&outlet->hold, service, reports, &told);
    if (told.notices > 0)
        outbox_merge(&outlet->outbox, &told);
    await(outlet, service);
}

static void on_settled(struct outbox *outbox, const uint64_t *ids, size_t count, const char *fate)
{
    struct outlet *outlet = container_of(outbox, struct outlet, outbox);

    outlet->ops->settled(outlet, ids, count, fate);
}

static void on_failing(struct outlet *outlet, const struct sink_answer *answer)
{
    uint64_t now_ms = uv_now(outlet->outbox.loop);

    if (outlet->failed_ms == 0)
        outlet->failed_ms = now_ms;
    if (outlet->dead || (answer->verdict != SINK_GONE && now_ms - outlet->failed_ms < OUTLET_DEAD_MS))
        return;
    if (outlet->died_ms != 0 && now_ms - outlet->died_ms < OUTLET_DEAD_AGAIN_MS)
        return;
    outlet->dead = true;
    outlet->died_ms = now_ms;
    outlet->ops->died(outlet, answer->detail);
}

static void on_answered(struct outbox *outbox, const struct sink_answer *answer)
{
    struct outlet *outlet = container_of(outbox, struct outlet, outbox);

    if (answer->verdict != SINK_TOOK && answer->verdict != SINK_REFUSED) {
        on_failing(outlet, answer);
        return;
    }
    outlet->failed_ms = 0;
    if (!outlet->dead)
        return;
    outlet->dead = false;
    outlet->ops->died(outlet, NULL);
}

static void on_outbox_closed(struct outbox *outbox)
{
    uvx_drop(&container_of(outbox, struct outlet, outbox)->owner);
}

static const struct outbox_ops outbox_ops = {
    .settled = on_settled, .answered = on_answered, .closed = on_outbox_closed};

int outlet_open(struct outlet **opened, uv_loop_t *loop, const char *name, const struct address *address,
                const struct outlet_ops *ops, void *arg, struct err *err)
{
    struct outlet *outlet = mem_zalloc(sizeof *outlet);
    int rc;

    outlet->name = mem_strdup(name);
    rc = outbox_open(&outlet->outbox, loop, outlet->name, address, &outbox_ops, err);
    if (rc < 0) {
        free(outlet->name);
        free(outlet);
        return rc;
    }
    uvx_hold(&outlet->owner);
    outlet->ops = ops;
    outlet->arg = arg;
    (void)uv_timer_init(loop, &outlet->due);
    uvx_own(&outlet->owner, (uv_handle_t *)&outlet->due);
    *opened = outlet;
    return 0;
}

int outlet_change(struct outlet *outlet, const struct address *address, struct err *err)
{
    return outbox_set_address(&outlet->outbox, address, err);
}

size_t outlet_waiting(const struct outlet *outlet)
{
    return outlet->hold.notices + outlet->brief.count + outbox_waiting(&outlet->outbox);
}

static void on_gone(struct uvx_owner *owner)
{
    struct outlet *outlet = container_of(owner, struct outlet, owner);
    const struct outlet_ops *ops = outlet->ops;
    void *arg = outlet->arg;

    hold_fini(&outlet->hold);
    free(outlet->name);
    free(outlet);
    ops->closed(arg);
}

void outlet_close(struct outlet *outlet, uint64_t grace_ms)
{
    if (outlet->closing)
        return;
    outlet->closing = true;
    settle_brief(outlet);
    uvx_owner_close(&outlet->owner, on_gone);
    uvx_shut((uv_handle_t *)&outlet->due);
    outbox_close(&outlet->outbox, grace_ms);
}
