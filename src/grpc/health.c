/* SPDX-License-Identifier: MIT */
#include "grpc/health.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/mem.h"
#include "health_wire.pb-c.h"

/* In the state of a Watch call, zeroed. */
struct health_watcher {
    struct server_call *call; /* NULL: the watcher is not in the list */
    struct health_watcher *next, *prev;
    uint8_t *name; /* owned */
    size_t size;
    HealthWire__Status sent; /* UNKNOWN: nothing */
};

static_assert(sizeof(struct health_watcher) <= METHOD_STATE_SIZE, "a watcher must fit into a call");

/* A tag and the varint of an enum. */
#define RESPONSE_SIZE_MAX 11

static HealthWire__Status state_of(const struct health *health, size_t i)
{
    return health->services[i].serving ? HEALTH_WIRE__STATUS__SERVING : HEALTH_WIRE__STATUS__NOT_SERVING;
}

static HealthWire__Status find(const struct health *health, const uint8_t *name, size_t size)
{
    for (size_t i = 0; i < health->service_count; i++) {
        const char *known = health->services[i].name;

        if (strlen(known) == size && (size == 0 || memcmp(known, name, size) == 0))
            return state_of(health, i);
    }
    return HEALTH_WIRE__STATUS__SERVICE_UNKNOWN;
}

static size_t pack(HealthWire__Status status, uint8_t bytes[RESPONSE_SIZE_MAX])
{
    HealthWire__Response response = HEALTH_WIRE__RESPONSE__INIT;

    response.status = status;
    return health_wire__response__pack(&response, bytes);
}

/* Sends the status if it differs from the last one sent, unless the client has not taken that yet. */
static void update(const struct health *health, struct health_watcher *watcher)
{
    HealthWire__Status status = find(health, watcher->name, watcher->size);
    uint8_t bytes[RESPONSE_SIZE_MAX];

    if (status == watcher->sent || server_call_answered(watcher->call) ||
        server_call_unsent(watcher->call) > 0)
        return;
    watcher->sent = status;
    server_call_send(watcher->call, bytes, pack(status, bytes));
}

static void update_all(const struct health *health)
{
    for (struct health_watcher *watcher = health->watchers; watcher != NULL; watcher = watcher->next)
        update(health, watcher);
}

/* NULL: malformed, and the call has failed. */
static HealthWire__Request *decode(struct server_call *call, const uint8_t *message, size_t size)
{
    HealthWire__Request *request = health_wire__request__unpack(NULL, size, message);

    if (request == NULL) {
        server_call_fail(call, STATUS_INVALID_ARGUMENT, "malformed health request of %zu bytes", size);
        return NULL;
    }
    if (request->service.len > HEALTH_NAME_MAX) {
        server_call_fail(call, STATUS_INVALID_ARGUMENT, "service has %zu bytes, at most %u",
                         request->service.len, HEALTH_NAME_MAX);
        health_wire__request__free_unpacked(request, NULL);
        return NULL;
    }
    return request;
}

static void on_check(struct server_call *call, const uint8_t *message, size_t size)
{
    HealthWire__Request *request = decode(call, message, size);
    uint8_t bytes[RESPONSE_SIZE_MAX];
    HealthWire__Status status;

    if (request == NULL)
        return;
    status = find(server_call_service(call), request->service.data, request->service.len);
    if (status == HEALTH_WIRE__STATUS__SERVICE_UNKNOWN)
        server_call_fail(call, STATUS_NOT_FOUND, "unknown service %.*s", (int)request->service.len,
                         (const char *)request->service.data);
    else
        server_call_reply(call, bytes, pack(status, bytes));
    health_wire__request__free_unpacked(request, NULL);
}

static void on_list(struct server_call *call, const uint8_t *message, size_t size)
{
    const struct health *health = server_call_service(call);
    HealthWire__ListRequest *request = health_wire__list_request__unpack(NULL, size, message);
    HealthWire__List list = HEALTH_WIRE__LIST__INIT;
    HealthWire__Response responses[HEALTH_SERVICES_MAX];
    HealthWire__Entry entries[HEALTH_SERVICES_MAX], *statuses[HEALTH_SERVICES_MAX];
    uint8_t *bytes;

    if (request == NULL) {
        server_call_fail(call, STATUS_INVALID_ARGUMENT, "malformed health request of %zu bytes", size);
        return;
    }
    health_wire__list_request__free_unpacked(request, NULL);
    for (size_t i = 0; i < health->service_count; i++) {
        health_wire__response__init(&responses[i]);
        responses[i].status = state_of(health, i);
        health_wire__entry__init(&entries[i]);
        entries[i].key.data = (uint8_t *)health->services[i].name;
        entries[i].key.len = strlen(health->services[i].name);
        entries[i].value = &responses[i];
        statuses[i] = &entries[i];
    }
    list.statuses = statuses;
    list.n_statuses = health->service_count;
    bytes = mem_alloc(health_wire__list__get_packed_size(&list) + 1);
    server_call_reply(call, bytes, health_wire__list__pack(&list, bytes));
    free(bytes);
}

static void add_watcher(struct health *health, struct health_watcher *watcher, struct server_call *call)
{
    watcher->call = call;
    DL_PREPEND(health->watchers, watcher);
    health->watcher_count++;
}

static void on_watch(struct server_call *call, const uint8_t *message, size_t size)
{
    struct health *health = server_call_service(call);
    struct health_watcher *watcher = server_call_state(call);
    HealthWire__Request *request;

    if (health->watcher_count == HEALTH_WATCHERS_MAX) {
        server_call_fail(call, STATUS_RESOURCE_EXHAUSTED, "%u calls watch already, no more are taken",
                         HEALTH_WATCHERS_MAX);
        return;
    }
    request = decode(call, message, size);
    if (request == NULL)
        return;
    /* The watcher takes the bytes over. */
    watcher->name = request->service.data;
    watcher->size = request->service.len;
    request->service = (ProtobufCBinaryData){0};
    health_wire__request__free_unpacked(request, NULL);
    add_watcher(health, watcher, call);
    update(health, watcher);
}

static void on_watch_sent(struct server_call *call)
{
    update(server_call_service(call), server_call_state(call));
}

static void on_watch_gone(struct server_call *call)
{
    struct health *health = server_call_service(call);
    struct health_watcher *watcher = server_call_state(call);

    if (watcher->call == NULL)
        return;
    DL_DELETE(health->watchers, watcher);
    health->watcher_count--;
    free(watcher->name);
}

void health_init(struct health *health)
{
    *health = (struct health){
        .methods =
            {
                {.path = "/grpc.health.v1.Health/Check", .service = health, .message = on_check},
                {.path = "/grpc.health.v1.Health/List", .service = health, .message = on_list},
                {
                    .path = "/grpc.health.v1.Health/Watch",
                    .service = health,
                    .message = on_watch,
                    .sent = on_watch_sent,
                    .gone = on_watch_gone,
                },
            },
    };
}

void health_fini(struct health *health)
{
    assert(health->watcher_count == 0 && health->watchers == NULL);
    health->service_count = 0;
}

void health_set(struct health *health, const char *service, bool serving)
{
    size_t i = 0;

    while (i < health->service_count && strcmp(health->services[i].name, service) != 0)
        i++;
    if (i == health->service_count) {
        assert(i < HEALTH_SERVICES_MAX && strlen(service) <= HEALTH_NAME_MAX);
        health->services[health->service_count++].name = service;
    }
    health->services[i].serving = serving && !health->shut_down;
    update_all(health);
}

void health_shutdown(struct health *health)
{
    health->shut_down = true;
    for (size_t i = 0; i < health->service_count; i++)
        health->services[i].serving = false;
    update_all(health);
}

const struct method *health_methods(const struct health *health, size_t *count)
{
    *count = HEALTH_METHODS;
    return health->methods;
}
