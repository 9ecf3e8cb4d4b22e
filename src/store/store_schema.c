/* SPDX-License-Identifier: MIT */
#include "store/store_schema.h"

#include "store/store_record.h"

/*
 * service: who registered, and what its reports made of it; all-zero state until the first transition.
 *
 * status: the texts of its codes.
 *
 * seen: last sign of life. Apart from `service` because a stamp rewrites it for every living service every
 * few seconds: rows of a dozen bytes make that a tenth of the pages.
 *
 * event: history and outbox in one: an event is owed to somebody while its fate is NULL, and the partial
 * index holds just those. It names its service by name ("": it is about none), so that history outlives the
 * service. Whoever prunes it leaves the newest row: its id is the highest ever used.
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

/* By age, what may be forgotten: a look costs what it finds, not what is kept. */
static const char second[] = "CREATE INDEX event_settled ON event (at_ms) WHERE fate IS NOT NULL;";

/*
 * owed      which sink owes the message of an event, and what became of it there. The event has its own fate
 * from the last of them: "delivered" if any sink delivered it. Until this step there was one sink.
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
 * The field's words: availability, outcome, notice. An event has the codes of its statuses, so that two
 * statuses with the same text stay two. A notice that is held says by which stage and until when, or for how
 * many reports: a restart reads the decision instead of making it again.
 */
static const char fourth[] = "ALTER TABLE service RENAME COLUMN presence TO availability;"
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
                             "UPDATE event SET outcome = 'recovered_in_time' WHERE outcome = 'brief';"
                             "UPDATE event SET outcome = 'rejected' WHERE outcome = 'poison';"
                             "UPDATE notice SET outcome = 'recovered_in_time' WHERE outcome = 'brief';"
                             "UPDATE notice SET outcome = 'rejected' WHERE outcome = 'poison';"
                             "CREATE INDEX event_open ON event (id) WHERE outcome IS NULL;"
                             "CREATE INDEX event_closed ON event (at_ms) WHERE outcome IS NOT NULL;"
                             "CREATE INDEX notice_open ON notice (event) WHERE outcome IS NULL;"
                             "UPDATE meta SET name = 'last_alive_ms' WHERE name = 'alive_ms';"
                             "UPDATE meta SET name = 'restart_grace_ms' WHERE name = 'grace_ms';";

const char *const store_schema_steps[STORE_SCHEMA_VERSION] = {first, second, third, fourth};

const char store_schema_settings[] = "PRAGMA synchronous = FULL;"
                                     "PRAGMA foreign_keys = ON;"
                                     "PRAGMA cell_size_check = ON;"
                                     "PRAGMA wal_autocheckpoint = 1000;"
                                     "PRAGMA journal_size_limit = 4096000;"
                                     "PRAGMA temp_store = MEMORY;"
                                     "PRAGMA cache_size = -1024;";

const char *const store_schema_checks[STORE_SCHEMA_CHECKS] = {
    "PRAGMA integrity_check (service)",
    "PRAGMA integrity_check (status)",
    "PRAGMA integrity_check (seen)",
    "PRAGMA integrity_check (meta)",
};

const char *const store_schema_statements[STORE_STATEMENTS] = {
    [STORE_BEGIN] = "BEGIN IMMEDIATE",
    [STORE_COMMIT] = "COMMIT",
    [STORE_MARK] = "SAVEPOINT mark",
    [STORE_UNMARK] = "RELEASE mark",
    [STORE_BACK_TO_MARK] = "ROLLBACK TO mark",
    [STORE_FIND_SERVICE] = "SELECT id FROM service WHERE name = ?1",
    [STORE_ADD_SERVICE] = "INSERT INTO service (name, timeout_s, registered_ms) VALUES (?1, ?2, ?3)",
    [STORE_CHANGE_SERVICE] = "UPDATE service SET timeout_s = ?2 WHERE id = ?1",
    [STORE_LIST_STATUSES] = "SELECT code, text FROM status WHERE service = ?1 ORDER BY code",
    [STORE_ADD_STATUS] = "INSERT INTO status (service, code, text) VALUES (?1, ?2, ?3)",
    [STORE_DROP_STATUSES] = "DELETE FROM status WHERE service = ?1",
    [STORE_CHANGE_STATE] =
        "UPDATE service SET availability = ?2, code = ?3, since_ms = ?4, code_since_ms = ?5 "
        "WHERE name = ?1",
    [STORE_SET_SEEN] = "INSERT INTO seen (service, last_seen_ms) SELECT id, ?2 FROM service WHERE name = ?1 "
                       "ON CONFLICT (service) DO UPDATE SET last_seen_ms = excluded.last_seen_ms",
    [STORE_ADD_EVENT] = "INSERT INTO event (id, service, kind, severity, text, previous, at_ms, since_ms) "
                        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    [STORE_PUT_EVENT] = "INSERT INTO event (id, service, kind, severity, text, previous, at_ms, since_ms) "
                        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) "
                        "ON CONFLICT (id) DO UPDATE SET text = excluded.text WHERE outcome IS NULL",
    [STORE_PRUNE_EVENTS] = "DELETE FROM event WHERE id IN ("
                           "SELECT id FROM event WHERE outcome IS NOT NULL AND at_ms < ?1 "
                           "AND id < (SELECT max(id) FROM event) ORDER BY at_ms LIMIT ?2)",
    [STORE_ADD_OWED] = "INSERT INTO notice (event, sink, outcome, outcome_ms) VALUES (?1, ?2, ?3, ?4) "
                       "ON CONFLICT DO NOTHING",
    [STORE_SETTLE_OWED] = "UPDATE notice SET outcome = ?3, outcome_ms = ?4 "
                          "WHERE event = ?1 AND sink = ?2 AND outcome IS NULL",
    [STORE_SETTLE_EVENT] =
        "UPDATE event SET outcome_ms = ?3, outcome = coalesce("
        "(SELECT outcome FROM notice WHERE event = ?1 AND outcome = 'delivered' LIMIT 1), ?2) "
        "WHERE id = ?1 AND outcome IS NULL AND NOT EXISTS "
        "(SELECT 1 FROM notice WHERE event = ?1 AND outcome IS NULL)",
    [STORE_SET_META] = "INSERT INTO meta (name, value) VALUES (?1, ?2) "
                       "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    [STORE_LIST_SERVICES] =
        "SELECT id, name, timeout_s, registered_ms, availability, code, since_ms, code_since_ms, "
        "coalesce(last_seen_ms, 0) "
        "FROM service LEFT JOIN seen ON seen.service = service.id ORDER BY id",
    [STORE_LIST_OWED] = "SELECT id, service, kind, severity, text, previous, at_ms, since_ms, sink "
                        "FROM notice JOIN event ON event.id = notice.event "
                        "WHERE notice.outcome IS NULL ORDER BY notice.event",
    [STORE_LIST_RECENT] =
        "SELECT id, service, kind, severity, text, previous, at_ms, since_ms, "
        "coalesce((SELECT group_concat(sink) FROM notice WHERE event = event.id), ''), "
        "coalesce((SELECT group_concat(sink) FROM notice WHERE event = event.id AND outcome = '" STORE_SPARED
        "'), '') FROM event WHERE id IN ("
        "SELECT id FROM event WHERE outcome IS NOT NULL "
        "AND at_ms > (SELECT value - ?1 FROM meta WHERE name = 'last_alive_ms') "
        "UNION ALL SELECT id FROM event WHERE outcome IS NULL "
        "AND at_ms > (SELECT value - ?1 FROM meta WHERE name = 'last_alive_ms')) ORDER BY id",
    [STORE_LIST_SINKS] = "SELECT DISTINCT sink FROM notice WHERE outcome IS NULL",
    [STORE_COPY_OWED] =
        "INSERT INTO notice (event, sink) "
        "SELECT event, ?2 FROM notice WHERE sink = ?1 AND outcome IS NULL ON CONFLICT DO NOTHING",
    [STORE_DROP_OWED] = "DELETE FROM notice WHERE sink = ?1 AND outcome IS NULL",
    [STORE_SETTLE_REST] = "UPDATE event SET outcome = 'delivered' WHERE outcome IS NULL AND NOT EXISTS "
                          "(SELECT 1 FROM notice WHERE notice.event = event.id AND notice.outcome IS NULL)",
    [STORE_GET_META] = "SELECT coalesce((SELECT value FROM meta WHERE name = 'last_alive_ms'), 0), "
                       "coalesce((SELECT value FROM meta WHERE name = 'restart_grace_ms'), 0), "
                       "coalesce((SELECT max(id) FROM event), 0)",
};
