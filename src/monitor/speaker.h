/* SPDX-License-Identifier: MIT */
/*
 * speaker - who was the last to speak for what: a stream of reports, and the services that it owns by that.
 *
 * A speaker is embedded in whatever lives as long as the stream, a link in each service; both are empty when
 * zeroed. Nothing is allocated, every step is O(1). Loop thread only.
 */
#ifndef PROCJON_MONITOR_SPEAKER_H
#define PROCJON_MONITOR_SPEAKER_H

#include <stdint.h>

struct speaker {
    struct speaker_link *links; /* the services that it was the last to speak for */
    /* Until when (uv_now) nobody listens to it, by our own will; 0: now. NULL: it is always listened to. */
    const uint64_t *deaf_until_ms;
};

struct speaker_link {
    struct speaker *speaker; /* NULL: the stream that spoke last has ended */
    struct speaker_link *prev, *next;
};

/* The speaker owns it from now on, and nobody else does. */
void speaker_own(struct speaker *speaker, struct speaker_link *link);

/* Nobody owns it. */
void speaker_disown(struct speaker_link *link);

/* Owns nothing any more. */
void speaker_leave(struct speaker *speaker);

#endif
