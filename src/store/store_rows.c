/* SPDX-License-Identifier: MIT */
#include "store/store_rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

bool store_rows_refused(int code)
{
    return code == -EINVAL || code == -ENOENT;
}

/* 1 and its row id: known; 0: not; else the code. */
static int find_service(struct store_sql *sql, const char *name, int64_t *id, struct err *err)
{
    int rc;

    store_sql_bind_text(sql, STORE_FIND_SERVICE, 1, name);
    rc = store_sql_step(sql, STORE_FIND_SERVICE, err);
    if (rc == 1) {
        *id = store_sql_number(sql, STORE_FIND_SERVICE, 0);
        store_sql_reset(sql, STORE_FIND_SERVICE);
    }
    return rc;
}

static bool is_status(struct store_sql *sql, const struct store_status *status)
{
    return store_sql_number(sql, STORE_LIST_STATUSES, 0) == status->code &&
           strcmp(store_sql_text(sql, STORE_LIST_STATUSES, 1), status->text) == 0;
}

/* 1: the stored texts are these already; 0: they are not; else the code. */
static int has_statuses(struct store_sql *sql, int64_t id, const struct store_service *service,
                        struct err *err)
{
    size_t same = 0;
    int rc;

    store_sql_bind_number(sql, STORE_LIST_STATUSES, 1, id);
    while ((rc = store_sql_step(sql, STORE_LIST_STATUSES, err)) == 1) {
        if (same == service->status_count || !is_status(sql, &service->statuses[same])) {
            store_sql_reset(sql, STORE_LIST_STATUSES);
            return 0;
        }
        same++;
    }
    return rc != 0 ? rc : same == service->status_count;
}

static int add_statuses(struct store_sql *sql, int64_t id, const struct store_service *service,
                        struct err *err)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < service->status_count; i++) {
        store_sql_bind_number(sql, STORE_ADD_STATUS, 1, id);
        store_sql_bind_number(sql, STORE_ADD_STATUS, 2, service->statuses[i].code);
        store_sql_bind_text(sql, STORE_ADD_STATUS, 3, service->statuses[i].text);
        rc = store_sql_step(sql, STORE_ADD_STATUS, err);
    }
    return rc;
}

static int add_service(struct store_sql *sql, const struct store_service *service, struct err *err)
{
    int rc;

    store_sql_bind_text(sql, STORE_ADD_SERVICE, 1, service->id);
    store_sql_bind_number(sql, STORE_ADD_SERVICE, 2, service->timeout_s);
    store_sql_bind_number(sql, STORE_ADD_SERVICE, 3, service->registered_ms);
    rc = store_sql_step(sql, STORE_ADD_SERVICE, err);
    return rc != 0 ? rc : add_statuses(sql, store_sql_last_row(sql), service, err);
}

/* Agents register again at every connection, nearly always with the same texts: those are not written again.
 */
static int change_service(struct store_sql *sql, int64_t id, const struct store_service *service,
                          struct err *err)
{
    int rc;

    store_sql_bind_number(sql, STORE_CHANGE_SERVICE, 1, id);
    store_sql_bind_number(sql, STORE_CHANGE_SERVICE, 2, service->timeout_s);
    rc = store_sql_step(sql, STORE_CHANGE_SERVICE, err);
    if (rc != 0)
        return rc;
    rc = has_statuses(sql, id, service, err);
    if (rc != 0)
        return rc == 1 ? 0 : rc;
    store_sql_bind_number(sql, STORE_DROP_STATUSES, 1, id);
    rc = store_sql_step(sql, STORE_DROP_STATUSES, err);
    return rc != 0 ? rc : add_statuses(sql, id, service, err);
}

int store_rows_put_service(struct store_sql *sql, const struct store_service *service, struct err *err)
{
    int64_t id = 0;
    int rc = find_service(sql, service->id, &id, err);

    if (rc < 0)
        return rc;
    return rc == 1 ? change_service(sql, id, service, err) : add_service(sql, service, err);
}

static int set_seen(struct store_sql *sql, const char *name, int64_t seen_ms, struct err *err)
{
    store_sql_bind_text(sql, STORE_SET_SEEN, 1, name);
    store_sql_bind_number(sql, STORE_SET_SEEN, 2, seen_ms);
    return store_sql_step(sql, STORE_SET_SEEN, err);
}

/* `outcome` NULL: they owe it. */
static int add_owed(struct store_sql *sql, const struct event *event, const char *sinks, const char *outcome,
                    struct err *err)
{
    char *copy = mem_strdup(sinks);
    char *rest = *copy != '\0' ? copy : NULL;
    int rc = 0;

    for (char *sink = strsep(&rest, ","); rc == 0 && sink != NULL; sink = strsep(&rest, ",")) {
        store_sql_bind_number(sql, STORE_ADD_OWED, 1, (int64_t)event->id);
        store_sql_bind_text(sql, STORE_ADD_OWED, 2, sink);
        if (outcome != NULL) {
            store_sql_bind_text(sql, STORE_ADD_OWED, 3, outcome);
            store_sql_bind_number(sql, STORE_ADD_OWED, 4, event->at_ms);
        } else {
            store_sql_bind_null(sql, STORE_ADD_OWED, 3);
            store_sql_bind_null(sql, STORE_ADD_OWED, 4);
        }
        rc = store_sql_step(sql, STORE_ADD_OWED, err);
    }
    free(copy);
    return rc;
}

/* The event itself is settled with the last sink that owed its message. */
static int finish_event(struct store_sql *sql, uint64_t event, const char *outcome, int64_t at_ms,
                        struct err *err)
{
    store_sql_bind_number(sql, STORE_SETTLE_EVENT, 1, (int64_t)event);
    store_sql_bind_text(sql, STORE_SETTLE_EVENT, 2, outcome);
    store_sql_bind_number(sql, STORE_SETTLE_EVENT, 3, at_ms);
    return store_sql_step(sql, STORE_SETTLE_EVENT, err);
}

/* `how`: STORE_ADD_EVENT, which refuses an id that was used, or STORE_PUT_EVENT, which does not. */
static int write_event(struct store_sql *sql, enum store_statement how, const struct event *event,
                       struct err *err)
{
    int rc;

    store_sql_bind_number(sql, how, 1, (int64_t)event->id);
    store_sql_bind_text(sql, how, 2, event->service);
    store_sql_bind_number(sql, how, 3, event->kind);
    store_sql_bind_number(sql, how, 4, event->severity);
    store_sql_bind_text(sql, how, 5, event->text);
    store_sql_bind_text(sql, how, 6, event->previous);
    store_sql_bind_number(sql, how, 7, event->at_ms);
    store_sql_bind_number(sql, how, 8, event->since_ms);
    rc = store_sql_step(sql, how, err);
    if (rc == 0)
        rc = add_owed(sql, event, event->sinks, NULL, err);
    if (rc != 0 || event->spared[0] == '\0')
        return rc;
    rc = add_owed(sql, event, event->spared, STORE_SPARED, err);
    return rc != 0 ? rc : finish_event(sql, event->id, STORE_SPARED, event->at_ms, err);
}

static int change_state(struct store_sql *sql, const struct store_state *state, struct err *err)
{
    int rc;

    store_sql_bind_text(sql, STORE_CHANGE_STATE, 1, state->id);
    store_sql_bind_number(sql, STORE_CHANGE_STATE, 2, state->availability);
    if (state->has_code)
        store_sql_bind_number(sql, STORE_CHANGE_STATE, 3, state->code);
    else
        store_sql_bind_null(sql, STORE_CHANGE_STATE, 3);
    store_sql_bind_number(sql, STORE_CHANGE_STATE, 4, state->since_ms);
    store_sql_bind_number(sql, STORE_CHANGE_STATE, 5, state->code_since_ms);
    rc = store_sql_step(sql, STORE_CHANGE_STATE, err);
    if (rc == 0 && store_sql_changes(sql) == 0)
        return err_set(err, -ENOENT, "'%s': service '%s' is not registered", store_sql_path(sql), state->id);
    return rc;
}

int store_rows_put_state(struct store_sql *sql, const struct store_state *state, struct err *err)
{
    int rc = change_state(sql, state, err);

    return rc != 0 ? rc : set_seen(sql, state->id, state->seen_ms, err);
}

int store_rows_put_transition(struct store_sql *sql, const struct store_state *state,
                              const struct event *event, struct err *err)
{
    int rc = store_rows_put_state(sql, state, err);

    return rc != 0 ? rc : write_event(sql, STORE_ADD_EVENT, event, err);
}

int store_rows_put_event(struct store_sql *sql, const struct event *event, struct err *err)
{
    return write_event(sql, STORE_PUT_EVENT, event, err);
}

static int settle_event(struct store_sql *sql, const char *sink, uint64_t event, const char *outcome,
                        int64_t at_ms, struct err *err)
{
    int rc;

    store_sql_bind_number(sql, STORE_SETTLE_OWED, 1, (int64_t)event);
    store_sql_bind_text(sql, STORE_SETTLE_OWED, 2, sink);
    store_sql_bind_text(sql, STORE_SETTLE_OWED, 3, outcome);
    store_sql_bind_number(sql, STORE_SETTLE_OWED, 4, at_ms);
    rc = store_sql_step(sql, STORE_SETTLE_OWED, err);
    return rc != 0 ? rc : finish_event(sql, event, outcome, at_ms, err);
}

int store_rows_settle(struct store_sql *sql, const char *sink, const uint64_t *events, size_t count,
                      const char *outcome, int64_t at_ms, struct err *err)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = settle_event(sql, sink, events[i], outcome, at_ms, err);
    return rc;
}

static int set_meta(struct store_sql *sql, const char *name, int64_t value, struct err *err)
{
    store_sql_bind_text(sql, STORE_SET_META, 1, name);
    store_sql_bind_number(sql, STORE_SET_META, 2, value);
    return store_sql_step(sql, STORE_SET_META, err);
}

int store_rows_checkpoint(struct store_sql *sql, const struct store_checkpoint *stamp,
                          const struct store_seen *seen, size_t count, struct err *err)
{
    int rc = set_meta(sql, "last_alive_ms", stamp->at_ms, err);

    if (rc == 0)
        rc = set_meta(sql, "restart_grace_ms", stamp->grace_ms, err);
    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = set_seen(sql, seen[i].id, seen[i].seen_ms, err);
    return rc;
}

int store_rows_prune(struct store_sql *sql, int64_t before_ms, size_t *pruned, struct err *err)
{
    int rc;

    store_sql_bind_number(sql, STORE_PRUNE_EVENTS, 1, before_ms);
    store_sql_bind_number(sql, STORE_PRUNE_EVENTS, 2, STORE_PRUNE_ROWS);
    rc = store_sql_step(sql, STORE_PRUNE_EVENTS, err);
    *pruned = rc == 0 ? (size_t)store_sql_changes(sql) : 0;
    return rc;
}
