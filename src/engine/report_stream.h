/* SPDX-License-Identifier: MIT */
/*
 * stream - who was the last to speak for what: a stream of reports, and the services that it owns by that.
 *
 * A stream is embedded in whatever lives as long as the stream, a link in each service; both are empty when
 * zeroed. Nothing is allocated, every step is O(1). Loop thread only.
 */
#ifndef PROCJON_ENGINE_REPORT_STREAM_H
#define PROCJON_ENGINE_REPORT_STREAM_H

#include <stdint.h>

struct report_stream {
    struct report_stream_link *links; /* the services that it was the last to speak for */
    /* Until when (uv_now) nobody listens to it, by our own will; 0: now. NULL: it is always listened to. */
    const uint64_t *read_paused_until_ms;
};

struct report_stream_link {
    struct report_stream *stream; /* NULL: the stream that spoke last has ended */
    struct report_stream_link *prev, *next;
};

/* The stream owns it from now on, and nobody else does. */
void report_stream_own(struct report_stream *stream, struct report_stream_link *link);

/* Nobody owns it. */
void report_stream_disown(struct report_stream_link *link);

/* Owns nothing any more. */
void report_stream_done(struct report_stream *stream);

#endif
