/* SPDX-License-Identifier: MIT */
#include "api/agents.h"

#include <assert.h>

#include "procjon_wire.pb-c.h"

/* google.protobuf.Empty has no fields: its encoding has no bytes. */
static const uint8_t empty[1];

/* ---- RegisterService ---- */

/* The state of a RegisterService call. */
struct register_state {
    struct engine_pending *pending; /* the registration being committed; NULL: none */
};

static void on_registered(void *arg, const struct err *err)
{
    struct server_call *call = arg;

    ((struct register_state *)server_call_state(call))->pending = NULL;
    if (err == NULL)
        server_call_reply(call, empty, 0);
    else
        server_call_fail(call, STATUS_UNAVAILABLE, "registration cannot be stored: %s", err->msg);
}

static void on_register(struct server_call *call, const uint8_t *message, size_t size)
{
    struct agents_api *api = server_call_service(call);
    const struct registration *decoded = &api->registration;
    struct register_state *state = server_call_state(call);
    struct engine_registration registration;
    struct status status;

    arena_reset(&api->arena);
    if (registration_decode(&api->registration, &api->arena, message, size, &status) != 0) {
        server_call_finish(call, &status);
        return;
    }
    registration = (struct engine_registration){
        .id = decoded->id,
        .id_size = decoded->id_size,
        .statuses = decoded->statuses,
        .status_count = decoded->status_count,
        .timeout_s = decoded->timeout_s,
    };
    switch (engine_register(api->engine, &registration, on_registered, call, &state->pending)) {
    case ENGINE_REGISTERED:
        server_call_reply(call, empty, 0);
        break;
    case ENGINE_FULL:
        server_call_fail(call, STATUS_RESOURCE_EXHAUSTED,
                         "more than %zu bytes of registrations wait for the disk",
                         ENGINE_REGISTRATIONS_SIZE_MAX);
        break;
    case ENGINE_PENDING:
        break;
    }
}

static void on_register_gone(struct server_call *call)
{
    struct register_state *state = server_call_state(call);

    if (state->pending != NULL)
        engine_register_abandon(state->pending);
}

/* ---- SendServiceStatus ---- */

static void on_stream(struct server_call *call)
{
    struct report_stream *stream = server_call_state(call);

    stream->read_paused_until_ms = server_call_read_paused_until(call);
}

/* The server ends the stream, not the agent: the other services of the stream are not lost. */
static void refuse_report(struct server_call *call, const uint8_t *id, size_t id_size)
{
    const struct agents_api *api = server_call_service(call);
    struct status status;

    engine_stream_done(api->engine, server_call_state(call));
    if (registration_check_id(id, id_size, &status) != 0)
        server_call_finish(call, &status);
    else
        server_call_fail(call, STATUS_NOT_FOUND, "service '%.*s' is not registered", (int)id_size,
                         (const char *)id);
}

/* Reports that are changes, and arrive faster than the disk commits them, would fill the memory. */
static void apply_backpressure(struct server_call *call, size_t before)
{
    const struct agents_api *api = server_call_service(call);
    size_t backlog = engine_backlog(api->engine);
    uint64_t ms = 1;

    if (backlog <= before || backlog <= AGENTS_API_BACKLOG_SOFT)
        return;
    if (backlog > AGENTS_API_BACKLOG_MAX)
        ms = backlog / AGENTS_API_BACKLOG_PER_MS;
    server_call_pause_reading(call, ms < AGENTS_API_PAUSE_MAX ? ms : AGENTS_API_PAUSE_MAX);
}

/* The hot path: no heap, no log, no disk. The identifier is checked only if no service has it. */
static void on_report(struct server_call *call, const uint8_t *message, size_t size)
{
    struct agents_api *api = server_call_service(call);
    const ProcjonWire__ServiceStatus *report;
    size_t backlog = engine_backlog(api->engine);

    arena_reset(&api->arena);
    report = procjon_wire__service_status__unpack(&api->arena.allocator, size, message);
    if (report == NULL) {
        server_call_fail(call, STATUS_INVALID_ARGUMENT, "ServiceStatus cannot be decoded");
        return;
    }
    if (!engine_report(api->engine, server_call_state(call), (const char *)report->service_identifier.data,
                       report->service_identifier.len, report->status_code))
        refuse_report(call, report->service_identifier.data, report->service_identifier.len);
    else
        apply_backpressure(call, backlog);
}

static void on_half_close(struct server_call *call)
{
    const struct agents_api *api = server_call_service(call);

    engine_stream_done(api->engine, server_call_state(call));
    server_call_reply(call, empty, 0);
}

/* After a half-close the stream owns no service, so that none is lost here. */
static void on_stream_gone(struct server_call *call)
{
    const struct agents_api *api = server_call_service(call);

    engine_stream_lost(api->engine, server_call_state(call));
}

void agents_api_init(struct agents_api *api, struct engine *engine)
{
    static_assert(sizeof(struct register_state) <= METHOD_STATE_SIZE, "fits into a call");
    static_assert(sizeof(struct report_stream) <= METHOD_STATE_SIZE, "fits into a call");

    *api = (struct agents_api){
        .engine = engine,
        .methods =
            {
                {
                    .path = "/Procjon/SendServiceStatus",
                    .stream = true,
                    .service = api,
                    .open = on_stream,
                    .message = on_report,
                    .half_close = on_half_close,
                    .gone = on_stream_gone,
                },
                {
                    .path = "/Procjon/RegisterService",
                    .service = api,
                    .message = on_register,
                    .gone = on_register_gone,
                },
            },
    };
    arena_init(&api->arena);
}

void agents_api_fini(struct agents_api *api)
{
    arena_fini(&api->arena);
}
