/* SPDX-License-Identifier: MIT */
/*
 * stdfd - makes sure that the standard descriptors are open.
 *
 * A program may be started with some of them closed. The next socket or database would then get the number of
 * stderr, and log lines would be written into it.
 */
#ifndef PROCJON_BASE_STDFD_H
#define PROCJON_BASE_STDFD_H

/* Opens /dev/null for those of 0, 1 and 2 that are closed. Call it first in main. */
void stdfd_reserve(void);

#endif
