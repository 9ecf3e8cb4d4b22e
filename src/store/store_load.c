/* SPDX-License-Identifier: MIT */
#include "store/store_load.h"

#include <stdlib.h>

#include "base/mem.h"

#define LOG_MODULE "store"
#include "base/log.h"

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
        .availability = (int)store_sql_number(sql, at, 4),
        .has_code = !store_sql_is_null(sql, at, 5),
        .code = (int32_t)store_sql_number(sql, at, 5),
        .since_ms = store_sql_number(sql, at, 6),
        .code_since_ms = store_sql_number(sql, at, 7),
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

/* The event that the statement stands at: the columns of both lists begin with the same eight. */
static struct event event_at(struct store_sql *sql, enum store_statement at)
{
    return (struct event){
        .id = (uint64_t)store_sql_number(sql, at, 0),
        .service = store_sql_text(sql, at, 1),
        .kind = (enum event_kind)store_sql_number(sql, at, 2),
        .severity = (enum event_severity)store_sql_number(sql, at, 3),
        .text = store_sql_text(sql, at, 4),
        .previous = store_sql_text(sql, at, 5),
        .at_ms = store_sql_number(sql, at, 6),
        .since_ms = store_sql_number(sql, at, 7),
        .sinks = store_sql_text(sql, at, 8),
        .spared = "",
    };
}

static int load_recent(struct store_sql *sql, const struct store_load_ops *ops, void *arg, struct err *err)
{
    const enum store_statement at = STORE_LIST_RECENT;
    int rc;

    store_sql_bind_number(sql, at, 1, ops->recent_ms);
    while ((rc = store_sql_step(sql, at, err)) == 1) {
        struct event event = event_at(sql, at);

        event.spared = store_sql_text(sql, at, 9);
        ops->recent(arg, &event);
    }
    return rc;
}

static int load_owed(struct store_sql *sql, const struct store_load_ops *ops, void *arg, struct err *err)
{
    int rc;

    while ((rc = store_sql_step(sql, STORE_LIST_OWED, err)) == 1) {
        const struct event event = event_at(sql, STORE_LIST_OWED);

        ops->owed(arg, &event);
    }
    return rc;
}

static int load_meta(struct store_sql *sql, const struct store_load_ops *ops, void *arg, struct err *err)
{
    int rc = store_sql_step(sql, STORE_GET_META, err);
    struct store_checkpoint last;

    if (rc != 1)
        return rc;
    last.at_ms = store_sql_number(sql, STORE_GET_META, 0);
    last.grace_ms = store_sql_number(sql, STORE_GET_META, 1);
    ops->meta(arg, &last, (uint64_t)store_sql_number(sql, STORE_GET_META, 2));
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

/* What `default_sink` has settled already, it does not owe again. */
static int move_owed(struct store_sql *sql, const char *lost, const char *default_sink, struct err *err)
{
    int rc;

    store_sql_bind_text(sql, STORE_COPY_OWED, 1, lost);
    store_sql_bind_text(sql, STORE_COPY_OWED, 2, default_sink);
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
        log_warning("no such sink any more, another one owes its messages sink=%s to=%s", lost,
                    ops->default_sink);
        rc = move_owed(sql, lost, ops->default_sink, err);
        free(lost);
    }
    if (rc == 0)
        rc = store_sql_step(sql, STORE_COMMIT, err);
    if (rc != 0)
        store_sql_rollback(sql);
    return rc;
}

int store_load_all(struct store_sql *sql, const struct store_load_ops *ops, void *arg, struct err *err)
{
    int rc = bring_home(sql, ops, arg, err);

    if (rc == 0)
        rc = load_meta(sql, ops, arg, err);
    if (rc == 0)
        rc = load_services(sql, ops, arg, err);
    if (rc == 0 && ops->recent != NULL)
        rc = load_recent(sql, ops, arg, err);
    if (rc == 0)
        rc = load_owed(sql, ops, arg, err);
    return rc;
}
