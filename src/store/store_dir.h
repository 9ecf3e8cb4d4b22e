/* SPDX-License-Identifier: MIT */
/*
 * store_dir - the data directory: made if it is absent, and claimed by one procjon at a time.
 *
 * The claim is flock(2) on DIR/lock, so the kernel drops it with the process, however that ends; the file
 * itself stays and holds the process id of the last owner for the sentence that a second procjon is refused
 * with. Blocking; call it before the loop runs.
 */
#ifndef PROCJON_STORE_STORE_DIR_H
#define PROCJON_STORE_STORE_DIR_H

#include "base/err.h"

/*
 * Claims `directory` (made with mode 0700, its parent must exist) and makes sure that `file` in it exists
 * (mode 0600), is writable, and has its name on the disk. Returns the descriptor that holds the claim,
 * close(2) drops it; or a negative code: -EBUSY when another procjon has the directory.
 */
int store_dir_claim(const char *directory, const char *file, struct err *err);

#endif
