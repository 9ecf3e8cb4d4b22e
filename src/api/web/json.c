/* SPDX-License-Identifier: MIT */
#include "api/web/json.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/time_format.h"
#include "base/buf.h"
#include "api/web/limits.h"
#include "api/web/service_page.h"

#define TYPE "application/json"

static json_t *moment(int64_t at_ms)
{
    char text[TIME_FORMAT_ISO_SIZE];

    return at_ms != 0 ? json_string(time_format_iso(text, at_ms)) : json_null();
}

/* Of a code that was registered once and is no more, and of one that is not UTF-8, there is no text. */
static json_t *text_or_null(const char *text)
{
    json_t *value = text != NULL ? json_string(text) : NULL;

    return value != NULL ? value : json_null();
}

static json_t *status(const struct service *service, const struct service_snapshot *memory)
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
    buf_puts(out, text);
    free(text);
}

static void put_service(struct buf *out, const struct engine *engine, const struct service *service)
{
    static const char *const availabilities[] = {
        [SERVICE_UNKNOWN] = "unknown",
        [SERVICE_AVAILABLE] = "available",
        [SERVICE_UNAVAILABLE] = "unavailable",
    };
    struct service_snapshot memory;

    engine_snapshot(engine, service, &memory);
    put(out, json_pack("{s:o, s:s, s:o, s:o, s:o, s:I}", "id", text_or_null(service->id), "availability",
                       availabilities[memory.availability], "since", moment(memory.since_ms), "status",
                       status(service, &memory), "last_seen", moment(memory.seen_ms), "timeout",
                       (json_int_t)(service->timeout_ms / 1000)));
}

/* How far the list has come. */
struct listing {
    const struct engine *engine;
    char *last; /* identifier, owned; NULL before the first */
};

static bool next_piece(void *arg, struct buf *body)
{
    struct listing *listing = arg;
    struct service_page services;
    bool more;

    service_page_init(&services, WEB_API_ROWS);
    services.by_id = true;
    services.after = listing->last;
    engine_each(listing->engine, service_page_offer, &services);
    service_page_sort(&services);
    for (size_t i = 0; i < services.count; i++) {
        buf_puts(body, listing->last != NULL || i > 0 ? ",\n" : "\n");
        put_service(body, listing->engine, services.rows[i].service);
    }
    if (services.count > 0) {
        free(listing->last);
        listing->last = mem_strdup(services.rows[services.count - 1].service->id);
    }
    more = services.more;
    if (!more)
        buf_puts(body, "\n]}\n");
    service_page_fini(&services);
    return more;
}

static void on_done(void *arg)
{
    struct listing *listing = arg;

    free(listing->last);
    free(listing);
}

void json_services(struct http_response *answer, const struct engine *engine)
{
    struct listing *listing = mem_alloc(sizeof *listing);

    *listing = (struct listing){.engine = engine};
    *answer = (struct http_response){
        .status = HTTP_RESPONSE_OK, .type = TYPE, .more = next_piece, .done = on_done, .arg = listing};
    buf_puts(&answer->body, "{\"services\":[");
}

static void refuse(struct http_response *answer, const char *problem, const char *value)
{
    *answer = (struct http_response){.status = HTTP_RESPONSE_NOT_FOUND, .type = TYPE};
    put(&answer->body, json_pack("{s:s, s:o}", "error", problem, "value", text_or_null(value)));
    buf_puts(&answer->body, "\n");
}

void json_service(struct http_response *answer, const struct engine *engine, const char *id)
{
    const struct service *service = engine_find(engine, id, strlen(id));

    if (service == NULL) {
        refuse(answer, "no such service is registered", id);
        return;
    }
    *answer = (struct http_response){.status = HTTP_RESPONSE_OK, .type = TYPE};
    put_service(&answer->body, engine, service);
    buf_puts(&answer->body, "\n");
}

void json_unknown(struct http_response *answer, const char *path)
{
    refuse(answer, "there is nothing at this path", path);
}
