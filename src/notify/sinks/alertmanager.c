/* SPDX-License-Identifier: MIT */
#include "notify/sinks/alertmanager.h"

#include <stdlib.h>

#include "base/time_format.h"
#include "notify/render.h"
#include "notify/sinks/webhook.h"

struct alert {
    const char *name;
    const char *service;
    const char *summary; /* NULL: none */
    enum event_severity severity;
    int64_t at_ms;
    int64_t lasts_ms; /* if the severity is not EVENT_GOOD */
};

static json_t *time_of(int64_t at_ms)
{
    char text[TIME_FORMAT_ISO_SIZE];

    return webhook_json(json_string(time_format_iso(text, at_ms)));
}

static void add_severity(json_t *alerts, const struct alert *alert, enum event_severity severity,
                         const char *label)
{
    int64_t end_ms = alert->at_ms + (alert->severity == severity ? alert->lasts_ms : 0);
    json_t *json = webhook_json(json_pack("{s:{s:s, s:o, s:s}, s:o, s:o}", "labels", "alertname", alert->name,
                                          "service", webhook_string(alert->service), "severity", label,
                                          "startsAt", time_of(alert->at_ms), "endsAt", time_of(end_ms)));

    if (alert->summary != NULL)
        (void)json_object_set_new(json, "annotations",
                                  webhook_json(json_pack("{s:s}", "summary", alert->summary)));
    (void)json_array_append_new(alerts, json);
}

static void add(json_t *alerts, const struct alert *alert)
{
    add_severity(alerts, alert, EVENT_WARNING, "warning");
    add_severity(alerts, alert, EVENT_DANGER, "critical");
}

static void add_entry(json_t *alerts, const struct digest_entry *entry, const char *summary)
{
    struct alert alert = {.service = entry->service,
                          .summary = summary,
                          .at_ms = entry->last_ms,
                          .lasts_ms = ALERTMANAGER_FOREVER_MS};

    if (entry->status_changes > 0) {
        alert.name = "ProcjonStatus";
        alert.severity = entry->status_severity;
        add(alerts, &alert);
    }
    if (entry->availability_changes > 0) {
        alert.name = "ProcjonUnavailable";
        alert.severity = entry->availability_severity;
        add(alerts, &alert);
    }
    if (entry->remark_kind == EVENT_FLAPPING || entry->remark_kind == EVENT_STABLE) {
        alert.name = "ProcjonFlapping";
        alert.severity = entry->remark_kind == EVENT_FLAPPING ? EVENT_WARNING : EVENT_GOOD;
        add(alerts, &alert);
    }
    alert.lasts_ms = ALERTMANAGER_REMARK_MS;
    if (entry->remark_kind == EVENT_REMARK ||
        (entry->remark_kind == EVENT_REMINDER && entry->remark != NULL)) {
        alert.name = "ProcjonRemark";
        alert.severity = entry->remark_severity;
        add(alerts, &alert);
    }
    if (entry->mass_outage != NULL) {
        alert.name = "ProcjonMassLoss";
        alert.service = "procjon";
        alert.severity = EVENT_DANGER;
        add(alerts, &alert);
    }
}

/* The plain form has no annotations. */
static char *encode(const struct digest *digest, int64_t now_ms, bool plain)
{
    json_t *alerts = webhook_json(json_array());

    for (const struct digest_entry *entry = digest->entries; entry != NULL; entry = entry->hh.next) {
        char *summary = plain ? NULL : render_entry(entry, now_ms);

        add_entry(alerts, entry, summary);
        free(summary);
    }
    return webhook_body(alerts);
}

const struct webhook_form alertmanager_form = {
    .name = "alertmanager",
    .content_type = "application/json",
    .services_max = ALERTMANAGER_SERVICES_MAX,
    .encode = encode,
};
