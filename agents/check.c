/* SPDX-License-Identifier: MIT */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"

/* From SIGTERM to SIGKILL: enough for a handler that removes temporary files. */
#define TERMINATE_MS 2000

/* Bytes of one read, and reads at a time: a command that writes without end must not block the loop, which
 * also sends the heartbeat. */
#define READ_SIZE 4096
#define READS_MAX 16

void check_init(struct check *check, char *const argv[], const struct signal_fd_inherited *inherited,
                uint64_t period_ms, uint64_t limit_ms, check_verdict_cb verdict)
{
    *check = (struct check){
        .argv = argv,
        .inherited = inherited,
        .period_ms = period_ms,
        .limit_ms = limit_ms,
        .verdict = verdict,
        .output = -1,
    };
}

static void enter(struct check *check, enum check_state state, uint64_t due_ms)
{
    check->state = state;
    check->due_ms = due_ms;
}

/* The next run is due at a multiple of the period after this one, however long it takes. */
static void wait_for_period(struct check *check, uint64_t now)
{
    uint64_t periods = (now - check->started_ms) / check->period_ms + 1;

    enter(check, CHECK_WAITING, check->started_ms + periods * check->period_ms);
}

static void judge(struct check *check, enum check_status status, const char *reason)
{
    check->line[check->line_length] = '\0';
    check->verdict(check, &(struct check_verdict){status, reason, check->line});
}

/* ---- a run ---- */

static int open_output(int ends[2], struct err *err)
{
    if (pipe2(ends, O_CLOEXEC) != 0)
        return err_errno(err, -errno, "cannot make a pipe");
    (void)fcntl(ends[0], F_SETFL,
                O_NONBLOCK); /* only the read end: the command may expect its output to block */
    return 0;
}

static pid_t run(struct check *check, struct err *err)
{
    int ends[2];
    pid_t pid;

    if (open_output(ends, err) != 0)
        return err->code;
    pid = child_start_apart(check->argv, check->inherited, ends[1], err);
    (void)close(ends[1]);
    if (pid < 0)
        (void)close(ends[0]);
    else
        check->output = ends[0];
    return pid;
}

static void start(struct check *check, uint64_t now)
{
    struct err err;

    check->started_ms = now;
    check->line_length = 0;
    check->line_whole = false;
    check->pid = run(check, &err);
    if (check->pid > 0) {
        enter(check, CHECK_RUNNING, now + check->limit_ms);
        return;
    }
    wait_for_period(check, now);
    judge(check, CHECK_UNKNOWN, err.msg);
}

static void keep_line(struct check *check, const char *text, size_t size)
{
    const char *newline = memchr(text, '\n', size);
    size_t length = newline != NULL ? (size_t)(newline - text) : size;
    size_t room = sizeof check->line - 1 - check->line_length;

    if (check->line_whole)
        return;
    if (length > room)
        length = room;
    memcpy(check->line + check->line_length, text, length);
    check->line_length += length;
    check->line_whole = newline != NULL;
}

static void close_output(struct check *check)
{
    if (check->output >= 0)
        (void)close(check->output);
    check->output = -1;
}

void check_read(struct check *check)
{
    char text[READ_SIZE];

    for (int i = 0; i < READS_MAX && check->output >= 0; i++) {
        ssize_t size = read(check->output, text, sizeof text);

        if (size > 0)
            keep_line(check, text, (size_t)size);
        else if (size < 0 && errno == EAGAIN)
            return;
        else
            close_output(check);
    }
}

/* ---- the end of a run ---- */

static enum check_status status_of(const siginfo_t *info)
{
    bool known =
        info->si_code == CLD_EXITED && info->si_status >= CHECK_OK && info->si_status <= CHECK_UNKNOWN;

    return known ? (enum check_status)info->si_status : CHECK_UNKNOWN;
}

/* Does not wait for the end of the output: a background process of the command may keep it open. */
static void end(struct check *check, const siginfo_t *info, uint64_t now)
{
    enum check_state before = check->state;
    char how[CHILD_HOW_MAX];

    check_read(check);
    close_output(check);
    check->pid = 0;
    if (before == CHECK_STOPPED) {
        check->due_ms = CLOCK_NEVER;
        return;
    }
    wait_for_period(check, now);
    child_how(info, how);
    if (before == CHECK_RUNNING)
        judge(check, status_of(info), how);
}

void check_reap(struct check *check, uint64_t now)
{
    siginfo_t info = {0};

    while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0) {
        bool ours = info.si_pid == check->pid;

        /* The process group id is not used again until its leader was waited for. */
        if (ours)
            child_kill_group(check->pid, SIGKILL);
        (void)waitpid(info.si_pid, NULL, 0);
        if (ours)
            end(check, &info, now);
        info.si_pid = 0;
    }
}

/* ---- time ---- */

static void exceed_limit(struct check *check, uint64_t now)
{
    char reason[CHILD_HOW_MAX];

    child_kill_group(check->pid, SIGTERM);
    enter(check, CHECK_ENDING, now + TERMINATE_MS);
    (void)snprintf(reason, sizeof reason, "did not end within %llu s",
                   (unsigned long long)(check->limit_ms / 1000));
    judge(check, CHECK_UNKNOWN, reason);
}

void check_tick(struct check *check, uint64_t now)
{
    if (now < check->due_ms)
        return;
    if (check->state == CHECK_WAITING) {
        start(check, now);
    } else if (check->state == CHECK_RUNNING) {
        exceed_limit(check, now);
    } else {
        child_kill_group(check->pid, SIGKILL);
        enter(check, check->state == CHECK_ENDING ? CHECK_KILLED : check->state, CLOCK_NEVER);
    }
}

void check_stop(struct check *check, uint64_t now)
{
    uint64_t due = CLOCK_NEVER;

    if (check->state == CHECK_RUNNING) {
        child_kill_group(check->pid, SIGTERM);
        due = now + TERMINATE_MS;
    } else if (check->state == CHECK_ENDING || check->state == CHECK_STOPPED) {
        due = check->due_ms;
    }
    enter(check, CHECK_STOPPED, due);
}

bool check_over(const struct check *check)
{
    return check->state == CHECK_STOPPED && check->due_ms == CLOCK_NEVER;
}
