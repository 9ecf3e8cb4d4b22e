/* SPDX-License-Identifier: MIT */
/*
 * crash_preload - ends the program, or fails its call, at the N-th of its writes.
 *
 * For LD_PRELOAD. Counted is what puts bytes on a disk or into a socket, or makes them stay there; not what
 * goes to a pipe or an eventfd, which do not fail. From the environment, when the program starts:
 *
 *     CRASH_COUNT=FILE   8 bytes, in which the calls are counted, so that the number outlives the program
 *     CRASH_AT=N         the call that is struck; 0: none
 *     CRASH_ERRNO=E      what it fails with; 0: the program is killed before it, as by kill -9
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static _Atomic uint64_t *count;
static uint64_t at;
static int error;

static uint64_t number(const char *name)
{
    const char *text = getenv(name);

    return text != NULL ? strtoull(text, NULL, 10) : 0;
}

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("CRASH_COUNT");
    int fd = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
    void *page = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    if (page == MAP_FAILED) {
        perror("crash_preload: CRASH_COUNT");
        _exit(127);
    }
    (void)close(fd);
    count = page;
    at = number("CRASH_AT");
    error = (int)number("CRASH_ERRNO");
}

/* Whether this call fails, with errno set. May not return. */
static bool struck(void)
{
    if (count == NULL || atomic_fetch_add(count, 1) + 1 != at)
        return false;
    if (error == 0)
        (void)kill(getpid(), SIGKILL);
    errno = error;
    return true;
}

static bool strikes(int fd)
{
    struct stat file;
    int saved = errno;
    bool counted =
        fstat(fd, &file) == 0 && (S_ISREG(file.st_mode) || S_ISDIR(file.st_mode) || S_ISSOCK(file.st_mode));

    errno = saved;
    return counted && struck();
}

/* The same call of the C library. */
#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* Stands in for `name`: `values` are its arguments, `where` says whether it is struck. */
#define WRAP(type, name, where, arguments, values)                                                           \
    __attribute__((visibility("default"))) type name arguments                                               \
    {                                                                                                        \
        return (where) ? (type)-1 : NEXT(name) values;                                                       \
    }

WRAP(ssize_t, write, strikes(fd), (int fd, const void *data, size_t size), (fd, data, size))
WRAP(ssize_t, pwrite64, strikes(fd), (int fd, const void *data, size_t size, off64_t offset),
     (fd, data, size, offset))
WRAP(ssize_t, writev, strikes(fd), (int fd, const struct iovec *parts, int parts_count),
     (fd, parts, parts_count))
WRAP(int, fsync, strikes(fd), (int fd), (fd))
WRAP(int, fdatasync, strikes(fd), (int fd), (fd))
WRAP(int, ftruncate64, strikes(fd), (int fd, off64_t size), (fd, size))
WRAP(int, rename, struck(), (const char *from, const char *to), (from, to))
WRAP(ssize_t, send, strikes(fd), (int fd, const void *data, size_t size, int flags), (fd, data, size, flags))
WRAP(ssize_t, sendmsg, strikes(fd), (int fd, const struct msghdr *parts, int flags), (fd, parts, flags))
WRAP(ssize_t, sendto, strikes(fd),
     (int fd, const void *data, size_t size, int flags, const struct sockaddr *to, socklen_t to_size),
     (fd, data, size, flags, to, to_size))
