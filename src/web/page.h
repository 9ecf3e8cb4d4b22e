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
#ifndef PROCJON_WEB_PAGE_H
#define PROCJON_WEB_PAGE_H

#include "web/answer.h"
#include "web/sources.h"

/* The arguments of the URL, "" if not given. */
struct page_request {
    const char *search; /* q: part of an identifier */
    const char *after;  /* after: where the page begins, as the link on the page before has it */
};

void page_write(struct answer *answer, const struct web_sources *sources, const struct page_request *request);

#endif
