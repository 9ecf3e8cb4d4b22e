/* SPDX-License-Identifier: MIT */
/*
 * store_vfs - a disk for SQLite that fails on demand, and shows what a power cut would leave.
 *
 * Once installed it is the default VFS of the process, in front of the real one. It does not sync: instead, a
 * sync copies the file to the shadow directory, which so has the bytes that survive a power cut.
 */
#ifndef PROCJON_TEST_STORE_VFS_H
#define PROCJON_TEST_STORE_VFS_H

#include <stdbool.h>

enum store_vfs_fault {
    STORE_VFS_NONE,
    STORE_VFS_FULL,  /* a write finds the disk full */
    STORE_VFS_WRITE, /* a write fails with EIO */
    STORE_VFS_TORN,  /* a write fails half way */
    STORE_VFS_SYNC,  /* a sync fails, and nothing of it is on the disk */
    STORE_VFS_FAULTS,
};

void store_vfs_install(void);

/* Files in `directory` are shadowed in `shadow`; both exist. */
void store_vfs_shadow(const char *directory, const char *shadow);

/* The `nth` write or sync from here (1 is the next) fails; with `forever` every one after it too. */
void store_vfs_arm(enum store_vfs_fault fault, int nth, bool forever);

/* Whether a fault came; from now on nothing fails. */
bool store_vfs_disarm(void);

/* Copies a file's bytes; false if there is no such file. */
bool store_vfs_copy(const char *from, const char *to);

#endif
