/* SPDX-License-Identifier: MIT */
/*
 * stdfd - the three descriptors that a program is entitled to.
 *
 * Whoever started it may have closed some of them. Then the next thing opened, a socket or a database, would
 * get the number of stderr, and the next log line would be written into it.
 */
#ifndef PROCJON_BASE_STDFD_H
#define PROCJON_BASE_STDFD_H

/* First in main: what is closed of 0, 1 and 2 becomes /dev/null. */
void stdfd_reserve(void);

#endif
