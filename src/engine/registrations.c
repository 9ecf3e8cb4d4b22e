/* SPDX-License-Identifier: MIT */
#include "engine/registrations.h"

#include <stdlib.h>
#include <string.h>

#define LOG_MODULE "engine"
#include "base/log.h"
#include "base/mem.h"
#include "base/wall_clock.h"

/* One allocation: behind the statuses are their texts, and then the id. */
struct engine_pending {
    struct registrations *registrations;
    engine_registered_cb registered; /* NULL: abandoned */
    void *arg;
    struct service *service; /* NULL: a new one */
    int32_t timeout_s;
    size_t size; /* of the allocation */
    size_t id_size;
    size_t status_count;
    char *id;
    struct service_status statuses[];
};

static struct engine_pending *copy(const struct engine_registration *registration)
{
    size_t size = sizeof(struct engine_pending) + registration->status_count * sizeof(struct service_status) +
                  registration->id_size + 1;
    struct engine_pending *pending;
    char *text;

    for (size_t i = 0; i < registration->status_count; i++)
        size += strlen(registration->statuses[i].text) + 1;
    pending = mem_alloc(size);
    *pending = (struct engine_pending){
        .timeout_s = registration->timeout_s,
        .size = size,
        .id_size = registration->id_size,
        .status_count = registration->status_count,
    };
    text = (char *)(pending->statuses + registration->status_count);
    for (size_t i = 0; i < registration->status_count; i++) {
        pending->statuses[i] = (struct service_status){registration->statuses[i].code, text};
        text = stpcpy(text, registration->statuses[i].text) + 1;
    }
    pending->id = text;
    memcpy(text, registration->id, registration->id_size);
    text[registration->id_size] = '\0';
    return pending;
}

static void apply(const struct engine_pending *pending)
{
    struct registry *registry = pending->registrations->registry;
    uint64_t timeout_ms = (uint64_t)pending->timeout_s * 1000;
    const struct service *service;

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
    struct engine_pending *pending = arg;
    struct registrations *registrations = pending->registrations;

    registrations->count--;
    registrations->size -= pending->size;
    if (pending->service == NULL)
        registrations->added--;
    else
        registry_pending(pending->service, -1);
    if (err == NULL)
        apply(pending);
    else
        log_error("registration not stored service=%s reason=%s", pending->id, err->msg);
    if (pending->registered != NULL)
        pending->registered(pending->arg, err);
    free(pending);
}

static void store_registration(struct registrations *registrations, struct engine_pending *pending)
{
    struct store_status statuses[STORE_STATUSES_MAX];

    for (size_t i = 0; i < pending->status_count; i++)
        statuses[i] = (struct store_status){pending->statuses[i].code, pending->statuses[i].text};
    store_put_service(registrations->store,
                      &(struct store_service){
                          .id = pending->id,
                          .statuses = statuses,
                          .status_count = pending->status_count,
                          .timeout_s = pending->timeout_s,
                          .registered_ms = wall_clock_now(),
                      },
                      on_stored, pending);
}

/*
 * An agent registers again with every connection. What is on disk already is answered without a write, so
 * that a fleet that connects again causes none. This does not hold while registrations of new services are on
 * their way: one of them may be of this service, and would replace what this call has confirmed.
 */
static bool is_stored(const struct registrations *registrations, const struct service *service,
                      const struct engine_registration *registration)
{
    return service != NULL && !registry_is_pending(service) && registrations->added == 0 &&
           service_configured(service, registration->statuses, registration->status_count,
                              (uint64_t)registration->timeout_s * 1000);
}

void registrations_init(struct registrations *registrations, struct registry *registry, struct store *store)
{
    *registrations = (struct registrations){.registry = registry, .store = store};
}

enum engine_register_result registrations_add(struct registrations *registrations,
                                              const struct engine_registration *registration,
                                              engine_registered_cb registered, void *arg,
                                              struct engine_pending **pending)
{
    struct service *service = registry_find(registrations->registry, registration->id, registration->id_size);

    if (is_stored(registrations, service, registration))
        return ENGINE_REGISTERED;
    if (registrations->size > ENGINE_REGISTRATIONS_SIZE_MAX)
        return ENGINE_FULL;
    *pending = copy(registration);
    (*pending)->registrations = registrations;
    (*pending)->registered = registered;
    (*pending)->arg = arg;
    (*pending)->service = service;
    if (service != NULL)
        registry_pending(service, +1);
    else
        registrations->added++;
    registrations->count++;
    registrations->size += (*pending)->size;
    store_registration(registrations, *pending);
    return ENGINE_PENDING;
}

void registrations_abandon(struct engine_pending *pending)
{
    pending->registered = NULL;
}
