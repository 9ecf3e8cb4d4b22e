/* SPDX-License-Identifier: MIT */
#include "notify/address.h"

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

void address_copy(struct address *to, const struct address *from)
{
    *to = (struct address){
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

void address_fini(struct address *address)
{
    for (unsigned i = 0; i < address->to_count; i++)
        free(address->to[i]);
    free(address->to);
    free(address->url);
    free(address->from);
    free(address->user);
    free(address->password);
    free(address->ca);
    *address = (struct address){0};
}

bool address_same(const struct address *a, const struct address *b)
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
