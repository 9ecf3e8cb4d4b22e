/* SPDX-License-Identifier: MIT */
#include "store/sqlite_schema.h"

/*
 * service: the registrations, and the state of each; all zero until the first transition.
 *
 * status: the texts of its codes.
 *
 * seen: the last sign of life. It is apart from `service` because a checkpoint rewrites it for every service
 * that reports, every few seconds: rows of a dozen bytes take a tenth of the pages.
 *
 * event: the history. An event is open while its fate is NULL, and the partial index holds only the open
 * ones. It has its service by name ("": it is about none), so that it outlives the service. The newest row is
 * never deleted: its id is the highest ever used.
 *
 * meta: single numbers by name.
 */
static const char first[] = "CREATE TABLE service ("
                            "  id            INTEGER PRIMARY KEY,"
                            "  name          TEXT    NOT NULL UNIQUE,"
                            "  timeout_s     INTEGER NOT NULL,"
                            "  registered_ms INTEGER NOT NULL,"
                            "  presence      INTEGER NOT NULL DEFAULT 0,"
                            "  code          INTEGER,"
                            "  since_ms      INTEGER NOT NULL DEFAULT 0,"
                            "  code_ms       INTEGER NOT NULL DEFAULT 0"
                            ") STRICT;"
                            "CREATE TABLE status ("
                            "  service INTEGER NOT NULL REFERENCES service ON DELETE CASCADE,"
                            "  code    INTEGER NOT NULL,"
                            "  text    TEXT    NOT NULL,"
                            "  PRIMARY KEY (service, code)"
                            ") STRICT, WITHOUT ROWID;"
                            "CREATE TABLE seen ("
                            "  service INTEGER PRIMARY KEY REFERENCES service ON DELETE CASCADE,"
                            "  at_ms   INTEGER NOT NULL"
                            ") STRICT;"
                            "CREATE TABLE event ("
                            "  id         INTEGER PRIMARY KEY,"
                            "  service    TEXT    NOT NULL,"
                            "  kind       INTEGER NOT NULL,"
                            "  severity   INTEGER NOT NULL,"
                            "  text       TEXT    NOT NULL,"
                            "  previous   TEXT    NOT NULL,"
                            "  at_ms      INTEGER NOT NULL,"
                            "  since_ms   INTEGER NOT NULL,"
                            "  fate       TEXT,"
                            "  settled_ms INTEGER"
                            ") STRICT;"
                            "CREATE INDEX event_owed ON event (id) WHERE fate IS NULL;"
                            "CREATE TABLE meta ("
                            "  name  TEXT    PRIMARY KEY,"
                            "  value INTEGER NOT NULL"
                            ") STRICT, WITHOUT ROWID;";

/* What may be deleted, by age: the search costs what it finds, not what is stored. */
static const char second[] = "CREATE INDEX event_settled ON event (at_ms) WHERE fate IS NOT NULL;";

/*
 * owed: which sink owes the message of an event, and what became of it there. The last of them decides the
 * fate of the event: "delivered" if any sink delivered it. Until this step there was one sink.
 */
static const char third[] =
    "CREATE TABLE owed ("
    "  event      INTEGER NOT NULL REFERENCES event ON DELETE CASCADE,"
    "  sink       TEXT    NOT NULL,"
    "  fate       TEXT,"
    "  settled_ms INTEGER,"
    "  PRIMARY KEY (event, sink)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX owed_open ON owed (event) WHERE fate IS NULL;"
    "INSERT INTO owed (event, sink) SELECT id, 'default' FROM event WHERE fate IS NULL;";

/*
 * The words of the field: availability, outcome, notice. An event has the codes of its statuses, so that two
 * statuses with the same text stay two. A notice that is held says by which stage, and until when or for how
 * many reports: a restart reads the decision instead of making it again.
 *
 * A reminder was a remark with the text "still STATE, for SPAN"; it becomes an event of kind 7 with the state
 * as its text and the beginning of that state. SPAN has no comma: the state ends before the last one. Remarks
 * about a sink never begin with "still".
 *
 * An open event without an open notice would never be deleted: it gets an outcome.
 */
static const char fourth[] =
    "ALTER TABLE service RENAME COLUMN presence TO availability;"
    "ALTER TABLE service RENAME COLUMN code_ms TO code_since_ms;"
    "ALTER TABLE seen RENAME COLUMN at_ms TO last_seen_ms;"
    "ALTER TABLE event RENAME COLUMN fate TO outcome;"
    "ALTER TABLE event RENAME COLUMN settled_ms TO outcome_ms;"
    "ALTER TABLE event ADD COLUMN code INTEGER;"
    "ALTER TABLE event ADD COLUMN previous_code INTEGER;"
    "ALTER TABLE owed RENAME TO notice;"
    "ALTER TABLE notice RENAME COLUMN fate TO outcome;"
    "ALTER TABLE notice RENAME COLUMN settled_ms TO outcome_ms;"
    "ALTER TABLE notice ADD COLUMN held_by TEXT;"
    "ALTER TABLE notice ADD COLUMN held_until_ms INTEGER;"
    "ALTER TABLE notice ADD COLUMN held_reports INTEGER;"
    "DROP INDEX event_owed;"
    "DROP INDEX event_settled;"
    "DROP INDEX owed_open;"
    "UPDATE event SET outcome = CASE outcome WHEN 'brief' THEN 'recovered_in_time' ELSE 'rejected' END "
    "WHERE outcome IN ('brief', 'poison');"
    "UPDATE notice SET outcome = CASE outcome WHEN 'brief' THEN 'recovered_in_time' ELSE 'rejected' END "
    "WHERE outcome IN ('brief', 'poison');"
    "UPDATE event SET kind = 7, text = substr(text, 7, length(rtrim(text, replace(text, ',', ''))) - 7) "
    "WHERE kind = 4 AND text GLOB 'still ?*, for *';"
    "UPDATE event SET since_ms = coalesce((SELECT CASE event.text WHEN 'not available' "
    "THEN service.since_ms ELSE service.code_since_ms END FROM service WHERE name = event.service), 0) "
    "WHERE kind = 7;"
    "CREATE INDEX event_open ON event (id) WHERE outcome IS NULL;"
    "CREATE INDEX event_closed ON event (at_ms) WHERE outcome IS NOT NULL;"
    "CREATE INDEX notice_open ON notice (event) WHERE outcome IS NULL;"
    "UPDATE event SET outcome_ms = at_ms, outcome = coalesce("
    "(SELECT outcome FROM notice WHERE notice.event = event.id AND notice.outcome = 'delivered' LIMIT 1), "
    "(SELECT max(outcome) FROM notice WHERE notice.event = event.id), 'no_sink') "
    "WHERE outcome IS NULL AND NOT EXISTS "
    "(SELECT 1 FROM notice WHERE notice.event = event.id AND notice.outcome IS NULL);"
    "UPDATE meta SET name = 'last_alive_ms' WHERE name = 'alive_ms';"
    "UPDATE meta SET name = 'restart_grace_ms' WHERE name = 'grace_ms';";

const char *const sqlite_schema_steps[SQLITE_SCHEMA_VERSION] = {first, second, third, fourth};

const char sqlite_schema_settings[] = "PRAGMA synchronous = FULL;"
                                      "PRAGMA foreign_keys = ON;"
                                      "PRAGMA cell_size_check = ON;"
                                      "PRAGMA wal_autocheckpoint = 1000;"
                                      "PRAGMA journal_size_limit = 4096000;"
                                      "PRAGMA temp_store = MEMORY;"
                                      "PRAGMA cache_size = -1024;";

const char *const sqlite_schema_checks[SQLITE_SCHEMA_CHECKS] = {
    "PRAGMA integrity_check (service)",
    "PRAGMA integrity_check (status)",
    "PRAGMA integrity_check (seen)",
    "PRAGMA integrity_check (meta)",
};

/* In the order in which sqlite_backend binds them and sqlite_load reads them. */
#define EVENT_COLUMNS "id, service, kind, severity, text, previous, at_ms, since_ms, code, previous_code"

#define NOTICE_COLUMNS "event, sink, outcome, outcome_ms, held_by, held_until_ms, held_reports"

/* The new row replaces an open one. */
#define ON_OPEN_NOTICE                                                                                       \
    "ON CONFLICT (event, sink) DO UPDATE SET outcome = excluded.outcome, outcome_ms = excluded.outcome_ms, " \
    "held_by = excluded.held_by, held_until_ms = excluded.held_until_ms, "                                   \
    "held_reports = excluded.held_reports WHERE outcome IS NULL"

const char *const sqlite_schema_statements[SQL_STATEMENTS] = {
    [SQL_BEGIN] = "BEGIN IMMEDIATE",
    [SQL_COMMIT] = "COMMIT",
    [SQL_MARK] = "SAVEPOINT mark",
    [SQL_UNMARK] = "RELEASE mark",
    [SQL_BACK_TO_MARK] = "ROLLBACK TO mark",
    [SQL_FIND_SERVICE] = "SELECT id FROM service WHERE name = ?1",
    [SQL_ADD_SERVICE] = "INSERT INTO service (name, timeout_s, registered_ms) VALUES (?1, ?2, ?3)",
    [SQL_CHANGE_SERVICE] = "UPDATE service SET timeout_s = ?2 WHERE id = ?1",
    [SQL_LIST_STATUSES] = "SELECT code, text FROM status WHERE service = ?1 ORDER BY code",
    [SQL_ADD_STATUS] = "INSERT INTO status (service, code, text) VALUES (?1, ?2, ?3)",
    [SQL_DROP_STATUSES] = "DELETE FROM status WHERE service = ?1",
    [SQL_CHANGE_STATE] = "UPDATE service SET availability = ?2, code = ?3, since_ms = ?4, code_since_ms = ?5 "
                         "WHERE name = ?1",
    [SQL_SET_SEEN] = "INSERT INTO seen (service, last_seen_ms) SELECT id, ?2 FROM service WHERE name = ?1 "
                     "ON CONFLICT (service) DO UPDATE SET last_seen_ms = excluded.last_seen_ms",
    [SQL_ADD_EVENT] =
        "INSERT INTO event (" EVENT_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    [SQL_PUT_EVENT] =
        "INSERT INTO event (" EVENT_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) "
        "ON CONFLICT (id) DO UPDATE SET text = excluded.text WHERE outcome IS NULL",
    [SQL_PRUNE_EVENTS] = "DELETE FROM event WHERE id IN ("
                         "SELECT id FROM event WHERE outcome IS NOT NULL AND at_ms < ?1 "
                         "AND id < (SELECT max(id) FROM event) ORDER BY at_ms LIMIT ?2)",
    [SQL_ADD_NOTICE] =
        "INSERT INTO notice (" NOTICE_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) " ON_OPEN_NOTICE,
    /* Nothing happens if the event was deleted or has an outcome: no sink owes it. */
    [SQL_PUT_NOTICE] = "INSERT INTO notice (" NOTICE_COLUMNS ") SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 "
                       "FROM event WHERE id = ?1 AND outcome IS NULL " ON_OPEN_NOTICE,
    [SQL_SETTLE_NOTICE] = "UPDATE notice SET outcome = ?3, outcome_ms = ?4 "
                          "WHERE event = ?1 AND sink = ?2 AND outcome IS NULL",
    [SQL_RELEASE_NOTICE] = "UPDATE notice SET held_until_ms = ?3, held_reports = NULL "
                           "WHERE event = ?1 AND sink = ?2 AND outcome IS NULL",
    [SQL_CLOSE_EVENT] =
        "UPDATE event SET outcome_ms = ?3, outcome = coalesce("
        "(SELECT outcome FROM notice WHERE event = ?1 AND outcome = 'delivered' LIMIT 1), ?2) "
        "WHERE id = ?1 AND outcome IS NULL AND NOT EXISTS "
        "(SELECT 1 FROM notice WHERE event = ?1 AND outcome IS NULL)",
    [SQL_SET_META] = "INSERT INTO meta (name, value) VALUES (?1, ?2) "
                     "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    [SQL_LIST_SERVICES] =
        "SELECT id, name, timeout_s, registered_ms, availability, code, since_ms, code_since_ms, "
        "coalesce(last_seen_ms, 0) "
        "FROM service LEFT JOIN seen ON seen.service = service.id ORDER BY id",
    [SQL_LIST_OWED] = "SELECT " EVENT_COLUMNS ", sink, notice.outcome, held_by, held_until_ms, held_reports "
                      "FROM notice JOIN event ON event.id = notice.event "
                      "WHERE notice.outcome IS NULL ORDER BY notice.event",
    [SQL_LIST_RECENT] = "SELECT " EVENT_COLUMNS " FROM event WHERE id IN ("
                        "SELECT id FROM event WHERE outcome IS NOT NULL "
                        "AND at_ms > (SELECT value - ?1 FROM meta WHERE name = 'last_alive_ms') "
                        "UNION ALL SELECT id FROM event WHERE outcome IS NULL "
                        "AND at_ms > (SELECT value - ?1 FROM meta WHERE name = 'last_alive_ms')) ORDER BY id",
    [SQL_LIST_NOTICES] = "SELECT sink, outcome, held_by, held_until_ms, held_reports "
                         "FROM notice WHERE event = ?1 ORDER BY sink",
    [SQL_LIST_SINKS] = "SELECT DISTINCT sink FROM notice WHERE outcome IS NULL",
    [SQL_COPY_OWED] = "INSERT INTO notice (event, sink, held_by, held_until_ms, held_reports) "
                      "SELECT event, ?2, held_by, held_until_ms, held_reports "
                      "FROM notice WHERE sink = ?1 AND outcome IS NULL ON CONFLICT DO NOTHING",
    [SQL_DROP_OWED] = "DELETE FROM notice WHERE sink = ?1 AND outcome IS NULL",
    [SQL_CLOSE_EVENTS] =
        "UPDATE event SET outcome_ms = (SELECT max(outcome_ms) FROM notice WHERE notice.event = event.id), "
        "outcome = coalesce("
        "(SELECT outcome FROM notice WHERE notice.event = event.id AND notice.outcome = 'delivered' LIMIT "
        "1), "
        "(SELECT outcome FROM notice WHERE notice.event = event.id AND sink = ?1), 'no_sink') "
        "WHERE outcome IS NULL AND NOT EXISTS "
        "(SELECT 1 FROM notice WHERE notice.event = event.id AND notice.outcome IS NULL)",
    [SQL_GET_META] = "SELECT coalesce((SELECT value FROM meta WHERE name = 'last_alive_ms'), 0), "
                     "coalesce((SELECT value FROM meta WHERE name = 'restart_grace_ms'), 0), "
                     "coalesce((SELECT max(id) FROM event), 0)",
};
