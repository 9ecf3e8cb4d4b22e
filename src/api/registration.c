/* SPDX-License-Identifier: MIT */
#include "api/registration.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "procjon_wire.pb-c.h"

#define INVALID(status, ...) (status_set(status, STATUS_INVALID_ARGUMENT, __VA_ARGS__), -EINVAL)

/* Bytes of a value that an error message shows; bytes that are not text are escaped. */
#define SHOWN_MAX 32

static const char *show(const uint8_t *bytes, size_t size, char out[4 * SHOWN_MAX + 4])
{
    size_t shown = size < SHOWN_MAX ? size : SHOWN_MAX;
    size_t length = 0;

    if (utf8_is_text(bytes, size)) {
        char text[SHOWN_MAX + 1];

        memcpy(text, bytes, shown);
        text[shown] = '\0';
        /* A UTF-8 sequence that the cut has split is removed. */
        while (shown > 0 && !utf8_is_text((const uint8_t *)text, shown))
            text[--shown] = '\0';
        (void)snprintf(out, 4 * SHOWN_MAX + 4, "%s%s", text, shown < size ? "..." : "");
        return out;
    }
    for (size_t i = 0; i < shown; i++) {
        bool plain = bytes[i] >= 0x20 && bytes[i] < 0x7f;

        length += (size_t)snprintf(out + length, 5, plain ? "%c" : "\\x%02x", bytes[i]);
    }
    (void)snprintf(out + length, 4, "%s", shown < size ? "..." : "");
    return out;
}

int registration_check_id(const uint8_t *id, size_t size, struct status *status)
{
    char shown[4 * SHOWN_MAX + 4];

    if (size == 0)
        return INVALID(status, "serviceIdentifier is empty: it must have 1 to %d bytes", REGISTRATION_ID_MAX);
    if (size > REGISTRATION_ID_MAX)
        return INVALID(status, "serviceIdentifier '%s' has %zu bytes: the limit is %d", show(id, size, shown),
                       size, REGISTRATION_ID_MAX);
    if (!utf8_is_text(id, size))
        return INVALID(status, "serviceIdentifier '%s' is not UTF-8 without control characters",
                       show(id, size, shown));
    return 0;
}

static int check_text(int32_t code, const uint8_t *text, size_t size, struct status *status)
{
    char shown[4 * SHOWN_MAX + 4];

    if (size == 0)
        return INVALID(status, "statuses[%d] is empty: a text must have 1 to %d bytes", code,
                       REGISTRATION_TEXT_MAX);
    if (size > REGISTRATION_TEXT_MAX)
        return INVALID(status, "statuses[%d] '%s' has %zu bytes: the limit is %d", code,
                       show(text, size, shown), size, REGISTRATION_TEXT_MAX);
    if (!utf8_is_text(text, size))
        return INVALID(status, "statuses[%d] '%s' is not UTF-8 without control characters", code,
                       show(text, size, shown));
    return 0;
}

/* A copy with a NUL at its end, in the arena; NULL: the arena is full. */
static char *terminate(struct arena *arena, const uint8_t *bytes, size_t size)
{
    char *text = arena->allocator.alloc(arena, size + 1);

    if (text == NULL)
        return NULL;
    if (size > 0)
        memcpy(text, bytes, size);
    text[size] = '\0';
    return text;
}

/* A value of field 2 as an entry of the map; NULL: it is an entry of the list of names. */
static const ProcjonWire__Status *entry(struct arena *arena, const ProtobufCBinaryData *value)
{
    ProcjonWire__Status *status = procjon_wire__status__unpack(&arena->allocator, value->len, value->data);

    return status != NULL && status->base.n_unknown_fields == 0 ? status : NULL;
}

/* The entry of this code: a map may have a key twice, and then the last one counts (protobuf.dev, "Maps"). */
static struct service_status *slot(struct registration *registration, int32_t code)
{
    for (size_t i = 0; i < registration->status_count; i++) {
        if (registration->statuses[i].code == code)
            return &registration->statuses[i];
    }
    return &registration->statuses[registration->status_count++];
}

static int decode_statuses(struct registration *registration, struct arena *arena,
                           const ProcjonWire__Service *service, struct status *status)
{
    struct service_status *decoded;
    size_t entries = 0;

    registration->status_count = 0;
    if (service->n_statuses > REGISTRATION_STATUSES_MAX)
        return INVALID(status, "statuses has %zu entries: the limit is %d", service->n_statuses,
                       REGISTRATION_STATUSES_MAX);
    for (size_t i = 0; i < service->n_statuses; i++) {
        const ProtobufCBinaryData *value = &service->statuses[i];
        const ProcjonWire__Status *pair = entry(arena, value);
        int32_t code = pair != NULL ? pair->key : (int32_t)i;
        const ProtobufCBinaryData *text = pair != NULL ? &pair->value : value;

        entries += pair != NULL;
        if (entries > 0 && entries <= i)
            return INVALID(status, "statuses[%zu] mixes the map of codes and the list of names", i);
        if (check_text(code, text->data, text->len, status) != 0)
            return -EINVAL;
        decoded = slot(registration, code);
        *decoded = (struct service_status){code, terminate(arena, text->data, text->len)};
        if (decoded->text == NULL)
            return INVALID(status, "Service cannot be decoded");
    }
    return 0;
}

int registration_decode(struct registration *registration, struct arena *arena, const uint8_t *message,
                        size_t size, struct status *status)
{
    const ProcjonWire__Service *service = procjon_wire__service__unpack(&arena->allocator, size, message);

    if (service == NULL)
        return INVALID(status, "Service cannot be decoded");
    if (registration_check_id(service->service_identifier.data, service->service_identifier.len, status) != 0)
        return -EINVAL;
    if (service->timeout < 1 || service->timeout > REGISTRATION_TIMEOUT_MAX)
        return INVALID(status, "timeout %" PRId64 " is out of range: it must be 1 to %d seconds",
                       service->timeout, REGISTRATION_TIMEOUT_MAX);
    if (decode_statuses(registration, arena, service, status) != 0)
        return -EINVAL;
    registration->id = terminate(arena, service->service_identifier.data, service->service_identifier.len);
    if (registration->id == NULL)
        return INVALID(status, "Service cannot be decoded");
    registration->id_size = service->service_identifier.len;
    registration->timeout_s = (int32_t)service->timeout;
    return 0;
}
