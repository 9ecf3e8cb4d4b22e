/* SPDX-License-Identifier: MIT */
#include "store_vfs.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* SQLite allocates this and, behind it, the file of the real VFS. */
struct file {
    sqlite3_file base;
    const char *path; /* NULL: a temporary file */
    sqlite3_file real[];
};

static struct sqlite3_vfs vfs;
static const char *watched, *shadow;

/* Atomics, because the thread of the pool reads what the thread of the test writes. */
static _Atomic int fault, countdown;
static atomic_bool endless, came;

void store_vfs_shadow(const char *directory, const char *to)
{
    watched = directory;
    shadow = to;
}

void store_vfs_arm(enum store_vfs_fault kind, int nth, bool forever)
{
    fault = (int)kind;
    countdown = nth;
    endless = forever;
    came = false;
}

bool store_vfs_disarm(void)
{
    fault = STORE_VFS_NONE;
    return came;
}

static bool strikes(bool sync)
{
    if (fault == STORE_VFS_NONE || (fault == STORE_VFS_SYNC) != sync)
        return false;
    if (--countdown > 0 || (countdown < 0 && !endless))
        return false;
    came = true;
    return true;
}

bool store_vfs_copy(const char *from, const char *to)
{
    char block[65536];
    ssize_t got;
    int in = open(from, O_RDONLY | O_CLOEXEC), out;

    if (in < 0)
        return false;
    out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert(out >= 0);
    while ((got = read(in, block, sizeof block)) > 0) {
        ssize_t put = write(out, block, (size_t)got);

        assert(put == got);
        (void)put;
    }
    (void)close(in);
    (void)close(out);
    return true;
}

/* Path of the shadow of a file, or false if it is not watched. */
static bool shadow_of(const char *path, char to[256])
{
    size_t length = watched != NULL ? strlen(watched) : 0;

    if (length == 0 || path == NULL || strncmp(path, watched, length) != 0 || path[length] != '/')
        return false;
    (void)snprintf(to, 256, "%s%s", shadow, path + length);
    return true;
}

static sqlite3_file *real_of(sqlite3_file *base)
{
    return ((struct file *)base)->real;
}

#define REAL(base) (real_of(base)->pMethods)

static int f_close(sqlite3_file *base)
{
    return REAL(base)->xClose(real_of(base));
}

static int f_read(sqlite3_file *base, void *to, int size, sqlite3_int64 at)
{
    return REAL(base)->xRead(real_of(base), to, size, at);
}

static int f_write(sqlite3_file *base, const void *from, int size, sqlite3_int64 at)
{
    if (!strikes(false))
        return REAL(base)->xWrite(real_of(base), from, size, at);
    if (fault == STORE_VFS_FULL)
        return SQLITE_FULL;
    if (fault == STORE_VFS_TORN)
        (void)REAL(base)->xWrite(real_of(base), from, size / 2, at);
    errno = EIO;
    return SQLITE_IOERR_WRITE;
}

static int f_truncate(sqlite3_file *base, sqlite3_int64 size)
{
    return REAL(base)->xTruncate(real_of(base), size);
}

static int f_sync(sqlite3_file *base, int flags)
{
    const char *path = ((struct file *)base)->path;
    char to[256];

    (void)flags;
    if (strikes(true)) {
        errno = EIO;
        return SQLITE_IOERR_FSYNC;
    }
    if (shadow_of(path, to))
        (void)store_vfs_copy(path, to);
    return SQLITE_OK;
}

static int f_size(sqlite3_file *base, sqlite3_int64 *size)
{
    return REAL(base)->xFileSize(real_of(base), size);
}

static int f_lock(sqlite3_file *base, int level)
{
    return REAL(base)->xLock(real_of(base), level);
}

static int f_unlock(sqlite3_file *base, int level)
{
    return REAL(base)->xUnlock(real_of(base), level);
}

static int f_check_lock(sqlite3_file *base, int *held)
{
    return REAL(base)->xCheckReservedLock(real_of(base), held);
}

static int f_control(sqlite3_file *base, int what, void *arg)
{
    return REAL(base)->xFileControl(real_of(base), what, arg);
}

static int f_sector(sqlite3_file *base)
{
    return REAL(base)->xSectorSize(real_of(base));
}

static int f_traits(sqlite3_file *base)
{
    return REAL(base)->xDeviceCharacteristics(real_of(base));
}

static int f_map(sqlite3_file *base, int page, int size, int extend, void volatile **at)
{
    return REAL(base)->xShmMap(real_of(base), page, size, extend, at);
}

static int f_map_lock(sqlite3_file *base, int from, int count, int flags)
{
    return REAL(base)->xShmLock(real_of(base), from, count, flags);
}

static void f_barrier(sqlite3_file *base)
{
    REAL(base)->xShmBarrier(real_of(base));
}

static int f_unmap(sqlite3_file *base, int delete)
{
    return REAL(base)->xShmUnmap(real_of(base), delete);
}

/* Version 2: shared memory for the log, but no memory-mapped reads. */
static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = f_close,
    .xRead = f_read,
    .xWrite = f_write,
    .xTruncate = f_truncate,
    .xSync = f_sync,
    .xFileSize = f_size,
    .xLock = f_lock,
    .xUnlock = f_unlock,
    .xCheckReservedLock = f_check_lock,
    .xFileControl = f_control,
    .xSectorSize = f_sector,
    .xDeviceCharacteristics = f_traits,
    .xShmMap = f_map,
    .xShmLock = f_map_lock,
    .xShmBarrier = f_barrier,
    .xShmUnmap = f_unmap,
};

static int v_open(sqlite3_vfs *self, const char *path, sqlite3_file *base, int flags, int *out_flags)
{
    struct file *file = (struct file *)base;
    sqlite3_vfs *real = self->pAppData;
    int rc = real->xOpen(real, path, file->real, flags, out_flags);

    file->path = path;
    file->base.pMethods = file->real->pMethods != NULL ? &methods : NULL;
    return rc;
}

static int v_delete(sqlite3_vfs *self, const char *path, int sync)
{
    sqlite3_vfs *real = self->pAppData;
    char to[256];
    int rc = real->xDelete(real, path, sync);

    if (rc == SQLITE_OK && shadow_of(path, to))
        (void)unlink(to);
    return rc;
}

void store_vfs_install(void)
{
    sqlite3_vfs *real = sqlite3_vfs_find(NULL);

    vfs = *real;
    vfs.zName = "faulty";
    vfs.pAppData = real;
    vfs.szOsFile = (int)sizeof(struct file) + real->szOsFile;
    vfs.xOpen = v_open;
    vfs.xDelete = v_delete;
    (void)sqlite3_vfs_register(&vfs, 1);
}
