/* SPDX-License-Identifier: MIT */
#include "notify/sinks/slack.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/time_format.h"
#include "notify/render.h"
#include "notify/sinks/webhook.h"
#include "base/text_fit.h"

/* Above this Slack may split a text into several messages; it truncates at 40 000. */
#define SLACK_TEXT_MAX 4000
/* The lowest limit of Slack on any text: a shorter message is not rejected for its length. */
#define SLACK_PLAIN_MAX 3000
/* A field is a cell of a table, of a line or two. */
#define SLACK_FIELD_MAX 300

/* Keeps the conversion to milliseconds in range; the send limiter has a lower limit. */
#define SLACK_WAIT_MAX_S 86400

static const char *const colours[] = {
    [EVENT_GOOD] = "good", [EVENT_WARNING] = "warning", [EVENT_DANGER] = "danger"};

static char *escaped(const char *text, size_t max)
{
    struct buf out = {0};

    text_fit_escape(&out, text, max);
    return buf_take(&out);
}

/* Slack escapes the title of a field, but not its value. */
static void add_field(json_t *fields, const char *title, const char *value)
{
    char *safe = escaped(value, SLACK_FIELD_MAX);

    (void)json_array_append_new(
        fields, webhook_json(json_pack("{s:s, s:s, s:b}", "title", title, "value", safe, "short", 1)));
    free(safe);
}

static void add_time(json_t *fields, const char *title, int64_t at_ms)
{
    struct buf out = {0};
    char *time;

    time_format_time(&out, at_ms);
    time = buf_take(&out);
    add_field(fields, title, time);
    free(time);
}

static void add_event_fields(json_t *fields, const struct event *event)
{
    static const char *const since[] = {
        [EVENT_STATUS] = "Previous since",
        [EVENT_AVAILABLE] = "Not available since",
        [EVENT_UNAVAILABLE] = "Available since",
        [EVENT_REMARK] = "Since",
        [EVENT_FLAPPING] = "Since",
        [EVENT_STABLE] = "Flapping since",
        [EVENT_REMINDER] = "Since",
    };

    add_time(fields, "When", event->at_ms);
    if (event->previous[0] != '\0')
        add_field(fields, "Previous status", event->previous);
    if (event->since_ms != 0)
        add_time(fields, since[event->kind], event->since_ms);
}

static void add_digest_fields(json_t *fields, const struct digest *digest)
{
    int64_t first_ms = digest->entries->first_ms;
    int64_t last_ms = digest->entries->last_ms;

    for (const struct digest_entry *entry = digest->entries; entry != NULL; entry = entry->hh.next) {
        if (entry->first_ms < first_ms)
            first_ms = entry->first_ms;
        if (entry->last_ms > last_ms)
            last_ms = entry->last_ms;
    }
    add_time(fields, "First change", first_ms);
    add_time(fields, "Last change", last_ms);
}

static json_t *attachment(const struct digest *digest, const char *text, const char *events)
{
    json_t *fields = webhook_json(json_array());
    struct event event;

    if (digest_single(digest, &event))
        add_event_fields(fields, &event);
    else
        add_digest_fields(fields, digest);
    return webhook_json(json_pack("{s:s, s:s, s:o, s:s}", "color", colours[digest_severity(digest)],
                                  "fallback", text, "fields", fields, "footer", events));
}

static json_t *rich(const struct digest *digest, const char *rendered, const char *events)
{
    char *text = escaped(rendered, SLACK_TEXT_MAX);
    json_t *payload = webhook_json(
        json_pack("{s:s, s:[o]}", "text", text, "attachments", attachment(digest, text, events)));

    free(text);
    return payload;
}

static json_t *plain_text(const char *rendered, const char *events)
{
    struct buf text = {0};
    char *string;
    json_t *payload;

    text_fit_escape(&text, rendered, SLACK_PLAIN_MAX - strlen(events) - strlen(" []"));
    buf_printf(&text, " [%s]", events);
    string = buf_take(&text);
    payload = webhook_json(json_pack("{s:s}", "text", string));
    free(string);
    return payload;
}

char *slack_encode(const struct digest *digest, int64_t now_ms, bool plain)
{
    char *rendered = render_digest(digest, now_ms);
    char *events = render_ids(digest);
    json_t *payload = plain ? plain_text(rendered, events) : rich(digest, rendered, events);

    free(events);
    free(rendered);
    return webhook_body(payload);
}

/* The error codes with which Slack says that the webhook is disabled; their status is any 4xx. */
static bool says_disabled(const char *body)
{
    static const char *const codes[] = {"invalid_token", "no_service", "no_team", "no_active_hooks",
                                        "action_prohibited"};

    if (strncmp(body, "channel_", strlen("channel_")) == 0)
        return true;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (strcmp(body, codes[i]) == 0)
            return true;
    }
    return false;
}

/* {"retry_after":1,"ok":false,"error":"rate_limited"}: seconds, which may be a fraction. */
static uint64_t body_wait_ms(const struct http_client_reply *reply)
{
    json_t *json = json_loadb(reply->body, reply->size, 0, NULL);
    double seconds = json_number_value(json_object_get(json, "retry_after"));

    json_decref(json);
    if (!(seconds > 0))
        return 0;
    return (uint64_t)(fmin(seconds, SLACK_WAIT_MAX_S) * 1000);
}

void slack_judge(const struct http_client_reply *reply, struct sink_answer *answer)
{
    uint64_t wait_ms;

    switch (answer->verdict) {
    case SINK_DELIVERED:
        if (reply->status != 200 || reply->size != strlen("ok") || strcmp(reply->body, "ok") != 0)
            answer->verdict = SINK_RETRY;
        break;
    case SINK_REJECTED:
        if (says_disabled(reply->body))
            answer->verdict = SINK_DISABLED;
        break;
    case SINK_RATE_LIMITED:
        wait_ms = body_wait_ms(reply);
        if (wait_ms > answer->wait_ms)
            answer->wait_ms = wait_ms;
        break;
    default:
        break;
    }
}

const struct webhook_form slack_form = {
    .name = "slack",
    .content_type = "application/json; charset=utf-8",
    .encode = slack_encode,
    .judge = slack_judge,
};
