/* SPDX-License-Identifier: MIT */
#include "web/page.h"

#include <stdlib.h>
#include <string.h>

#include "base/moment.h"
#include "base/print.h"
#include "base/wall.h"
#include "monitor/registry_memory.h"
#include "web/escape.h"
#include "web/limits.h"
#include "web/page_style.h"
#include "web/roster.h"
#include "web/vitals.h"

#define POLICY                                                                                               \
    "default-src 'none'; style-src '" PAGE_STYLE_HASH "'; img-src data:; form-action 'self'; "               \
    "base-uri 'none'; frame-ancestors 'none'"

/* How each standing is shown: the class of its colour, its sign, its word, and the colour of the icon. */
static const struct look {
    const char *class, *sign, *word, *icon;
} looks[STANDINGS] = {
    [STANDING_AWAY] = {"away", "✕", "not available", "%23b03a00"},
    [STANDING_NOT_OK] = {"not-ok", "!", "not ok", "%23c08a00"},
    [STANDING_AWAITED] = {"awaited", "…", "awaited", "%23225f9c"},
    [STANDING_OK] = {"ok", "✓", "ok", "%23006b4f"},
};

struct page {
    struct buf *out;
    const struct web_sources *sources;
    const struct page_request *request;
    struct roster roster;
    struct vitals vitals;
    int64_t now_ms;
};

static size_t bad(const struct roster *roster)
{
    return roster->standings[STANDING_AWAY] + roster->standings[STANDING_NOT_OK];
}

static const char *services(size_t count)
{
    return count == 1 ? "service" : "services";
}

/* The worst that there is: what the icon and the headline look like. */
static const struct look *overall(const struct roster *roster)
{
    for (size_t i = 0; i < STANDINGS; i++) {
        if (roster->standings[i] > 0)
            return &looks[i];
    }
    return &looks[STANDING_AWAITED];
}

static size_t total(const struct page *page)
{
    return registry_count(page->sources->registry);
}

static void put_headline(const struct page *page)
{
    const struct roster *roster = &page->roster;
    size_t all = total(page);

    if (all == 0)
        print_format(page->out, "No service is registered yet");
    else if (bad(roster) > 0)
        print_format(page->out, "%zu of %zu %s %s attention", bad(roster), all, services(all),
                     bad(roster) == 1 ? "needs" : "need");
    else if (roster->standings[STANDING_AWAITED] > 0)
        print_format(page->out, "Nothing is wrong, %zu of %zu %s yet to report",
                     roster->standings[STANDING_AWAITED], all,
                     roster->standings[STANDING_AWAITED] == 1 ? "has" : "have");
    else
        print_format(page->out, all == 1 ? "The one service is well" : "All %zu services are well", all);
}

static void put_head(const struct page *page)
{
    const struct look *look = overall(&page->roster);

    print_format(page->out,
                 "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                 "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                 "<meta http-equiv=\"refresh\" content=\"%u\">\n<title>%s ",
                 WEB_REFRESH_S, look->sign);
    put_headline(page);
    print_format(page->out,
                 " · procjon</title>\n<link rel=\"icon\" href=\"data:image/svg+xml,"
                 "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'><circle cx='8' cy='8' r='7' "
                 "fill='%s'/></svg>\">\n<style>%s</style>\n</head>\n<body>\n<main>\n",
                 look->icon, page_style);
}

static void put_header(const struct page *page)
{
    char iso[MOMENT_ISO_SIZE];
    const struct look *look = overall(&page->roster);

    print_format(page->out, "<header>\n<h1 class=\"%s\"><span class=\"sign\" aria-hidden=\"true\">%s</span>",
                 look->class, look->sign);
    put_headline(page);
    print_format(page->out, "</h1>\n<p class=\"quiet\">procjon ");
    escape_html(page->out, page->sources->version);
    print_format(page->out, " · <time datetime=\"%s\">", moment_iso(iso, page->now_ms));
    moment_time(page->out, page->now_ms);
    print_format(page->out, "</time> · looks again every %u s</p>\n</header>\n", WEB_REFRESH_S);
}

static void put_vitals(const struct page *page)
{
    if (page->vitals.count == 0)
        return;
    print_format(page->out, "<ul class=\"self\" aria-label=\"procjon itself\">\n");
    for (size_t i = 0; i < page->vitals.count; i++)
        print_format(page->out, "<li><strong>procjon itself:</strong> %s</li>\n", page->vitals.reasons[i]);
    print_format(page->out, "</ul>\n");
}

static void put_tally(const struct page *page)
{
    print_format(page->out, "<ul class=\"tally\">\n");
    for (size_t i = 0; i < STANDINGS; i++) {
        size_t count = page->roster.standings[i];

        print_format(page->out,
                     "<li class=\"%s%s\"><b>%zu</b><span><span class=\"sign\" "
                     "aria-hidden=\"true\">%s</span>%s</span></li>\n",
                     looks[i].class, count == 0 ? " none" : "", count, looks[i].sign, looks[i].word);
    }
    print_format(page->out, "</ul>\n");
}

static void put_search(const struct page *page)
{
    const char *search = page->request->search;

    print_format(page->out,
                 "<form role=\"search\"><input type=\"search\" name=\"q\" maxlength=\"%u\" "
                 "placeholder=\"Part of a name\" aria-label=\"Part of a service's name\" value=\"",
                 WEB_SEARCH_MAX);
    escape_html(page->out, search);
    print_format(page->out, "\"><button>Find</button></form>\n");
    if (*search == '\0')
        return;
    print_format(page->out, "<p class=\"quiet\">%zu %s with “", page->roster.found,
                 services(page->roster.found));
    escape_html(page->out, search);
    print_format(page->out, "” in the name · <a href=\"/\">show all</a></p>\n");
}

/* "4 min 12 s", and the moment itself for programs and for who points at it. */
static void put_since(const struct page *page, int64_t at_ms)
{
    char iso[MOMENT_ISO_SIZE];

    print_format(page->out, "<time datetime=\"%s\" title=\"", moment_iso(iso, at_ms));
    moment_time(page->out, at_ms);
    print_text(page->out, "\">");
    moment_span(page->out, page->now_ms - at_ms);
    print_text(page->out, "</time>");
}

/* Of a service that is away it is the last word, not the present. */
static void put_status(const struct page *page, const struct service *service)
{
    const char *text = service->has_code ? service_text(service, service->code) : NULL;

    print_text(page->out, "<td class=\"text\">");
    if (service->has_code && service->presence == SERVICE_UNAVAILABLE)
        print_text(page->out, "last: ");
    if (text != NULL)
        escape_html(page->out, text);
    if (service->has_code)
        print_format(page->out, "%s<small>code %d</small>", text != NULL ? " " : "", (int)service->code);
    print_format(page->out, "</td>");
}

static void put_row(const struct page *page, const struct roster_row *row)
{
    const struct look *look = &looks[row->standing];
    bool never = row->standing == STANDING_AWAY && !row->service->reported;
    struct registry_memory memory;

    registry_memory_of(page->sources->registry, row->service, &memory);
    print_format(
        page->out,
        "<tr class=\"%s\"><td class=\"state\"><span class=\"sign\" aria-hidden=\"true\">%s</span>%s</td><th "
        "scope=\"row\">",
        look->class, look->sign, never ? "never reported" : look->word);
    escape_html(page->out, row->service->id);
    print_format(page->out, "</th>");
    put_status(page, row->service);
    print_format(page->out, "<td class=\"when\" data-what=\"for\">");
    put_since(page, row->standing == STANDING_NOT_OK ? memory.code_since_ms : memory.since_ms);
    print_format(page->out, "</td><td class=\"when\" data-what=\"last seen\">");
    if (memory.seen_ms != 0) {
        put_since(page, memory.seen_ms);
        print_format(page->out, " ago");
    } else {
        print_format(page->out, "never");
    }
    print_format(page->out, "</td></tr>\n");
}

static void put_table(const struct page *page)
{
    const struct roster *roster = &page->roster;

    if (roster->count == 0 && total(page) == 0)
        print_format(page->out,
                     "<p>Agents register their services by themselves; try <code>procjonping</code>.</p>\n");
    if (roster->count == 0)
        return;
    print_format(page->out,
                 "<table>\n<thead><tr><th scope=\"col\">State</th><th scope=\"col\">Service</th>"
                 "<th scope=\"col\">Status</th><th scope=\"col\">For</th><th scope=\"col\">Last seen</th>"
                 "</tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < roster->count; i++)
        put_row(page, &roster->rows[i]);
    print_format(page->out, "</tbody>\n</table>\n");
}

static void put_place(const struct page *page, const struct roster_row *last)
{
    print_format(page->out, "?after=%d-", (int)last->standing);
    escape_url(page->out, last->service->id);
    if (*page->request->search != '\0') {
        print_format(page->out, "&amp;q=");
        escape_url(page->out, page->request->search);
    }
}

static void put_links(const struct page *page)
{
    const struct roster *roster = &page->roster;

    if (!roster->more && roster->after == NULL)
        return;
    print_format(page->out, "<nav aria-label=\"pages\">");
    if (roster->after != NULL)
        print_format(page->out, "<a href=\"/\">To the top of the list</a>");
    if (roster->more) {
        print_format(page->out, "<a href=\"/");
        put_place(page, &roster->rows[roster->count - 1]);
        print_format(page->out, "\">The next %u</a>", WEB_PAGE_ROWS);
    }
    print_format(page->out, "</nav>\n");
}

/* "2-web 17": the standing and the identifier of the last row before. What is no place is the beginning. */
static void set_place(struct roster *roster, const char *after)
{
    if (after[0] < '0' || after[0] >= '0' + STANDINGS || after[1] != '-')
        return;
    roster->after_grade = (enum standing)(after[0] - '0');
    roster->after = after + 2;
}

void page_write(struct answer *answer, const struct web_sources *sources, const struct page_request *request)
{
    struct page page = {.out = &answer->body, .sources = sources, .request = request, .now_ms = wall_now()};

    *answer = (struct answer){.status = ANSWER_OK, .type = "text/html; charset=utf-8", .policy = POLICY};
    vitals_take(&page.vitals, sources);
    roster_init(&page.roster, WEB_PAGE_ROWS);
    page.roster.search = request->search;
    set_place(&page.roster, request->after);
    registry_each(sources->registry, roster_offer, &page.roster);
    roster_sort(&page.roster);
    put_head(&page);
    put_header(&page);
    put_vitals(&page);
    put_tally(&page);
    put_search(&page);
    put_table(&page);
    put_links(&page);
    print_format(page.out, "</main>\n</body>\n</html>\n");
    roster_fini(&page.roster);
}
