/* SPDX-License-Identifier: MIT */
#include "store/data_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOG_MODULE "store"
#include "base/log.h"

/* A process id in decimal, a newline and a NUL. */
#define PID_TEXT_MAX 24

static int open_in(int dir, const char *name, const char *directory, struct err *err)
{
    int fd = openat(dir, name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0)
        return err_errno(err, -errno, "data directory '%s': cannot open '%s' for writing", directory, name);
    return fd;
}

static int refuse(int lock, const char *directory, struct err *err)
{
    char text[PID_TEXT_MAX] = "";
    long pid = 0;

    if (pread(lock, text, sizeof text - 1, 0) > 0)
        pid = strtol(text, NULL, 10);
    /* The owner writes its id a moment after it has the lock. */
    if (pid <= 0)
        return err_set(err, -EBUSY, "data directory '%s' is in use by another procjon", directory);
    return err_set(err, -EBUSY, "data directory '%s' is in use by procjon, process %ld", directory, pid);
}

static int lock_in(int dir, const char *directory, struct err *err)
{
    char text[PID_TEXT_MAX];
    int lock = open_in(dir, "lock", directory, err);
    int length, rc = 0;

    if (lock < 0)
        return lock;
    if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
        rc = errno == EWOULDBLOCK ? refuse(lock, directory, err)
                                  : err_errno(err, -errno, "data directory '%s': cannot lock it", directory);
        (void)close(lock);
        return rc;
    }
    length = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    if (ftruncate(lock, 0) != 0 || pwrite(lock, text, (size_t)length, 0) != length)
        log_warning("lock file is without our process id directory=%s reason=%s", directory, strerror(errno));
    return lock;
}

/* Without a sync of the parent a power cut loses the new directory with everything in it. */
static int make(const char *directory, struct err *err)
{
    char parent[4096];
    int fd, rc = 0;

    if (mkdir(directory, 0700) != 0)
        return errno == EEXIST ? 0 : err_errno(err, -errno, "data directory '%s': cannot make it", directory);
    (void)snprintf(parent, sizeof parent, "%s/..", directory);
    fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) != 0)
        rc = err_errno(err, -errno, "data directory '%s': cannot sync its parent", directory);
    if (fd >= 0)
        (void)close(fd);
    return rc;
}

int data_directory_claim(const char *directory, const char *file, struct err *err)
{
    int rc = make(directory, err);
    int dir, lock, fd;

    if (rc != 0)
        return rc;
    dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return err_errno(err, -errno, "data directory '%s': cannot open it", directory);
    lock = lock_in(dir, directory, err);
    if (lock < 0) {
        (void)close(dir);
        return lock;
    }
    /* Only under the lock: closing a descriptor of the file drops all POSIX locks of this process on it,
     * SQLite's included. */
    fd = open_in(dir, file, directory, err);
    if (fd < 0)
        rc = fd;
    else if (close(fd) != 0 || fsync(dir) != 0)
        rc = err_errno(err, -errno, "data directory '%s': cannot sync it", directory);
    (void)close(dir);
    if (rc != 0) {
        (void)close(lock);
        return rc;
    }
    return lock;
}
