/* SPDX-License-Identifier: MIT */
/*
 * sqlite_backend - the store's records in one SQLite file, DIR/procjon.db.
 *
 * It owns the claim on the directory (data_directory.h) and the connection (sqlite_connection.h). Each commit
 * is one SQLite transaction, fsynced before it returns.
 */
#ifndef PROCJON_STORE_SQLITE_BACKEND_H
#define PROCJON_STORE_SQLITE_BACKEND_H

#include "base/err.h"
#include "store/store_backend.h"

/*
 * Makes the directory if it is absent, claims it, opens or creates the file, checks it and brings its schema
 * up to date. Blocks. 0, and `opened` is filled; otherwise the code in `err`, and nothing is open: -EACCES
 * and others for the directory, -EBUSY when another procjon uses it, -EINVAL for a file of a newer procjon or
 * of another program, -EUCLEAN for a damaged one.
 */
int sqlite_backend_open(struct store_backend *opened, const char *directory, struct err *err);

#endif
