# SPDX-License-Identifier: MIT
"""Two hours without Slack, and a hundred thousand changes: the messages afterwards are correct, and few."""

import re
import sqlite3
import time
from contextlib import closing

import pytest

import database
from agent import Agent
from journal import eventually

SERVICES = 500
EVENTS = 100_000
HOURS = 2


def changes(services, now_ms):
    """(id, service, text, previous, at): every service flips between ok and nok; each third one ends with nok."""
    step = HOURS * 3_600_000 / EVENTS
    per_service = EVENTS // services
    last = {}
    for number in range(EVENTS):
        service = number % services
        turn = number // services
        text = "nok" if (turn + per_service + (0 if service % 3 == 0 else 1)) % 2 else "ok"
        yield number + 1000, f"db{service}", text, last.get(service, "ok"), int(now_ms - HOURS * 3_600_000 + number * step)
        last[service] = text


@pytest.mark.heavy("a hundred thousand notices take minutes, and Slack is told for as long")
def test_the_backlog_of_two_hours_becomes_the_truth_in_twenty_messages(start, slack, tmp_path):
    procjon = start()
    with Agent(procjon.address) as agent:
        agent.register_all([f"db{number}" for number in range(SERVICES)])
    procjon.stop()
    events = list(changes(SERVICES, time.time() * 1000))
    with closing(sqlite3.connect(procjon.database)) as connection, connection:
        connection.executemany("INSERT INTO event (id, service, kind, severity, text, previous, at_ms, since_ms) "
                               "VALUES (?1, ?2, 0, CASE ?3 WHEN 'ok' THEN 0 ELSE 2 END, ?3, ?4, ?5, ?5)", events)
        connection.execute("INSERT INTO notice (event, sink) SELECT id, 'default' FROM event WHERE outcome IS NULL")
    procjon.start()
    eventually(lambda: database.owed(procjon.database) == 0, 600, "the backlog is told")
    assert len(list(slack.posts)) <= 20
    last = {service: text for _, service, text, _, _ in events}
    assert len(last) == SERVICES and 0 < sum(text == "nok" for text in last.values()) < SERVICES
    told = [re.match(r"• (db\d+): \w+ → (\w+), (\d+) changes", line) for line in slack.lines()]
    told = [match.groups() for match in told if match]
    assert told and all(last[service] == text and int(count) == EVENTS // SERVICES for service, text, count in told)
    assert f"{SERVICES} services changed" in slack.lines()[0] and "more" in slack.lines()[-1]
    procjon.stop()
