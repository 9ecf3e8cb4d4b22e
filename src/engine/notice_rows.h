/* SPDX-License-Identifier: MIT */
/*
 * notice_rows - a decision as the store keeps it: one row for each sink, and for each earlier notice that it
 * ends.
 *
 * A growing array; a zeroed one is empty, notice_rows_fini gives its memory back. Names are the router's, and
 * live as long as their sinks.
 */
#ifndef PROCJON_ENGINE_NOTICE_ROWS_H
#define PROCJON_ENGINE_NOTICE_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "engine/decision.h"
#include "notify/router.h"
#include "store/store_record.h"

struct notice_rows {
    struct store_notice *rows;
    size_t count, room;
};

void notice_rows_fini(struct notice_rows *rows);

/*
 * The rows of the event: those of the decision, and those of the notices in `held`, about the same service
 * and for the same sinks, that are told or dropped with it. `loop_ms` is the loop's clock at event->at_ms.
 */
void notice_rows_fill(struct notice_rows *rows, const struct event *event, const struct decision *decision,
                      const struct held_notices *held, const struct router *router, int64_t loop_ms);

#endif
