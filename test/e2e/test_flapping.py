# SPDX-License-Identifier: MIT
"""A service that flaps: that is told once, and once its state when it is stable again."""

import sqlite3
from contextlib import closing

import pytest

import database
from agent import Agent
from configuration import Configuration, route, sink
from hook import Alertmanager
from journal import eventually
from slack import Slack

FLAPPING = {"flapping": "true"}


@pytest.fixture
def configuration(tmp_path):
    return Configuration(tmp_path)


def outcomes(procjon, sink="default"):
    return database.rows(procjon.database, "SELECT notice.outcome FROM notice JOIN event ON event = id WHERE sink = ? "
                                           "ORDER BY event", sink)


def settled(procjon):
    return eventually(lambda: (None,) not in (told := outcomes(procjon)) and told, 10, "everything settled")


def flap(agent, times):
    for number in range(times):
        agent.report(("db", 1 - number % 2))


def ten_minutes_pass(procjon):
    """While the server is stopped: all that happened is ten minutes older, as seen from its last moment."""
    with closing(sqlite3.connect(procjon.database)) as connection, connection:
        connection.execute("UPDATE event SET at_ms = at_ms - 600000")


def test_ten_minutes_of_flapping_are_two_messages(configuration, start, slack):
    configuration.write(routes=[route("db", "default", **FLAPPING)])
    procjon = start(configuration.option)
    with Agent(procjon.address) as agent:
        agent.register("db")
        flap(agent, 40)
        line = slack.wait_line("flapping", 10)
        assert "6 changes in 10 min" in line
        settled(procjon)
        told = len(slack.lines())
        flap(agent, 40)
        agent.register("marker")  # the store works in order: what was before it is on the disk
    procjon.kill()
    procjon.start()
    with Agent(procjon.address) as agent:
        flap(agent, 1)
        assert settled(procjon).count(("flapping",)) >= 70
    assert len(slack.lines()) == told
    procjon.stop()
    ten_minutes_pass(procjon)
    procjon.start()
    assert slack.wait_line("stable", 10) == "Service db is stable: nok."
    settled(procjon)
    procjon.restart()
    with Agent(procjon.address) as agent:
        agent.report(("db", 0))
        assert slack.wait_lines(told + 2, 10)[-1].startswith("Service db changed its status to: ok")
    assert len(slack.lines()) == told + 2
    assert sum("flapping" in line for line in slack.lines()) == 1
    procjon.stop()


def test_a_sink_that_does_not_ask_for_calm_hears_everything(configuration, start, slack):
    with Slack() as team:
        configuration.write(sinks=[sink("team", team)],
                            routes=[route("db", "default", **{"continue": "true"}, **FLAPPING), route("db", "team")])
        procjon = start(configuration.option)
        with Agent(procjon.address) as agent:
            agent.register("db")
            flap(agent, 9)
            slack.wait_line("flapping", 10)
            team.wait_line("db.*nok", 10)
            settled(procjon)
            eventually(lambda: (None,) not in outcomes(procjon, "team"), 10, "everything settled")
        assert set(outcomes(procjon, "team")) <= {("delivered",), ("merged",)}
        assert ("flapping",) in outcomes(procjon)
        assert not any("flapping" in line for line in team.lines())
        procjon.stop()


def test_a_silence_that_ends_the_flapping_is_where_it_came_to_rest(configuration, start, slack):
    configuration.write(routes=[route("db", "default", **FLAPPING)])
    procjon = start(configuration.option)
    with Agent(procjon.address) as agent:
        agent.register("db")
        flap(agent, 10)
        slack.wait_line("flapping", 10)
        agent.register("db", timeout=2)  # not earlier: a first report may be late
        procjon.log.wait_until(lambda lines: any("not available" in line for line in lines), 10, "silence")
    settled(procjon)
    procjon.stop()
    ten_minutes_pass(procjon)
    procjon.start()
    assert slack.wait_line("stable", 10) == "Service db is stable: not available."
    assert "not available: no status for 2 s" not in slack.updates("db")
    procjon.stop()


@pytest.mark.steady
def test_alertmanager_fires_what_is_true_in_the_end(configuration, start):
    with Alertmanager() as manager:
        configuration.write(sinks=[sink("manager", manager, "alertmanager")], routes=[route("db", "manager", **FLAPPING)])
        procjon = start(configuration.option)
        with Agent(procjon.address) as agent:
            agent.register("db")
            flap(agent, 6)
            eventually(lambda: "db:warning" in manager.firing(), 10, "that it flaps")
            flap(agent, 2)
            eventually(lambda: (None,) not in outcomes(procjon, "manager"), 10, "everything settled")
        procjon.stop()
        ten_minutes_pass(procjon)
        procjon.start()
        eventually(lambda: manager.firing() == [], 10, "that it is well")
        procjon.stop()
