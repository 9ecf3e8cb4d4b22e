/* SPDX-License-Identifier: MIT */
#include "engine/service.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static uint64_t earlier(uint64_t one, uint64_t other)
{
    return one < other ? one : other;
}

static uint64_t later(uint64_t one, uint64_t other)
{
    return one > other ? one : other;
}

/* The index of the code in the sorted statuses, or the one at which to insert it. */
static size_t index_of(const struct service *service, int32_t code)
{
    size_t low = 0;
    size_t high = service->status_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (service->statuses[middle].code < code)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_at(const struct service *service, size_t at, int32_t code)
{
    return at < service->status_count && service->statuses[at].code == code;
}

/* The array has room for one more. */
static void insert(struct service *service, const struct service_status *status)
{
    size_t at = index_of(service, status->code);
    struct service_status *slot = &service->statuses[at];

    if (is_at(service, at, status->code)) {
        free(slot->text);
    } else {
        memmove(slot + 1, slot, (service->status_count - at) * sizeof *slot);
        service->status_count++;
    }
    slot->code = status->code;
    slot->text = mem_strdup(status->text);
}

static void free_statuses(struct service_status *statuses, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(statuses[i].text);
    free(statuses);
}

void service_init(struct service *service, const char *id, size_t id_size, uint64_t now_ms)
{
    *service = (struct service){
        .id = mem_strndup(id, id_size),
        .id_size = id_size,
        .availability = SERVICE_UNKNOWN,
        .last_seen_ms = now_ms,
        .lost_due_ms = SERVICE_NEVER,
    };
}

void service_fini(struct service *service)
{
    free_statuses(service->statuses, service->status_count);
    free(service->id);
    *service = (struct service){0};
}

void service_configure(struct service *service, const struct service_status *statuses, size_t count,
                       uint64_t timeout_ms)
{
    /* The old statuses are freed last, because `statuses` may be them. */
    struct service_status *old = service->statuses;
    size_t old_count = service->status_count;

    service->statuses = mem_alloc(count * sizeof *statuses);
    service->status_count = 0;
    for (size_t i = 0; i < count; i++)
        insert(service, &statuses[i]);
    service->timeout_ms = timeout_ms;
    free_statuses(old, old_count);
}

bool service_configured(const struct service *service, const struct service_status *statuses, size_t count,
                        uint64_t timeout_ms)
{
    struct service wanted = {0};
    bool same;

    service_configure(&wanted, statuses, count, timeout_ms);
    same = wanted.timeout_ms == service->timeout_ms && wanted.status_count == service->status_count;
    for (size_t i = 0; same && i < wanted.status_count; i++)
        same = wanted.statuses[i].code == service->statuses[i].code &&
               strcmp(wanted.statuses[i].text, service->statuses[i].text) == 0;
    service_fini(&wanted);
    return same;
}

const char *service_text(const struct service *service, int32_t code)
{
    size_t at = index_of(service, code);

    return is_at(service, at, code) ? service->statuses[at].text : NULL;
}

static void set_code(struct service *service, int32_t code)
{
    service->has_code = true;
    service->code = code;
}

bool service_report(struct service *service, int32_t code, uint64_t now_ms, struct transition *out,
                    bool *unregistered)
{
    const char *text = service_text(service, code);
    const char *previous = NULL;

    *unregistered = text == NULL && service->status_count > 0;
    service->last_seen_ms = now_ms;
    service->not_due_before_ms = 0;
    service->lost_due_ms = SERVICE_NEVER;

    /* A first code 0 is what is expected of a new service: it is stored without a transition. */
    if (text != NULL && !service->has_code && code == 0)
        set_code(service, code);

    if (service->availability != SERVICE_AVAILABLE) {
        *out =
            (struct transition){.kind = TRANSITION_AVAILABLE, .first = !service->reported, .at_ms = now_ms};
        service->availability = SERVICE_AVAILABLE;
        service->reported = true;
        return true;
    }
    if (text == NULL || (service->has_code && service->code == code))
        return false;

    if (service->has_code)
        previous = service_text(service, service->code);
    *out = (struct transition){
        .kind = TRANSITION_STATUS,
        .text = text,
        .previous = previous != NULL ? previous : "",
        .code = code,
        .previous_code = service->has_code ? service->code : EVENT_NO_CODE,
        .at_ms = now_ms,
    };
    set_code(service, code);
    return true;
}

void service_lost(struct service *service, uint64_t grace_ms, uint64_t now_ms)
{
    if (service->availability == SERVICE_AVAILABLE)
        service->lost_due_ms = earlier(service->lost_due_ms, now_ms + grace_ms);
}

static uint64_t silent_due(const struct service *service)
{
    return service->last_seen_ms + service->timeout_ms;
}

uint64_t service_deadline(const struct service *service)
{
    if (service->availability == SERVICE_UNAVAILABLE)
        return SERVICE_NEVER;
    return later(earlier(silent_due(service), service->lost_due_ms), service->not_due_before_ms);
}

static enum transition_reason reason(const struct service *service)
{
    if (!service->reported)
        return REASON_NEVER_REPORTED;
    return service->lost_due_ms < silent_due(service) ? REASON_CONNECTION_LOST : REASON_SILENT;
}

bool service_expire(struct service *service, uint64_t now_ms, struct transition *out)
{
    uint64_t deadline = service_deadline(service);

    if (now_ms < deadline)
        return false;
    *out = (struct transition){.kind = TRANSITION_UNAVAILABLE, .reason = reason(service), .at_ms = deadline};
    service->availability = SERVICE_UNAVAILABLE;
    service->not_due_before_ms = 0;
    service->lost_due_ms = SERVICE_NEVER;
    return true;
}

void service_extend(struct service *service, uint64_t stalled_ms, uint64_t until_ms)
{
    if (service->availability == SERVICE_UNAVAILABLE)
        return;
    /*
     * last_seen_ms moves, and not only the deadline: a timeout that is registered later counts from there,
     * and a second stall adds to the first.
     */
    service->last_seen_ms += stalled_ms;
    if (service->lost_due_ms != SERVICE_NEVER)
        service->lost_due_ms += stalled_ms;
    service->not_due_before_ms = later(service->not_due_before_ms + stalled_ms, until_ms);
}
