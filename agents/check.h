/* SPDX-License-Identifier: MIT */
/*
 * check - runs a check command every period; its exit status is the verdict.
 *
 *                 tick at due          end
 *      WAITING ──────────────▶ RUNNING ─────▶ WAITING     the verdict is its exit status
 *                                 │ tick at due           limit exceeded: the verdict is unknown
 *                                 ▼           end
 *                              ENDING ──────▶ WAITING     SIGTERM was sent
 *                                 │ tick at due
 *                                 ▼           end
 *                              KILLED ──────▶ WAITING     SIGKILL was sent
 *
 * check_stop goes from any state to STOPPED and stays there; a command that runs still gets SIGTERM and
 * SIGKILL.
 *
 * Embedded in its owner, which polls `output` (-1: nothing to poll) for reading and then calls check_read,
 * calls check_reap after a SIGCHLD and check_tick at check_due. Nothing blocks. Runs do not overlap: a period
 * that begins during a run is skipped. A run leads a session of its own; when it has ended, the rest of its
 * process group is killed. `now` is clock_now.
 */
#ifndef PROCJON_AGENTS_CHECK_H
#define PROCJON_AGENTS_CHECK_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "child.h"

/* Bytes kept of the first line of output; the guidelines below recommend less than 80 characters. */
#define CHECK_LINE_MAX 256

/* Exit statuses of monitoring plugins (Monitoring Plugins Development Guidelines, "Plugin Return Codes"). */
enum check_status { CHECK_OK, CHECK_WARNING, CHECK_CRITICAL, CHECK_UNKNOWN };

enum check_state { CHECK_WAITING, CHECK_RUNNING, CHECK_ENDING, CHECK_KILLED, CHECK_STOPPED };

struct check_verdict {
    enum check_status status;
    const char *reason; /* "exited with status 1" */
    const char *line;   /* the first line of output, "" if there is none */
};

struct check;

/* Called once for each run, at its end or at its limit. The strings are valid during the call. check_stop is
 * legal in it. */
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

/* The first run is due at once. argv and `inherited` are not copied and must stay valid. */
void check_init(struct check *check, char *const argv[], const struct signal_fd_inherited *inherited,
                uint64_t period_ms, uint64_t limit_ms, check_verdict_cb verdict);

/* When check_tick is to be called; CLOCK_NEVER: not before a check_reap. */
static inline uint64_t check_due(const struct check *check)
{
    return check->due_ms;
}

void check_tick(struct check *check, uint64_t now);
void check_read(struct check *check);

/* Waits for all children that have ended; the first process of a container gets orphans of others too. */
void check_reap(struct check *check, uint64_t now);

/* Starts no further run, and ends a running one without a verdict. Idempotent. */
void check_stop(struct check *check, uint64_t now);

/* Stopped, and no process is left, or SIGKILL was sent to it. */
bool check_over(const struct check *check);

#endif
