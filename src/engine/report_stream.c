/* SPDX-License-Identifier: MIT */
#include "engine/report_stream.h"

#include <stddef.h>
#include <utlist.h>

void report_stream_disown(struct report_stream_link *link)
{
    if (link->stream != NULL)
        DL_DELETE(link->stream->links, link);
    link->stream = NULL;
}

void report_stream_own(struct report_stream *stream, struct report_stream_link *link)
{
    report_stream_disown(link);
    DL_APPEND(stream->links, link);
    link->stream = stream;
}

void report_stream_done(struct report_stream *stream)
{
    while (stream->links != NULL)
        report_stream_disown(stream->links);
}
