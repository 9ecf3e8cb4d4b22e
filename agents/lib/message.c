/* SPDX-License-Identifier: MIT */
#include "message.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "procjon.pb-c.h"

static int check_text(const char *what, const char *text, struct err *err)
{
    size_t size = text == NULL ? 0 : strlen(text);

    if (size == 0)
        return err_set(err, -EINVAL, "%s is empty", what);
    if (size > MESSAGE_TEXT_MAX)
        return err_set(err, -EINVAL, "%s '%.32s...' is longer than %d bytes", what, text, MESSAGE_TEXT_MAX);
    if (!utf8_is_text((const uint8_t *)text, size))
        return err_set(err, -EINVAL, "%s '%s' is not UTF-8 without control characters", what, text);
    return 0;
}

int message_check_name(const char *name, struct err *err)
{
    return check_text("name of the service", name, err);
}

int message_check(const struct procjon_service_options *options, struct err *err)
{
    int code = message_check_name(options->name, err);

    if (code != 0)
        return code;
    if (options->status_count > MESSAGE_STATUSES_MAX)
        return err_set(err, -EINVAL, "service '%s' has %zu statuses, at most %d are possible", options->name,
                       options->status_count, MESSAGE_STATUSES_MAX);
    for (size_t i = 0; i < options->status_count && code == 0; i++)
        code = check_text("text of a status", options->statuses[i].text, err);
    if (code != 0)
        return err_wrap(err, "service '%s'", options->name);
    if (options->timeout < 1 || options->timeout > MESSAGE_TIMEOUT_MAX)
        return err_set(err, -EINVAL, "service '%s': timeout %d is not from 1 to %d seconds", options->name,
                       options->timeout, MESSAGE_TIMEOUT_MAX);
    return 0;
}

/* The generated structs have no const; packing does not write to the strings. */
static char *unconst(const char *text)
{
    return (char *)text;
}

uint8_t *message_registration(const struct procjon_service_options *options, size_t *size)
{
    Service__StatusesEntry entries[MESSAGE_STATUSES_MAX];
    Service__StatusesEntry *list[MESSAGE_STATUSES_MAX];
    Service service = SERVICE__INIT;
    uint8_t *bytes;

    assert(options->status_count <= MESSAGE_STATUSES_MAX);
    for (size_t i = 0; i < options->status_count; i++) {
        entries[i] = (Service__StatusesEntry)SERVICE__STATUSES_ENTRY__INIT;
        entries[i].key = options->statuses[i].code;
        entries[i].value = unconst(options->statuses[i].text);
        list[i] = &entries[i];
    }
    service.serviceidentifier = unconst(options->name);
    service.n_statuses = options->status_count;
    service.statuses = list;
    service.timeout = options->timeout;
    *size = service__get_packed_size(&service);
    bytes = mem_alloc(*size);
    (void)service__pack(&service, bytes);
    return bytes;
}

size_t message_status(const char *name, int code, uint8_t out[MESSAGE_STATUS_MAX])
{
    ServiceStatus status = SERVICE_STATUS__INIT;

    status.serviceidentifier = unconst(name);
    status.statuscode = code;
    assert(service_status__get_packed_size(&status) <= MESSAGE_STATUS_MAX);
    return service_status__pack(&status, out);
}
