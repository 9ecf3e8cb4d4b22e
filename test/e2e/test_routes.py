# SPDX-License-Identifier: MIT
"""Routes: several sinks, each with its own order and pace."""

import sqlite3
import time
from contextlib import closing

import pytest

import database
from agent import Agent
from configuration import Configuration, route, sink
from hook import Alertmanager, Hook
from journal import TIMEOUT_FACTOR, eventually
from slack import GONE, NEVER, OK, Slack


@pytest.fixture
def configuration(tmp_path):
    return Configuration(tmp_path)


@pytest.fixture
def team():
    with Slack() as team:
        yield team
        assert not team.refused, team.refused


def write_both(configuration, team):
    """The default sink and the team are told of databases."""
    configuration.write(sinks=[sink("team", team)], routes=[route("db*", "default", **{"continue": "true"}),
                                                            route("db*", "team")])


def open_at(procjon):
    """Messages that sinks still owe, as (service, sink)."""
    return database.rows(procjon.database, "SELECT service, sink FROM notice JOIN event ON event = id "
                                           "WHERE notice.outcome IS NULL ORDER BY event, sink")


def outcomes(procjon, service):
    return database.rows(procjon.database, "SELECT sink, notice.outcome FROM notice JOIN event ON event = id "
                                           "WHERE service = ? ORDER BY event, sink", service)


def test_the_first_route_that_matches_wins_unless_it_continues(configuration, start, slack, team):
    with Hook() as hook:
        configuration.write(sinks=[sink("team", team), sink("hook", hook, "webhook")],
                            routes=[route("db*", "hook", **{"continue": "true"}), route("db*", "team"),
                                    route("*", "hook"), route("web", "team")])
        procjon = start(configuration.option)
        with Agent(procjon.address) as agent:
            agent.register_all(["db/1", "web"])
            agent.report(("db/1", 0), ("web", 0))
            told = hook.wait_taken(2, 5)  # the second waits for the answer to the first
            assert [service["service"] for body in told for service in body["services"]] == ["db/1", "web"]
            team.wait_line("db/1 is available", 5)
            eventually(lambda: open_at(procjon) == [], 5, "everything settled")
        assert team.updates("web") == [] and list(slack.posts) == []
        assert outcomes(procjon, "db/1") == [("hook", "delivered"), ("team", "delivered")]
        procjon.stop()


def test_a_service_without_a_route_goes_to_the_default_sink(configuration, start, slack, team):
    configuration.write(sinks=[sink("team", team)], routes=[route("db*", "team")])
    procjon = start(configuration.option)
    with Agent(procjon.address) as agent:
        agent.register("web")
        agent.report(("web", 0))
        slack.wait_line("web is available", 5)
    assert list(team.posts) == []
    procjon.stop()


def test_a_webhook_of_ones_own_gets_plain_json(configuration, start):
    with Hook() as hook:
        configuration.write(sinks=[sink("hook", hook, "webhook")], routes=[route("*", "hook")])
        procjon = start(configuration.option)
        with Agent(procjon.address) as agent:
            agent.register("<db> & co")
            agent.report(("<db> & co", 1))
            hook.wait_taken(2, 10)
            agent.register("<db> & co", timeout=1)  # not earlier: a first report may be late
            told = [service for body in hook.wait_taken(3, 10) for service in body["services"]]
        assert [service["service"] for service in told] == ["<db> & co"] * 3
        assert [service.get("available") for service in told] == [True, None, False]
        assert (told[1]["status"], told[1]["previousStatus"], told[1]["severity"]) == ("nok", "", "danger")
        assert len(hook.taken()[0]["text"]) > 0 and abs(told[0]["lastAt"] - time.time()) < 60
        procjon.stop()


def services_in(body):
    """The services in a message for a program; Alertmanager gets a list of alerts."""
    if isinstance(body, list):
        return sorted({alert["labels"]["service"] for alert in body})
    return [service["service"] for service in body["services"]]


@pytest.mark.parametrize("receiver, kind, most", [(Hook, "webhook", 500), (Alertmanager, "alertmanager", 250)])
def test_a_program_is_told_of_every_service_a_few_hundred_in_a_message(configuration, start, receiver, kind, most):
    services = [f"db{number}" for number in range(2 * most + 1)]
    with receiver(status=500) as hook:
        configuration.write(sinks=[sink("hook", hook, kind)], routes=[route("*", "hook")])
        procjon = start(configuration.option)
        with Agent(procjon.address) as agent:
            agent.register_all(services)
            agent.report(*((service, 1) for service in services))
        eventually(lambda: len(open_at(procjon)) == 2 * len(services), 10, "all of it waits")
        procjon.reload()  # is another try at once
        hook.posts.wait_until(lambda posts: any(len(services_in(post.body)) == most for post in posts), 10, "a full one")
        hook.status = 200
        procjon.reload()
        eventually(lambda: open_at(procjon) == [], 15, "everything settled")
        told = [services_in(body) for body in hook.taken()]
        assert sorted(service for message in told for service in message) == sorted(services)
        assert max(map(len, told)) == most and len(told) == 3
        procjon.stop()


def test_a_sink_that_never_answers_delays_no_other(configuration, start, slack, team):
    slack.always = NEVER
    write_both(configuration, team)
    procjon = start(configuration.option)
    with Agent(procjon.address) as agent:
        agent.register_all(["db1", "db2"])
        agent.report(("db1", 0))
        slack.posts.wait_count(1, 5)
        agent.report(("db2", 0))
        team.wait_line("db2 is available", 5)
        # The server waits ten seconds for an answer before it says so.
        assert len(slack.posts) == 1 and not any("sink fails sink=default" in line for line in procjon.log)
    procjon.stop()


def test_after_kill_9_each_sink_gets_what_it_is_owed_and_nothing_twice(configuration, start, slack, team):
    slack.always = GONE
    write_both(configuration, team)
    procjon = start(configuration.option)
    with Agent(procjon.address) as agent:
        agent.register("db")
        agent.report(("db", 1))
        team.wait_line("db.*nok", 5)
        eventually(lambda: {sink for _, sink in open_at(procjon)} == {"default"}, 5, "the team's are settled")
    procjon.kill()
    before = len(list(team.posts))
    slack.always = OK
    procjon.start()
    slack.wait_line("db.*nok", 10)
    eventually(lambda: open_at(procjon) == [], 5, "everything settled")
    assert len(list(team.posts)) == before
    procjon.stop()


def test_what_a_sink_owed_that_is_no_more_is_told_by_the_default_one(configuration, start, slack, team):
    team.always = GONE
    configuration.write(sinks=[sink("team", team)], routes=[route("db", "team")])
    procjon = start(configuration.option)
    with Agent(procjon.address) as agent:
        agent.register("db")
        agent.report(("db", 1))
        team.posts.wait_count(1, 5)
    procjon.stop()
    configuration.write()
    procjon.start()
    slack.wait_line("db.*nok", 5)
    assert any("sink=team" in line for line in procjon.log)
    procjon.stop()


def test_the_fallback_hears_once_that_a_sink_is_dead_and_once_that_it_is_back(configuration, start, slack, team):
    team.always = GONE
    configuration.write(sinks=[sink("team", team)], routes=[route("db", "team")], fallback="default")
    procjon = start(configuration.option)
    with Agent(procjon.address) as agent:
        agent.register("db")
        agent.report(("db", 0))
        line = slack.wait_line("^sink team: takes no messages", 5)
        assert "no_service" in line and team.webhook not in line
        agent.report(("db", 1))
        procjon.reload()  # tries again at once
        team.posts.wait_count(2, 5)
        team.always = OK
        procjon.reload()
        team.wait_line("db.*nok", 5)
        slack.wait_line("^sink team: takes messages again", 5)
    assert len([line for line in slack.lines() if line.startswith("sink ")]) == 2
    procjon.stop()


def test_the_colour_of_a_status_is_the_first_that_matches_its_text(configuration, start, slack):
    configuration.write(severity=[{"match": "degr*", "as": "warning"}, {"match": "*", "as": "danger"}])
    procjon = start(configuration.option)
    with Agent(procjon.address) as agent:
        agent.register("db", statuses=("ok", "degraded", "nok"))
        posts = []
        for code in (1, 2):
            agent.report(("db", code))
            posts = slack.posts.wait_count(code + 1, 10)
    assert [post.payload["attachments"][0]["color"] for post in posts] == ["good", "warning", "danger"]
    procjon.stop()


def test_a_bad_state_that_does_not_last_is_told_to_nobody(configuration, start, slack):
    configuration.write(sinks=[], routes=[route("db*", "default", notify_after=4)])
    procjon = start(configuration.option)
    with Agent(procjon.address) as agent:
        agent.register_all(["db1", "db2"])
        agent.report(("db1", 0), ("db2", 0))
        slack.wait_lines(2, 5)
        begun = time.monotonic()
        agent.report(("db1", 1), ("db2", 1), ("db1", 0))
        slack.wait_line("Service db2 changed its status to: nok", 6)
        assert time.monotonic() - begun >= 2  # whatever the difference between two clocks
        agent.report(("db2", 0))
        slack.wait_line("Service db2 changed its status to: ok", 5)
    assert slack.updates("db1") == ["available"]
    assert [outcome for _, outcome in outcomes(procjon, "db1")] == ["delivered", "recovered_in_time", "recovered_in_time"]
    procjon.stop()


@pytest.mark.steady
def test_a_restart_keeps_the_notify_after_of_a_route(configuration, start, slack):
    notify_after, rest = 3600, round(8 * TIMEOUT_FACTOR)
    configuration.write(routes=[route("db*", "default", notify_after=notify_after)])
    procjon = start(configuration.option)
    with Agent(procjon.address) as agent:
        agent.register_all(["db1", "db2"])
        agent.report(("db1", 0), ("db2", 0))
        slack.wait_lines(2, 5)
        agent.report(("db1", 1), ("db2", 1))
    procjon.stop()
    with closing(sqlite3.connect(procjon.database)) as connection, connection:  # as if it had begun so much earlier
        connection.execute("UPDATE event SET at_ms = at_ms - ?", [(notify_after - rest) * 1000])
        connection.execute("UPDATE notice SET held_until_ms = held_until_ms - ?", [(notify_after - rest) * 1000])
    procjon.start()
    with Agent(procjon.address) as agent:
        agent.report(("db1", 0))
        slack.wait_line("db2.*nok", rest)
    assert slack.updates("db1") == ["available"]
    procjon.stop()


def test_a_bad_status_counts_after_so_many_reports(configuration, start, slack):
    configuration.write(routes=[route("db*", "default", notify_after_reports=3)])
    procjon = start(configuration.option)
    with Agent(procjon.address) as agent:
        agent.register_all(["db1", "db2", "db3"])
        agent.report(("db1", 0), ("db2", 0), ("db3", 0))
        slack.wait_lines(3, 5)
        # All of it arrives before the first of it is on the disk.
        agent.report(("db1", 1), ("db1", 1), ("db1", 0), ("db2", 1), ("db2", 1), ("db2", 1), ("db3", 1))
        slack.wait_line("Service db2 changed its status to: nok", 5)
        agent.register("db3", timeout=1)  # not earlier: a first report may be late
        slack.wait_line("db3.*nok.*not available", 5)
    assert slack.updates("db1") == ["available"]
    assert [outcome for _, outcome in outcomes(procjon, "db1")] == ["delivered", "recovered_in_time", "recovered_in_time"]
    procjon.stop()


def test_after_a_restart_the_next_bad_report_counts(configuration, start, slack):
    configuration.write(routes=[route("db*", "default", notify_after_reports=3)])
    procjon = start(configuration.option)
    with Agent(procjon.address) as agent:
        agent.register_all(["db1", "db2"])
        agent.report(("db1", 0), ("db2", 0))
        slack.wait_lines(2, 5)
        agent.report(("db1", 1), ("db2", 1))
    procjon.restart()
    with Agent(procjon.address) as agent:
        agent.report(("db1", 0), ("db2", 1))
        slack.wait_line("db2.*nok", 5)
    assert slack.updates("db1") == ["available"]
    procjon.stop()


@pytest.mark.steady
def test_alertmanager_is_told_what_begins_and_what_ends(configuration, start):
    with Alertmanager() as manager:
        configuration.write(sinks=[sink("manager", manager, "alertmanager")], routes=[route("*", "manager")],
                            severity=[{"match": "slow", "as": "warning"}])
        procjon = start(configuration.option)
        with Agent(procjon.address) as agent:
            statuses = ("ok", "slow", "nok")
            agent.register("db", statuses)
            for number, (code, firing) in enumerate([(1, ["db:warning"]), (2, ["db:critical"]), (0, [])], start=2):
                agent.report(("db", code))
                manager.wait_taken(number, 5)
                assert manager.firing() == firing
            agent.register("db", statuses, timeout=1)  # not earlier: a first report may be late
            manager.wait_taken(5, 10)
            assert manager.firing() == ["db:critical"]
            labels = [alert["labels"] for alert in manager.taken()[-1]]
            assert {label["alertname"] for label in labels} == {"ProcjonUnavailable"}
            agent.register("db", statuses)
            agent.report(("db", 0))
            manager.wait_taken(6, 5)
            assert manager.firing() == []
        assert all(post.status == 200 for post in manager.posts)
        procjon.stop()


def test_a_state_that_stays_bad_is_told_again_once_whatever_restarts(configuration, start, slack):
    configuration.write(routes=[route("db*", "default", reminders="true"), route("web", "default")])
    procjon = start(configuration.option)
    with Agent(procjon.address) as agent:
        agent.register_all(["db1", "db2", "web"])
        agent.report(("db1", 1), ("db2", 0), ("web", 1))
        slack.wait_line("web.*nok", 10)
        eventually(lambda: open_at(procjon) == [], 10, "everything settled")
    procjon.stop()
    with closing(sqlite3.connect(procjon.database)) as connection, connection:  # as if it had begun three hours ago
        connection.execute("UPDATE service SET code_since_ms = code_since_ms - 3 * 3600000")
        connection.execute("UPDATE meta SET value = value - 60000 WHERE name = 'last_alive_ms'")
    procjon.start()
    slack.wait_line("^db1: still nok, for 3 h", 10)
    eventually(lambda: open_at(procjon) == [], 10, "everything settled")
    procjon.restart()
    with Agent(procjon.address) as agent:
        agent.report(("db1", 0), ("web", 0))
        slack.wait_line("web.*ok", 10)
    assert len([line for line in slack.lines() if "still" in line]) == 1
    procjon.stop()
