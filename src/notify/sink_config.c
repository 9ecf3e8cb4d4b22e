/* SPDX-License-Identifier: MIT */
#include "notify/sink_config.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static char *copy(const char *text)
{
    return text != NULL ? mem_strdup(text) : NULL;
}

static bool same(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

void sink_config_copy(struct sink_config *to, const struct sink_config *from)
{
    *to = (struct sink_config){
        .kind = from->kind,
        .url = copy(from->url),
        .from = copy(from->from),
        .to = from->to_count > 0 ? mem_zalloc(from->to_count * sizeof *from->to) : NULL,
        .to_count = from->to_count,
        .user = copy(from->user),
        .password = copy(from->password),
        .ca = copy(from->ca),
        .starttls = from->starttls,
    };
    for (unsigned i = 0; i < from->to_count; i++)
        to->to[i] = mem_strdup(from->to[i]);
}

void sink_config_fini(struct sink_config *config)
{
    for (unsigned i = 0; i < config->to_count; i++)
        free(config->to[i]);
    free(config->to);
    free(config->url);
    free(config->from);
    free(config->user);
    free(config->password);
    free(config->ca);
    *config = (struct sink_config){0};
}

bool sink_config_same(const struct sink_config *a, const struct sink_config *b)
{
    if (a->kind != b->kind || a->starttls != b->starttls || a->to_count != b->to_count ||
        !same(a->url, b->url) || !same(a->from, b->from) || !same(a->user, b->user) ||
        !same(a->password, b->password) || !same(a->ca, b->ca))
        return false;
    for (unsigned i = 0; i < a->to_count; i++) {
        if (strcmp(a->to[i], b->to[i]) != 0)
            return false;
    }
    return true;
}
