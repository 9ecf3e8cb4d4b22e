/* SPDX-License-Identifier: MIT */
#include "store/sqlite_load.h"

#include <stdlib.h>

#include "base/mem.h"

#define LOG_MODULE "store"
#include "base/log.h"

/* The texts of a row are valid until the next step, so the statuses are copied; the caller frees them. */
static int list_statuses(struct sqlite_connection *db, int64_t id, struct store_status *statuses,
                         size_t *count, struct err *err)
{
    int rc;

    sqlite_connection_bind_number(db, SQL_LIST_STATUSES, 1, id);
    while ((rc = sqlite_connection_step(db, SQL_LIST_STATUSES, err)) == 1 && *count < STORE_STATUSES_MAX) {
        statuses[*count].code = (int32_t)sqlite_connection_number(db, SQL_LIST_STATUSES, 0);
        statuses[*count].text = mem_strdup(sqlite_connection_text(db, SQL_LIST_STATUSES, 1));
        ++*count;
    }
    if (rc == 1)
        sqlite_connection_reset(db, SQL_LIST_STATUSES);
    return rc < 0 ? rc : 0;
}

/* The service in the current row of SQL_LIST_SERVICES. */
static int load_service(struct sqlite_connection *db, const struct store_load_ops *ops, void *arg,
                        struct err *err)
{
    const enum sqlite_statement at = SQL_LIST_SERVICES;
    struct store_status statuses[STORE_STATUSES_MAX];
    struct store_service service = {
        .id = sqlite_connection_text(db, at, 1),
        .statuses = statuses,
        .timeout_s = (int32_t)sqlite_connection_number(db, at, 2),
        .registered_ms = sqlite_connection_number(db, at, 3),
    };
    const struct store_state state = {
        .id = service.id,
        .availability = (int)sqlite_connection_number(db, at, 4),
        .has_code = !sqlite_connection_is_null(db, at, 5),
        .code = (int32_t)sqlite_connection_number(db, at, 5),
        .since_ms = sqlite_connection_number(db, at, 6),
        .code_since_ms = sqlite_connection_number(db, at, 7),
        .seen_ms = sqlite_connection_number(db, at, 8),
    };
    int rc = list_statuses(db, sqlite_connection_number(db, at, 0), statuses, &service.status_count, err);

    if (rc == 0)
        ops->service(arg, &service, &state);
    for (size_t i = 0; i < service.status_count; i++)
        free((char *)statuses[i].text);
    return rc;
}

static int load_services(struct sqlite_connection *db, const struct store_load_ops *ops, void *arg,
                         struct err *err)
{
    int rc;

    while ((rc = sqlite_connection_step(db, SQL_LIST_SERVICES, err)) == 1) {
        rc = load_service(db, ops, arg, err);
        if (rc != 0) {
            sqlite_connection_reset(db, SQL_LIST_SERVICES);
            return rc;
        }
    }
    return rc;
}

static int64_t code_at(struct sqlite_connection *db, enum sqlite_statement at, int column)
{
    return sqlite_connection_is_null(db, at, column) ? EVENT_NO_CODE
                                                     : sqlite_connection_number(db, at, column);
}

/* The event in the current row, whose first columns are those of an event. */
static struct event event_at(struct sqlite_connection *db, enum sqlite_statement at)
{
    return (struct event){
        .id = (uint64_t)sqlite_connection_number(db, at, 0),
        .service = sqlite_connection_text(db, at, 1),
        .kind = (enum event_kind)sqlite_connection_number(db, at, 2),
        .severity = (enum event_severity)sqlite_connection_number(db, at, 3),
        .text = sqlite_connection_text(db, at, 4),
        .previous = sqlite_connection_text(db, at, 5),
        .at_ms = sqlite_connection_number(db, at, 6),
        .since_ms = sqlite_connection_number(db, at, 7),
        .code = code_at(db, at, 8),
        .previous_code = code_at(db, at, 9),
    };
}

static const char *optional_text(struct sqlite_connection *db, enum sqlite_statement at, int column)
{
    return sqlite_connection_is_null(db, at, column) ? NULL : sqlite_connection_text(db, at, column);
}

/* The notice in the current row, whose columns begin at `column`. */
static struct store_notice notice_at(struct sqlite_connection *db, enum sqlite_statement at, int column,
                                     uint64_t event)
{
    return (struct store_notice){
        .event = event,
        .sink = sqlite_connection_text(db, at, column),
        .outcome = optional_text(db, at, column + 1),
        .held_by = optional_text(db, at, column + 2),
        .held_until_ms = sqlite_connection_number(db, at, column + 3),
        .held_reports = (uint64_t)sqlite_connection_number(db, at, column + 4),
    };
}

/* A list of notices. It owns their strings. */
struct notices {
    struct store_notice *list;
    size_t count, size;
};

static char *copy(const char *text)
{
    return text != NULL ? mem_strdup(text) : NULL;
}

static void add_notice(struct notices *notices, const struct store_notice *notice)
{
    struct store_notice *added;

    if (notices->count == notices->size) {
        notices->size = 2 * notices->size + 4;
        notices->list = mem_realloc(notices->list, notices->size * sizeof *notices->list);
    }
    added = &notices->list[notices->count++];
    *added = *notice;
    added->sink = copy(notice->sink);
    added->outcome = copy(notice->outcome);
    added->held_by = copy(notice->held_by);
}

static void clear_notices(struct notices *notices)
{
    for (size_t i = 0; i < notices->count; i++) {
        free((char *)notices->list[i].sink);
        free((char *)notices->list[i].outcome);
        free((char *)notices->list[i].held_by);
    }
    notices->count = 0;
}

static int list_notices(struct sqlite_connection *db, uint64_t event, struct notices *notices,
                        struct err *err)
{
    const enum sqlite_statement at = SQL_LIST_NOTICES;
    int rc;

    sqlite_connection_bind_number(db, at, 1, (int64_t)event);
    while ((rc = sqlite_connection_step(db, at, err)) == 1) {
        const struct store_notice notice = notice_at(db, at, 0, event);

        add_notice(notices, &notice);
    }
    return rc;
}

static int load_recent(struct sqlite_connection *db, const struct store_load_ops *ops, void *arg,
                       struct err *err)
{
    const enum sqlite_statement at = SQL_LIST_RECENT;
    struct notices notices = {0};
    int rc;

    sqlite_connection_bind_number(db, at, 1, ops->recent_ms);
    while ((rc = sqlite_connection_step(db, at, err)) == 1) {
        const struct event event = event_at(db, at);

        rc = list_notices(db, event.id, &notices, err);
        if (rc == 0)
            ops->recent(arg, &event, notices.list, notices.count);
        clear_notices(&notices);
        if (rc != 0) {
            sqlite_connection_reset(db, at);
            break;
        }
    }
    free(notices.list);
    return rc;
}

static int load_owed(struct sqlite_connection *db, const struct store_load_ops *ops, void *arg,
                     struct err *err)
{
    const enum sqlite_statement at = SQL_LIST_OWED;
    int rc;

    while ((rc = sqlite_connection_step(db, at, err)) == 1) {
        const struct event event = event_at(db, at);
        const struct store_notice notice = notice_at(db, at, 10, event.id);

        ops->owed(arg, &event, &notice);
    }
    return rc;
}

static int load_meta(struct sqlite_connection *db, const struct store_load_ops *ops, void *arg,
                     struct err *err)
{
    int rc = sqlite_connection_step(db, SQL_GET_META, err);
    struct store_checkpoint last;

    if (rc != 1)
        return rc;
    last.at_ms = sqlite_connection_number(db, SQL_GET_META, 0);
    last.grace_ms = sqlite_connection_number(db, SQL_GET_META, 1);
    ops->meta(arg, &last, (uint64_t)sqlite_connection_number(db, SQL_GET_META, 2));
    sqlite_connection_reset(db, SQL_GET_META);
    return 0;
}

/* 1 and its name, which the caller frees: a sink that does not exist any more owes something. */
static int find_lost_sink(struct sqlite_connection *db, const struct store_load_ops *ops, void *arg,
                          char **name, struct err *err)
{
    int rc;

    while ((rc = sqlite_connection_step(db, SQL_LIST_SINKS, err)) == 1) {
        if (ops->is_sink(arg, sqlite_connection_text(db, SQL_LIST_SINKS, 0)))
            continue;
        *name = mem_strdup(sqlite_connection_text(db, SQL_LIST_SINKS, 0));
        sqlite_connection_reset(db, SQL_LIST_SINKS);
        break;
    }
    return rc;
}

/* What `default_sink` has settled already is not owed again. */
static int move_owed(struct sqlite_connection *db, const char *lost, const char *default_sink,
                     struct err *err)
{
    int rc;

    sqlite_connection_bind_text(db, SQL_COPY_OWED, 1, lost);
    sqlite_connection_bind_text(db, SQL_COPY_OWED, 2, default_sink);
    rc = sqlite_connection_step(db, SQL_COPY_OWED, err);
    if (rc != 0)
        return rc;
    sqlite_connection_bind_text(db, SQL_DROP_OWED, 1, lost);
    rc = sqlite_connection_step(db, SQL_DROP_OWED, err);
    if (rc != 0)
        return rc;
    sqlite_connection_bind_text(db, SQL_CLOSE_EVENTS, 1, default_sink);
    return sqlite_connection_step(db, SQL_CLOSE_EVENTS, err);
}

static int move_all_owed(struct sqlite_connection *db, const struct store_load_ops *ops, void *arg,
                         struct err *err)
{
    int rc = sqlite_connection_step(db, SQL_BEGIN, err);
    char *lost;

    while (rc == 0 && (rc = find_lost_sink(db, ops, arg, &lost, err)) == 1) {
        log_warning("sink is no longer configured, the default sink owes its messages sink=%s to=%s", lost,
                    ops->default_sink);
        rc = move_owed(db, lost, ops->default_sink, err);
        free(lost);
    }
    if (rc == 0)
        rc = sqlite_connection_step(db, SQL_COMMIT, err);
    if (rc != 0)
        sqlite_connection_rollback(db);
    return rc;
}

int sqlite_load_all(struct sqlite_connection *db, const struct store_load_ops *ops, void *arg,
                    struct err *err)
{
    int rc = move_all_owed(db, ops, arg, err);

    if (rc == 0)
        rc = load_meta(db, ops, arg, err);
    if (rc == 0)
        rc = load_services(db, ops, arg, err);
    if (rc == 0 && ops->recent != NULL)
        rc = load_recent(db, ops, arg, err);
    if (rc == 0)
        rc = load_owed(db, ops, arg, err);
    return rc;
}
