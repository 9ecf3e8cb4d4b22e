/* SPDX-License-Identifier: MIT */
/*
 * data_directory - makes the data directory if it is absent, and claims it for one procjon.
 *
 * The claim is flock(2) on DIR/lock, so the kernel releases it with the process, however that ends. The file
 * stays; it holds the process id of the last owner, for the error of a second procjon. Blocks; before the
 * loop runs.
 */
#ifndef PROCJON_STORE_DATA_DIRECTORY_H
#define PROCJON_STORE_DATA_DIRECTORY_H

#include "base/err.h"

/*
 * Claims `directory` (made with mode 0700; its parent must exist) and makes sure that `file` in it exists
 * (mode 0600), is writable, and has its name on the disk. Returns the descriptor that holds the claim, which
 * the caller closes; or a negative code: -EBUSY when another procjon has the directory.
 */
int data_directory_claim(const char *directory, const char *file, struct err *err);

#endif
