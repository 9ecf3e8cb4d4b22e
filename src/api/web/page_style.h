/* SPDX-License-Identifier: MIT */
/*
 * page_style - how the status page looks.
 */
#ifndef PROCJON_API_WEB_PAGE_STYLE_H
#define PROCJON_API_WEB_PAGE_STYLE_H

extern const char page_style[];

/*
 * The hash of `page_style`, by which the Content-Security-Policy allows this style and no other. Base64 of
 * SHA-256 (CSP 3, "hash-source"); a test compares the two.
 */
#define PAGE_STYLE_HASH "sha256-qJwXmwpspiCm5AdI/9EUwkme8RYLzxQopS3AE6sJMoY="

#endif
