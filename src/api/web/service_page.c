/* SPDX-License-Identifier: MIT */
#include "api/web/service_page.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum display_state display_state_of(const struct service *service)
{
    switch (service->availability) {
    case SERVICE_UNKNOWN:
        return DISPLAY_STATE_AWAITED;
    case SERVICE_UNAVAILABLE:
        return DISPLAY_STATE_AWAY;
    case SERVICE_AVAILABLE:
        break;
    }
    return service->has_code && service->code != 0 ? DISPLAY_STATE_NOT_OK : DISPLAY_STATE_OK;
}

void service_page_init(struct service_page *page, size_t max)
{
    *page = (struct service_page){.search = "", .max = max, .rows = mem_alloc(max * sizeof *page->rows)};
}

void service_page_fini(struct service_page *page)
{
    free(page->rows);
}

/* With by_id all rows have the same state. */
static int compare(const struct service_page_row *a, const struct service_page_row *b)
{
    if (a->state != b->state)
        return a->state < b->state ? -1 : 1;
    return strcmp(a->service->id, b->service->id);
}

static bool is_after_place(const struct service_page *page, const struct service_page_row *row)
{
    if (page->after == NULL)
        return true;
    if (!page->by_id && row->state != page->after_state)
        return row->state > page->after_state;
    return strcmp(row->service->id, page->after) > 0;
}

static void swap(struct service_page_row *a, struct service_page_row *b)
{
    struct service_page_row row = *a;

    *a = *b;
    *b = row;
}

/* The top of the heap is the last row in order, which is replaced when an earlier one is offered. */
static void sift_up(struct service_page_row *rows, size_t i)
{
    for (; i > 0 && compare(&rows[i], &rows[(i - 1) / 2]) > 0; i = (i - 1) / 2)
        swap(&rows[i], &rows[(i - 1) / 2]);
}

static void sift_down(struct service_page_row *rows, size_t count)
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

static void keep(struct service_page *page, const struct service_page_row *row)
{
    if (page->count < page->max) {
        page->rows[page->count] = *row;
        sift_up(page->rows, page->count++);
        return;
    }
    page->more = true;
    if (compare(row, &page->rows[0]) >= 0)
        return;
    page->rows[0] = *row;
    sift_down(page->rows, page->count);
}

void service_page_offer(void *arg, const struct service *service)
{
    struct service_page *page = arg;
    enum display_state state = display_state_of(service);
    struct service_page_row row = {.state = page->by_id ? 0 : state, .service = service};

    page->states[state]++;
    if (*page->search != '\0' && strcasestr(service->id, page->search) == NULL)
        return;
    page->found++;
    if (is_after_place(page, &row))
        keep(page, &row);
}

static int compare_rows(const void *a, const void *b)
{
    return compare(a, b);
}

void service_page_sort(struct service_page *page)
{
    qsort(page->rows, page->count, sizeof *page->rows, compare_rows);
}
