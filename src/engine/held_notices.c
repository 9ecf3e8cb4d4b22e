/* SPDX-License-Identifier: MIT */
#include "engine/held_notices.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/hash.h"

struct held_service {
    char *name;
    struct held_notice *notices; /* utlist, owned; never empty */
    UT_hash_handle hh;
};

/* What makes stages release: for NOTIFY_AFTER the time or the number of reports is enough. */
struct pass {
    int64_t now_ms;
    uint64_t reports;
    unsigned stages; /* that release in any case; HELD_BY */
    held_notices_cb released;
    void *arg;
};

static struct held_service *find_service(const struct held_notices *held, const char *name)
{
    struct held_service *service;

    HASH_FIND_STR(held->services, name, service);
    return service;
}

static struct held_service *find_or_add_service(struct held_notices *held, const char *name)
{
    struct held_service *service = find_service(held, name);

    if (service != NULL)
        return service;
    service = mem_zalloc(sizeof *service);
    service->name = mem_strdup(name);
    HASH_ADD_KEYPTR(hh, held->services, service->name, strlen(service->name), service);
    return service;
}

static struct held_notice *find(const struct held_service *service, unsigned sink)
{
    struct held_notice *notice;

    LL_FOREACH(service->notices, notice)
    {
        if (notice->sink == sink)
            return notice;
    }
    return NULL;
}

static struct held_notice *add(struct held_service *service, unsigned sink)
{
    struct held_notice *notice = mem_zalloc(sizeof *notice);

    notice->sink = sink;
    DL_APPEND(service->notices, notice);
    return notice;
}

static size_t count_of(const struct held_notice *notice)
{
    return notice->entry->ids.count + notice->entry->outdated.count;
}

static struct digest_entry *take(struct held_notices *held, struct held_service *service,
                                 struct held_notice *notice)
{
    struct digest_entry *entry = notice->entry;

    held->count -= count_of(notice);
    held->counts[notice->sink] -= count_of(notice);
    DL_DELETE(service->notices, notice);
    free(notice);
    return entry;
}

static void remove_if_empty(struct held_notices *held, struct held_service *service)
{
    if (service->notices != NULL)
        return;
    /* The analyser loses track of uthash's list. NOLINTNEXTLINE(clang-analyzer-*) */
    HASH_DEL(held->services, service);
    free(service->name);
    free(service);
}

const struct held_notice *held_notices_look_up(const struct held_notices *held, const char *name,
                                               unsigned sink)
{
    const struct held_service *service = find_service(held, name);

    return service != NULL ? find(service, sink) : NULL;
}

void held_notices_add(struct held_notices *held, unsigned sink, const struct event *event, unsigned stages,
                      int64_t due_ms, uint64_t due_reports)
{
    struct held_service *service = find_or_add_service(held, event->service);
    struct held_notice *notice = find(service, sink);

    if (notice == NULL)
        notice = add(service, sink);
    if (notice->entry == NULL)
        notice->entry = digest_entry_new(event);
    else
        digest_entry_add(notice->entry, event);
    notice->stages = stages;
    notice->due_ms = due_ms;
    notice->due_reports = due_reports;
    held->count++;
    held->counts[sink]++;
}

struct digest_entry *held_notices_take(struct held_notices *held, const char *name, unsigned sink)
{
    struct held_service *service = find_service(held, name);
    struct held_notice *notice = service != NULL ? find(service, sink) : NULL;
    struct digest_entry *entry;

    if (notice == NULL)
        return NULL;
    entry = take(held, service, notice);
    remove_if_empty(held, service);
    return entry;
}

/* Frees the service when nothing of it is left. */
static void pass_service(struct held_notices *held, struct held_service *service, const struct pass *pass)
{
    struct held_notice *notice, *next;

    DL_FOREACH_SAFE(service->notices, notice, next)
    {
        unsigned sink = notice->sink;

        notice->stages &= ~pass->stages;
        if (notice->due_ms <= pass->now_ms || notice->due_reports <= pass->reports)
            notice->stages &= ~HELD_BY(STAGE_NOTIFY_AFTER);
        if (notice->stages == 0)
            pass->released(pass->arg, sink, take(held, service, notice));
    }
    remove_if_empty(held, service);
}

static void pass_all(struct held_notices *held, const struct pass *pass)
{
    struct held_service *service, *next;

    HASH_ITER(hh, held->services, service, next)
    pass_service(held, service, pass);
}

int64_t held_notices_pass_time(struct held_notices *held, int64_t now_ms, held_notices_cb released, void *arg)
{
    const struct pass pass = {.now_ms = now_ms, .released = released, .arg = arg};
    int64_t next_ms = STAGE_NO_TIME;

    pass_all(held, &pass);
    for (const struct held_service *service = held->services; service != NULL; service = service->hh.next) {
        const struct held_notice *notice;

        DL_FOREACH(service->notices, notice)
        {
            if ((notice->stages & HELD_BY(STAGE_NOTIFY_AFTER)) != 0 && notice->due_ms < next_ms)
                next_ms = notice->due_ms;
        }
    }
    return next_ms;
}

uint64_t held_notices_pass_reports(struct held_notices *held, const char *name, uint64_t reports,
                                   held_notices_cb released, void *arg)
{
    const struct pass pass = {.now_ms = INT64_MIN, .reports = reports, .released = released, .arg = arg};
    struct held_service *service = find_service(held, name);
    const struct held_notice *notice;
    uint64_t next = STAGE_NO_REPORTS;

    if (service == NULL)
        return next;
    pass_service(held, service, &pass);
    service = find_service(held, name);
    if (service == NULL)
        return next;
    DL_FOREACH(service->notices, notice)
    {
        if ((notice->stages & HELD_BY(STAGE_NOTIFY_AFTER)) != 0 && notice->due_reports < next)
            next = notice->due_reports;
    }
    return next;
}

void held_notices_pass_stage(struct held_notices *held, enum stage stage, held_notices_cb released, void *arg)
{
    const struct pass pass = {
        .now_ms = INT64_MIN, .stages = HELD_BY(stage), .released = released, .arg = arg};

    pass_all(held, &pass);
}

static void drop(void *arg, unsigned sink, struct digest_entry *entry)
{
    (void)arg;
    (void)sink;
    digest_entry_free(entry);
}

void held_notices_fini(struct held_notices *held)
{
    const struct pass pass = {.now_ms = INT64_MIN, .stages = ~0u, .released = drop};

    pass_all(held, &pass);
}
