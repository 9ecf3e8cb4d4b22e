/* SPDX-License-Identifier: MIT */
/* hostile_process - the scenarios of hostile.c with several processes, or at the end of one. */
#ifndef PROCJON_TEST_HOSTILE_PROCESS_H
#define PROCJON_TEST_HOSTILE_PROCESS_H

void hostile_fork(void);
void hostile_exec(void);
void hostile_exit(void);
void hostile_starved(void);

#endif
