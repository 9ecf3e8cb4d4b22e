/* SPDX-License-Identifier: MIT */
/*
 * render - the text of a message in plain UTF-8, before a sink escapes it.
 *
 * Pure. Returned strings are for free(3). The same digest at the same `now_ms` always gives the same text,
 * because a retry must be the same message byte for byte. Times are wall clock, milliseconds since 1970; the
 * text shows UTC.
 */
#ifndef PROCJON_NOTIFY_RENDER_H
#define PROCJON_NOTIFY_RENDER_H

#include <stdint.h>

#include "base/event.h"
#include "notify/digest.h"

/* The services that one message names; a longer list is not read. The others are counted. */
#define RENDER_LISTED_MAX 20

/* Weight (see text_fit.h) of a message: below 4 000, where Slack begins to split a text into messages. */
#define RENDER_MAX 3000

/* A message that is rendered later than this after the event shows the time of the event, and the delay. */
#define RENDER_LATE_MS 60000

/* The sentence about one notice. */
char *render_event(const struct event *event);

/* The digest as a sentence, a line or a list, depending on its size. Not for an empty digest. */
char *render_digest(const struct digest *digest, int64_t now_ms);

/* One line about one service: its net effect. */
char *render_entry(const struct digest_entry *entry, int64_t now_ms);

/* "event 42" or "events 42–97 (12)". Not for an empty digest. */
char *render_ids(const struct digest *digest);

#endif
