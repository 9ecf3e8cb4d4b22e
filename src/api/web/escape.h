/* SPDX-License-Identifier: MIT */
/*
 * escape - text from outside, escaped for HTML, for a label of a metric and for a URL.
 *
 * Pure; appends to a struct buf of the caller.
 */
#ifndef PROCJON_API_WEB_ESCAPE_H
#define PROCJON_API_WEB_ESCAPE_H

#include <stddef.h>

#include "base/buf.h"

/* For content, and for attribute values in quotes (HTML, section 13.3, "Escaping a string"). */
void escape_html(struct buf *out, const char *text);

/* For a label value in double quotes (Prometheus text format 0.0.4). */
void escape_label(struct buf *out, const char *text);

/* For one component of a URL: all but unreserved characters become %XX (RFC 3986, section 2.3). */
void escape_url(struct buf *out, const char *text);

#endif
