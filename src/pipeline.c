/* SPDX-License-Identifier: MIT */
#include "pipeline.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LOG_MODULE "pipeline"
#include "base/log.h"
#include "base/mem.h"
#include "monitor/clock.h"

/* The numbers on disk are the monitor's; a notice has the same three kinds. */
static_assert((int)TRANSITION_STATUS == (int)NOTICE_STATUS &&
                  (int)TRANSITION_AVAILABLE == (int)NOTICE_AVAILABLE &&
                  (int)TRANSITION_UNAVAILABLE == (int)NOTICE_UNAVAILABLE,
              "transitions and notices have the same kinds");

/* ---- transition → store → outbox
 * --------------------------------------------------------------------------- */

/* A notice on its way to the disk; the strings lie behind it. Freed when the store is done. */
struct owed {
    struct pipeline *pipeline;
    struct notice notice;
};

static void reason_text(const struct service *service, const struct transition *transition, char *text,
                        size_t size)
{
    switch (transition->reason) {
    case REASON_SILENT:
        (void)snprintf(text, size, "no status for %llu s", (unsigned long long)service->timeout_ms / 1000);
        break;
    case REASON_CONNECTION_LOST:
        (void)snprintf(text, size, "connection lost");
        break;
    case REASON_NEVER_REPORTED:
        (void)snprintf(text, size, "never reported");
        break;
    case REASON_NONE:
        *text = '\0';
        break;
    }
}

/* Code 0 is well; of the others these words say that it may pass, in every table of our own agents. */
static enum notice_severity severity(const struct transition *transition)
{
    static const char *const passing[] = {"warning",    "unknown",      "yellow",      "reloading",
                                          "activating", "deactivating", "maintenance", "running"};

    if (transition->kind == TRANSITION_AVAILABLE)
        return NOTICE_GOOD;
    if (transition->kind == TRANSITION_UNAVAILABLE)
        return NOTICE_DANGER;
    if (transition->code == 0)
        return NOTICE_GOOD;
    for (size_t i = 0; i < sizeof passing / sizeof passing[0]; i++) {
        if (strcasecmp(transition->text, passing[i]) == 0)
            return NOTICE_WARNING;
    }
    return NOTICE_DANGER;
}

static struct owed *owe(struct pipeline *pipeline, const struct service *service,
                        const struct transition *transition, const char *text, int64_t at_ms,
                        int64_t since_ms)
{
    const char *previous = transition->kind == TRANSITION_STATUS ? transition->previous : "";
    size_t text_size = strlen(text) + 1;
    size_t previous_size = strlen(previous) + 1;
    struct owed *owed = mem_alloc(sizeof *owed + text_size + previous_size + service->id_size + 1);
    char *strings = (char *)(owed + 1);

    *owed = (struct owed){
        .pipeline = pipeline,
        .notice =
            {
                .id = ++pipeline->last_event,
                .kind = (enum notice_kind)transition->kind,
                .severity = severity(transition),
                .text = memcpy(strings, text, text_size),
                .previous = memcpy(strings + text_size, previous, previous_size),
                .service = memcpy(strings + text_size + previous_size, service->id, service->id_size + 1),
                .at_ms = at_ms,
                .since_ms = since_ms,
            },
    };
    return owed;
}

static void state_of(const struct registry *registry, const struct service *service,
                     struct store_state *state)
{
    struct registry_memory memory;

    registry_memory_of(registry, service, &memory);
    *state = (struct store_state){
        .id = service->id,
        .presence = (int)memory.presence,
        .has_code = memory.has_code,
        .code = memory.code,
        .since_ms = memory.since_ms,
        .code_ms = memory.code_since_ms,
        .seen_ms = memory.seen_ms,
    };
}

static void on_committed(void *arg, const struct err *err)
{
    struct owed *owed = arg;
    struct pipeline *pipeline = owed->pipeline;

    pipeline->committing--;
    if (err != NULL) {
        pipeline->unsaved = true;
        log_error("transition not stored, telling it all the same service=%s reason=%s", owed->notice.service,
                  err->msg);
    }
    /* After the end it stays owed on the disk, for the next start. */
    if (!pipeline->closing)
        outbox_add(&pipeline->outbox, &owed->notice);
    free(owed);
}

static void log_transition(const struct notice *notice)
{
    switch (notice->kind) {
    case NOTICE_STATUS:
        log_info("status changed service=%s status=%s previous=%s event=%llu", notice->service, notice->text,
                 notice->previous, (unsigned long long)notice->id);
        break;
    case NOTICE_AVAILABLE:
        log_info("available service=%s event=%llu", notice->service, (unsigned long long)notice->id);
        break;
    case NOTICE_UNAVAILABLE:
        log_info("not available service=%s reason=%s event=%llu", notice->service, notice->text,
                 (unsigned long long)notice->id);
        break;
    }
}

static void on_transition(struct registry *registry, const struct service *service,
                          const struct transition *transition, int64_t at_ms, int64_t since_ms)
{
    struct pipeline *pipeline = container_of(registry, struct pipeline, registry);
    char reason[64];
    struct store_state state;
    struct owed *owed;

    /* Not stored either: after the restart the service has all the grace there is. */
    if (pipeline->stopping && transition->kind == TRANSITION_UNAVAILABLE)
        return;
    reason_text(service, transition, reason, sizeof reason);
    owed = owe(pipeline, service, transition,
               transition->kind == TRANSITION_STATUS ? transition->text : reason, at_ms, since_ms);
    log_transition(&owed->notice);
    state_of(registry, service, &state);
    pipeline->committing++;
    store_put_transition(&pipeline->store, &state,
                         &(struct store_event){
                             .id = owed->notice.id,
                             .service = owed->notice.service,
                             .kind = (int)owed->notice.kind,
                             .severity = (int)owed->notice.severity,
                             .text = owed->notice.text,
                             .previous = owed->notice.previous,
                             .at_ms = at_ms,
                             .since_ms = since_ms,
                         },
                         on_committed, owed);
}

static void on_settled_stored(void *arg, const struct err *err)
{
    (void)arg;
    if (err != NULL)
        log_error("delivery not noted, a restart may repeat it reason=%s", err->msg);
}

static void on_settled(struct outbox *outbox, const uint64_t *ids, size_t count, const char *fate)
{
    struct pipeline *pipeline = container_of(outbox, struct pipeline, outbox);

    store_settle(&pipeline->store, ids, count, fate, clock_wall(), on_settled_stored, pipeline);
}

/* ---- the alive stamp
 * --------------------------------------------------------------------------------------- */

struct seen_list {
    struct store_seen *seen;
    size_t count, size;
};

static void collect_seen(void *arg, const struct service *service, int64_t seen_ms)
{
    struct seen_list *list = arg;

    if (list->count == list->size) {
        list->size = list->size > 0 ? 2 * list->size : 64;
        list->seen = mem_realloc(list->seen, list->size * sizeof *list->seen);
    }
    list->seen[list->count++] = (struct store_seen){.id = service->id, .seen_ms = seen_ms};
}

static void on_stamped(void *arg, const struct err *err)
{
    struct pipeline *pipeline = arg;

    if (err != NULL) {
        pipeline->unsaved = true;
        log_warning("alive stamp not stored reason=%s", err->msg);
    }
}

static void on_saved(void *arg, const struct err *err)
{
    struct pipeline *pipeline = arg;

    if (err != NULL)
        pipeline->unsaved = true;
}

static void save(void *arg, const struct service *service)
{
    struct pipeline *pipeline = arg;
    struct store_state state;

    state_of(&pipeline->registry, service, &state);
    store_put_transition(&pipeline->store, &state, NULL, on_saved, pipeline);
}

static void stamp(struct pipeline *pipeline)
{
    struct seen_list list = {0};

    if (pipeline->unsaved) {
        pipeline->unsaved = false;
        registry_each(&pipeline->registry, save, pipeline);
    }
    registry_take_seen(&pipeline->registry, collect_seen, &list);
    store_stamp(&pipeline->store, clock_wall(), list.seen, list.count, on_stamped, pipeline);
    free(list.seen);
}

static void on_stamp(uv_timer_t *timer)
{
    stamp(container_of(timer, struct pipeline, stamp));
}

static void on_stamp_soon(struct registry *registry)
{
    struct pipeline *pipeline = container_of(registry, struct pipeline, registry);

    if (!pipeline->closing)
        (void)uv_timer_start(&pipeline->stamp, on_stamp, 0, PIPELINE_STAMP_MS);
}

static void on_returned(struct absence *absence, uint64_t absence_ms)
{
    struct pipeline *pipeline = container_of(absence, struct pipeline, absence);

    log_warning("the server itself was away, nobody's silence is counted for it ms=%llu",
                (unsigned long long)absence_ms);
    registry_excuse(&pipeline->registry, absence_ms);
}

/* ---- boot
 * -------------------------------------------------------------------------------------------------- */

/* Notices that were owed when the server stopped: for the outbox, once everything is open. */
struct boot {
    struct pipeline *pipeline;
    int64_t alive_ms;
};

static void on_meta(void *arg, int64_t alive_ms, uint64_t last_event)
{
    struct boot *boot = arg;

    boot->alive_ms = alive_ms;
    boot->pipeline->last_event = last_event;
}

static void on_service(void *arg, const struct store_service *stored, const struct store_state *state)
{
    struct boot *boot = arg;
    struct registry *registry = &boot->pipeline->registry;
    struct service_status statuses[STORE_STATUSES_MAX];
    struct service *service;

    for (size_t i = 0; i < stored->status_count; i++)
        statuses[i] =
            (struct service_status){stored->statuses[i].code, (char *)(uintptr_t)stored->statuses[i].text};
    service = registry_register(registry, stored->id, strlen(stored->id), statuses, stored->status_count,
                                (uint64_t)stored->timeout_s * 1000);
    registry_restore(registry, service,
                     &(struct registry_memory){
                         .presence = (enum service_presence)state->presence,
                         .has_code = state->has_code,
                         .code = state->code,
                         .since_ms = state->since_ms,
                         .code_since_ms = state->code_ms,
                         .seen_ms = state->seen_ms,
                         .registered_ms = stored->registered_ms,
                     },
                     boot->alive_ms);
}

static void on_owed(void *arg, const struct store_event *event)
{
    struct boot *boot = arg;

    outbox_add(&boot->pipeline->outbox, &(struct notice){
                                            .id = event->id,
                                            .kind = (enum notice_kind)event->kind,
                                            .severity = (enum notice_severity)event->severity,
                                            .service = event->service,
                                            .text = event->text,
                                            .previous = event->previous,
                                            .at_ms = event->at_ms,
                                            .since_ms = event->since_ms,
                                        });
}

/* ---- life
 * -------------------------------------------------------------------------------------------------- */

static void on_gone(struct uvx_owner *owner)
{
    struct pipeline *pipeline = container_of(owner, struct pipeline, owner);

    assert(pipeline->committing == 0);
    if (pipeline->closed != NULL)
        pipeline->closed(pipeline);
}

static void on_store_closed(struct store *store)
{
    uvx_drop(&container_of(store, struct pipeline, store)->owner);
}

static void on_unused_store_closed(struct store *store)
{
    (void)store;
}

static void on_registry_closed(struct registry *registry)
{
    uvx_drop(&container_of(registry, struct pipeline, registry)->owner);
}

static void on_absence_closed(struct absence *absence)
{
    uvx_drop(&container_of(absence, struct pipeline, absence)->owner);
}

/* The outbox has said its last: what it settled is queued, and so is the last stamp; then the store may go.
 */
static void on_outbox_closed(struct outbox *outbox)
{
    struct pipeline *pipeline = container_of(outbox, struct pipeline, outbox);

    store_close(&pipeline->store, on_store_closed);
    uvx_drop(&pipeline->owner);
}

static const struct registry_ops registry_ops = {
    .transition = on_transition,
    .stamp_soon = on_stamp_soon,
    .closed = on_registry_closed,
};
static const struct outbox_ops outbox_ops = {.settled = on_settled, .closed = on_outbox_closed};
static const struct absence_ops absence_ops = {.returned = on_returned, .closed = on_absence_closed};

static void watch(struct pipeline *pipeline, uv_loop_t *loop)
{
    absence_open(&pipeline->absence, loop, &absence_ops);
    (void)uv_timer_init(loop, &pipeline->stamp);
    uvx_own(&pipeline->owner, (uv_handle_t *)&pipeline->stamp);
    (void)uv_timer_start(&pipeline->stamp, on_stamp, 0, PIPELINE_STAMP_MS);
    for (int part = 0; part < 4; part++)
        uvx_hold(&pipeline->owner);
}

int pipeline_open(struct pipeline *pipeline, uv_loop_t *loop, const char *directory, const char *webhook,
                  uint64_t disconnect_grace_ms, uint64_t restart_grace_ms, struct err *err)
{
    static const struct store_load_ops load = {.meta = on_meta, .service = on_service, .owed = on_owed};
    struct boot boot = {.pipeline = pipeline};

    *pipeline = (struct pipeline){0};
    if (store_open(&pipeline->store, loop, directory, err) != 0)
        return err->code;
    if (outbox_open(&pipeline->outbox, loop, webhook, &outbox_ops, err) != 0)
        goto err_after_store;
    registry_open(&pipeline->registry, loop, disconnect_grace_ms, restart_grace_ms, &registry_ops);
    watch(pipeline, loop);
    if (store_load(&pipeline->store, &load, &boot, err) != 0)
        goto err_after_watch;
    log_info("remembered services=%zu owed=%zu", registry_count(&pipeline->registry),
             outbox_waiting(&pipeline->outbox));
    pipeline->remembering = true;
    return 0;

err_after_watch:
    pipeline_close(pipeline, NULL);
    return err->code;
err_after_store:
    store_close(&pipeline->store, on_unused_store_closed);
    return err->code;
}

void pipeline_stop(struct pipeline *pipeline)
{
    pipeline->stopping = true;
}

void pipeline_close(struct pipeline *pipeline, void (*closed)(struct pipeline *pipeline))
{
    if (pipeline->closing)
        return;
    if (pipeline->remembering)
        stamp(pipeline);
    pipeline->stopping = true;
    pipeline->closing = true;
    pipeline->closed = closed;
    uvx_owner_close(&pipeline->owner, on_gone);
    uvx_shut((uv_handle_t *)&pipeline->stamp);
    absence_close(&pipeline->absence);
    registry_close(&pipeline->registry);
    outbox_close(&pipeline->outbox, PIPELINE_SEND_GRACE_MS);
}
