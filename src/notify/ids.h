/* SPDX-License-Identifier: MIT */
/*
 * ids - a growing list of event ids.
 *
 * Embedded in its owner; a zeroed struct is an empty list, ids_fini gives its memory back and leaves it empty
 * and usable. One id costs 8 bytes, which is all that a notice costs once it is merged.
 */
#ifndef PROCJON_NOTIFY_IDS_H
#define PROCJON_NOTIFY_IDS_H

#include <stddef.h>
#include <stdint.h>

struct ids {
    uint64_t *list;
    size_t count;
    size_t room; /* allocated */
};

void ids_fini(struct ids *ids);
void ids_add(struct ids *ids, uint64_t id);

/* Appends all of `from`, which keeps its own. */
void ids_append(struct ids *ids, const struct ids *from);

#endif
