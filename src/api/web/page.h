/* SPDX-License-Identifier: MIT */
/*
 * page - the status page: one HTML document that needs nothing else, no script, no colour and no second
 * request.
 *
 * What is bad stands on top. It shows WEB_PAGE_ROWS services; the rest is behind links and a search. State is
 * said in words, a sign and a colour, so that none of them is needed to read it.
 *
 * Fills an answer; one pass over all services.
 */
#ifndef PROCJON_API_WEB_PAGE_H
#define PROCJON_API_WEB_PAGE_H

#include "http/response.h"
#include "api/web/web_context.h"

/* The arguments of the URL, "" if not given. */
struct page_request {
    const char *search; /* q: part of an identifier */
    const char *after;  /* after: where the page begins, as the link on the page before has it */
};

void page_write(struct http_response *answer, const struct web_context *context,
                const struct page_request *request);

#endif
