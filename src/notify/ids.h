/* SPDX-License-Identifier: MIT */
/*
 * ids - a growing array of event ids.
 *
 * Pure. Embedded in its owner; a zeroed struct is an empty array. One id takes 8 bytes, which is all that a
 * notice takes once it is merged into a digest.
 */
#ifndef PROCJON_NOTIFY_IDS_H
#define PROCJON_NOTIFY_IDS_H

#include <stddef.h>
#include <stdint.h>

struct ids {
    uint64_t *list;
    size_t count;
    size_t capacity;
};

/* Frees the array; it is empty and usable afterwards. */
void ids_fini(struct ids *ids);
void ids_add(struct ids *ids, uint64_t id);

/* Appends a copy of all ids of `from`. */
void ids_append(struct ids *ids, const struct ids *from);

#endif
