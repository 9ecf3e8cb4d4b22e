/* SPDX-License-Identifier: MIT */
/*
 * agent_loop - the loop that an agent runs on, for the programs of this project.
 *
 * They put handles of their own on it (signals, a child process, a bus) before procjon_agent_run, and must
 * have closed them for it to return: it ends when the loop has nothing left. Not part of the library's
 * interface.
 */
#ifndef PROCJON_LIB_AGENT_LOOP_H
#define PROCJON_LIB_AGENT_LOOP_H

#include <uv.h>

#include "procjon/agent.h"

uv_loop_t *procjon_agent_loop(struct procjon_agent *agent);

#endif
