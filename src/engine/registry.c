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
 * Silence is remembered across a crash with the basis that is on disk. One younger than this part of the
 * timeout is good enough (doc/decisions/checkpoint.md); an older one must not wait for the periodic stamp.
 */
#define STAMP_PART 4

/* A timer that is so late is that of a process that was stopped. */
#define STOPPED_MS 50

static void tell(struct registry *registry, struct entry *entry, const struct transition *transition)
{
    int64_t at_ms = loop_clock_on_wall(registry->loop, wall_clock_now(), transition->at_ms);
    int64_t since_ms;

    if (transition->kind == TRANSITION_STATUS) {
        since_ms = entry->code_since_ms;
        entry->code_since_ms = at_ms;
    } else {
        /* Before its first report a service was neither here nor away. */
        since_ms = transition->first || transition->reason == REASON_NEVER_REPORTED ? 0 : entry->since_ms;
        entry->since_ms = at_ms;
        if (entry->service.has_code && entry->code_since_ms == 0)
            entry->code_since_ms = at_ms; /* a first code 0 is no news, but it began now */
    }
    registry->transitions[transition->kind]++;
    registry->ops->transition(registry, &entry->service, transition, at_ms, since_ms);
    /* The state goes to the disk with its transition. */
    entry->stored_ms = entry->service.last_seen_ms;
}

static void on_timer(uv_timer_t *timer);

/*
 * Sees to it that the timer does not fire after the deadline. One that fires before it is left alone: it will
 * arm itself for the rest, which costs less than a restart with every report.
 */
static void arm(struct registry *registry, struct entry *entry)
{
    uint64_t deadline = service_deadline(&entry->service), now = loop_clock_ends(registry->loop);
    uint64_t wait = deadline > now ? deadline - now : 0;

    if (deadline == SERVICE_NEVER) {
        (void)uv_timer_stop(&entry->timer);
        return;
    }
    if (uv_is_active((uv_handle_t *)&entry->timer) && uv_timer_get_due_in(&entry->timer) <= wait)
        return;
    entry->due_ms = now + wait;
    /* Refused only while the registry closes. */
    (void)uv_timer_start(&entry->timer, on_timer, wait, 0);
}

static void settle(struct registry *registry, struct entry *entry)
{
    struct transition transition;

    if (registry->stopped)
        return;
    if (service_expire(&entry->service, loop_clock_ends(registry->loop), &transition))
        tell(registry, entry, &transition);
    arm(registry, entry);
}

/* How much longer nobody listens to who speaks for it; 0: somebody does. */
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
 * Nobody is called silent before what has been said was read. libuv runs timers before it reads what has
 * piled up, so the loop has to turn once more; after a stop of the process only as much later, since agents
 * may have to connect first. And what a connection that rests has to say waits until that is over.
 */
static uint64_t wait_to_read(const struct registry *registry, struct entry *entry, uint64_t deadline)
{
    uint64_t now = loop_clock_ends(registry->loop), paused_ms = read_paused_for(registry, entry);

    if (now < deadline)
        return 0;
    if (paused_ms > 0)
        return paused_ms;
    if (entry->read_for_ms == deadline)
        return 0;
    entry->read_for_ms = deadline;
    return now - entry->due_ms > STOPPED_MS ? now - entry->due_ms : 1;
}

static void on_timer(uv_timer_t *timer)
{
    struct registry *registry = container_of(timer->data, struct registry, owner);
    struct entry *entry = container_of(timer, struct entry, timer);
    uint64_t wait = wait_to_read(registry, entry, service_deadline(&entry->service));

    if (wait == 0) {
        settle(registry, entry);
        return;
    }
    entry->due_ms = loop_clock_ends(registry->loop) + wait;
    (void)uv_timer_start(timer, on_timer, wait, 0);
}

void registry_open(struct registry *registry, uv_loop_t *loop, uint64_t grace_ms, uint64_t restart_grace_ms,
                   const struct registry_ops *ops)
{
    *registry = (struct registry){
        .loop = loop, .ops = ops, .grace_ms = grace_ms, .restart_grace_ms = restart_grace_ms};
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
        unknown_codes_fini(&entry->warned);
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

/* A stream mostly speaks for one service. */
static struct entry *look_up_spoken(const struct registry *registry, const struct report_stream *stream,
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
    entry->stored_ms = entry->service.last_seen_ms;
    entry->registered_ms = wall_clock_now();
    entry->since_ms = entry->registered_ms;
    (void)uv_timer_init(registry->loop, &entry->timer);
    uvx_own(&registry->owner, (uv_handle_t *)&entry->timer);
    HASH_ADD_KEYPTR(hh, registry->table, entry->service.id, id_size, entry);
    return entry;
}

/*
 * For the next stamp. A service whose timeout is at most restart-grace needs none: after a restart it has the
 * whole of that grace, whatever its basis is.
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

static void note(struct registry *registry, struct entry *entry)
{
    if (!mark(registry, entry) || registry->checkpoint_asked ||
        entry->service.last_seen_ms <= entry->stored_ms + entry->service.timeout_ms / STAMP_PART)
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
    arm(registry, entry);
    if (entry->service.reported)
        note(registry, entry); /* under a short timeout its basis was not kept on the disk */
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

static void warn(struct registry *registry, struct entry *entry, int32_t code)
{
    registry->unknown_codes++;
    if (!unknown_codes_add(&entry->warned, code))
        return;
    log_warning("unregistered status code service=%s code=%d", entry->service.id, code);
    if (unknown_codes_full(&entry->warned))
        log_warning("more unregistered status codes are not logged service=%s logged=%d", entry->service.id,
                    UNKNOWN_CODES_MAX);
}

static void look_at_reports(struct registry *registry, struct entry *entry)
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
    look_at_reports(registry, entry);
}

bool registry_report(struct registry *registry, struct report_stream *stream, const char *id, size_t id_size,
                     int32_t code)
{
    struct entry *entry = look_up_spoken(registry, stream, id, id_size);
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
        tell(registry, entry, &transition);
        arm(registry, entry); /* idle if this ended an absence of the service */
    }
    if (entry->due_ms > service_deadline(&entry->service))
        arm(registry, entry); /* it was excused, or waited for this after a stop of the process */
    if (unregistered)
        warn(registry, entry, code);
    note(registry, entry);
    look_at_reports(registry, entry);
    return true;
}

static uint64_t grace_of(const struct registry *registry, const struct service *service)
{
    if (registry->grace_ms != REGISTRY_GRACE_DEFAULT)
        return registry->grace_ms;
    return service->timeout_ms < REGISTRY_DISCONNECT_GRACE_MS ? service->timeout_ms
                                                              : REGISTRY_DISCONNECT_GRACE_MS;
}

static void lose(struct registry *registry, struct entry *entry)
{
    uint64_t grace = grace_of(registry, &entry->service);

    /* No grace is no span: it has ended when it begins. */
    service_lost(&entry->service, grace,
                 grace > 0 ? loop_clock_begins(registry->loop) : loop_clock_ends(registry->loop));
    settle(registry, entry);
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
     * Nobody is excused for longer than it has been silent, and a loss is due a grace from now at the latest:
     * a report may be younger than the last stamp, and what piled up meanwhile may have been read already.
     */
    service_extend(service, stalled_ms < silence ? stalled_ms : silence, now + registry->restart_grace_ms);
    if (service->lost_due_ms != SERVICE_NEVER)
        service_lost(service, grace_of(registry, service), now);
    /* The basis moved: the next alive stamp, which makes this absence history, takes the new one with it. */
    if (service->availability != SERVICE_UNAVAILABLE)
        (void)mark(registry, entry);
    arm(registry, entry);
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

void registry_extend(struct registry *registry, uint64_t stalled_ms)
{
    for (struct entry *entry = registry->table; entry != NULL; entry = entry->hh.next)
        registry_extend_entry(registry, entry, stalled_ms);
}

void registry_each(const struct registry *registry, registry_each_cb each, void *arg)
{
    for (const struct entry *entry = registry->table; entry != NULL; entry = entry->hh.next)
        each(arg, &entry->service);
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
