/* SPDX-License-Identifier: MIT */
#include "notify/sinks/payload.h"

#include <stdlib.h>

#include "notify/text_fit.h"

json_t *payload_check(json_t *json)
{
    if (json == NULL)
        abort();
    return json;
}

json_t *payload_string(const char *text)
{
    struct buf out = {0};
    char *string;
    json_t *json;

    text_fit_add(&out, text, PAYLOAD_STRING_MAX);
    string = buf_take(&out);
    json = payload_check(json_string(string));
    free(string);
    return json;
}

char *payload_encode(json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT);

    if (text == NULL)
        abort();
    json_decref(json);
    return text;
}
