/* SPDX-License-Identifier: MIT */
#include "notify/sinks/json_webhook.h"

#include <stdlib.h>

#include "notify/render.h"
#include "notify/sinks/webhook.h"

static const char *const severities[] = {
    [EVENT_GOOD] = "good", [EVENT_WARNING] = "warning", [EVENT_DANGER] = "danger"};

static void set_string(json_t *object, const char *key, const char *value)
{
    (void)json_object_set_new(object, key, webhook_string(value));
}

static json_t *events_of(const struct digest_entry *entry)
{
    const struct ids *ids = &entry->ids;
    size_t first = ids->count > JSON_WEBHOOK_EVENTS_MAX ? ids->count - JSON_WEBHOOK_EVENTS_MAX : 0;
    json_t *events = webhook_json(json_array());

    for (size_t i = first; i < ids->count; i++)
        (void)json_array_append_new(events, json_integer((json_int_t)ids->list[i]));
    return events;
}

static json_t *service_of(const struct digest_entry *entry, int64_t now_ms)
{
    char *line = render_entry(entry, now_ms);
    json_t *service = webhook_json(json_pack("{s:s, s:s, s:o, s:f, s:f}", "text", line, "severity",
                                             severities[digest_entry_severity(entry)], "events",
                                             events_of(entry), "firstAt", (double)entry->first_ms / 1000,
                                             "lastAt", (double)entry->last_ms / 1000));

    free(line);
    set_string(service, "service", entry->service);
    if (entry->status_changes > 0) {
        set_string(service, "status", entry->status);
        set_string(service, "previousStatus", entry->status_before);
    }
    if (entry->availability_changes > 0)
        (void)json_object_set_new(service, "available",
                                  json_boolean(entry->availability == DIGEST_AVAILABLE));
    if (entry->remark_kind == EVENT_FLAPPING || entry->remark_kind == EVENT_STABLE)
        (void)json_object_set_new(service, "flapping", json_boolean(entry->remark_kind == EVENT_FLAPPING));
    return service;
}

static json_t *services_of(const struct digest *digest, int64_t now_ms)
{
    json_t *services = webhook_json(json_array());

    for (const struct digest_entry *entry = digest->entries; entry != NULL; entry = entry->hh.next)
        (void)json_array_append_new(services, service_of(entry, now_ms));
    return services;
}

/* The plain form has no list of services. */
static char *encode(const struct digest *digest, int64_t now_ms, bool plain)
{
    char *text = render_digest(digest, now_ms);
    json_t *payload = webhook_json(json_pack("{s:s, s:s, s:I}", "text", text, "severity",
                                             severities[digest_severity(digest)], "count",
                                             (json_int_t)digest_services(digest)));

    free(text);
    if (!plain)
        (void)json_object_set_new(payload, "services", services_of(digest, now_ms));
    return webhook_body(payload);
}

const struct webhook_form json_webhook_form = {
    .name = "webhook",
    .content_type = "application/json; charset=utf-8",
    .services_max = JSON_WEBHOOK_SERVICES_MAX,
    .encode = encode,
};
