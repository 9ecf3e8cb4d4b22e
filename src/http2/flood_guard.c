/* SPDX-License-Identifier: MIT */
#include "http2/flood_guard.h"

#include <string.h>

#include "http2/limits.h"

/* RFC 9113 §6: the frame types and flags that matter here. */
enum { DATA = 0, HEADERS = 1, PRIORITY = 2, SETTINGS = 4, PUSH_PROMISE = 5, PING = 6, CONTINUATION = 9 };
enum { FLAG_ACK = 0x1, FLAG_END_STREAM = 0x1, FLAG_END_HEADERS = 0x4 };

void flood_guard_init(struct flood_guard *guard, bool preface, uint64_t now_ms)
{
    *guard = (struct flood_guard){
        .client = preface,
        .preface = preface ? FLOOD_GUARD_PREFACE_SIZE : 0,
        .window_ms = now_ms,
    };
    token_bucket_init(&guard->resets, H2_RESETS_BURST, H2_RESETS_RATE, now_ms);
}

static enum flood_guard_verdict count(uint32_t *counter, uint32_t max)
{
    return ++*counter > max ? FLOOD_GUARD_FLOOD : FLOOD_GUARD_OK;
}

static enum flood_guard_verdict on_ping(struct flood_guard *guard, uint64_t now_ms)
{
    bool soon = guard->ping_ms != 0 && now_ms - guard->ping_ms < H2_PING_MIN_MS;

    guard->ping_ms = now_ms;
    if (!soon)
        return FLOOD_GUARD_OK;
    return ++guard->strikes > H2_PING_STRIKES ? FLOOD_GUARD_PINGS : FLOOD_GUARD_OK;
}

/* Requests and data come with control frames of their own, mostly WINDOW_UPDATE: each allows a few. */
static void earn(struct flood_guard *guard)
{
    guard->control -= guard->control < H2_CONTROL_FRAMES_EARNED ? guard->control : H2_CONTROL_FRAMES_EARNED;
}

/* The header of a frame is complete. */
static enum flood_guard_verdict on_frame(struct flood_guard *guard, uint64_t now_ms)
{
    const uint8_t *header = guard->header;
    uint8_t flags = header[4];

    guard->payload = (uint32_t)header[0] << 16 | (uint32_t)header[1] << 8 | header[2];
    if (now_ms - guard->window_ms >= H2_FRAMES_WINDOW_MS) {
        guard->window_ms = now_ms;
        guard->empty_data = guard->settings = guard->priority = guard->control = 0;
    }
    switch (header[3]) {
    case DATA:
        if (guard->payload > 0 || (flags & FLAG_END_STREAM) != 0) {
            earn(guard);
            return FLOOD_GUARD_OK;
        }
        return count(&guard->empty_data, H2_EMPTY_DATA_MAX);
    case HEADERS:
    case PUSH_PROMISE:
    case CONTINUATION:
        guard->block = (flags & FLAG_END_HEADERS) == 0;
        earn(guard);
        return FLOOD_GUARD_OK;
    case PRIORITY:
        return count(&guard->priority, H2_PRIORITY_FRAMES_MAX);
    case SETTINGS:
        return (flags & FLAG_ACK) != 0 ? FLOOD_GUARD_OK : count(&guard->settings, H2_SETTINGS_FRAMES_MAX);
    case PING:
        if ((flags & FLAG_ACK) != 0)
            return count(&guard->control, H2_CONTROL_FRAMES_MAX);
        return guard->client ? on_ping(guard, now_ms) : FLOOD_GUARD_OK;
    default:
        return count(&guard->control, H2_CONTROL_FRAMES_MAX);
    }
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Consumes bytes of the preface, of a frame header or of a payload; returns how many. */
static size_t take(struct flood_guard *guard, const uint8_t *bytes, size_t size)
{
    size_t part;

    if (guard->preface > 0) {
        part = smaller(size, guard->preface);
        guard->preface = (uint8_t)(guard->preface - part);
    } else if (guard->have < FLOOD_GUARD_HEADER_SIZE) {
        part = smaller(size, (size_t)(FLOOD_GUARD_HEADER_SIZE - guard->have));
        memcpy(guard->header + guard->have, bytes, part);
        guard->have = (uint8_t)(guard->have + part);
    } else {
        part = smaller(size, guard->payload);
        guard->payload -= (uint32_t)part;
    }
    return part;
}

enum flood_guard_verdict flood_guard_feed(struct flood_guard *guard, const uint8_t *bytes, size_t *size,
                                          uint64_t now_ms)
{
    size_t at = 0;

    while (at < *size) {
        bool in_header = guard->have < FLOOD_GUARD_HEADER_SIZE;
        size_t part = take(guard, bytes + at, *size - at);

        if (in_header && guard->have == FLOOD_GUARD_HEADER_SIZE) {
            enum flood_guard_verdict verdict = on_frame(guard, now_ms);

            if (verdict != FLOOD_GUARD_OK) {
                *size = at;
                return verdict;
            }
        }
        at += part;
        if (guard->have == FLOOD_GUARD_HEADER_SIZE && guard->payload == 0) {
            guard->have = 0;
            guard->frames++;
        }
    }
    return FLOOD_GUARD_OK;
}

bool flood_guard_partial(const struct flood_guard *guard)
{
    return guard->preface > 0 || guard->have > 0 || guard->block;
}

void flood_guard_sent(struct flood_guard *guard)
{
    guard->strikes = 0;
    guard->ping_ms = 0;
}

enum flood_guard_verdict flood_guard_reset(struct flood_guard *guard, uint64_t now_ms)
{
    return token_bucket_take(&guard->resets, now_ms) ? FLOOD_GUARD_OK : FLOOD_GUARD_FLOOD;
}
