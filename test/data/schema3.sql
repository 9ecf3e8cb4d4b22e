-- SPDX-License-Identifier: MIT
-- A database as version 0.5.0 left it when it was killed (schema 3). Its rows up to event 29 were written by that
-- version: two sinks, `default` (Slack) and `team`, which was spared the changes of the flapping service and heard of
-- "brief" after 30 s; Slack refused event 24 and was gone from event 25 on. The rows from event 30 on, which take
-- hours or many services to come about, were added by hand in the form that it wrote.
PRAGMA application_id = 1347570254;
PRAGMA user_version = 3;
BEGIN;
CREATE TABLE service (
  id            INTEGER PRIMARY KEY,
  name          TEXT    NOT NULL UNIQUE,
  timeout_s     INTEGER NOT NULL,
  registered_ms INTEGER NOT NULL,
  presence      INTEGER NOT NULL DEFAULT 0,
  code          INTEGER,
  since_ms      INTEGER NOT NULL DEFAULT 0,
  code_ms       INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE status (
  service INTEGER NOT NULL REFERENCES service ON DELETE CASCADE,
  code    INTEGER NOT NULL,
  text    TEXT    NOT NULL,
  PRIMARY KEY (service, code)
) STRICT, WITHOUT ROWID;
CREATE TABLE seen (
  service INTEGER PRIMARY KEY REFERENCES service ON DELETE CASCADE,
  at_ms   INTEGER NOT NULL
) STRICT;
CREATE TABLE event (
  id         INTEGER PRIMARY KEY,
  service    TEXT    NOT NULL,
  kind       INTEGER NOT NULL,
  severity   INTEGER NOT NULL,
  text       TEXT    NOT NULL,
  previous   TEXT    NOT NULL,
  at_ms      INTEGER NOT NULL,
  since_ms   INTEGER NOT NULL,
  fate       TEXT,
  settled_ms INTEGER
) STRICT;
CREATE INDEX event_owed ON event (id) WHERE fate IS NULL;
CREATE TABLE meta (
  name  TEXT    PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX event_settled ON event (at_ms) WHERE fate IS NOT NULL;
CREATE TABLE owed (
  event      INTEGER NOT NULL REFERENCES event ON DELETE CASCADE,
  sink       TEXT    NOT NULL,
  fate       TEXT,
  settled_ms INTEGER,
  PRIMARY KEY (event, sink)
) STRICT, WITHOUT ROWID;
CREATE INDEX owed_open ON owed (event) WHERE fate IS NULL;
INSERT INTO service VALUES (1, 'db', 3600, 1795852918226, 1, 0, 1795852918232, 1795852931038);
INSERT INTO service VALUES (2, 'brief', 3600, 1795852918228, 1, 1, 1795852920033, 1795852931538);
INSERT INTO service VALUES (3, 'flap, for ever', 3600, 1795852918228, 1, 1, 1795852921234, 1795852922887);
INSERT INTO service VALUES (4, 'never', 3600, 1795852918229, 0, NULL, 0, 0);
INSERT INTO service VALUES (5, 'bücher', 3600, 1795852918230, 1, 1, 1795852920934, 1795852932539);
INSERT INTO service VALUES (6, 'web', 2, 1795852918231, 2, 0, 1795852925038, 1795852923038);
INSERT INTO status VALUES (1, 0, 'ok');
INSERT INTO status VALUES (1, 1, 'nok');
INSERT INTO status VALUES (1, 2, 'nok');
INSERT INTO status VALUES (2, 0, 'ok');
INSERT INTO status VALUES (2, 1, 'nok');
INSERT INTO status VALUES (3, 0, 'ok');
INSERT INTO status VALUES (3, 1, 'nok');
INSERT INTO status VALUES (4, 0, 'ok');
INSERT INTO status VALUES (4, 1, 'nok');
INSERT INTO status VALUES (5, 0, 'ok');
INSERT INTO status VALUES (5, 1, 'nok');
INSERT INTO status VALUES (6, 0, 'ok');
INSERT INTO status VALUES (6, 1, 'nok');
INSERT INTO seen VALUES (1, 1795852931038);
INSERT INTO seen VALUES (2, 1795852931539);
INSERT INTO seen VALUES (3, 1795852922888);
INSERT INTO seen VALUES (5, 1795852932539);
INSERT INTO seen VALUES (6, 1795852923038);
INSERT INTO event VALUES (1, 'db', 1, 0, '', '', 1795852918232, 0, 'delivered', 1795852918234);
INSERT INTO event VALUES (2, 'db', 0, 2, 'nok', 'ok', 1795852918832, 1795852918232, 'delivered', 1795852918834);
INSERT INTO event VALUES (3, 'db', 0, 2, 'nok', 'nok', 1795852919433, 1795852918832, 'merged', 1795852919434);
INSERT INTO event VALUES (4, 'brief', 1, 0, '', '', 1795852920033, 0, 'delivered', 1795852920034);
INSERT INTO event VALUES (5, 'web', 2, 2, 'never reported', '', 1795852920231, 0, 'delivered', 1795852920235);
INSERT INTO event VALUES (6, 'brief', 0, 2, 'nok', 'ok', 1795852920333, 1795852920033, 'brief', 1795852920634);
INSERT INTO event VALUES (7, 'brief', 0, 0, 'ok', 'nok', 1795852920634, 1795852920333, 'brief', 1795852920634);
INSERT INTO event VALUES (8, 'bücher', 1, 0, '', '', 1795852920934, 0, 'delivered', 1795852920935);
INSERT INTO event VALUES (9, 'flap, for ever', 1, 0, '', '', 1795852921234, 0, 'delivered', 1795852921237);
INSERT INTO event VALUES (10, 'flap, for ever', 0, 2, 'nok', 'ok', 1795852921384, 1795852921234, 'delivered', 1795852921387);
INSERT INTO event VALUES (11, 'flap, for ever', 0, 0, 'ok', 'nok', 1795852921535, 1795852921384, 'delivered', 1795852921537);
INSERT INTO event VALUES (12, 'flap, for ever', 0, 2, 'nok', 'ok', 1795852921685, 1795852921535, 'delivered', 1795852922234);
INSERT INTO event VALUES (13, 'flap, for ever', 0, 0, 'ok', 'nok', 1795852921835, 1795852921685, 'delivered', 1795852922236);
INSERT INTO event VALUES (14, 'flap, for ever', 5, 1, '6 changes in 10 min', '', 1795852921986, 0, 'delivered', 1795852922236);
INSERT INTO event VALUES (15, 'flap, for ever', 0, 2, 'nok', 'ok', 1795852921986, 1795852921835, 'merged', 1795852922234);
INSERT INTO event VALUES (16, 'flap, for ever', 0, 0, 'ok', 'nok', 1795852922136, 1795852921986, 'merged', 1795852922234);
INSERT INTO event VALUES (17, 'flap, for ever', 0, 2, 'nok', 'ok', 1795852922286, 1795852922136, 'delivered', 1795852923235);
INSERT INTO event VALUES (18, 'flap, for ever', 0, 0, 'ok', 'nok', 1795852922436, 1795852922286, 'delivered', 1795852923235);
INSERT INTO event VALUES (19, 'flap, for ever', 0, 2, 'nok', 'ok', 1795852922587, 1795852922436, 'delivered', 1795852923235);
INSERT INTO event VALUES (20, 'flap, for ever', 0, 0, 'ok', 'nok', 1795852922737, 1795852922587, 'delivered', 1795852923235);
INSERT INTO event VALUES (21, 'flap, for ever', 0, 2, 'nok', 'ok', 1795852922887, 1795852922737, 'delivered', 1795852923235);
INSERT INTO event VALUES (22, 'web', 1, 0, '', '', 1795852923038, 0, 'delivered', 1795852923235);
INSERT INTO event VALUES (23, 'web', 2, 2, 'no status for 2 s', '', 1795852925038, 1795852923038, 'delivered', 1795852925044);
INSERT INTO event VALUES (24, 'db', 0, 0, 'ok', 'nok', 1795852926538, 1795852919433, 'delivered', 1795852926583);
INSERT INTO event VALUES (25, 'db', 0, 2, 'nok', 'ok', 1795852929542, 1795852926538, NULL, NULL);
INSERT INTO event VALUES (26, 'sink default', 4, 2, 'takes no messages (1 wait): status 404: no_service', '', 1795852929544, 0, NULL, NULL);
INSERT INTO event VALUES (27, 'db', 0, 0, 'ok', 'nok', 1795852931038, 1795852929542, NULL, NULL);
INSERT INTO event VALUES (28, 'brief', 0, 2, 'nok', 'ok', 1795852931538, 1795852920634, NULL, NULL);
INSERT INTO event VALUES (29, 'bücher', 0, 2, 'nok', 'ok', 1795852932539, 1795852920934, NULL, NULL);
INSERT INTO meta VALUES ('alive_ms', 1795852938210);
INSERT INTO meta VALUES ('grace_ms', 1000);
INSERT INTO owed VALUES (1, 'default', 'delivered', 1795852918234);
INSERT INTO owed VALUES (1, 'team', 'delivered', 1795852918234);
INSERT INTO owed VALUES (2, 'default', 'delivered', 1795852918834);
INSERT INTO owed VALUES (2, 'team', 'delivered', 1795852918834);
INSERT INTO owed VALUES (3, 'default', 'merged', 1795852919434);
INSERT INTO owed VALUES (3, 'team', 'merged', 1795852919434);
INSERT INTO owed VALUES (4, 'team', 'delivered', 1795852920034);
INSERT INTO owed VALUES (5, 'default', 'delivered', 1795852920235);
INSERT INTO owed VALUES (6, 'team', 'brief', 1795852920634);
INSERT INTO owed VALUES (7, 'team', 'brief', 1795852920634);
INSERT INTO owed VALUES (8, 'default', 'delivered', 1795852920935);
INSERT INTO owed VALUES (9, 'default', 'delivered', 1795852921237);
INSERT INTO owed VALUES (9, 'team', 'delivered', 1795852921236);
INSERT INTO owed VALUES (10, 'default', 'delivered', 1795852921387);
INSERT INTO owed VALUES (10, 'team', 'delivered', 1795852921386);
INSERT INTO owed VALUES (11, 'default', 'delivered', 1795852921537);
INSERT INTO owed VALUES (11, 'team', 'delivered', 1795852921537);
INSERT INTO owed VALUES (12, 'default', 'merged', 1795852922234);
INSERT INTO owed VALUES (12, 'team', 'delivered', 1795852921687);
INSERT INTO owed VALUES (13, 'default', 'merged', 1795852922234);
INSERT INTO owed VALUES (13, 'team', 'delivered', 1795852922236);
INSERT INTO owed VALUES (14, 'team', 'delivered', 1795852922236);
INSERT INTO owed VALUES (15, 'default', 'merged', 1795852922234);
INSERT INTO owed VALUES (15, 'team', 'flapping', 1795852921986);
INSERT INTO owed VALUES (16, 'default', 'merged', 1795852922234);
INSERT INTO owed VALUES (16, 'team', 'flapping', 1795852922136);
INSERT INTO owed VALUES (17, 'default', 'delivered', 1795852923235);
INSERT INTO owed VALUES (17, 'team', 'flapping', 1795852922286);
INSERT INTO owed VALUES (18, 'default', 'delivered', 1795852923235);
INSERT INTO owed VALUES (18, 'team', 'flapping', 1795852922436);
INSERT INTO owed VALUES (19, 'default', 'delivered', 1795852923235);
INSERT INTO owed VALUES (19, 'team', 'flapping', 1795852922587);
INSERT INTO owed VALUES (20, 'default', 'delivered', 1795852923235);
INSERT INTO owed VALUES (20, 'team', 'flapping', 1795852922737);
INSERT INTO owed VALUES (21, 'default', 'delivered', 1795852923235);
INSERT INTO owed VALUES (21, 'team', 'flapping', 1795852922887);
INSERT INTO owed VALUES (22, 'default', 'delivered', 1795852923235);
INSERT INTO owed VALUES (23, 'default', 'delivered', 1795852925044);
INSERT INTO owed VALUES (24, 'default', 'poison', 1795852926583);
INSERT INTO owed VALUES (24, 'team', 'delivered', 1795852926540);
INSERT INTO owed VALUES (25, 'default', NULL, NULL);
INSERT INTO owed VALUES (25, 'team', NULL, NULL);
INSERT INTO owed VALUES (26, 'team', NULL, NULL);
INSERT INTO owed VALUES (27, 'default', NULL, NULL);
INSERT INTO owed VALUES (27, 'team', NULL, NULL);
INSERT INTO owed VALUES (28, 'team', NULL, NULL);
INSERT INTO owed VALUES (29, 'default', NULL, NULL);
-- Many services at once.
INSERT INTO event VALUES (30, '', 3, 2, '21 of 40 agents fell silent within 10 s', '', 1795852939000, 0, 'delivered', 1795852939500);
INSERT INTO owed VALUES (30, 'default', 'delivered', 1795852939500);
-- Reminders: one that was delivered, one that is owed, one of a service that is not registered any more.
INSERT INTO event VALUES (31, 'web', 4, 2, 'still not available, for 1 h', '', 1795852940000, 0, 'delivered', 1795852940500);
INSERT INTO owed VALUES (31, 'default', 'delivered', 1795852940500);
INSERT INTO event VALUES (32, 'bücher', 4, 2, 'still nok, for 1 h 2 min', '', 1795852941000, 0, NULL, NULL);
INSERT INTO owed VALUES (32, 'default', NULL, NULL);
INSERT INTO owed VALUES (32, 'team', 'merged', 1795852941500);
INSERT INTO event VALUES (33, 'gone', 4, 1, 'still slow, for ever, für immer, for 2 d 3 h', '', 1795852942000, 0, NULL, NULL);
INSERT INTO owed VALUES (33, 'team', NULL, NULL);
-- An event that its only sink refused, one that its only sink was spared, and the end of the flapping.
INSERT INTO event VALUES (34, 'db', 0, 2, 'nok', 'ok', 1795852943000, 1795852938001, 'poison', 1795852943500);
INSERT INTO owed VALUES (34, 'default', 'poison', 1795852943500);
INSERT INTO event VALUES (35, 'flap, for ever', 0, 0, 'ok', 'nok', 1795852944000, 1795852938002, 'flapping', 1795852944000);
INSERT INTO owed VALUES (35, 'team', 'flapping', 1795852944000);
INSERT INTO event VALUES (36, 'flap, for ever', 6, 0, 'ok', '', 1795852945000, 0, 'delivered', 1795852945500);
INSERT INTO owed VALUES (36, 'team', 'delivered', 1795852945500);
-- An event that no sink was to hear of: it stayed open for ever.
INSERT INTO event VALUES (37, 'db', 0, 0, 'ok', 'nok', 1795852946000, 1795852943000, NULL, NULL);
-- Remarks about a sink are no reminders.
INSERT INTO event VALUES (38, 'sink default', 4, 0, 'takes messages again', '', 1795852947000, 0, 'delivered', 1795852947500);
INSERT INTO owed VALUES (38, 'team', 'delivered', 1795852947500);
COMMIT;
