/* SPDX-License-Identifier: MIT */
/*
 * report_stream - which stream of reports was the last to report of which service. That stream owns the
 * service: when it ends in an error, the service may be lost with it.
 *
 * A report_stream is embedded in the call that carries the stream, a report_stream_link in each service; a
 * zeroed one is empty. Nothing is allocated, and owning or disowning one service is O(1). Loop thread only.
 * Whoever frees a stream calls report_stream_done or registry_lost first.
 */
#ifndef PROCJON_ENGINE_REPORT_STREAM_H
#define PROCJON_ENGINE_REPORT_STREAM_H

#include <stdint.h>

struct report_stream {
    struct report_stream_link *links; /* utlist; of the services that it owns */
    /* Borrowed: until when (uv_now) the server does not read from the connection; 0: it reads. NULL: it
     * always reads. */
    const uint64_t *read_paused_until_ms;
};

struct report_stream_link {
    struct report_stream *stream; /* NULL: the stream that reported last has ended */
    struct report_stream_link *prev, *next;
};

/* The stream becomes the owner, instead of any other. */
void report_stream_own(struct report_stream *stream, struct report_stream_link *link);

/* The service has no owner any more. */
void report_stream_disown(struct report_stream_link *link);

/* The stream has ended without an error: it owns nothing any more. */
void report_stream_done(struct report_stream *stream);

#endif
