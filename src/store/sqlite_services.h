/* SPDX-License-Identifier: MIT */
/*
 * sqlite_services - writes registrations to the tables `service` and `status`.
 *
 * Blocks, and belongs into a transaction of the caller. -EINVAL is about this write alone; any other code is
 * about the file: the caller rolls the whole transaction back.
 */
#ifndef PROCJON_STORE_SQLITE_SERVICES_H
#define PROCJON_STORE_SQLITE_SERVICES_H

#include "base/err.h"
#include "store/sqlite_connection.h"
#include "store/store_record.h"

/* Replaces the registration of a known service. The statuses are sorted by code. */
int sqlite_services_put(struct sqlite_connection *db, const struct store_service *service, struct err *err);

#endif
