/* SPDX-License-Identifier: MIT */
#include "web/roster.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum standing standing_of(const struct service *service)
{
    switch (service->presence) {
    case SERVICE_UNKNOWN:
        return STANDING_AWAITED;
    case SERVICE_UNAVAILABLE:
        return STANDING_AWAY;
    case SERVICE_AVAILABLE:
        break;
    }
    return service->has_code && service->code != 0 ? STANDING_NOT_OK : STANDING_OK;
}

void roster_init(struct roster *roster, size_t max)
{
    *roster = (struct roster){.search = "", .max = max, .rows = mem_alloc(max * sizeof *roster->rows)};
}

void roster_fini(struct roster *roster)
{
    free(roster->rows);
}

/* With by_id all rows have the same standing. */
static int compare(const struct roster_row *a, const struct roster_row *b)
{
    if (a->standing != b->standing)
        return a->standing < b->standing ? -1 : 1;
    return strcmp(a->service->id, b->service->id);
}

static bool is_behind_place(const struct roster *roster, const struct roster_row *row)
{
    if (roster->after == NULL)
        return true;
    if (!roster->by_id && row->standing != roster->after_grade)
        return row->standing > roster->after_grade;
    return strcmp(row->service->id, roster->after) > 0;
}

static void swap(struct roster_row *a, struct roster_row *b)
{
    struct roster_row row = *a;

    *a = *b;
    *b = row;
}

/* The last row in order is on top of the heap: the one that has to go when a better one comes. */
static void sift_up(struct roster_row *rows, size_t i)
{
    for (; i > 0 && compare(&rows[i], &rows[(i - 1) / 2]) > 0; i = (i - 1) / 2)
        swap(&rows[i], &rows[(i - 1) / 2]);
}

static void sift_down(struct roster_row *rows, size_t count)
{
    size_t i = 0, child;

    while ((child = 2 * i + 1) < count) {
        if (child + 1 < count && compare(&rows[child + 1], &rows[child]) > 0)
            child++;
        if (compare(&rows[child], &rows[i]) <= 0)
            return;
        swap(&rows[child], &rows[i]);
        i = child;
    }
}

static void keep(struct roster *roster, const struct roster_row *row)
{
    if (roster->count < roster->max) {
        roster->rows[roster->count] = *row;
        sift_up(roster->rows, roster->count++);
        return;
    }
    roster->more = true;
    if (compare(row, &roster->rows[0]) >= 0)
        return;
    roster->rows[0] = *row;
    sift_down(roster->rows, roster->count);
}

void roster_offer(void *arg, const struct service *service)
{
    struct roster *roster = arg;
    enum standing standing = standing_of(service);
    struct roster_row row = {.standing = roster->by_id ? 0 : standing, .service = service};

    roster->standings[standing]++;
    if (*roster->search != '\0' && strcasestr(service->id, roster->search) == NULL)
        return;
    roster->found++;
    if (is_behind_place(roster, &row))
        keep(roster, &row);
}

static int compare_rows(const void *a, const void *b)
{
    return compare(a, b);
}

void roster_sort(struct roster *roster)
{
    qsort(roster->rows, roster->count, sizeof *roster->rows, compare_rows);
}
