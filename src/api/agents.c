/* SPDX-License-Identifier: MIT */
#include "api/agents.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define LOG_MODULE "rpc"
#include "base/log.h"
#include "base/mem.h"
#include "base/uvx.h"
#include "base/wall_clock.h"
#include "procjon_wire.pb-c.h"

/* Empty has no fields: its encoding has no bytes. */
static const uint8_t empty[1];

/* ---- RegisterService ---- */

/* One registration between the store and the answer. Freed when the store is done with it. */
struct pending {
    struct agents_api *rpc;
    struct server_call *call; /* NULL: the client has gone; the registration counts all the same */
    struct service *service;  /* NULL: a new one */
    int32_t timeout_s;
    size_t size; /* in memory */
    size_t id_size;
    size_t status_count;
    struct service_status *statuses; /* texts, and then the id, lie behind the array */
    char *id;
};

/* What the state of a RegisterService call holds. */
struct register_state {
    struct pending *pending;
};

static struct pending *keep(const struct registration *registration)
{
    size_t array = registration->status_count * sizeof(struct service_status);
    size_t size = array + registration->id_size + 1;
    struct pending *pending;
    char *text;

    for (size_t i = 0; i < registration->status_count; i++)
        size += strlen(registration->statuses[i].text) + 1;
    pending = mem_alloc(sizeof *pending + size);
    *pending = (struct pending){
        .timeout_s = registration->timeout_s,
        .size = sizeof *pending + size,
        .id_size = registration->id_size,
        .status_count = registration->status_count,
        .statuses = (struct service_status *)(pending + 1),
    };
    text = (char *)(pending->statuses + registration->status_count);
    for (size_t i = 0; i < registration->status_count; i++) {
        pending->statuses[i].code = registration->statuses[i].code;
        pending->statuses[i].text = text;
        text = stpcpy(text, registration->statuses[i].text) + 1;
    }
    pending->id = text;
    memcpy(text, registration->id, registration->id_size + 1);
    return pending;
}

/* The registration is on disk: now it counts. */
static void apply(const struct pending *pending)
{
    struct registry *registry = pending->rpc->registry;
    const struct service *service;
    uint64_t timeout_ms = (uint64_t)pending->timeout_s * 1000;

    if (registry == NULL)
        return;
    service = registry_find(registry, pending->id, pending->id_size);
    if (service != NULL && service_configured(service, pending->statuses, pending->status_count, timeout_ms))
        return;
    (void)registry_register(registry, pending->id, pending->id_size, pending->statuses, pending->status_count,
                            timeout_ms);
    log_info("registered service=%s statuses=%zu timeout=%ds", pending->id, pending->status_count,
             pending->timeout_s);
}

static void on_stored(void *arg, const struct err *err)
{
    struct pending *pending = arg;
    struct agents_api *rpc = pending->rpc;

    rpc->pending--;
    rpc->pending_size -= pending->size;
    if (pending->service == NULL)
        rpc->newcomers--;
    else if (rpc->registry != NULL)
        registry_pending(pending->service, -1);
    if (pending->call != NULL)
        ((struct register_state *)server_call_state(pending->call))->pending = NULL;
    if (err == NULL) {
        apply(pending);
        if (pending->call != NULL)
            server_call_reply(pending->call, empty, 0);
    } else {
        log_error("registration not stored service=%s reason=%s", pending->id, err->msg);
        if (pending->call != NULL)
            server_call_fail(pending->call, STATUS_UNAVAILABLE, "registration cannot be stored: %s",
                             err->msg);
    }
    free(pending);
}

static void store_registration(struct agents_api *rpc, struct server_call *call, struct service *service)
{
    const struct registration *registration = &rpc->registration;
    struct pending *pending = keep(registration);
    struct store_status statuses[REGISTRATION_STATUSES_MAX];

    pending->rpc = rpc;
    pending->call = call;
    pending->service = service;
    if (service != NULL)
        registry_pending(service, +1);
    else
        rpc->newcomers++;
    ((struct register_state *)server_call_state(call))->pending = pending;
    rpc->pending++;
    rpc->pending_size += pending->size;
    for (size_t i = 0; i < registration->status_count; i++)
        statuses[i] = (struct store_status){registration->statuses[i].code, registration->statuses[i].text};
    store_put_service(rpc->store,
                      &(struct store_service){
                          .id = registration->id,
                          .statuses = statuses,
                          .status_count = registration->status_count,
                          .timeout_s = registration->timeout_s,
                          .registered_ms = wall_clock_now(),
                      },
                      on_stored, pending);
}

/*
 * An agent registers again with every connection: what the disk has already is answered without it, so that a
 * fleet that comes back costs no writes. Not while newcomers are on their way: one of them may be of this
 * service, sent before it was known, and would have the last word after this.
 */
static bool is_stored(const struct agents_api *rpc, const struct service *service,
                      const struct registration *registration)
{
    return service != NULL && !registry_is_pending(service) && rpc->newcomers == 0 &&
           service_configured(service, registration->statuses, registration->status_count,
                              (uint64_t)registration->timeout_s * 1000);
}

static void on_register(struct server_call *call, const uint8_t *message, size_t size)
{
    struct agents_api *rpc = server_call_service(call);
    struct registration *registration = &rpc->registration;
    struct service *service;
    struct status status;

    arena_reset(&rpc->arena);
    if (registration_decode(registration, &rpc->arena, message, size, &status) != 0) {
        server_call_finish(call, &status);
        return;
    }
    service = registry_find(rpc->registry, registration->id, registration->id_size);
    if (is_stored(rpc, service, registration))
        server_call_reply(call, empty, 0);
    else if (rpc->pending_size > AGENTS_API_PENDING_MAX)
        server_call_fail(call, STATUS_RESOURCE_EXHAUSTED,
                         "more than %zu bytes of registrations wait for the disk", AGENTS_API_PENDING_MAX);
    else
        store_registration(rpc, call, service);
}

static void on_register_gone(struct server_call *call)
{
    struct register_state *state = server_call_state(call);

    if (state->pending != NULL)
        state->pending->call = NULL;
}

/* ---- SendServiceStatus ---- */

static void on_reports(struct server_call *call)
{
    ((struct report_stream *)server_call_state(call))->read_paused_until_ms =
        server_call_read_paused_until(call);
}

/* The stream ends here, but not by its agent: it means nothing to the other services that it spoke for. */
static void refuse_report(struct server_call *call, const uint8_t *id, size_t id_size)
{
    struct status status;

    report_stream_done(server_call_state(call));
    if (registration_check_id(id, id_size, &status) != 0)
        server_call_finish(call, &status);
    else
        server_call_fail(call, STATUS_NOT_FOUND, "service '%.*s' is not registered", (int)id_size,
                         (const char *)id);
}

/* A client whose reports are changes, and come faster than the disk takes them, would fill the memory. */
static void slow_down(struct server_call *call, size_t before)
{
    const struct agents_api *rpc = server_call_service(call);
    size_t backlog = store_pending(rpc->store);
    uint64_t ms = 1;

    if (backlog <= before || backlog <= AGENTS_API_BACKLOG_TURN)
        return;
    if (backlog > AGENTS_API_BACKLOG_MAX)
        ms = backlog / AGENTS_API_BACKLOG_PER_MS;
    server_call_pause_reading(call, ms < AGENTS_API_REST_MAX ? ms : AGENTS_API_REST_MAX);
}

/* The hot path: no heap, no log, no disk. An identifier that is found was checked when it was registered. */
static void on_report(struct server_call *call, const uint8_t *message, size_t size)
{
    struct agents_api *rpc = server_call_service(call);
    const ProcjonWire__ServiceStatus *report;
    size_t backlog = store_pending(rpc->store);

    arena_reset(&rpc->arena);
    report = procjon_wire__service_status__unpack(&rpc->arena.allocator, size, message);
    if (report == NULL) {
        server_call_fail(call, STATUS_INVALID_ARGUMENT, "ServiceStatus cannot be decoded");
        return;
    }
    if (!registry_report(rpc->registry, server_call_state(call),
                         (const char *)report->service_identifier.data, report->service_identifier.len,
                         report->status_code))
        refuse_report(call, report->service_identifier.data, report->service_identifier.len);
    else
        slow_down(call, backlog);
}

static void on_good_bye(struct server_call *call)
{
    report_stream_done(server_call_state(call));
    server_call_reply(call, empty, 0);
}

/* After a good-bye the stream speaks for nothing any more, and this says nothing. */
static void on_reports_gone(struct server_call *call)
{
    struct agents_api *rpc = server_call_service(call);

    registry_lost(rpc->registry, server_call_state(call));
}

void agents_api_init(struct agents_api *rpc, struct registry *registry, struct store *store)
{
    static_assert(sizeof(struct register_state) <= SERVER_CALL_STATE_SIZE, "fits into a call");
    static_assert(sizeof(struct report_stream) <= SERVER_CALL_STATE_SIZE, "fits into a call");

    *rpc = (struct agents_api){
        .registry = registry,
        .store = store,
        .methods =
            {
                {
                    .path = "/Procjon/SendServiceStatus",
                    .stream = true,
                    .service = rpc,
                    .open = on_reports,
                    .message = on_report,
                    .half_close = on_good_bye,
                    .gone = on_reports_gone,
                },
                {
                    .path = "/Procjon/RegisterService",
                    .service = rpc,
                    .message = on_register,
                    .gone = on_register_gone,
                },
            },
    };
    arena_init(&rpc->arena);
}

void agents_api_fini(struct agents_api *rpc)
{
    assert(rpc->pending == 0);
    arena_fini(&rpc->arena);
}

void agents_api_detach(struct agents_api *rpc)
{
    rpc->registry = NULL;
}
