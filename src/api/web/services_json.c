/* SPDX-License-Identifier: MIT */
#include "api/web/services_json.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "api/web/limits.h"
#include "api/web/service_page.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/time_format.h"

#define TYPE "application/json"

static json_t *time_or_null(int64_t at_ms)
{
    char text[TIME_FORMAT_ISO_SIZE];

    return at_ms != 0 ? json_string(time_format_iso(text, at_ms)) : json_null();
}

/* A code that is not registered any more has no text; a text that is not UTF-8 cannot be JSON. */
static json_t *text_or_null(const char *text)
{
    json_t *value = text != NULL ? json_string(text) : NULL;

    return value != NULL ? value : json_null();
}

static json_t *status_of(const struct service *service, const struct service_snapshot *snapshot)
{
    if (!snapshot->has_code)
        return json_null();
    return json_pack("{s:i, s:o, s:o}", "code", (int)snapshot->code, "text",
                     text_or_null(service_text(service, snapshot->code)), "since",
                     time_or_null(snapshot->code_since_ms));
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
    struct service_snapshot snapshot;

    engine_snapshot(engine, service, &snapshot);
    put(out, json_pack("{s:o, s:s, s:o, s:o, s:o, s:I}", "id", text_or_null(service->id), "availability",
                       availabilities[snapshot.availability], "since", time_or_null(snapshot.since_ms),
                       "status", status_of(service, &snapshot), "last_seen", time_or_null(snapshot.seen_ms),
                       "timeout", (json_int_t)(service->timeout_ms / 1000)));
}

/* The progress of a list that is sent in pieces. */
struct listing {
    const struct engine *engine;
    char *last; /* identifier of the last service so far, owned; NULL before the first */
};

static bool next_piece(void *arg, struct buf *body)
{
    struct listing *listing = arg;
    struct service_page page;
    bool more;

    service_page_init(&page, WEB_API_ROWS);
    page.by_id = true;
    page.after = listing->last;
    engine_each(listing->engine, service_page_offer, &page);
    service_page_sort(&page);
    for (size_t i = 0; i < page.count; i++) {
        buf_puts(body, listing->last != NULL || i > 0 ? ",\n" : "\n");
        put_service(body, listing->engine, page.rows[i].service);
    }
    if (page.count > 0) {
        free(listing->last);
        listing->last = mem_strdup(page.rows[page.count - 1].service->id);
    }
    more = page.more;
    if (!more)
        buf_puts(body, "\n]}\n");
    service_page_fini(&page);
    return more;
}

static void on_done(void *arg)
{
    struct listing *listing = arg;

    free(listing->last);
    free(listing);
}

void services_json_list(struct http_response *response, const struct engine *engine)
{
    struct listing *listing = mem_alloc(sizeof *listing);

    *listing = (struct listing){.engine = engine};
    *response = (struct http_response){
        .status = HTTP_RESPONSE_OK, .type = TYPE, .more = next_piece, .done = on_done, .arg = listing};
    buf_puts(&response->body, "{\"services\":[");
}

static void refuse(struct http_response *response, const char *problem, const char *value)
{
    *response = (struct http_response){.status = HTTP_RESPONSE_NOT_FOUND, .type = TYPE};
    put(&response->body, json_pack("{s:s, s:o}", "error", problem, "value", text_or_null(value)));
    buf_puts(&response->body, "\n");
}

void services_json_find(struct http_response *response, const struct engine *engine, const char *id)
{
    const struct service *service = engine_find(engine, id, strlen(id));

    if (service == NULL) {
        refuse(response, "no such service is registered", id);
        return;
    }
    *response = (struct http_response){.status = HTTP_RESPONSE_OK, .type = TYPE};
    put_service(&response->body, engine, service);
    buf_puts(&response->body, "\n");
}

void services_json_unknown(struct http_response *response, const char *path)
{
    refuse(response, "there is nothing at this path", path);
}
