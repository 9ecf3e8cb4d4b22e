/* SPDX-License-Identifier: MIT */
/*
 * stall_preload - a disk that hangs: nothing is made to stay on it while there is a certain file.
 *
 * For LD_PRELOAD. From the environment, when the program starts: STALL_FILE=FILE.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

/* How soon it is noticed that the file has gone. */
#define LOOK_US 10000

static const char *file;

__attribute__((constructor)) static void begin(void)
{
    file = getenv("STALL_FILE");
}

static void stall(void)
{
    while (file != NULL && access(file, F_OK) == 0)
        (void)usleep(LOOK_US);
}

/* The same call of the C library. */
#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((visibility("default"))) int fsync(int fd)
{
    stall();
    return NEXT(fsync)(fd);
}

__attribute__((visibility("default"))) int fdatasync(int fd)
{
    stall();
    return NEXT(fdatasync)(fd);
}
