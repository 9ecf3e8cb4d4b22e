/* SPDX-License-Identifier: MIT */
#include "retry.h"

#include "grpc/channel.h"

void retry_init(struct retry *retry, uint64_t longest_ms, uint64_t seed)
{
    *retry = (struct retry){
        .longest_ms = longest_ms,
        .backoff =
            {
                .first = CHANNEL_RETRY_FIRST_MS,
                .max = (uint64_t)((double)longest_ms / (1 + CHANNEL_RETRY_JITTER)),
                .factor = CHANNEL_RETRY_FACTOR,
                .jitter = CHANNEL_RETRY_JITTER,
                .seed = seed,
            },
    };
}

void retry_reset(struct retry *retry)
{
    backoff_reset(&retry->backoff);
    retry->pushbacks = 0;
    retry->retried_at_once = false;
}

bool retry_is_permanent(enum status_code code)
{
    return code == STATUS_INVALID_ARGUMENT || code == STATUS_PERMISSION_DENIED ||
           code == STATUS_UNIMPLEMENTED || code == STATUS_UNAUTHENTICATED;
}

/* Whether the next attempt belongs to a new call. */
static bool is_over(const struct client_call_end *end)
{
    return end->status.code == STATUS_OK || retry_is_permanent(end->status.code) || end->committed ||
           (end->pushed_back && end->pushback_ms < 0);
}

void retry_count(struct retry *retry, const struct client_call_end *end)
{
    if (is_over(end))
        retry->attempts = 0;
    else if (!end->refused || retry->retried_at_once) /* a transparent retry is no attempt */
        retry->attempts++;
}

static uint64_t obey_pushback(struct retry *retry, int32_t ms)
{
    uint64_t wait = ms < 0 || ms > RETRY_PUSHBACK_MAX_MS ? RETRY_PUSHBACK_MAX_MS : (uint64_t)ms;
    uint64_t own;

    if (retry->pushbacks < RETRY_PUSHBACKS) {
        retry->pushbacks++;
        backoff_reset(&retry->backoff);
        return wait;
    }
    own = backoff_next(&retry->backoff);
    return own > wait ? own : wait;
}

uint64_t retry_next(struct retry *retry, const struct client_call_end *end, bool at_once)
{
    if (end->pushed_back)
        return obey_pushback(retry, end->pushback_ms);
    if (at_once && !retry->retried_at_once) {
        retry->retried_at_once = true;
        return 0;
    }
    return retry_is_permanent(end->status.code) ? retry->longest_ms : backoff_next(&retry->backoff);
}
