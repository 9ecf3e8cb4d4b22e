# SPDX-License-Identifier: MIT
"""Half of the services and more fall silent at once: one question, then one list, and nothing is lost."""

import re
from contextlib import contextmanager

import pytest

import database
from agent import Agent
from attempts import TooLate, until_in_time
from configuration import Configuration, route, sink
from figures import share
from hook import Alertmanager, Hook
from journal import eventually
from measure import at_most
from probe import Probe

QUESTION = re.compile(r"^(\d+) of (\d+) agents fell silent within \d+ s: is procjon itself cut off\?")
STREAMS = 20
MIB = 1 << 20


@contextmanager
def fleet(procjon, count):
    """So many services that are available, over a few connections; the channel was told."""
    services = [f"host-{number:05}.example" for number in range(count)]
    agents = [Agent(procjon.address) for _ in range(STREAMS)]
    try:
        agents[0].register_all(services)
        streams = [agent.stream() for agent in agents]
        for number, service in enumerate(services):
            streams[number % STREAMS].send(service)
        eventually(lambda: happened(procjon, "available") == count and owed(procjon) == 0, 30,
                   f"{count} services that are available")
        yield agents
    finally:
        for agent in agents:
            agent.drop()


def happened(procjon, what):
    """How many services that happened to."""
    kind = {"available": 1, "not available": 2, "loss of many": 3}[what]
    return database.rows(procjon.database, "SELECT count(DISTINCT service) FROM event WHERE kind = ?", kind)[0][0]


def owed(procjon):
    """What the channel is still to be told."""
    return database.rows(procjon.database, "SELECT count(*) FROM notice WHERE sink = 'default' AND outcome IS NULL")[0][0]


def vanish(agents):
    for agent in agents:
        agent.drop()


def vanish_at_once(agents, procjon):
    """At one moment for the server, however long it takes here."""
    with procjon.suspended():
        left = procjon.established() - len(agents)
        vanish(agents)
        eventually(lambda: procjon.established() <= left, 10, "connections that have ended")


def told_since(slack, before):
    return list(slack.posts)[before:]


def asked(slack, before):
    return sum("is procjon itself cut off" in post.text for post in told_since(slack, before))


def wait_for_all_lost(procjon, count, within):
    eventually(lambda: happened(procjon, "not available") == count and owed(procjon) == 0, within,
               f"{count} services that are lost, and everybody told")


def test_a_thousand_services_that_vanish_at_once_are_a_question_and_a_list(procjon, slack):
    with fleet(procjon, 1000) as agents:
        before = len(slack.posts)
        vanish_at_once(agents, procjon)
        wait_for_all_lost(procjon, 1000, 20)
    posts = told_since(slack, before)
    assert len(posts) <= 3
    asked = [match for post in posts if (match := QUESTION.match(post.text))]
    assert [match.groups() for match in asked] == [("1000", "1000")]
    assert "services are not available" in posts[-1].text
    assert happened(procjon, "loss of many") == 1


def test_less_than_half_is_no_question(procjon, slack):
    with fleet(procjon, 100) as agents:
        vanish_at_once(agents[:9], procjon)  # five services each
        wait_for_all_lost(procjon, 45, 20)
    assert not any(QUESTION.match(post.text) for post in slack.posts)
    assert happened(procjon, "loss of many") == 0


def test_a_server_that_is_killed_while_it_counts_asks_once(start, slack, tmp_path):
    def attempt(number):
        procjon = start(data=tmp_path / f"data{number}")
        with fleet(procjon, 100) as agents:
            before = len(slack.posts)
            vanish_at_once(agents, procjon)
            # A service that is not lost yet when it is killed has all of restart-grace afterwards.
            eventually(lambda: happened(procjon, "loss of many") == 1 and happened(procjon, "not available") == 100, 20,
                       "the loss")
            procjon.kill()
            if asked(slack, before):
                raise TooLate  # it had counted
            procjon.start()
            wait_for_all_lost(procjon, 100, 20)
        assert asked(slack, before) == 1
        assert len(told_since(slack, before)) <= 3
        procjon.stop()

    until_in_time(attempt)


@pytest.mark.measured
def test_ten_thousand_services_that_vanish_at_once_disturb_nobody(afresh, slack):
    def strain():
        with afresh() as procjon, fleet(procjon, 10_000) as agents:
            before, memory = len(slack.posts), procjon.rss()
            with Probe(procjon.address) as probe:
                vanish(agents)
                wait_for_all_lost(procjon, 10_000, 30)
            grown = procjon.rss() - memory
            outcomes = dict(database.rows(procjon.database, "SELECT outcome, count(*) FROM event WHERE kind >= 2 GROUP BY outcome"))
        posts = told_since(slack, before)
        assert [match.groups() for post in posts if (match := QUESTION.match(post.text))] == [("10000", "10000")]
        assert "services are not available" in posts[-1].text
        assert outcomes == {"delivered": 10_001}
        return share(ms_of_the_longest_round_trip=(probe.worst * 1000, 50), MiB_more=(grown / MIB, 20),
                     messages_in_5_s=(sum(post.at - posts[0].at <= 5 for post in posts), 3))

    at_most(1, strain, "the most that is used of a limit")


@pytest.mark.measured
def test_nor_do_they_when_programs_are_told_as_well(afresh, tmp_path):
    configuration = Configuration(tmp_path)

    def worst():
        with Hook() as hook, Alertmanager() as alertmanager:
            configuration.write(sinks=[sink("hook", hook, "webhook"), sink("pager", alertmanager, "alertmanager")],
                                routes=[route("*", to, **{"continue": True}) for to in ("hook", "pager", "default")])
            with afresh(configuration.option) as procjon:
                with fleet(procjon, 10_000) as agents:
                    with Probe(procjon.address) as probe:
                        vanish(agents)
                        wait_for_all_lost(procjon, 10_000, 30)
                assert len(hook.taken()) > 2 and len(alertmanager.taken()) > 2
        return probe.worst

    at_most(0.050, worst, "seconds of the longest round trip")
