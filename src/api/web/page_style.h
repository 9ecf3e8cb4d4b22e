/* SPDX-License-Identifier: MIT */
/*
 * page_style - the style sheet of the status page.
 */
#ifndef PROCJON_API_WEB_PAGE_STYLE_H
#define PROCJON_API_WEB_PAGE_STYLE_H

/* CSS. */
extern const char page_style[];

/*
 * The hash of `page_style`, by which the Content-Security-Policy allows this style sheet only: SHA-256 in
 * base64 (CSP 3, "hash-source"). A test compares it with the style sheet.
 */
#define PAGE_STYLE_HASH "sha256-qJwXmwpspiCm5AdI/9EUwkme8RYLzxQopS3AE6sJMoY="

#endif
