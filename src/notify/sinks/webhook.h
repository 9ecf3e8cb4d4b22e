/* SPDX-License-Identifier: MIT */
/*
 * webhook - a sink that is told things by HTTP POST.
 *
 * What all such sinks share: one connection, one request at a time, and what an HTTP status means to a
 * sender. What makes each of them particular is its form: how a message is written, and what its own words in
 * an answer mean.
 */
#ifndef PROCJON_NOTIFY_SINKS_WEBHOOK_H
#define PROCJON_NOTIFY_SINKS_WEBHOOK_H

#include "http/client.h"
#include "notify/sink.h"

struct webhook_form {
    const char *name; /* for the log */
    const char *content_type;
    size_t services_max; /* see struct sink */
    /* The body of the request, a string that the caller frees; see sink_ops.send. */
    char *(*encode)(const struct digest *digest, int64_t now_ms, bool plain);
    /*
     * `answer` holds webhook_judge's opinion of the same reply; the form corrects it. reply->status is not 0.
     * NULL: it has no words of its own in an answer.
     */
    void (*judge)(const struct http_client_reply *reply, struct sink_answer *answer);
};

/* Fails with -EINVAL on what is no http(s) URL; the message never shows the URL's path, which is the secret.
 */
int webhook_open(struct sink **sink, uv_loop_t *loop, const struct webhook_form *form,
                 const struct sink_config *address, uint64_t deadline_ms, const struct sink_events *events,
                 void *arg, struct err *err);

/* What the reply means by its status alone (RFC 9110, section 15); pure. */
void webhook_judge(const struct http_client_reply *reply, struct sink_answer *answer);

#endif
