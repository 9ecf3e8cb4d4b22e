/* SPDX-License-Identifier: MIT */
#include "engine/registry.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/wall_clock.h"
#include "engine/loop_clock.h"
#include "engine/registry_entry.h"

#define LOG_MODULE "registry"
#include "base/log.h"

/*
 * After a crash the timeout is counted from the time that is on disk. A time that is older than the last
 * report by up to this part of the timeout is good enough (doc/decisions/checkpoint.md); an older one must
 * not wait for the next periodic checkpoint.
 */
#define STALE_PART 4

/* A timer that fires so late belongs to a process that was stopped. */
#define STOPPED_MS 50

static void report_transition(struct registry *registry, struct entry *entry,
                              const struct transition *transition)
{
    int64_t at_ms = loop_clock_on_wall(registry->loop, wall_clock_now(), transition->at_ms);
    int64_t since_ms;

    if (transition->kind == TRANSITION_STATUS) {
        since_ms = entry->code_since_ms;
        entry->code_since_ms = at_ms;
    } else {
        /* Before its first report a service was neither available nor unavailable. */
        since_ms = transition->first || transition->reason == REASON_NEVER_REPORTED ? 0 : entry->since_ms;
        entry->since_ms = at_ms;
        if (entry->service.has_code && entry->code_since_ms == 0)
            entry->code_since_ms = at_ms; /* a first code 0 is no transition, but the state began now */
    }
    registry->transitions[transition->kind]++;
    registry->ops->transition(registry, &entry->service, transition, at_ms, since_ms);
    entry->stored_seen_ms = entry->service.last_seen_ms; /* the transition is stored with the state */
}

static void on_timer(uv_timer_t *timer);

/*
 * Makes the timer fire at the deadline or before. A timer that fires earlier is left alone, because it starts
 * itself again for the time that is left: that costs less than starting it with every report.
 */
static void start_timer(struct registry *registry, struct entry *entry)
{
    uint64_t deadline = service_deadline(&entry->service), now = loop_clock_ends(registry->loop);
    uint64_t wait = deadline > now ? deadline - now : 0;

    if (deadline == SERVICE_NEVER) {
        (void)uv_timer_stop(&entry->timer);
        return;
    }
    if (uv_is_active((uv_handle_t *)&entry->timer) && uv_timer_get_due_in(&entry->timer) <= wait)
        return;
    entry->timer_due_ms = now + wait;
    (void)uv_timer_start(&entry->timer, on_timer, wait, 0); /* fails only while the registry closes */
}

static void expire(struct registry *registry, struct entry *entry)
{
    struct transition transition;

    if (registry->stopped)
        return;
    if (service_expire(&entry->service, loop_clock_ends(registry->loop), &transition))
        report_transition(registry, entry, &transition);
    start_timer(registry, entry);
}

/* How much longer reading from the stream of the service is paused; 0: it is not. */
static uint64_t read_paused_for(const struct registry *registry, const struct entry *entry)
{
    const struct report_stream *stream = entry->link.stream;
    uint64_t now = uv_now(registry->loop), until;

    if (stream == NULL || stream->read_paused_until_ms == NULL || *stream->read_paused_until_ms == 0)
        return 0;
    until = *stream->read_paused_until_ms;
    return until > now ? until - now : 1;
}

/*
 * A service is not silent while a report of it may be in a socket buffer. libuv runs timers before it reads,
 * so that the loop gets one more iteration after the deadline. After a stop of the process the wait is as
 * long as the timer was late, because agents may have to connect again first. While reading from the stream
 * is paused, the wait lasts until the pause is over.
 */
static uint64_t wait_to_read(const struct registry *registry, struct entry *entry, uint64_t deadline)
{
    uint64_t now = loop_clock_ends(registry->loop), paused_ms = read_paused_for(registry, entry);

    if (now < deadline)
        return 0;
    if (paused_ms > 0)
        return paused_ms;
    if (entry->read_deadline_ms == deadline)
        return 0;
    entry->read_deadline_ms = deadline;
    return now - entry->timer_due_ms > STOPPED_MS ? now - entry->timer_due_ms : 1;
}

static void on_timer(uv_timer_t *timer)
{
    struct registry *registry = container_of(timer->data, struct registry, owner);
    struct entry *entry = container_of(timer, struct entry, timer);
    uint64_t wait = wait_to_read(registry, entry, service_deadline(&entry->service));

    if (wait == 0) {
        expire(registry, entry);
        return;
    }
    entry->timer_due_ms = loop_clock_ends(registry->loop) + wait;
    (void)uv_timer_start(timer, on_timer, wait, 0);
}

void registry_open(struct registry *registry, uv_loop_t *loop, uint64_t disconnect_grace_ms,
                   uint64_t restart_grace_ms, const struct registry_ops *ops)
{
    *registry = (struct registry){.loop = loop,
                                  .ops = ops,
                                  .disconnect_grace_ms = disconnect_grace_ms,
                                  .restart_grace_ms = restart_grace_ms};
    (void)uv_idle_init(loop, &registry->anchor);
    uvx_own(&registry->owner, (uv_handle_t *)&registry->anchor);
}

static void on_gone(struct uvx_owner *owner)
{
    struct registry *registry = container_of(owner, struct registry, owner);
    struct entry *next = registry->table;

    HASH_CLEAR(hh, registry->table);
    for (struct entry *entry = next; entry != NULL; entry = next) {
        next = entry->hh.next;
        report_stream_disown(&entry->link);
        unknown_codes_fini(&entry->unknown_codes);
        service_fini(&entry->service);
        free(entry);
    }
    registry->ops->closed(registry);
}

void registry_close(struct registry *registry)
{
    uvx_owner_close(&registry->owner, on_gone);
    for (struct entry *entry = registry->table; entry != NULL; entry = entry->hh.next)
        uvx_shut((uv_handle_t *)&entry->timer);
    uvx_shut((uv_handle_t *)&registry->anchor);
}

size_t registry_count(const struct registry *registry)
{
    return HASH_COUNT(registry->table);
}

static struct entry *look_up(const struct registry *registry, const char *id, size_t id_size)
{
    struct entry *entry;

    HASH_FIND(hh, registry->table, id, id_size, entry);
    return entry;
}

/* Most streams report of one service, which is compared first. */
static struct entry *look_up_reported(const struct registry *registry, const struct report_stream *stream,
                                      const char *id, size_t id_size)
{
    struct entry *first = stream->links != NULL ? container_of(stream->links, struct entry, link) : NULL;
    bool same =
        first != NULL && first->service.id_size == id_size && memcmp(first->service.id, id, id_size) == 0;

    return same ? first : look_up(registry, id, id_size);
}

struct service *registry_find(const struct registry *registry, const char *id, size_t id_size)
{
    struct entry *entry = look_up(registry, id, id_size);

    return entry != NULL ? &entry->service : NULL;
}

static struct entry *add(struct registry *registry, const char *id, size_t id_size)
{
    struct entry *entry = mem_zalloc(sizeof *entry);

    service_init(&entry->service, id, id_size, loop_clock_begins(registry->loop));
    entry->stored_seen_ms = entry->service.last_seen_ms;
    entry->registered_ms = wall_clock_now();
    entry->since_ms = entry->registered_ms;
    (void)uv_timer_init(registry->loop, &entry->timer);
    uvx_own(&registry->owner, (uv_handle_t *)&entry->timer);
    HASH_ADD_KEYPTR(hh, registry->table, entry->service.id, id_size, entry);
    return entry;
}

/*
 * For the next checkpoint. A service whose timeout is at most the restart grace needs no stored time: after a
 * restart its deadline is the end of that grace in any case. Returns whether it needs one.
 */
static bool mark(struct registry *registry, struct entry *entry)
{
    if (entry->service.timeout_ms <= registry->restart_grace_ms)
        return false;
    if (!entry->dirty) {
        entry->dirty = true;
        entry->next_dirty = registry->dirty;
        registry->dirty = entry;
    }
    return true;
}

static void mark_report(struct registry *registry, struct entry *entry)
{
    if (!mark(registry, entry) || registry->checkpoint_asked ||
        entry->service.last_seen_ms <= entry->stored_seen_ms + entry->service.timeout_ms / STALE_PART)
        return;
    registry->checkpoint_asked = true;
    registry->ops->checkpoint_soon(registry);
}

struct service *registry_register(struct registry *registry, const char *id, size_t id_size,
                                  const struct service_status *statuses, size_t count, uint64_t timeout_ms)
{
    struct entry *entry = look_up(registry, id, id_size);

    assert(!registry->owner.closing);
    if (entry == NULL)
        entry = add(registry, id, id_size);
    service_configure(&entry->service, statuses, count, timeout_ms);
    start_timer(registry, entry);
    if (entry->service.reported)
        mark_report(registry, entry); /* with a shorter timeout the time was not stored */
    return &entry->service;
}

void registry_pending(struct service *service, int by)
{
    struct entry *entry = entry_of(service);

    assert(by == 1 || (by == -1 && entry->pending > 0));
    entry->pending += (unsigned)by;
}

bool registry_is_pending(const struct service *service)
{
    return entry_of(service)->pending > 0;
}

static void warn_unknown_code(struct registry *registry, struct entry *entry, int32_t code)
{
    registry->unknown_codes++;
    if (!unknown_codes_add(&entry->unknown_codes, code))
        return;
    log_warning("unregistered status code service=%s code=%d", entry->service.id, code);
    if (unknown_codes_full(&entry->unknown_codes))
        log_warning("more unregistered status codes are not logged service=%s logged=%d", entry->service.id,
                    UNKNOWN_CODES_MAX);
}

static void check_awaited(struct registry *registry, struct entry *entry)
{
    if (entry->awaited_reports == 0 || entry->reports < entry->awaited_reports)
        return;
    entry->awaited_reports = 0;
    registry->ops->reached(registry, &entry->service);
}

uint64_t registry_reports(const struct service *service)
{
    return entry_of(service)->reports;
}

void registry_await(struct registry *registry, struct service *service, uint64_t reports)
{
    struct entry *entry = entry_of(service);

    if (entry->awaited_reports == 0 || reports < entry->awaited_reports)
        entry->awaited_reports = reports;
    check_awaited(registry, entry);
}

bool registry_report(struct registry *registry, struct report_stream *stream, const char *id, size_t id_size,
                     int32_t code)
{
    struct entry *entry = look_up_reported(registry, stream, id, id_size);
    uint64_t now = loop_clock_begins(registry->loop);
    struct transition transition;
    bool unregistered;

    if (entry == NULL)
        return false;
    registry->reports++;
    entry->reports++;
    if (entry->link.stream != stream)
        report_stream_own(stream, &entry->link);
    while (service_report(&entry->service, code, now, &transition, &unregistered)) {
        report_transition(registry, entry, &transition);
        start_timer(registry, entry); /* inactive while the service was unavailable */
    }
    if (entry->timer_due_ms > service_deadline(&entry->service))
        start_timer(registry, entry); /* the old deadline had been extended, or the timer waited for this */
    if (unregistered)
        warn_unknown_code(registry, entry, code);
    mark_report(registry, entry);
    check_awaited(registry, entry);
    return true;
}

static uint64_t disconnect_grace(const struct registry *registry, const struct service *service)
{
    if (registry->disconnect_grace_ms != REGISTRY_GRACE_DEFAULT)
        return registry->disconnect_grace_ms;
    return service->timeout_ms < REGISTRY_DISCONNECT_GRACE_MS ? service->timeout_ms
                                                              : REGISTRY_DISCONNECT_GRACE_MS;
}

static void lose(struct registry *registry, struct entry *entry)
{
    uint64_t grace = disconnect_grace(registry, &entry->service);

    /* A grace of 0 is no span: it ends now instead of beginning now. */
    service_lost(&entry->service, grace,
                 grace > 0 ? loop_clock_begins(registry->loop) : loop_clock_ends(registry->loop));
    expire(registry, entry);
}

void registry_lost(struct registry *registry, struct report_stream *stream)
{
    while (stream->links != NULL) {
        struct entry *entry = container_of(stream->links, struct entry, link);

        report_stream_disown(&entry->link);
        lose(registry, entry);
    }
}

void registry_extend_entry(struct registry *registry, struct entry *entry, uint64_t stalled_ms)
{
    struct service *service = &entry->service;
    uint64_t now = loop_clock_begins(registry->loop), silence = now - service->last_seen_ms;

    /*
     * No service is extended by more than its silence: its last report may be later than the last checkpoint,
     * or may have been read after the stall. A lost connection is due a disconnect grace from now at the
     * latest, because the loss may have been noticed after the stall.
     */
    service_extend(service, stalled_ms < silence ? stalled_ms : silence, now + registry->restart_grace_ms);
    if (service->lost_due_ms != SERVICE_NEVER)
        service_lost(service, disconnect_grace(registry, service), now);
    /* The next checkpoint is later than the stall, so that it must store the extended time, too. */
    if (service->availability != SERVICE_UNAVAILABLE)
        (void)mark(registry, entry);
    start_timer(registry, entry);
}

void registry_stop(struct registry *registry)
{
    registry->stopped = true;
}

void registry_mark_all(struct registry *registry)
{
    for (struct entry *entry = registry->table; entry != NULL; entry = entry->hh.next)
        (void)mark(registry, entry);
}

void registry_snapshot(const struct registry *registry, const struct service *service,
                       struct service_snapshot *snapshot)
{
    const struct entry *entry = entry_of(service);

    *snapshot = (struct service_snapshot){
        .availability = service->availability,
        .has_code = service->has_code,
        .code = service->code,
        .since_ms = entry->since_ms,
        .code_since_ms = entry->code_since_ms,
        .seen_ms = service->reported
                       ? loop_clock_on_wall(registry->loop, wall_clock_now(), service->last_seen_ms)
                       : 0,
        .registered_ms = entry->registered_ms,
    };
}

void registry_each(const struct registry *registry, registry_each_cb each, void *arg)
{
    for (const struct entry *entry = registry->table; entry != NULL; entry = entry->hh.next)
        each(arg, &entry->service);
}
