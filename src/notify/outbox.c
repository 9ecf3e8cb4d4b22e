/* SPDX-License-Identifier: MIT */
#include "notify/outbox.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define LOG_MODULE "notify"
#include "base/log.h"
#include "base/wall_clock.h"

/*
 * Slack allows about one message a second with short bursts, and warns that going on after a 429 "runs the
 * risk of" being disabled for good (api.slack.com/docs/rate-limits): half the speed for a while is the polite
 * answer. A sink that is gone is asked every five minutes: often enough to resume by itself, rare enough to
 * annoy nobody. Ten seconds are enough for a bad line, and short enough not to hold up what waits behind.
 */
static const struct outbox_limits defaults = {
    .limiter = {.interval_ms = 1000,
                .burst = 5,
                .slow_ms = 600000,
                .pause_ms = 1000,
                .spread_ms = 1000,
                .retry_ms = 1000,
                .retry_max_ms = 60000,
                .probe_ms = 300000},
    .deadline_ms = 10000,
};

const char *const outbox_outcome_names[OUTBOX_OUTCOMES] = {
    [OUTBOX_DELIVERED] = "delivered",
    [OUTBOX_MERGED] = "merged",
    [OUTBOX_REJECTED] = "rejected",
};

static void pump(struct outbox *outbox);
static void init_limiter(struct outbox *outbox);
static void finish(struct outbox *outbox);

/* Takes the ids. The callback comes last in whatever is done: it may add, change the address, or close. */
static void settle(struct outbox *outbox, struct ids *ids, enum outbox_outcome outcome)
{
    struct ids taken = *ids;

    *ids = (struct ids){0};
    if (taken.count > 0) {
        outbox->stats.settled[outcome] += taken.count;
        outbox->ops->settled(outbox, taken.list, taken.count, outbox_outcome_names[outcome]);
    }
    ids_fini(&taken);
}

static void on_wake(uv_timer_t *timer)
{
    struct outbox *outbox = container_of(timer, struct outbox, wake);

    pump(outbox);
    settle(outbox, &outbox->noted, OUTBOX_DELIVERED);
}

static void wake_in(struct outbox *outbox, uint64_t ms)
{
    (void)uv_timer_start(&outbox->wake, on_wake, ms, 0);
}

/* Appends the ids of the head to `ids`; there is no head then. */
static void empty_head(struct outbox *outbox, struct ids *ids)
{
    digest_ids(&outbox->head, ids);
    digest_fini(&outbox->head);
    outbox->frozen = false;
    outbox->plain = false;
}

/* The head is delivered, or given up: what is in it is settled. */
static void drop_head(struct outbox *outbox, enum outbox_outcome outcome)
{
    struct ids ids = {0};

    empty_head(outbox, &ids);
    settle(outbox, &ids, outcome);
}

/* Surely not received: it waits again, and what came meanwhile is merged into it. */
static void thaw_head(struct outbox *outbox)
{
    digest_merge(&outbox->head, &outbox->waiting);
    outbox->waiting = outbox->head;
    outbox->head = (struct digest){0};
}

/* One line per change of the sink's state; a sink that stays bad says it once. */
static void log_answer(const struct outbox *outbox, const struct sink_answer *answer)
{
    const char *word = sink_verdict_names[answer->verdict];

    if (answer->verdict == SINK_REJECTED)
        return; /* about the message, and logged there */
    if (answer->verdict == outbox->stats.state)
        log_debug("sink answered sink=%s verdict=%s detail=%s", outbox->name, word, answer->detail);
    else if (answer->verdict == SINK_DELIVERED)
        log_info("sink takes messages again sink=%s waiting=%zu", outbox->name, outbox_waiting(outbox));
    else if (answer->verdict == SINK_DISABLED)
        log_error("sink is gone, everything is kept sink=%s waiting=%zu detail=%s", outbox->name,
                  outbox_waiting(outbox), answer->detail);
    else
        log_warning("sink fails sink=%s verdict=%s waiting=%zu detail=%s", outbox->name, word,
                    outbox_waiting(outbox), answer->detail);
}

static void on_refused(struct outbox *outbox, const struct sink_answer *answer)
{
    if (!outbox->plain) {
        log_warning("message refused, once more as plain text sink=%s detail=%s", outbox->name,
                    answer->detail);
        outbox->plain = true;
        return;
    }
    log_error("message refused for good sink=%s notices=%zu detail=%s", outbox->name, outbox->head.notices,
              answer->detail);
    drop_head(outbox, OUTBOX_REJECTED);
}

static void on_failed(struct outbox *outbox, const struct sink_answer *answer)
{
    uint64_t now_ms = uv_now(outbox->loop);

    if (answer->verdict == SINK_RATE_LIMITED)
        send_limiter_limited(&outbox->limiter, now_ms, answer->wait_ms);
    else if (answer->verdict == SINK_DISABLED)
        send_limiter_gone(&outbox->limiter, now_ms);
    else
        send_limiter_failed(&outbox->limiter, now_ms);
    if (answer->maybe)
        outbox->frozen = true;
    /* Whoever answers for a sink need not know what it did: after a 504 the message may be there. */
    if (answer->verdict == SINK_RETRY)
        digest_doubt(&outbox->head);
    if (outbox->again && answer->verdict != SINK_RATE_LIMITED)
        send_limiter_took(&outbox->limiter); /* it was asked for while the old answer was on its way */
    /* A refused message stays by itself too: what is merged into poison would share its outcome. */
    if (!outbox->frozen && !outbox->plain)
        thaw_head(outbox);
}

static void on_answered(void *arg, const struct sink_answer *answer)
{
    struct outbox *outbox = arg;

    log_answer(outbox, answer);
    outbox->flying = false;
    outbox->stats.answers[answer->verdict]++;
    outbox->stats.state = answer->verdict;
    if (answer->verdict == SINK_DELIVERED || answer->verdict == SINK_REJECTED)
        send_limiter_took(&outbox->limiter); /* a refusal is an answer: the way is free */
    if (outbox->ops->answered != NULL)
        outbox->ops->answered(outbox, answer);
    if (answer->verdict == SINK_DELIVERED)
        drop_head(outbox, OUTBOX_DELIVERED);
    else if (answer->verdict == SINK_REJECTED)
        on_refused(outbox, answer);
    else
        on_failed(outbox, answer);
    if (outbox->closing)
        finish(outbox);
    else
        pump(outbox);
}

static void on_sink_closed(void *arg)
{
    struct outbox *outbox = arg;

    uvx_drop(&outbox->owner);
}

static const struct sink_events events = {.answered = on_answered, .closed = on_sink_closed};

/* Moves what waits into the head, without what is not worth telling; those ids are appended to `void_ids`. */
static void write_head(struct outbox *outbox, struct ids *void_ids)
{
    digest_take(&outbox->waiting, outbox->sink->services_max, &outbox->head);
    outbox->head_ms = wall_clock_now();
    digest_sift(&outbox->head, void_ids);
}

/* Sends what waits if it may go now, and else starts the timer. */
static void pump(struct outbox *outbox)
{
    struct ids void_ids = {0};
    uint64_t wait_ms;

    if (outbox->flying || outbox->closing)
        return;
    if (outbox->head.notices == 0 && outbox->waiting.notices == 0)
        return;
    wait_ms = send_limiter_take(&outbox->limiter, uv_now(outbox->loop));
    if (wait_ms > 0) {
        wake_in(outbox, wait_ms);
        return;
    }
    if (digest_outdated(&outbox->head)) /* its repeat would tell what is not true any more */
        empty_head(outbox, &void_ids);
    if (outbox->head.notices == 0)
        write_head(outbox, &void_ids);
    if (outbox->head.notices > 0) {
        outbox->flying = true;
        outbox->again = false;
        outbox->sink->ops->send(outbox->sink, &outbox->head, outbox->head_ms, outbox->plain);
    }
    settle(outbox, &void_ids, OUTBOX_MERGED);
}

static void init_limiter(struct outbox *outbox)
{
    uint64_t seed = uv_hrtime() ^ (uint64_t)(uintptr_t)outbox;

    send_limiter_init(&outbox->limiter, &outbox->limits->limiter, uv_now(outbox->loop), seed);
}

int outbox_open_limited(struct outbox *outbox, uv_loop_t *loop, const char *name,
                        const struct sink_config *address, const struct outbox_ops *ops,
                        const struct outbox_limits *limits, struct err *err)
{
    int rc;

    *outbox = (struct outbox){.loop = loop, .ops = ops, .limits = limits, .name = name};
    rc = sink_open(&outbox->sink, loop, address, limits->deadline_ms, &events, outbox, err);
    if (rc < 0)
        return rc;
    uvx_hold(&outbox->owner); /* for the sink */
    sink_config_copy(&outbox->address, address);
    (void)uv_timer_init(loop, &outbox->wake);
    uvx_own(&outbox->owner, (uv_handle_t *)&outbox->wake);
    (void)uv_timer_init(loop, &outbox->grace);
    uvx_own(&outbox->owner, (uv_handle_t *)&outbox->grace);
    init_limiter(outbox);
    return 0;
}

int outbox_open(struct outbox *outbox, uv_loop_t *loop, const char *name, const struct sink_config *address,
                const struct outbox_ops *ops, struct err *err)
{
    return outbox_open_limited(outbox, loop, name, address, ops, &defaults, err);
}

/* A reload with the same address gives up no request: it only makes an unhealthy sink's next try come now. */
static void refresh(struct outbox *outbox)
{
    outbox->again = outbox->flying;
    if (outbox_healthy(outbox) || outbox->flying || outbox->stats.state == SINK_RATE_LIMITED)
        return;                          /* who asked for a pause is given it */
    send_limiter_took(&outbox->limiter); /* no wait, but no more speed either */
    wake_in(outbox, 0);
}

int outbox_change(struct outbox *outbox, const struct sink_config *address, struct err *err)
{
    struct sink *old = outbox->sink;
    struct sink *sink;
    int rc;

    if (outbox->closing)
        return err_set(err, -ECANCELED, "sink '%s' not changed: closing", outbox->name);
    if (sink_config_same(address, &outbox->address)) {
        refresh(outbox);
        return 0;
    }
    rc = sink_open(&sink, outbox->loop, address, outbox->limits->deadline_ms, &events, outbox, err);
    if (rc < 0)
        return rc;
    uvx_hold(&outbox->owner);
    outbox->sink = sink;
    sink_config_fini(&outbox->address);
    sink_config_copy(&outbox->address, address);
    if (outbox->flying)
        outbox->frozen = true; /* given up on its way: as good as received */
    else if (outbox->plain && !outbox->frozen)
        thaw_head(outbox);
    outbox->flying = false;
    outbox->plain = false;
    outbox->stats.state = SINK_DELIVERED;
    init_limiter(outbox);
    wake_in(outbox, 0);
    old->ops->close(old);
    return 0;
}

void outbox_share_pause(struct outbox *outbox, const struct outbox *other)
{
    if (outbox == other || other->stats.state != SINK_RATE_LIMITED ||
        !sink_config_same(&outbox->address, &other->address))
        return;
    outbox->limiter = other->limiter;
}

void outbox_put(struct outbox *outbox, struct digest_entry *entry)
{
    bool empty = outbox->head.notices == 0 && outbox->waiting.notices == 0;
    struct event event;
    bool single;

    if (outbox->closing) { /* it stays owed: the store has it */
        digest_entry_free(entry);
        return;
    }
    single = digest_entry_single(entry, &event) && entry->outdated.count == 0;
    if (empty && outbox->sink->ops->note != NULL && single) {
        outbox->sink->ops->note(outbox->sink, &event);
        ids_add(&outbox->noted, event.id);
        digest_entry_free(entry);
        wake_in(outbox, 0);
        return;
    }
    digest_outdate(&outbox->head, entry->service);
    digest_put(&outbox->waiting, entry);
    if (!empty || uv_is_active((uv_handle_t *)&outbox->wake))
        return;
    if (single)
        pump(outbox); /* one notice is never void: `settled` is not called from here */
    else
        wake_in(outbox, 0);
}

/* While the clock is set nothing is pumped. */
void outbox_gather(struct outbox *outbox)
{
    if (!outbox->closing && !outbox->flying && !uv_is_active((uv_handle_t *)&outbox->wake))
        wake_in(outbox, 0);
}

size_t outbox_waiting(const struct outbox *outbox)
{
    return outbox->head.notices + outbox->waiting.notices + outbox->noted.count;
}

bool outbox_healthy(const struct outbox *outbox)
{
    return outbox->stats.state == SINK_DELIVERED;
}

void outbox_stats(const struct outbox *outbox, struct outbox_stats *stats)
{
    *stats = outbox->stats;
    stats->waiting = outbox_waiting(outbox);
}

static void on_gone(struct uvx_owner *owner)
{
    struct outbox *outbox = container_of(owner, struct outbox, owner);

    digest_fini(&outbox->waiting);
    digest_fini(&outbox->head);
    sink_config_fini(&outbox->address);
    outbox->ops->closed(outbox);
}

/* Nothing is in flight, or nobody waits for it any more. */
static void finish(struct outbox *outbox)
{
    if (outbox->owner.closing)
        return;
    uvx_owner_close(&outbox->owner, on_gone);
    uvx_shut((uv_handle_t *)&outbox->wake);
    uvx_shut((uv_handle_t *)&outbox->grace);
    outbox->sink->ops->close(outbox->sink);
}

static void on_grace(uv_timer_t *timer)
{
    struct outbox *outbox = container_of(timer, struct outbox, grace);

    log_warning("message given up at the end of the grace sink=%s waiting=%zu", outbox->name,
                outbox_waiting(outbox));
    finish(outbox);
}

void outbox_close(struct outbox *outbox, uint64_t grace_ms)
{
    if (outbox->closing)
        return;
    outbox->closing = true;
    (void)uv_timer_stop(&outbox->wake);
    if (outbox->flying)
        (void)uv_timer_start(&outbox->grace, on_grace, grace_ms, 0);
    else
        finish(outbox);
    settle(outbox, &outbox->noted, OUTBOX_DELIVERED);
}
