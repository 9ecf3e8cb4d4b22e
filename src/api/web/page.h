/* SPDX-License-Identifier: MIT */
/*
 * page - the status page: one HTML document without scripts and without further requests.
 *
 * The services with the worst states come first. A page shows WEB_PAGE_ROWS services; the others are found by
 * links and a search. Each state is shown as a word, a sign and a colour, so that no reader depends on one of
 * them.
 */
#ifndef PROCJON_API_WEB_PAGE_H
#define PROCJON_API_WEB_PAGE_H

#include "api/web/web_context.h"
#include "http/response.h"

/* The arguments of the URL; "": not given. Valid during page_write only. */
struct page_request {
    const char *search; /* argument "q": a part of an identifier */
    const char *after;  /* argument "after": the last row of the page before, as its link has it */
};

/* Fills `response`, in one pass over all services. */
void page_write(struct http_response *response, const struct web_context *context,
                const struct page_request *request);

#endif
