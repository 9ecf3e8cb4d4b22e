/* SPDX-License-Identifier: MIT */
#include "alert/owed.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define LOG_MODULE "pipeline"
#include "base/log.h"
#include "base/mem.h"

/* The numbers on disk are the monitor's; a notice has the same three kinds, and one of its own. */
static_assert((int)TRANSITION_STATUS == (int)NOTICE_STATUS &&
                  (int)TRANSITION_AVAILABLE == (int)NOTICE_AVAILABLE &&
                  (int)TRANSITION_UNAVAILABLE == (int)NOTICE_UNAVAILABLE,
              "transitions and notices have the same kinds");

/* "no status for N s", with the longest timeout there is. */
#define REASON_MAX 64

static void reason_text(const struct service *service, const struct transition *transition,
                        char text[REASON_MAX])
{
    switch (transition->reason) {
    case REASON_SILENT:
        (void)snprintf(text, REASON_MAX, "no status for %llu s",
                       (unsigned long long)service->timeout_ms / 1000);
        break;
    case REASON_CONNECTION_LOST:
        (void)snprintf(text, REASON_MAX, "connection lost");
        break;
    case REASON_NEVER_REPORTED:
        (void)snprintf(text, REASON_MAX, "never reported");
        break;
    case REASON_NONE:
        *text = '\0';
        break;
    }
}

/* Code 0 is well; of the others these words say that it may pass, in every table of our own agents. */
enum notice_severity owed_severity(const struct plan *plan, int32_t code, const char *text)
{
    static const char *const passing[] = {"warning",    "unknown",      "yellow",      "reloading",
                                          "activating", "deactivating", "maintenance", "running"};
    enum notice_severity planned;

    if (plan_severity(plan, text, &planned))
        return planned;
    if (code == 0)
        return NOTICE_GOOD;
    for (size_t i = 0; i < sizeof passing / sizeof passing[0]; i++) {
        if (strcasecmp(text, passing[i]) == 0)
            return NOTICE_WARNING;
    }
    return NOTICE_DANGER;
}

static enum notice_severity severity(const struct plan *plan, const struct transition *transition)
{
    if (transition->kind == TRANSITION_STATUS)
        return owed_severity(plan, transition->code, transition->text);
    return transition->kind == TRANSITION_AVAILABLE ? NOTICE_GOOD : NOTICE_DANGER;
}

static const char *keep(char **end, const char *text)
{
    size_t size = strlen(text) + 1;
    const char *copy = memcpy(*end, text, size);

    *end += size;
    return copy;
}

struct owed *owed_new(const struct notice *notice, const char *sinks)
{
    size_t strings =
        strlen(notice->service) + strlen(notice->text) + strlen(notice->previous) + strlen(sinks) + 4;
    struct owed *owed = mem_alloc(sizeof *owed + strings);
    char *end = (char *)(owed + 1);

    *owed = (struct owed){.notice = *notice};
    owed->notice.service = keep(&end, notice->service);
    owed->notice.text = keep(&end, notice->text);
    owed->notice.previous = keep(&end, notice->previous);
    owed->sinks = keep(&end, sinks);
    return owed;
}

struct owed *owed_new_transition(uint64_t id, const struct router *router, const char *spared,
                                 const struct service *service, const struct transition *transition,
                                 int64_t at_ms, int64_t since_ms)
{
    bool status = transition->kind == TRANSITION_STATUS;
    char reason[REASON_MAX], sinks[ROUTER_SINKS_SIZE];
    const struct notice notice = {
        .id = id,
        .kind = (enum notice_kind)transition->kind,
        .severity = severity(router->plan, transition),
        .service = service->id,
        .text = status ? transition->text : reason,
        .previous = status ? transition->previous : "",
        .at_ms = at_ms,
        .since_ms = since_ms,
    };

    reason_text(service, transition, reason);
    router_sinks(router, service->id, spared, sinks);
    return owed_new(&notice, sinks);
}

void owed_to_event(const struct notice *notice, const char *sinks, struct store_event *event)
{
    *event = (struct store_event){
        .id = notice->id,
        .service = notice->service,
        .kind = (int)notice->kind,
        .severity = (int)notice->severity,
        .text = notice->text,
        .previous = notice->previous,
        .at_ms = notice->at_ms,
        .since_ms = notice->since_ms,
        .sinks = sinks,
        .spared = "",
    };
}

void owed_from_event(const struct store_event *event, struct notice *notice)
{
    *notice = (struct notice){
        .id = event->id,
        .kind = (enum notice_kind)event->kind,
        .severity = (enum notice_severity)event->severity,
        .service = event->service,
        .text = event->text,
        .previous = event->previous,
        .at_ms = event->at_ms,
        .since_ms = event->since_ms,
    };
}

void owed_log(const struct notice *notice)
{
    unsigned long long id = notice->id;

    switch (notice->kind) {
    case NOTICE_STATUS:
        log_info("status changed service=%s status=%s previous=%s event=%llu", notice->service, notice->text,
                 notice->previous, id);
        break;
    case NOTICE_AVAILABLE:
        log_info("available service=%s event=%llu", notice->service, id);
        break;
    case NOTICE_UNAVAILABLE:
        log_info("not available service=%s reason=%s event=%llu", notice->service, notice->text, id);
        break;
    case NOTICE_MASS_LOSS:
        log_warning("%s event=%llu", notice->text, id);
        break;
    case NOTICE_FLAPPING:
        log_info("flapping service=%s often=%s event=%llu", notice->service, notice->text, id);
        break;
    case NOTICE_STABLE:
        log_info("stable service=%s status=%s event=%llu", notice->service,
                 notice->previous[0] != '\0' ? notice->previous : notice->text, id);
        break;
    case NOTICE_REMARK:
        log_info("remark about=%s text=%s event=%llu", notice->service, notice->text, id);
        break;
    }
}
