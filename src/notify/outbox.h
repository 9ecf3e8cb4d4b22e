/* SPDX-License-Identifier: MIT */
/*
 * outbox - what people are still owed, and the order they get it in.
 *
 * Embedded in the daemon; after outbox_close the memory must stay until `closed` was called. Loop thread only.
 * It is a queue in memory in front of one sink (a Slack webhook, or the log when there is none): the durable copy
 * is the store's, which hands every undelivered notice back after a restart.
 *
 * Self-clocking: an idle outbox sends a notice at once, alone. What comes while a request is in flight, paused or
 * failing waits and is merged into one message, per service to its net effect. One request is in flight. Nothing
 * here blocks the loop, and nothing is dropped: a notice leaves through `settled` only.
 */
#ifndef PROCJON_NOTIFY_OUTBOX_H
#define PROCJON_NOTIFY_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/err.h"
#include "notify/notice.h"

struct outbox;

struct outbox_ops {
    /*
     * These notices need no sending any more. `fate` is one word for the history: "delivered", "merged" (their
     * net effect was nothing), "poison" (the sink will never take them). Never from inside outbox_add.
     */
    void (*settled)(struct outbox *outbox, const uint64_t *ids, size_t count, const char *fate);
    void (*closed)(struct outbox *outbox);
};

/* `webhook`: https URL of the sink, or NULL for the log. */
int outbox_open(struct outbox *outbox, uv_loop_t *loop, const char *webhook, const struct outbox_ops *ops,
                struct err *err);

/* The webhook changed (or appeared, or went): what waits goes to the new one, at once. On error the old stays. */
int outbox_set_webhook(struct outbox *outbox, const char *webhook, struct err *err);

/* Copies the notice. Ids must grow. */
void outbox_add(struct outbox *outbox, const struct notice *notice);

/* Notices not settled yet. */
size_t outbox_waiting(const struct outbox *outbox);

/* Whether the sink took the last message it was sent (true before the first). */
bool outbox_healthy(const struct outbox *outbox);

/* Gives a request in flight up to `grace_ms` to end, then `closed`. What waits stays owed. Idempotent. */
void outbox_close(struct outbox *outbox, uint64_t grace_ms);

/* Room for the struct's definition below this line: it is embedded, its fields are private. */

#endif
