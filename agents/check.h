/* SPDX-License-Identifier: MIT */
/*
 * check - a command that says every period how something is, by its exit status.
 *
 *                 tick at due          end
 *      WAITING ──────────────▶ RUNNING ─────▶ WAITING     the verdict is its exit status
 *                                 │ tick at due           the limit: the verdict is unknown
 *                                 ▼           end
 *                              ENDING ──────▶ WAITING     SIGTERM was sent
 *                                 │ tick at due
 *                                 ▼           end
 *                              KILLED ──────▶ WAITING     SIGKILL was sent
 *
 * check_stop goes from anywhere to STOPPED, for good; a run that is there then still gets its SIGTERM and
 * SIGKILL.
 *
 * Embedded in its owner, who polls `output` (-1: nothing to poll) for reading, calls check_read then,
 * check_reap after a SIGCHLD and check_tick at check_due. Nothing waits, so a command that hangs holds up
 * nobody. Two runs never overlap: a period that comes while one is still there is left out.
 *
 * A run leads a session of its own. What is left of its process group when it has ended is killed.
 *
 * `now` is clock_now.
 */
#ifndef PROCJON_AGENTS_CHECK_H
#define PROCJON_AGENTS_CHECK_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "child.h"

/* What is kept of the first line of the output: plugins are asked to stay under 80 characters. */
#define CHECK_LINE_MAX 256

/* Exit statuses of monitoring plugins (Monitoring Plugins Development Guidelines, "Plugin Return Codes"). */
enum check_status { CHECK_OK, CHECK_WARNING, CHECK_CRITICAL, CHECK_UNKNOWN };

enum check_state { CHECK_WAITING, CHECK_RUNNING, CHECK_ENDING, CHECK_KILLED, CHECK_STOPPED };

struct check_verdict {
    enum check_status status;
    const char *reason; /* "exited with status 1" */
    const char *line;   /* the first line of the output, perhaps "" */
};

struct check;

/* Once for each run, at its end or at its limit. The strings are valid during the call. */
typedef void (*check_verdict_cb)(struct check *check, const struct check_verdict *verdict);

struct check {
    char *const *argv;
    const struct signal_fd_inherited *inherited; /* for the command */
    uint64_t period_ms, limit_ms;
    check_verdict_cb verdict;

    enum check_state state;
    uint64_t started_ms, due_ms;
    pid_t pid;
    int output; /* -1: none */
    char line[CHECK_LINE_MAX];
    size_t line_length;
    bool line_whole;
};

/* Waits; the first run is due at once. argv and `inherited` stay the caller's and must last. */
void check_init(struct check *check, char *const argv[], const struct signal_fd_inherited *inherited,
                uint64_t period_ms, uint64_t limit_ms, check_verdict_cb verdict);

/* When check_tick has something to do; CLOCK_NEVER: not before a check_reap. */
static inline uint64_t check_due(const struct check *check)
{
    return check->due_ms;
}

void check_tick(struct check *check, uint64_t now);
void check_read(struct check *check);

/* Waits for all children that have ended: as the first process of a container one gets those of others too.
 */
void check_reap(struct check *check, uint64_t now);

/* No run starts any more, and one that runs is ended, without a verdict. */
void check_stop(struct check *check, uint64_t now);

/* Stopped, and all was done that can be: a process that survives SIGKILL is in the hands of the kernel. */
bool check_over(const struct check *check);

#endif
