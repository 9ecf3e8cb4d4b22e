/* SPDX-License-Identifier: MIT */
#include "notify/outbox.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/wall_clock.h"
#include "notify/sinks/sink_kind.h"

#define LOG_MODULE "notify"
#include "base/log.h"

/*
 * Slack allows about one message per second with short bursts, and may disable a webhook for good if it is
 * used at the same rate after a 429 (api.slack.com/docs/rate-limits): therefore half the rate for a while. A
 * disabled sink is probed every five minutes: often enough to resume without an administrator, and seldom
 * enough to be no load. The deadline of ten seconds is enough for a bad line, and bounds the delay of the
 * notices that wait.
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

static void send_next(struct outbox *outbox);
static void init_limiter(struct outbox *outbox);
static void finish(struct outbox *outbox);

/* Takes the ids. Every caller does this last, because the callback may put, change the config, or close. */
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

    send_next(outbox);
    settle(outbox, &outbox->noted, OUTBOX_DELIVERED);
}

static void wake_in(struct outbox *outbox, uint64_t ms)
{
    (void)uv_timer_start(&outbox->wake, on_wake, ms, 0);
}

/* Appends the ids of the head to `ids`; the head is empty afterwards. */
static void empty_head(struct outbox *outbox, struct ids *ids)
{
    digest_ids(&outbox->head, ids);
    digest_fini(&outbox->head);
    outbox->frozen = false;
    outbox->plain = false;
}

/* Settles the notices of the head. */
static void drop_head(struct outbox *outbox, enum outbox_outcome outcome)
{
    struct ids ids = {0};

    empty_head(outbox, &ids);
    settle(outbox, &ids, outcome);
}

/* The head was certainly not received: it waits again, merged with what was put meanwhile. */
static void requeue_head(struct outbox *outbox)
{
    digest_merge(&outbox->head, &outbox->waiting);
    outbox->waiting = outbox->head;
    outbox->head = (struct digest){0};
}

/* One line per change of the verdict: a sink that keeps failing is logged once. */
static void log_answer(const struct outbox *outbox, const struct sink_answer *answer)
{
    const char *word = sink_verdict_name(answer->verdict);

    if (answer->verdict == SINK_REJECTED)
        return; /* on_rejected logs it: it is about the message, not the sink */
    if (answer->verdict == outbox->stats.state)
        log_debug("sink answered sink=%s verdict=%s detail=%s", outbox->name, word, answer->detail);
    else if (answer->verdict == SINK_DELIVERED)
        log_info("sink takes messages again sink=%s waiting=%zu", outbox->name, outbox_waiting(outbox));
    else if (answer->verdict == SINK_DISABLED)
        log_error("sink is disabled, notices are kept sink=%s waiting=%zu detail=%s", outbox->name,
                  outbox_waiting(outbox), answer->detail);
    else
        log_warning("sink fails sink=%s verdict=%s waiting=%zu detail=%s", outbox->name, word,
                    outbox_waiting(outbox), answer->detail);
}

static void on_rejected(struct outbox *outbox, const struct sink_answer *answer)
{
    if (!outbox->plain) {
        log_warning("message rejected, retrying as plain text sink=%s detail=%s", outbox->name,
                    answer->detail);
        outbox->plain = true;
        return;
    }
    log_error("message rejected as plain text, notices dropped sink=%s notices=%zu detail=%s", outbox->name,
              outbox->head.notices, answer->detail);
    drop_head(outbox, OUTBOX_REJECTED);
}

static void on_failed(struct outbox *outbox, const struct sink_answer *answer)
{
    uint64_t now_ms = uv_now(outbox->loop);

    if (answer->verdict == SINK_RATE_LIMITED)
        send_limiter_rate_limited(&outbox->limiter, now_ms, answer->wait_ms);
    else if (answer->verdict == SINK_DISABLED)
        send_limiter_disabled(&outbox->limiter, now_ms);
    else
        send_limiter_failed(&outbox->limiter, now_ms);
    if (answer->maybe)
        outbox->frozen = true;
    /* The answer may be that of a proxy: after a 504 the sink may have received the message. */
    if (answer->verdict == SINK_RETRY)
        digest_mark_maybe_told(&outbox->head);
    if (outbox->retry_requested && answer->verdict != SINK_RATE_LIMITED)
        send_limiter_accepted(&outbox->limiter); /* the retry was requested after this request was sent */
    /* A rejected message stays apart, too: notices that are merged into it would be rejected with it. */
    if (!outbox->frozen && !outbox->plain)
        requeue_head(outbox);
}

static void on_answered(void *arg, const struct sink_answer *answer)
{
    struct outbox *outbox = arg;
    /* A rejection is about the message: the sink works. */
    bool accepted = answer->verdict == SINK_DELIVERED || answer->verdict == SINK_REJECTED;

    log_answer(outbox, answer);
    outbox->in_flight = false;
    outbox->stats.answers[answer->verdict]++;
    outbox->stats.state = answer->verdict;
    if (accepted)
        send_limiter_accepted(&outbox->limiter);
    if (!accepted || outbox->failing) {
        outbox->failing = !accepted;
        if (outbox->ops->answered != NULL)
            outbox->ops->answered(outbox, answer);
    }
    if (answer->verdict == SINK_DELIVERED)
        drop_head(outbox, OUTBOX_DELIVERED);
    else if (answer->verdict == SINK_REJECTED)
        on_rejected(outbox, answer);
    else
        on_failed(outbox, answer);
    if (outbox->closing)
        finish(outbox);
    else
        send_next(outbox);
}

static void on_sink_closed(void *arg)
{
    struct outbox *outbox = arg;

    uvx_drop(&outbox->owner);
}

static const struct sink_events events = {.answered = on_answered, .closed = on_sink_closed};

/* Moves what waits into the head. The ids of notices without a net effect are appended to `void_ids`. */
static void fill_head(struct outbox *outbox, struct ids *void_ids)
{
    digest_take(&outbox->waiting, outbox->sink->services_max, &outbox->head);
    outbox->head_ms = wall_clock_now();
    digest_sift(&outbox->head, void_ids);
}

/* Sends the head or what waits, or starts the timer if the limiter does not allow that now. */
static void send_next(struct outbox *outbox)
{
    struct ids void_ids = {0};
    uint64_t wait_ms;

    if (outbox->in_flight || outbox->closing)
        return;
    if (outbox->head.notices == 0 && outbox->waiting.notices == 0)
        return;
    wait_ms = send_limiter_take(&outbox->limiter, uv_now(outbox->loop));
    if (wait_ms > 0) {
        wake_in(outbox, wait_ms);
        return;
    }
    if (digest_is_outdated(&outbox->head)) /* a retry of it would be wrong */
        empty_head(outbox, &void_ids);
    if (outbox->head.notices == 0)
        fill_head(outbox, &void_ids);
    if (outbox->head.notices > 0) {
        outbox->in_flight = true;
        outbox->retry_requested = false;
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
                        const struct sink_config *config, const struct outbox_ops *ops,
                        const struct outbox_limits *limits, struct err *err)
{
    int rc;

    *outbox = (struct outbox){.loop = loop, .ops = ops, .limits = limits, .name = name};
    rc = sink_kind_open(&outbox->sink, loop, config, limits->deadline_ms, &events, outbox, err);
    if (rc < 0)
        return rc;
    uvx_hold(&outbox->owner); /* for the sink */
    sink_config_copy(&outbox->config, config);
    (void)uv_timer_init(loop, &outbox->wake);
    uvx_own(&outbox->owner, (uv_handle_t *)&outbox->wake);
    (void)uv_timer_init(loop, &outbox->stop_timer);
    uvx_own(&outbox->owner, (uv_handle_t *)&outbox->stop_timer);
    init_limiter(outbox);
    return 0;
}

int outbox_open(struct outbox *outbox, uv_loop_t *loop, const char *name, const struct sink_config *config,
                const struct outbox_ops *ops, struct err *err)
{
    return outbox_open_limited(outbox, loop, name, config, ops, &defaults, err);
}

/* A reload with the same config cancels no request: it makes the next attempt at a failing sink come now. */
static void retry_now(struct outbox *outbox)
{
    outbox->retry_requested = outbox->in_flight;
    if (outbox_healthy(outbox) || outbox->in_flight || outbox->stats.state == SINK_RATE_LIMITED)
        return;                              /* a pause that the sink has asked for is kept */
    send_limiter_accepted(&outbox->limiter); /* ends the back-off; the rate limit stays */
    wake_in(outbox, 0);
}

int outbox_change(struct outbox *outbox, const struct sink_config *config, struct err *err)
{
    struct sink *old = outbox->sink;
    struct sink *sink;
    int rc;

    if (outbox->closing)
        return err_set(err, -ECANCELED, "sink '%s' not changed: closing", outbox->name);
    if (sink_config_same(config, &outbox->config)) {
        retry_now(outbox);
        return 0;
    }
    rc = sink_kind_open(&sink, outbox->loop, config, outbox->limits->deadline_ms, &events, outbox, err);
    if (rc < 0)
        return rc;
    uvx_hold(&outbox->owner);
    outbox->sink = sink;
    sink_config_fini(&outbox->config);
    sink_config_copy(&outbox->config, config);
    if (outbox->in_flight)
        outbox->frozen = true; /* the old sink may have received it */
    else if (outbox->plain && !outbox->frozen)
        requeue_head(outbox);
    outbox->in_flight = false;
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
        !sink_config_same(&outbox->config, &other->config))
        return;
    outbox->limiter = other->limiter;
}

void outbox_put(struct outbox *outbox, struct digest_entry *entry)
{
    bool empty = outbox->head.notices == 0 && outbox->waiting.notices == 0;
    struct event event;
    bool single;

    if (outbox->closing) { /* the store still has it */
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
    digest_outdate_reminder(&outbox->head, entry->service);
    digest_put(&outbox->waiting, entry);
    if (!empty || uv_is_active((uv_handle_t *)&outbox->wake))
        return;
    if (single)
        send_next(outbox); /* one notice is never void, so that `settled` is not called from here */
    else
        wake_in(outbox, 0);
}

/* While the timer is active outbox_put sends nothing. */
void outbox_gather(struct outbox *outbox)
{
    if (!outbox->closing && !outbox->in_flight && !uv_is_active((uv_handle_t *)&outbox->wake))
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
    sink_config_fini(&outbox->config);
    outbox->ops->closed(outbox);
}

/* No request is in flight, or its answer is not waited for any more. */
static void finish(struct outbox *outbox)
{
    if (outbox->owner.closing)
        return;
    uvx_owner_close(&outbox->owner, on_gone);
    uvx_shut((uv_handle_t *)&outbox->wake);
    uvx_shut((uv_handle_t *)&outbox->stop_timer);
    outbox->sink->ops->close(outbox->sink);
}

static void on_stop_timer(uv_timer_t *timer)
{
    struct outbox *outbox = container_of(timer, struct outbox, stop_timer);

    log_warning("request cancelled at the stop timeout sink=%s waiting=%zu", outbox->name,
                outbox_waiting(outbox));
    finish(outbox);
}

void outbox_close(struct outbox *outbox, uint64_t timeout_ms)
{
    if (outbox->closing)
        return;
    outbox->closing = true;
    (void)uv_timer_stop(&outbox->wake);
    if (outbox->in_flight)
        (void)uv_timer_start(&outbox->stop_timer, on_stop_timer, timeout_ms, 0);
    else
        finish(outbox);
    settle(outbox, &outbox->noted, OUTBOX_DELIVERED);
}
