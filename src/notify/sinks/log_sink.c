/* SPDX-License-Identifier: MIT */
#include "notify/sinks/log_sink.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/mem.h"
#include "notify/render.h"

#define LOG_MODULE "notify"
#include "base/log.h"

static void note(struct sink *sink, const struct event *event)
{
    char *text = render_event(event);

    (void)sink;
    log_info("notice service=%s event=%" PRIu64 " text=%s", event->service, event->id, text);
    free(text);
}

static void print(struct sink *sink, const struct digest *digest, int64_t now_ms, bool plain)
{
    const struct sink_answer took = {.verdict = SINK_DELIVERED};

    (void)plain;
    for (const struct digest_entry *entry = digest->entries; entry != NULL; entry = entry->hh.next) {
        char *text = render_entry(entry, now_ms);

        log_info("notice service=%s events=%zu text=%s", entry->service, entry->ids.count, text);
        free(text);
    }
    sink->events->answered(sink->arg, &took);
}

static void close_log(struct sink *sink)
{
    const struct sink_events *events = sink->events;
    void *arg = sink->arg;

    free(sink);
    events->closed(arg);
}

static const struct sink_ops ops = {.note = note, .send = print, .close = close_log};

struct sink *log_sink_open(const struct sink_events *events, void *arg)
{
    struct sink *sink = mem_alloc(sizeof *sink);

    *sink = (struct sink){.ops = &ops, .events = events, .arg = arg};
    return sink;
}
