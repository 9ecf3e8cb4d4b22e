/* SPDX-License-Identifier: MIT */
#include "fake_call.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void fake_call_open(struct server_call *call, const struct method *methods, size_t count, const char *path)
{
    *call = (struct server_call){0};
    for (size_t i = 0; i < count; i++) {
        if (strcmp(methods[i].path, path) == 0)
            call->method = &methods[i];
    }
    assert(call->method);
    if (call->method->open)
        call->method->open(call);
}

void fake_call_message(struct server_call *call, const void *message, size_t size)
{
    if (!call->answered)
        call->method->message(call, message, size);
}

void fake_call_unblock(struct server_call *call)
{
    call->blocked = false;
    call->unsent = 0;
    if (!call->answered && call->method->sent)
        call->method->sent(call);
}

void fake_call_gone(struct server_call *call)
{
    if (call->method->gone)
        call->method->gone(call);
    buf_fini(&call->last);
}

void *server_call_service(const struct server_call *call)
{
    return call->method->service;
}

void *server_call_state(struct server_call *call)
{
    return call->state;
}

void server_call_send(struct server_call *call, const uint8_t *message, size_t size)
{
    assert(!call->answered);
    buf_consume(&call->last, buf_length(&call->last));
    buf_append(&call->last, message, size);
    call->messages++;
    if (call->blocked)
        call->unsent += size;
}

void server_call_finish(struct server_call *call, const struct status *status)
{
    assert(!call->answered);
    call->answered = true;
    call->status = *status;
}

void server_call_fail(struct server_call *call, enum status_code code, const char *format, ...)
{
    struct status status = {.code = code};
    va_list args;

    va_start(args, format);
    (void)vsnprintf(status.message, sizeof status.message, format, args);
    va_end(args);
    server_call_finish(call, &status);
}

void server_call_reply(struct server_call *call, const uint8_t *message, size_t size)
{
    server_call_send(call, message, size);
    server_call_finish(call, &(struct status){.code = STATUS_OK});
}

bool server_call_answered(const struct server_call *call)
{
    return call->answered;
}

size_t server_call_unsent(const struct server_call *call)
{
    return call->unsent;
}
