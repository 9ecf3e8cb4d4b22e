/* SPDX-License-Identifier: MIT */
/*
 * render - what is said, in plain UTF-8, before any sink escapes it.
 *
 * Pure. The caller frees what is returned. The same digest at the same `now_ms` always gives the same words:
 * that is what makes a repeated message recognisable. Times are wall clock, milliseconds since 1970; people
 * read UTC.
 */
#ifndef PROCJON_NOTIFY_RENDER_H
#define PROCJON_NOTIFY_RENDER_H

#include <stdint.h>

#include "notify/digest.h"
#include "base/event.h"

/* At most so many services by name in one message: more is a wall that nobody reads. */
#define RENDER_LISTED_MAX 20

/* Weight (text.h) of a whole message: under 4 000, where Slack begins to split one message into several. */
#define RENDER_MAX 3000

/* A message that comes later than this after the event says so. */
#define RENDER_LATE_MS 60000

/* The sentence about one notice. */
char *render_event(const struct event *event);

/* Everything in the digest, as told at `now_ms`: one sentence, one line, or a list. Not for an empty digest.
 */
char *render_digest(const struct digest *digest, int64_t now_ms);

/* One line about one service: its net effect. */
char *render_entry(const struct digest_entry *entry, int64_t now_ms);

/* "event 42" or "events 42–97 (12)": the same on every retry. */
char *render_ids(const struct digest *digest);

#endif
