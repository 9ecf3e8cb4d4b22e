/* SPDX-License-Identifier: MIT */
#include "store/store_rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define LOG_MODULE "store"
#include "base/log.h"

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

static int add_owed(struct store_sql *sql, uint64_t event, const char *sinks, struct err *err)
{
    char *copy = mem_strdup(sinks);
    char *rest = copy;
    int rc = 0;

    for (char *sink = strsep(&rest, ","); rc == 0 && sink != NULL; sink = strsep(&rest, ",")) {
        store_sql_bind_number(sql, STORE_ADD_OWED, 1, (int64_t)event);
        store_sql_bind_text(sql, STORE_ADD_OWED, 2, sink);
        rc = store_sql_step(sql, STORE_ADD_OWED, err);
    }
    free(copy);
    return rc;
}

/* `how`: STORE_ADD_EVENT, which refuses an id that was used, or STORE_PUT_EVENT, which does not. */
static int write_event(struct store_sql *sql, enum store_statement how, const struct store_event *event,
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
    return rc != 0 ? rc : add_owed(sql, event->id, event->sinks, err);
}

static int change_state(struct store_sql *sql, const struct store_state *state, struct err *err)
{
    int rc;

    store_sql_bind_text(sql, STORE_CHANGE_STATE, 1, state->id);
    store_sql_bind_number(sql, STORE_CHANGE_STATE, 2, state->presence);
    if (state->has_code)
        store_sql_bind_number(sql, STORE_CHANGE_STATE, 3, state->code);
    else
        store_sql_bind_null(sql, STORE_CHANGE_STATE, 3);
    store_sql_bind_number(sql, STORE_CHANGE_STATE, 4, state->since_ms);
    store_sql_bind_number(sql, STORE_CHANGE_STATE, 5, state->code_ms);
    rc = store_sql_step(sql, STORE_CHANGE_STATE, err);
    if (rc == 0 && store_sql_changes(sql) == 0)
        return err_set(err, -ENOENT, "'%s': service '%s' is not registered", store_sql_path(sql), state->id);
    return rc;
}

int store_rows_put_transition(struct store_sql *sql, const struct store_state *state,
                              const struct store_event *event, struct err *err)
{
    int rc = change_state(sql, state, err);

    if (rc == 0)
        rc = set_seen(sql, state->id, state->seen_ms, err);
    if (rc == 0 && event != NULL)
        rc = write_event(sql, STORE_ADD_EVENT, event, err);
    return rc;
}

int store_rows_put_event(struct store_sql *sql, const struct store_event *event, struct err *err)
{
    return write_event(sql, STORE_PUT_EVENT, event, err);
}

/* The event itself is settled with the last sink that owed its message. */
static int settle_event(struct store_sql *sql, const char *sink, uint64_t event, const char *fate,
                        int64_t at_ms, struct err *err)
{
    int rc;

    store_sql_bind_number(sql, STORE_SETTLE_OWED, 1, (int64_t)event);
    store_sql_bind_text(sql, STORE_SETTLE_OWED, 2, sink);
    store_sql_bind_text(sql, STORE_SETTLE_OWED, 3, fate);
    store_sql_bind_number(sql, STORE_SETTLE_OWED, 4, at_ms);
    rc = store_sql_step(sql, STORE_SETTLE_OWED, err);
    if (rc != 0)
        return rc;
    store_sql_bind_number(sql, STORE_SETTLE_EVENT, 1, (int64_t)event);
    store_sql_bind_text(sql, STORE_SETTLE_EVENT, 2, fate);
    store_sql_bind_number(sql, STORE_SETTLE_EVENT, 3, at_ms);
    return store_sql_step(sql, STORE_SETTLE_EVENT, err);
}

int store_rows_settle(struct store_sql *sql, const char *sink, const uint64_t *events, size_t count,
                      const char *fate, int64_t at_ms, struct err *err)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = settle_event(sql, sink, events[i], fate, at_ms, err);
    return rc;
}

int store_rows_stamp(struct store_sql *sql, int64_t at_ms, const struct store_seen *seen, size_t count,
                     struct err *err)
{
    int rc;

    store_sql_bind_text(sql, STORE_SET_META, 1, "alive_ms");
    store_sql_bind_number(sql, STORE_SET_META, 2, at_ms);
    rc = store_sql_step(sql, STORE_SET_META, err);
    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = set_seen(sql, seen[i].id, seen[i].seen_ms, err);
    return rc;
}

int store_rows_forget(struct store_sql *sql, int64_t before_ms, size_t *forgotten, struct err *err)
{
    int rc;

    store_sql_bind_number(sql, STORE_FORGET_EVENTS, 1, before_ms);
    store_sql_bind_number(sql, STORE_FORGET_EVENTS, 2, STORE_FORGET_ROWS);
    rc = store_sql_step(sql, STORE_FORGET_EVENTS, err);
    *forgotten = rc == 0 ? (size_t)store_sql_changes(sql) : 0;
    return rc;
}

/* Texts of a row die with the next step, so the statuses of a service are copied until it was told about. */
static int list_statuses(struct store_sql *sql, int64_t id, struct store_status *statuses, size_t *count,
                         struct err *err)
{
    int rc;

    store_sql_bind_number(sql, STORE_LIST_STATUSES, 1, id);
    while ((rc = store_sql_step(sql, STORE_LIST_STATUSES, err)) == 1 && *count < STORE_STATUSES_MAX) {
        statuses[*count].code = (int32_t)store_sql_number(sql, STORE_LIST_STATUSES, 0);
        statuses[*count].text = mem_strdup(store_sql_text(sql, STORE_LIST_STATUSES, 1));
        ++*count;
    }
    if (rc == 1)
        store_sql_reset(sql, STORE_LIST_STATUSES);
    return rc < 0 ? rc : 0;
}

/* The service that STORE_LIST_SERVICES stands at. */
static int load_service(struct store_sql *sql, const struct store_load_ops *ops, void *arg, struct err *err)
{
    const enum store_statement at = STORE_LIST_SERVICES;
    struct store_status statuses[STORE_STATUSES_MAX];
    struct store_service service = {
        .id = store_sql_text(sql, at, 1),
        .statuses = statuses,
        .timeout_s = (int32_t)store_sql_number(sql, at, 2),
        .registered_ms = store_sql_number(sql, at, 3),
    };
    const struct store_state state = {
        .id = service.id,
        .presence = (int)store_sql_number(sql, at, 4),
        .has_code = !store_sql_is_null(sql, at, 5),
        .code = (int32_t)store_sql_number(sql, at, 5),
        .since_ms = store_sql_number(sql, at, 6),
        .code_ms = store_sql_number(sql, at, 7),
        .seen_ms = store_sql_number(sql, at, 8),
    };
    int rc = list_statuses(sql, store_sql_number(sql, at, 0), statuses, &service.status_count, err);

    if (rc == 0)
        ops->service(arg, &service, &state);
    for (size_t i = 0; i < service.status_count; i++)
        free((char *)statuses[i].text);
    return rc;
}

static int load_services(struct store_sql *sql, const struct store_load_ops *ops, void *arg, struct err *err)
{
    int rc;

    while ((rc = store_sql_step(sql, STORE_LIST_SERVICES, err)) == 1) {
        rc = load_service(sql, ops, arg, err);
        if (rc != 0) {
            store_sql_reset(sql, STORE_LIST_SERVICES);
            return rc;
        }
    }
    return rc;
}

static int load_owed(struct store_sql *sql, const struct store_load_ops *ops, void *arg, struct err *err)
{
    const enum store_statement at = STORE_LIST_OWED;
    int rc;

    while ((rc = store_sql_step(sql, at, err)) == 1) {
        const struct store_event event = {
            .id = (uint64_t)store_sql_number(sql, at, 0),
            .service = store_sql_text(sql, at, 1),
            .kind = (int)store_sql_number(sql, at, 2),
            .severity = (int)store_sql_number(sql, at, 3),
            .text = store_sql_text(sql, at, 4),
            .previous = store_sql_text(sql, at, 5),
            .at_ms = store_sql_number(sql, at, 6),
            .since_ms = store_sql_number(sql, at, 7),
            .sinks = store_sql_text(sql, at, 8),
        };

        ops->owed(arg, &event);
    }
    return rc;
}

static int load_meta(struct store_sql *sql, const struct store_load_ops *ops, void *arg, struct err *err)
{
    int rc = store_sql_step(sql, STORE_GET_META, err);

    if (rc != 1)
        return rc;
    ops->meta(arg, store_sql_number(sql, STORE_GET_META, 0),
              (uint64_t)store_sql_number(sql, STORE_GET_META, 1));
    store_sql_reset(sql, STORE_GET_META);
    return 0;
}

/* 1 and its name, which the caller frees: a sink that is no more owes something. */
static int find_lost_sink(struct store_sql *sql, const struct store_load_ops *ops, void *arg, char **name,
                          struct err *err)
{
    int rc;

    while ((rc = store_sql_step(sql, STORE_LIST_SINKS, err)) == 1) {
        if (ops->is_sink(arg, store_sql_text(sql, STORE_LIST_SINKS, 0)))
            continue;
        *name = mem_strdup(store_sql_text(sql, STORE_LIST_SINKS, 0));
        store_sql_reset(sql, STORE_LIST_SINKS);
        break;
    }
    return rc;
}

/* What `home` has settled already, it does not owe again. */
static int move_owed(struct store_sql *sql, const char *lost, const char *home, struct err *err)
{
    int rc;

    store_sql_bind_text(sql, STORE_COPY_OWED, 1, lost);
    store_sql_bind_text(sql, STORE_COPY_OWED, 2, home);
    rc = store_sql_step(sql, STORE_COPY_OWED, err);
    if (rc != 0)
        return rc;
    store_sql_bind_text(sql, STORE_DROP_OWED, 1, lost);
    rc = store_sql_step(sql, STORE_DROP_OWED, err);
    return rc != 0 ? rc : store_sql_step(sql, STORE_SETTLE_REST, err);
}

static int bring_home(struct store_sql *sql, const struct store_load_ops *ops, void *arg, struct err *err)
{
    int rc = store_sql_step(sql, STORE_BEGIN, err);
    char *lost;

    while (rc == 0 && (rc = find_lost_sink(sql, ops, arg, &lost, err)) == 1) {
        log_warning("no such sink any more, another one owes its messages sink=%s to=%s", lost, ops->home);
        rc = move_owed(sql, lost, ops->home, err);
        free(lost);
    }
    if (rc == 0)
        rc = store_sql_step(sql, STORE_COMMIT, err);
    if (rc != 0)
        store_sql_rollback(sql);
    return rc;
}

int store_rows_load(struct store_sql *sql, const struct store_load_ops *ops, void *arg, struct err *err)
{
    int rc = bring_home(sql, ops, arg, err);

    if (rc == 0)
        rc = load_meta(sql, ops, arg, err);
    if (rc == 0)
        rc = load_services(sql, ops, arg, err);
    if (rc == 0)
        rc = load_owed(sql, ops, arg, err);
    return rc;
}
