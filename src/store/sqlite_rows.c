/* SPDX-License-Identifier: MIT */
#include "store/sqlite_rows.h"

#include <errno.h>
#include <string.h>

bool sqlite_rows_refused(int code)
{
    return code == -EINVAL || code == -ENOENT;
}

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

int sqlite_rows_put_service(struct sqlite_connection *db, const struct store_service *service,
                            struct err *err)
{
    int64_t id = 0;
    int rc = find_service(db, service->id, &id, err);

    if (rc < 0)
        return rc;
    return rc == 1 ? change_service(db, id, service, err) : add_service(db, service, err);
}

static int set_seen(struct sqlite_connection *db, const char *name, int64_t seen_ms, struct err *err)
{
    sqlite_connection_bind_text(db, SQL_SET_SEEN, 1, name);
    sqlite_connection_bind_number(db, SQL_SET_SEEN, 2, seen_ms);
    return sqlite_connection_step(db, SQL_SET_SEEN, err);
}

static void bind_optional_text(struct sqlite_connection *db, enum sqlite_statement which, int index,
                               const char *text)
{
    if (text != NULL)
        sqlite_connection_bind_text(db, which, index, text);
    else
        sqlite_connection_bind_null(db, which, index);
}

static void bind_optional_number(struct sqlite_connection *db, enum sqlite_statement which, int index,
                                 bool there, int64_t number)
{
    if (there)
        sqlite_connection_bind_number(db, which, index, number);
    else
        sqlite_connection_bind_null(db, which, index);
}

/* `at`: SQL_ADD_NOTICE for an event that is known to be open, SQL_PUT_NOTICE for any other. */
static int write_notice(struct sqlite_connection *db, enum sqlite_statement at,
                        const struct store_notice *notice, int64_t at_ms, struct err *err)
{
    sqlite_connection_bind_number(db, at, 1, (int64_t)notice->event);
    sqlite_connection_bind_text(db, at, 2, notice->sink);
    bind_optional_text(db, at, 3, notice->outcome);
    bind_optional_number(db, at, 4, notice->outcome != NULL, at_ms);
    bind_optional_text(db, at, 5, notice->held_by);
    bind_optional_number(db, at, 6, notice->held_until_ms != 0, notice->held_until_ms);
    bind_optional_number(db, at, 7, notice->held_reports != 0, (int64_t)notice->held_reports);
    return sqlite_connection_step(db, at, err);
}

/* Gives the event an outcome if it has no open notice left. */
static int close_event(struct sqlite_connection *db, uint64_t event, const char *outcome, int64_t at_ms,
                       struct err *err)
{
    sqlite_connection_bind_number(db, SQL_CLOSE_EVENT, 1, (int64_t)event);
    sqlite_connection_bind_text(db, SQL_CLOSE_EVENT, 2, outcome);
    sqlite_connection_bind_number(db, SQL_CLOSE_EVENT, 3, at_ms);
    return sqlite_connection_step(db, SQL_CLOSE_EVENT, err);
}

/*
 * Backwards, because of several rows about one event the last decides: once it has closed the event, the
 * others change nothing. A row without an outcome leaves its event open.
 */
static int close_events(struct sqlite_connection *db, const struct store_notice *notices, size_t count,
                        int64_t at_ms, struct err *err)
{
    int rc = 0;

    for (size_t i = count; rc == 0 && i-- > 0;) {
        if (notices[i].outcome != NULL)
            rc = close_event(db, notices[i].event, notices[i].outcome, at_ms, err);
    }
    return rc;
}

/* `open`: the event is known to be open, which saves its rows a look-up. */
static int write_notices(struct sqlite_connection *db, const struct event *event, bool open,
                         const struct store_notice *notices, size_t count, struct err *err)
{
    int rc = 0;

    if (count == 0)
        return close_event(db, event->id, "no_sink", event->at_ms, err);
    for (size_t i = 0; rc == 0 && i < count; i++) {
        bool known = open && notices[i].event == event->id;

        rc = write_notice(db, known ? SQL_ADD_NOTICE : SQL_PUT_NOTICE, &notices[i], event->at_ms, err);
    }
    return rc != 0 ? rc : close_events(db, notices, count, event->at_ms, err);
}

/* `how`: SQL_ADD_EVENT, which refuses an id that was used, or SQL_PUT_EVENT, which changes an open event. */
static int write_event(struct sqlite_connection *db, enum sqlite_statement how, const struct event *event,
                       const struct store_notice *notices, size_t count, struct err *err)
{
    int rc;

    sqlite_connection_bind_number(db, how, 1, (int64_t)event->id);
    sqlite_connection_bind_text(db, how, 2, event->service);
    sqlite_connection_bind_number(db, how, 3, event->kind);
    sqlite_connection_bind_number(db, how, 4, event->severity);
    sqlite_connection_bind_text(db, how, 5, event->text);
    sqlite_connection_bind_text(db, how, 6, event->previous);
    sqlite_connection_bind_number(db, how, 7, event->at_ms);
    sqlite_connection_bind_number(db, how, 8, event->since_ms);
    bind_optional_number(db, how, 9, event->code != EVENT_NO_CODE, event->code);
    bind_optional_number(db, how, 10, event->previous_code != EVENT_NO_CODE, event->previous_code);
    rc = sqlite_connection_step(db, how, err);
    return rc != 0 ? rc : write_notices(db, event, sqlite_connection_changes(db) == 1, notices, count, err);
}

static int change_state(struct sqlite_connection *db, const struct store_state *state, struct err *err)
{
    int rc;

    sqlite_connection_bind_text(db, SQL_CHANGE_STATE, 1, state->id);
    sqlite_connection_bind_number(db, SQL_CHANGE_STATE, 2, state->availability);
    bind_optional_number(db, SQL_CHANGE_STATE, 3, state->has_code, state->code);
    sqlite_connection_bind_number(db, SQL_CHANGE_STATE, 4, state->since_ms);
    sqlite_connection_bind_number(db, SQL_CHANGE_STATE, 5, state->code_since_ms);
    rc = sqlite_connection_step(db, SQL_CHANGE_STATE, err);
    if (rc == 0 && sqlite_connection_changes(db) == 0)
        return err_set(err, -ENOENT, "'%s': service '%s' is not registered", sqlite_connection_path(db),
                       state->id);
    return rc;
}

int sqlite_rows_put_state(struct sqlite_connection *db, const struct store_state *state, struct err *err)
{
    int rc = change_state(db, state, err);

    return rc != 0 ? rc : set_seen(db, state->id, state->seen_ms, err);
}

int sqlite_rows_put_transition(struct sqlite_connection *db, const struct store_state *state,
                               const struct event *event, const struct store_notice *notices, size_t count,
                               struct err *err)
{
    int rc = sqlite_rows_put_state(db, state, err);

    return rc != 0 ? rc : write_event(db, SQL_ADD_EVENT, event, notices, count, err);
}

int sqlite_rows_put_event(struct sqlite_connection *db, const struct event *event,
                          const struct store_notice *notices, size_t count, struct err *err)
{
    return write_event(db, SQL_PUT_EVENT, event, notices, count, err);
}

static int settle_notice(struct sqlite_connection *db, const char *sink, uint64_t event, const char *outcome,
                         int64_t at_ms, struct err *err)
{
    int rc;

    sqlite_connection_bind_number(db, SQL_SETTLE_NOTICE, 1, (int64_t)event);
    sqlite_connection_bind_text(db, SQL_SETTLE_NOTICE, 2, sink);
    sqlite_connection_bind_text(db, SQL_SETTLE_NOTICE, 3, outcome);
    sqlite_connection_bind_number(db, SQL_SETTLE_NOTICE, 4, at_ms);
    rc = sqlite_connection_step(db, SQL_SETTLE_NOTICE, err);
    return rc != 0 ? rc : close_event(db, event, outcome, at_ms, err);
}

int sqlite_rows_settle(struct sqlite_connection *db, const char *sink, const uint64_t *events, size_t count,
                       const char *outcome, int64_t at_ms, struct err *err)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = settle_notice(db, sink, events[i], outcome, at_ms, err);
    return rc;
}

int sqlite_rows_release(struct sqlite_connection *db, const char *sink, const uint64_t *events, size_t count,
                        int64_t at_ms, struct err *err)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < count; i++) {
        sqlite_connection_bind_number(db, SQL_RELEASE_NOTICE, 1, (int64_t)events[i]);
        sqlite_connection_bind_text(db, SQL_RELEASE_NOTICE, 2, sink);
        sqlite_connection_bind_number(db, SQL_RELEASE_NOTICE, 3, at_ms);
        rc = sqlite_connection_step(db, SQL_RELEASE_NOTICE, err);
    }
    return rc;
}

static int set_meta(struct sqlite_connection *db, const char *name, int64_t value, struct err *err)
{
    sqlite_connection_bind_text(db, SQL_SET_META, 1, name);
    sqlite_connection_bind_number(db, SQL_SET_META, 2, value);
    return sqlite_connection_step(db, SQL_SET_META, err);
}

int sqlite_rows_checkpoint(struct sqlite_connection *db, const struct store_checkpoint *checkpoint,
                           const struct store_seen *seen, size_t count, struct err *err)
{
    int rc = set_meta(db, "last_alive_ms", checkpoint->at_ms, err);

    if (rc == 0)
        rc = set_meta(db, "restart_grace_ms", checkpoint->grace_ms, err);
    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = set_seen(db, seen[i].id, seen[i].seen_ms, err);
    return rc;
}

int sqlite_rows_prune(struct sqlite_connection *db, int64_t before_ms, size_t *pruned, struct err *err)
{
    int rc;

    sqlite_connection_bind_number(db, SQL_PRUNE_EVENTS, 1, before_ms);
    sqlite_connection_bind_number(db, SQL_PRUNE_EVENTS, 2, STORE_PRUNE_ROWS);
    rc = sqlite_connection_step(db, SQL_PRUNE_EVENTS, err);
    *pruned = rc == 0 ? (size_t)sqlite_connection_changes(db) : 0;
    return rc;
}
