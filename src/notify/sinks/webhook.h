/* SPDX-License-Identifier: MIT */
/*
 * webhook - the sinks that get messages by HTTP POST.
 *
 * They share the connection, with one request at a time, and the verdict by the HTTP status. The form of each
 * kind encodes the message and may correct the verdict by the body of the response. Freed after ops->close,
 * right before `closed`. Loop thread only.
 */
#ifndef PROCJON_NOTIFY_SINKS_WEBHOOK_H
#define PROCJON_NOTIFY_SINKS_WEBHOOK_H

#include <jansson.h>

#include "http/client.h"
#include "notify/sink.h"
#include "notify/sink_config.h"

struct webhook_form {
    const char *name; /* the kind, for the log */
    const char *content_type;
    size_t services_max; /* see struct sink */
    /* The body of the request, for free(3); see sink_ops.send. */
    char *(*encode)(const struct digest *digest, int64_t now_ms, bool plain);
    /*
     * Corrects `answer`, which webhook_judge has filled. Called with a reply->status other than 0 only. NULL:
     * the status is enough.
     */
    void (*judge)(const struct http_client_reply *reply, struct sink_answer *answer);
};

/* See sink_kind_open. -EINVAL: the URL is not an http or https URL; the message does not contain the URL's
 * path, which is the secret. `form` must outlive the sink. */
int webhook_open(struct sink **sink, uv_loop_t *loop, const struct webhook_form *form,
                 const struct sink_config *config, uint64_t deadline_ms, const struct sink_events *events,
                 void *arg, struct err *err);

/* Fills `answer` by the status of the reply alone (RFC 9110, section 15). Pure. */
void webhook_judge(const struct http_client_reply *reply, struct sink_answer *answer);

/* JSON bodies. All strings are made valid UTF-8 first, so that jansson can only fail for lack of memory: then
 * the process aborts, as in base/mem.h. */

/* Weight (see text_fit.h) of a name or a text, of which an agent can register 256 bytes. */
#define WEBHOOK_STRING_MAX 1024

/* `json`, or abort if jansson has returned NULL for valid values. */
json_t *webhook_json(json_t *json);

/* A string from outside, made valid UTF-8 and cut to WEBHOOK_STRING_MAX. */
json_t *webhook_string(const char *text);

/* The encoded text, for free(3); takes the ownership of `json`. */
char *webhook_body(json_t *json);

#endif
