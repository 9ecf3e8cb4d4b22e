/* SPDX-License-Identifier: MIT */
#include "store/sqlite_services.h"

#include <string.h>

/* 1 and its row id: known; 0: not; else the code. */
static int find_service(struct sqlite_connection *db, const char *name, int64_t *id, struct err *err)
{
    int rc;

    sqlite_connection_bind_text(db, SQL_FIND_SERVICE, 1, name);
    rc = sqlite_connection_step(db, SQL_FIND_SERVICE, err);
    if (rc == 1) {
        *id = sqlite_connection_number(db, SQL_FIND_SERVICE, 0);
        sqlite_connection_reset(db, SQL_FIND_SERVICE);
    }
    return rc;
}

static bool is_status(struct sqlite_connection *db, const struct store_status *status)
{
    return sqlite_connection_number(db, SQL_LIST_STATUSES, 0) == status->code &&
           strcmp(sqlite_connection_text(db, SQL_LIST_STATUSES, 1), status->text) == 0;
}

/* 1: the stored texts are these already; 0: they are not; else the code. */
static int has_statuses(struct sqlite_connection *db, int64_t id, const struct store_service *service,
                        struct err *err)
{
    size_t same = 0;
    int rc;

    sqlite_connection_bind_number(db, SQL_LIST_STATUSES, 1, id);
    while ((rc = sqlite_connection_step(db, SQL_LIST_STATUSES, err)) == 1) {
        if (same == service->status_count || !is_status(db, &service->statuses[same])) {
            sqlite_connection_reset(db, SQL_LIST_STATUSES);
            return 0;
        }
        same++;
    }
    return rc != 0 ? rc : same == service->status_count;
}

static int add_statuses(struct sqlite_connection *db, int64_t id, const struct store_service *service,
                        struct err *err)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < service->status_count; i++) {
        sqlite_connection_bind_number(db, SQL_ADD_STATUS, 1, id);
        sqlite_connection_bind_number(db, SQL_ADD_STATUS, 2, service->statuses[i].code);
        sqlite_connection_bind_text(db, SQL_ADD_STATUS, 3, service->statuses[i].text);
        rc = sqlite_connection_step(db, SQL_ADD_STATUS, err);
    }
    return rc;
}

static int add_service(struct sqlite_connection *db, const struct store_service *service, struct err *err)
{
    int rc;

    sqlite_connection_bind_text(db, SQL_ADD_SERVICE, 1, service->id);
    sqlite_connection_bind_number(db, SQL_ADD_SERVICE, 2, service->timeout_s);
    sqlite_connection_bind_number(db, SQL_ADD_SERVICE, 3, service->registered_ms);
    rc = sqlite_connection_step(db, SQL_ADD_SERVICE, err);
    return rc != 0 ? rc : add_statuses(db, sqlite_connection_last_row(db), service, err);
}

/* Agents register again with each connection, mostly with the same texts: those are not written again. */
static int change_service(struct sqlite_connection *db, int64_t id, const struct store_service *service,
                          struct err *err)
{
    int rc;

    sqlite_connection_bind_number(db, SQL_CHANGE_SERVICE, 1, id);
    sqlite_connection_bind_number(db, SQL_CHANGE_SERVICE, 2, service->timeout_s);
    rc = sqlite_connection_step(db, SQL_CHANGE_SERVICE, err);
    if (rc != 0)
        return rc;
    rc = has_statuses(db, id, service, err);
    if (rc != 0)
        return rc == 1 ? 0 : rc;
    sqlite_connection_bind_number(db, SQL_DROP_STATUSES, 1, id);
    rc = sqlite_connection_step(db, SQL_DROP_STATUSES, err);
    return rc != 0 ? rc : add_statuses(db, id, service, err);
}

int sqlite_services_put(struct sqlite_connection *db, const struct store_service *service, struct err *err)
{
    int64_t id = 0;
    int rc = find_service(db, service->id, &id, err);

    if (rc < 0)
        return rc;
    return rc == 1 ? change_service(db, id, service, err) : add_service(db, service, err);
}
