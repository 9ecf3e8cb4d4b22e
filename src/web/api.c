/* SPDX-License-Identifier: MIT */
#include "web/api.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/moment.h"
#include "base/print.h"
#include "monitor/registry_memory.h"
#include "web/limits.h"
#include "web/roster.h"

#define TYPE "application/json"

static json_t *moment(int64_t at_ms)
{
    char text[MOMENT_ISO_SIZE];

    return at_ms != 0 ? json_string(moment_iso(text, at_ms)) : json_null();
}

/* Of a code that was registered once and is no more, and of one that is not UTF-8, there is no text. */
static json_t *text_or_null(const char *text)
{
    json_t *value = text != NULL ? json_string(text) : NULL;

    return value != NULL ? value : json_null();
}

static json_t *status(const struct service *service, const struct registry_memory *memory)
{
    if (!memory->has_code)
        return json_null();
    return json_pack("{s:i, s:o, s:o}", "code", (int)memory->code, "text",
                     text_or_null(service_text(service, memory->code)), "since",
                     moment(memory->code_since_ms));
}

static void put(struct buf *out, json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT);

    json_decref(value);
    if (text == NULL)
        return;
    print_text(out, text);
    free(text);
}

static void put_service(struct buf *out, const struct registry *registry, const struct service *service)
{
    static const char *const presences[] = {
        [SERVICE_UNKNOWN] = "unknown",
        [SERVICE_AVAILABLE] = "available",
        [SERVICE_UNAVAILABLE] = "unavailable",
    };
    struct registry_memory memory;

    registry_memory_of(registry, service, &memory);
    put(out, json_pack("{s:o, s:s, s:o, s:o, s:o, s:I}", "id", text_or_null(service->id), "presence",
                       presences[memory.presence], "since", moment(memory.since_ms), "status",
                       status(service, &memory), "last_seen", moment(memory.seen_ms), "timeout",
                       (json_int_t)(service->timeout_ms / 1000)));
}

/* How far the list has come. */
struct listing {
    const struct registry *registry;
    char *last; /* identifier, owned; NULL before the first */
};

static bool next_piece(void *arg, struct buf *body)
{
    struct listing *listing = arg;
    struct roster roster;
    bool more;

    roster_init(&roster, WEB_API_ROWS);
    roster.by_id = true;
    roster.after = listing->last;
    registry_each(listing->registry, roster_offer, &roster);
    roster_sort(&roster);
    for (size_t i = 0; i < roster.count; i++) {
        print_text(body, listing->last != NULL || i > 0 ? ",\n" : "\n");
        put_service(body, listing->registry, roster.rows[i].service);
    }
    if (roster.count > 0) {
        free(listing->last);
        listing->last = mem_strdup(roster.rows[roster.count - 1].service->id);
    }
    more = roster.more;
    if (!more)
        print_text(body, "\n]}\n");
    roster_fini(&roster);
    return more;
}

static void on_done(void *arg)
{
    struct listing *listing = arg;

    free(listing->last);
    free(listing);
}

void api_services(struct answer *answer, const struct registry *registry)
{
    struct listing *listing = mem_alloc(sizeof *listing);

    *listing = (struct listing){.registry = registry};
    *answer = (struct answer){
        .status = ANSWER_OK, .type = TYPE, .more = next_piece, .done = on_done, .arg = listing};
    print_text(&answer->body, "{\"services\":[");
}

static void refuse(struct answer *answer, const char *problem, const char *value)
{
    *answer = (struct answer){.status = ANSWER_NOT_FOUND, .type = TYPE};
    put(&answer->body, json_pack("{s:s, s:o}", "error", problem, "value", text_or_null(value)));
    print_text(&answer->body, "\n");
}

void api_service(struct answer *answer, const struct registry *registry, const char *id)
{
    const struct service *service = registry_find(registry, id, strlen(id));

    if (service == NULL) {
        refuse(answer, "no such service is registered", id);
        return;
    }
    *answer = (struct answer){.status = ANSWER_OK, .type = TYPE};
    put_service(&answer->body, registry, service);
    print_text(&answer->body, "\n");
}

void api_unknown(struct answer *answer, const char *path)
{
    refuse(answer, "there is nothing at this path", path);
}
