/* SPDX-License-Identifier: MIT */
/*
 * registration - a Service message, decoded and validated.
 *
 * Pure. A view into the message and its arena, valid until the arena is reset. Field 2 is read in both of its
 * encodings, the map and the list (see proto/procjon_wire.proto).
 */
#ifndef PROCJON_API_REGISTRATION_H
#define PROCJON_API_REGISTRATION_H

#include <stddef.h>
#include <stdint.h>

#include "api/arena.h"
#include "engine/engine.h"
#include "grpc/status.h"

/* Bytes of an identifier: it is part of a line of a message, and the key of every lookup. */
#define REGISTRATION_ID_MAX 256
/* Bytes of a status text: it is a word or a sentence in a message. */
#define REGISTRATION_TEXT_MAX 256
/* The values of an exit code. */
#define REGISTRATION_STATUSES_MAX 256
/* A year, in seconds. */
#define REGISTRATION_TIMEOUT_MAX 31536000

struct registration {
    const char *id; /* with a NUL behind it */
    size_t id_size;
    struct service_status statuses[REGISTRATION_STATUSES_MAX]; /* texts with a NUL behind them */
    size_t status_count;
    int32_t timeout_s;
};

/*
 * Fills `registration`, which is too large for the stack. -EINVAL: `status` is INVALID_ARGUMENT, with a
 * message that names the field, its value and the limit.
 */
int registration_decode(struct registration *registration, struct arena *arena, const uint8_t *message,
                        size_t size, struct status *status);

/* Whether the bytes are a valid identifier; if not -EINVAL, and `status` says why. */
int registration_check_id(const uint8_t *id, size_t size, struct status *status);

#endif
