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

const char *const store_schema_steps[STORE_SCHEMA_VERSION] = {first, second, third};

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
    [STORE_CHANGE_STATE] = "UPDATE service SET presence = ?2, code = ?3, since_ms = ?4, code_ms = ?5 "
                           "WHERE name = ?1",
    [STORE_SET_SEEN] = "INSERT INTO seen (service, at_ms) SELECT id, ?2 FROM service WHERE name = ?1 "
                       "ON CONFLICT (service) DO UPDATE SET at_ms = excluded.at_ms",
    [STORE_ADD_EVENT] = "INSERT INTO event (id, service, kind, severity, text, previous, at_ms, since_ms) "
                        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    [STORE_PUT_EVENT] = "INSERT INTO event (id, service, kind, severity, text, previous, at_ms, since_ms) "
                        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) "
                        "ON CONFLICT (id) DO UPDATE SET text = excluded.text WHERE fate IS NULL",
    [STORE_FORGET_EVENTS] = "DELETE FROM event WHERE id IN ("
                            "SELECT id FROM event WHERE fate IS NOT NULL AND at_ms < ?1 "
                            "AND id < (SELECT max(id) FROM event) ORDER BY at_ms LIMIT ?2)",
    [STORE_ADD_OWED] = "INSERT INTO owed (event, sink, fate, settled_ms) VALUES (?1, ?2, ?3, ?4) "
                       "ON CONFLICT DO NOTHING",
    [STORE_SETTLE_OWED] = "UPDATE owed SET fate = ?3, settled_ms = ?4 "
                          "WHERE event = ?1 AND sink = ?2 AND fate IS NULL",
    [STORE_SETTLE_EVENT] = "UPDATE event SET settled_ms = ?3, fate = coalesce("
                           "(SELECT fate FROM owed WHERE event = ?1 AND fate = 'delivered' LIMIT 1), ?2) "
                           "WHERE id = ?1 AND fate IS NULL AND NOT EXISTS "
                           "(SELECT 1 FROM owed WHERE event = ?1 AND fate IS NULL)",
    [STORE_SET_META] = "INSERT INTO meta (name, value) VALUES (?1, ?2) "
                       "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    [STORE_LIST_SERVICES] = "SELECT id, name, timeout_s, registered_ms, presence, code, since_ms, code_ms, "
                            "coalesce(seen.at_ms, 0) "
                            "FROM service LEFT JOIN seen ON seen.service = service.id ORDER BY id",
    [STORE_LIST_OWED] = "SELECT id, service, kind, severity, text, previous, at_ms, since_ms, sink "
                        "FROM owed JOIN event ON event.id = owed.event "
                        "WHERE owed.fate IS NULL ORDER BY owed.event",
    [STORE_LIST_RECENT] =
        "SELECT id, service, kind, severity, text, previous, at_ms, since_ms, "
        "coalesce((SELECT group_concat(sink) FROM owed WHERE event = event.id), ''), "
        "coalesce((SELECT group_concat(sink) FROM owed WHERE event = event.id AND fate = '" STORE_SPARED
        "'), '') FROM event WHERE id IN ("
        "SELECT id FROM event WHERE fate IS NOT NULL "
        "AND at_ms > (SELECT value - ?1 FROM meta WHERE name = 'alive_ms') "
        "UNION ALL SELECT id FROM event WHERE fate IS NULL "
        "AND at_ms > (SELECT value - ?1 FROM meta WHERE name = 'alive_ms')) ORDER BY id",
    [STORE_LIST_SINKS] = "SELECT DISTINCT sink FROM owed WHERE fate IS NULL",
    [STORE_COPY_OWED] = "INSERT INTO owed (event, sink) "
                        "SELECT event, ?2 FROM owed WHERE sink = ?1 AND fate IS NULL ON CONFLICT DO NOTHING",
    [STORE_DROP_OWED] = "DELETE FROM owed WHERE sink = ?1 AND fate IS NULL",
    [STORE_SETTLE_REST] = "UPDATE event SET fate = 'delivered' WHERE fate IS NULL AND NOT EXISTS "
                          "(SELECT 1 FROM owed WHERE owed.event = event.id AND owed.fate IS NULL)",
    [STORE_GET_META] = "SELECT coalesce((SELECT value FROM meta WHERE name = 'alive_ms'), 0), "
                       "coalesce((SELECT value FROM meta WHERE name = 'grace_ms'), 0), "
                       "coalesce((SELECT max(id) FROM event), 0)",
};
