/* SPDX-License-Identifier: MIT */
/* hostile_process - the scenarios of hostile.c that are about processes. */
#ifndef PROCJON_TEST_HOSTILE_PROCESS_H
#define PROCJON_TEST_HOSTILE_PROCESS_H

void hostile_fork(void);
void hostile_exec(void);
void hostile_exit(void);
void hostile_starved(void);

#endif
