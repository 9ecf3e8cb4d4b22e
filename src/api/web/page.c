/* SPDX-License-Identifier: MIT */
#include "api/web/page.h"

#include <stdlib.h>
#include <string.h>

#include "api/web/escape.h"
#include "api/web/health.h"
#include "api/web/limits.h"
#include "api/web/page_style.h"
#include "api/web/service_page.h"
#include "base/buf.h"
#include "base/time_format.h"
#include "base/wall_clock.h"

#define POLICY                                                                                               \
    "default-src 'none'; style-src '" PAGE_STYLE_HASH "'; img-src data:; form-action 'self'; "               \
    "base-uri 'none'; frame-ancestors 'none'"

/* How a state is shown: the CSS class of its colour, its sign, its word, and the colour of the icon. */
static const struct look {
    const char *class, *sign, *word, *icon;
} looks[DISPLAY_STATES] = {
    [DISPLAY_STATE_AWAY] = {"away", "✕", "not available", "%23b03a00"},
    [DISPLAY_STATE_NOT_OK] = {"not-ok", "!", "not ok", "%23c08a00"},
    [DISPLAY_STATE_AWAITED] = {"awaited", "…", "awaited", "%23225f9c"},
    [DISPLAY_STATE_OK] = {"ok", "✓", "ok", "%23006b4f"},
};

struct page {
    struct buf *out;
    const struct web_context *context;
    const struct page_request *request;
    struct service_page list;
    struct health_report health;
    int64_t now_ms;
};

static size_t bad(const struct service_page *list)
{
    return list->states[DISPLAY_STATE_AWAY] + list->states[DISPLAY_STATE_NOT_OK];
}

static const char *plural(size_t count)
{
    return count == 1 ? "service" : "services";
}

/* The worst state of all services: it determines the icon and the headline. */
static const struct look *overall(const struct service_page *list)
{
    for (size_t i = 0; i < DISPLAY_STATES; i++) {
        if (list->states[i] > 0)
            return &looks[i];
    }
    return &looks[DISPLAY_STATE_AWAITED];
}

static size_t total(const struct page *page)
{
    return engine_count(page->context->engine);
}

static void put_headline(const struct page *page)
{
    const struct service_page *list = &page->list;
    size_t all = total(page);

    if (all == 0)
        buf_printf(page->out, "No service is registered yet");
    else if (bad(list) > 0)
        buf_printf(page->out, "%zu of %zu %s %s attention", bad(list), all, plural(all),
                   bad(list) == 1 ? "needs" : "need");
    else if (list->states[DISPLAY_STATE_AWAITED] > 0)
        buf_printf(page->out, "Nothing is wrong, %zu of %zu %s yet to report",
                   list->states[DISPLAY_STATE_AWAITED], all,
                   list->states[DISPLAY_STATE_AWAITED] == 1 ? "has" : "have");
    else
        buf_printf(page->out, all == 1 ? "The one service is well" : "All %zu services are well", all);
}

static void put_head(const struct page *page)
{
    const struct look *look = overall(&page->list);

    buf_printf(page->out,
               "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
               "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
               "<meta http-equiv=\"refresh\" content=\"%u\">\n<title>%s ",
               WEB_REFRESH_S, look->sign);
    put_headline(page);
    buf_printf(page->out,
               " · procjon</title>\n<link rel=\"icon\" href=\"data:image/svg+xml,"
               "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'><circle cx='8' cy='8' r='7' "
               "fill='%s'/></svg>\">\n<style>%s</style>\n</head>\n<body>\n<main>\n",
               look->icon, page_style);
}

static void put_header(const struct page *page)
{
    char iso[TIME_FORMAT_ISO_SIZE];
    const struct look *look = overall(&page->list);

    buf_printf(page->out, "<header>\n<h1 class=\"%s\"><span class=\"sign\" aria-hidden=\"true\">%s</span>",
               look->class, look->sign);
    put_headline(page);
    buf_printf(page->out, "</h1>\n<p class=\"quiet\">procjon ");
    escape_html(page->out, page->context->version);
    buf_printf(page->out, " · <time datetime=\"%s\">", time_format_iso(iso, page->now_ms));
    time_format_time(page->out, page->now_ms);
    buf_printf(page->out, "</time> · looks again every %u s</p>\n</header>\n", WEB_REFRESH_S);
}

static void put_health(const struct page *page)
{
    if (page->health.count == 0)
        return;
    buf_printf(page->out, "<ul class=\"self\" aria-label=\"procjon itself\">\n");
    for (size_t i = 0; i < page->health.count; i++)
        buf_printf(page->out, "<li><strong>procjon itself:</strong> %s</li>\n", page->health.reasons[i]);
    buf_printf(page->out, "</ul>\n");
}

static void put_totals(const struct page *page)
{
    buf_printf(page->out, "<ul class=\"tally\">\n");
    for (size_t i = 0; i < DISPLAY_STATES; i++) {
        size_t count = page->list.states[i];

        buf_printf(page->out,
                   "<li class=\"%s%s\"><b>%zu</b><span><span class=\"sign\" "
                   "aria-hidden=\"true\">%s</span>%s</span></li>\n",
                   looks[i].class, count == 0 ? " none" : "", count, looks[i].sign, looks[i].word);
    }
    buf_printf(page->out, "</ul>\n");
}

static void put_search(const struct page *page)
{
    const char *search = page->request->search;

    buf_printf(page->out,
               "<form role=\"search\"><input type=\"search\" name=\"q\" maxlength=\"%u\" "
               "placeholder=\"Part of a name\" aria-label=\"Part of a service's name\" value=\"",
               WEB_SEARCH_MAX);
    escape_html(page->out, search);
    buf_printf(page->out, "\"><button>Find</button></form>\n");
    if (*search == '\0')
        return;
    buf_printf(page->out, "<p class=\"quiet\">%zu %s with “", page->list.found, plural(page->list.found));
    escape_html(page->out, search);
    buf_printf(page->out, "” in the name · <a href=\"/\">show all</a></p>\n");
}

/* "4 min 12 s", and the moment itself for programs and for who points at it. */
static void put_since(const struct page *page, int64_t at_ms)
{
    char iso[TIME_FORMAT_ISO_SIZE];

    buf_printf(page->out, "<time datetime=\"%s\" title=\"", time_format_iso(iso, at_ms));
    time_format_time(page->out, at_ms);
    buf_puts(page->out, "\">");
    time_format_span(page->out, page->now_ms - at_ms);
    buf_puts(page->out, "</time>");
}

/* The status of a service that is not available is its last one. */
static void put_status(const struct page *page, const struct service *service)
{
    const char *text = service->has_code ? service_text(service, service->code) : NULL;

    buf_puts(page->out, "<td class=\"text\">");
    if (service->has_code && service->availability == SERVICE_UNAVAILABLE)
        buf_puts(page->out, "last: ");
    if (text != NULL)
        escape_html(page->out, text);
    if (service->has_code)
        buf_printf(page->out, "%s<small>code %d</small>", text != NULL ? " " : "", (int)service->code);
    buf_printf(page->out, "</td>");
}

static void put_row(const struct page *page, const struct service_page_row *row)
{
    const struct look *look = &looks[row->state];
    bool never = row->state == DISPLAY_STATE_AWAY && !row->service->reported;
    struct service_snapshot snapshot;

    engine_snapshot(page->context->engine, row->service, &snapshot);
    buf_printf(
        page->out,
        "<tr class=\"%s\"><td class=\"state\"><span class=\"sign\" aria-hidden=\"true\">%s</span>%s</td><th "
        "scope=\"row\">",
        look->class, look->sign, never ? "never reported" : look->word);
    escape_html(page->out, row->service->id);
    buf_printf(page->out, "</th>");
    put_status(page, row->service);
    buf_printf(page->out, "<td class=\"when\" data-what=\"for\">");
    put_since(page, row->state == DISPLAY_STATE_NOT_OK ? snapshot.code_since_ms : snapshot.since_ms);
    buf_printf(page->out, "</td><td class=\"when\" data-what=\"last seen\">");
    if (snapshot.seen_ms != 0) {
        put_since(page, snapshot.seen_ms);
        buf_printf(page->out, " ago");
    } else {
        buf_printf(page->out, "never");
    }
    buf_printf(page->out, "</td></tr>\n");
}

static void put_table(const struct page *page)
{
    const struct service_page *list = &page->list;

    if (list->count == 0 && total(page) == 0)
        buf_printf(page->out,
                   "<p>Agents register their services by themselves; try <code>procjonping</code>.</p>\n");
    if (list->count == 0)
        return;
    buf_printf(page->out,
               "<table>\n<thead><tr><th scope=\"col\">State</th><th scope=\"col\">Service</th>"
               "<th scope=\"col\">Status</th><th scope=\"col\">For</th><th scope=\"col\">Last seen</th>"
               "</tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < list->count; i++)
        put_row(page, &list->rows[i]);
    buf_printf(page->out, "</tbody>\n</table>\n");
}

static void put_place(const struct page *page, const struct service_page_row *last)
{
    buf_printf(page->out, "?after=%d-", (int)last->state);
    escape_url(page->out, last->service->id);
    if (*page->request->search != '\0') {
        buf_printf(page->out, "&amp;q=");
        escape_url(page->out, page->request->search);
    }
}

static void put_links(const struct page *page)
{
    const struct service_page *list = &page->list;

    if (!list->more && list->after == NULL)
        return;
    buf_printf(page->out, "<nav aria-label=\"pages\">");
    if (list->after != NULL)
        buf_printf(page->out, "<a href=\"/\">To the top of the list</a>");
    if (list->more) {
        buf_printf(page->out, "<a href=\"/");
        put_place(page, &list->rows[list->count - 1]);
        buf_printf(page->out, "\">The next %u</a>", WEB_PAGE_ROWS);
    }
    buf_printf(page->out, "</nav>\n");
}

/* "2-web 17": the state and the identifier of the last row of the page before. Anything else: no place. */
static void set_place(struct service_page *list, const char *after)
{
    if (after[0] < '0' || after[0] >= '0' + DISPLAY_STATES || after[1] != '-')
        return;
    list->after_state = (enum display_state)(after[0] - '0');
    list->after = after + 2;
}

void page_write(struct http_response *response, const struct web_context *context,
                const struct page_request *request)
{
    struct page page = {
        .out = &response->body, .context = context, .request = request, .now_ms = wall_clock_now()};

    *response = (struct http_response){
        .status = HTTP_RESPONSE_OK, .type = "text/html; charset=utf-8", .policy = POLICY};
    health_report_take(&page.health, context);
    service_page_init(&page.list, WEB_PAGE_ROWS);
    page.list.search = request->search;
    set_place(&page.list, request->after);
    engine_each(context->engine, service_page_offer, &page.list);
    service_page_sort(&page.list);
    put_head(&page);
    put_header(&page);
    put_health(&page);
    put_totals(&page);
    put_search(&page);
    put_table(&page);
    put_links(&page);
    buf_printf(page.out, "</main>\n</body>\n</html>\n");
    service_page_fini(&page.list);
}
