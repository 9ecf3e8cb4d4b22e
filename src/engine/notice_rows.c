/* SPDX-License-Identifier: MIT */
#include "engine/notice_rows.h"

#include <stdlib.h>

#include "base/mem.h"

void notice_rows_fini(struct notice_rows *rows)
{
    free(rows->rows);
    *rows = (struct notice_rows){0};
}

static void add(struct notice_rows *rows, const struct store_notice *notice)
{
    if (rows->count == rows->room) {
        rows->room = rows->room > 0 ? 2 * rows->room : 4;
        rows->rows = mem_realloc(rows->rows, rows->room * sizeof *rows->rows);
    }
    rows->rows[rows->count++] = *notice;
}

static void add_held(struct notice_rows *rows, struct store_notice notice,
                     const struct decision_reason *reason, int64_t at_ms, int64_t loop_ms)
{
    notice.held_by = decision_stage_names[reason->stage];
    if (reason->until_ms != STAGE_NO_TIME)
        notice.held_until_ms = at_ms + reason->until_ms - loop_ms;
    if (reason->reports != STAGE_NO_REPORTS)
        notice.held_reports = reason->reports;
    add(rows, &notice);
}

/* What was held by NOTIFY_AFTER is told with the event, or dropped with it. */
static void add_earlier(struct notice_rows *rows, struct store_notice notice, const struct ids *ids,
                        const struct decision_reason *reason, int64_t at_ms)
{
    notice.outcome = reason->held_outcome;
    notice.held_by = decision_stage_names[STAGE_NOTIFY_AFTER];
    notice.held_until_ms = at_ms;
    for (size_t i = 0; i < ids->count; i++) {
        notice.event = ids->list[i];
        add(rows, &notice);
    }
}

static bool lets_go(const struct held_notice *held, const struct decision_reason *reason)
{
    return held != NULL && (held->stages & HELD_BY(STAGE_NOTIFY_AFTER)) != 0 &&
           (reason->stages & HELD_BY(STAGE_NOTIFY_AFTER)) == 0;
}

void notice_rows_fill(struct notice_rows *rows, const struct event *event, const struct decision *decision,
                      const struct held_notices *held, const struct router *router, int64_t loop_ms)
{
    uint64_t sinks = decision->told | decision->held | decision->suppressed;

    for (unsigned sink = 0; sink < ROUTER_SINKS_MAX; sink++) {
        const struct decision_reason *reason = &decision->reasons[sink];
        struct store_notice notice = {.event = event->id};
        const struct held_notice *earlier;

        if ((sinks >> sink & 1) == 0)
            continue;
        notice.sink = router_name(router, sink);
        earlier = held_notices_find(held, event->service, sink);
        if (lets_go(earlier, reason))
            add_earlier(rows, notice, &earlier->entry->ids, reason, event->at_ms);
        notice.outcome = reason->outcome;
        if ((decision->held >> sink & 1) != 0)
            add_held(rows, notice, reason, event->at_ms, loop_ms);
        else
            add(rows, &notice);
    }
}
