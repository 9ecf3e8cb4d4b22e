/* SPDX-License-Identifier: MIT */
#include "grpc/guard.h"

#include <string.h>

#include "grpc/limits.h"

/* RFC 9113 §6: the frame types and flags that matter here. */
enum { DATA = 0, HEADERS = 1, PRIORITY = 2, SETTINGS = 4, PUSH_PROMISE = 5, PING = 6, CONTINUATION = 9 };
enum { FLAG_ACK = 0x1, FLAG_END_STREAM = 0x1, FLAG_END_HEADERS = 0x4 };

void guard_init(struct guard *guard, bool preface, uint64_t now_ms)
{
    *guard = (struct guard){
        .client = preface,
        .preface = preface ? GUARD_PREFACE_SIZE : 0,
        .window_ms = now_ms,
    };
    bucket_init(&guard->resets, GRPC_RESETS_BURST, GRPC_RESETS_RATE, now_ms);
}

static enum guard_verdict count(uint32_t *counter, uint32_t max)
{
    return ++*counter > max ? GUARD_FLOOD : GUARD_OK;
}

static enum guard_verdict on_ping(struct guard *guard, uint64_t now_ms)
{
    bool soon = guard->ping_ms != 0 && now_ms - guard->ping_ms < GRPC_PING_MIN_MS;

    guard->ping_ms = now_ms;
    if (!soon)
        return GUARD_OK;
    return ++guard->strikes > GRPC_PING_STRIKES ? GUARD_PINGS : GUARD_OK;
}

/* Work that is asked for pays for the control frames that go with it: credit for windows, mostly. */
static void earn(struct guard *guard)
{
    guard->control -=
        guard->control < GRPC_CONTROL_FRAMES_EARNED ? guard->control : GRPC_CONTROL_FRAMES_EARNED;
}

/* The header of a frame is complete. */
static enum guard_verdict on_frame(struct guard *guard, uint64_t now_ms)
{
    const uint8_t *header = guard->header;
    uint8_t flags = header[4];

    guard->payload = (uint32_t)header[0] << 16 | (uint32_t)header[1] << 8 | header[2];
    if (now_ms - guard->window_ms >= GRPC_FRAMES_WINDOW_MS) {
        guard->window_ms = now_ms;
        guard->empty_data = guard->settings = guard->priority = guard->control = 0;
    }
    switch (header[3]) {
    case DATA:
        if (guard->payload > 0 || (flags & FLAG_END_STREAM) != 0) {
            earn(guard);
            return GUARD_OK;
        }
        return count(&guard->empty_data, GRPC_EMPTY_DATA_MAX);
    case HEADERS:
    case PUSH_PROMISE:
    case CONTINUATION:
        guard->block = (flags & FLAG_END_HEADERS) == 0;
        earn(guard);
        return GUARD_OK;
    case PRIORITY:
        return count(&guard->priority, GRPC_PRIORITY_FRAMES_MAX);
    case SETTINGS:
        return (flags & FLAG_ACK) != 0 ? GUARD_OK : count(&guard->settings, GRPC_SETTINGS_FRAMES_MAX);
    case PING:
        if ((flags & FLAG_ACK) != 0)
            return count(&guard->control, GRPC_CONTROL_FRAMES_MAX);
        return guard->client ? on_ping(guard, now_ms) : GUARD_OK;
    default:
        return count(&guard->control, GRPC_CONTROL_FRAMES_MAX);
    }
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Takes what it can of a header or a payload; returns how much. */
static size_t take(struct guard *guard, const uint8_t *bytes, size_t size)
{
    size_t part;

    if (guard->preface > 0) {
        part = smaller(size, guard->preface);
        guard->preface = (uint8_t)(guard->preface - part);
    } else if (guard->have < GUARD_HEADER_SIZE) {
        part = smaller(size, (size_t)(GUARD_HEADER_SIZE - guard->have));
        memcpy(guard->header + guard->have, bytes, part);
        guard->have = (uint8_t)(guard->have + part);
    } else {
        part = smaller(size, guard->payload);
        guard->payload -= (uint32_t)part;
    }
    return part;
}

enum guard_verdict guard_feed(struct guard *guard, const uint8_t *bytes, size_t *size, uint64_t now_ms)
{
    size_t at = 0;

    while (at < *size) {
        bool in_header = guard->have < GUARD_HEADER_SIZE;
        size_t part = take(guard, bytes + at, *size - at);

        if (in_header && guard->have == GUARD_HEADER_SIZE) {
            enum guard_verdict verdict = on_frame(guard, now_ms);

            if (verdict != GUARD_OK) {
                *size = at;
                return verdict;
            }
        }
        at += part;
        if (guard->have == GUARD_HEADER_SIZE && guard->payload == 0) {
            guard->have = 0;
            guard->frames++;
        }
    }
    return GUARD_OK;
}

bool guard_partial(const struct guard *guard)
{
    return guard->preface > 0 || guard->have > 0 || guard->block;
}

void guard_sent(struct guard *guard)
{
    guard->strikes = 0;
    guard->ping_ms = 0;
}

enum guard_verdict guard_reset(struct guard *guard, uint64_t now_ms)
{
    return bucket_take(&guard->resets, now_ms) ? GUARD_OK : GUARD_FLOOD;
}
