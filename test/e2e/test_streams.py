# SPDX-License-Identifier: MIT
"""State belongs to the service, not to the stream or the connection that reports for it."""

from itertools import count

import grpc
import pytest

from attempts import Watch, until_in_time
from measure import at_most

GRACE = 1  # seconds
MARGIN = 0.2  # by so much the clock of a busy loop may be behind
MIB = 1 << 20
LOSSES = {
    "a reset stream": lambda agent, stream: stream.reset(),
    "a dropped connection": lambda agent, stream: agent.drop(),
}


@pytest.fixture
def procjon(start):
    return start(f"--disconnect-grace={GRACE}")


@pytest.fixture
def speaking(connect, history):
    """A function: an agent of its own whose open stream has reported for a service; the event is on the disk."""

    def speaking(service, code=0):
        agent = connect()
        agent.register(service)
        stream = agent.stream()
        stream.send(service, code)
        history.wait(service, 1 + (code != 0), 5)
        return agent, stream

    return speaking


@pytest.fixture
def grace_over(speaking, history):
    """A function: returns when every grace that ran until now is over, by losing one more service."""

    witnesses = (f"witness{number}" for number in count())

    def grace_over():
        agent, _ = speaking(witness := next(witnesses))
        agent.drop()
        assert history.wait(witness, 2, GRACE + 5)[1] == "not available: connection lost"

    return grace_over


@pytest.mark.parametrize("lose", LOSSES.values(), ids=LOSSES)
def test_a_lost_stream_makes_its_service_unavailable_after_the_grace(speaking, history, slack, lose):
    lose(*speaking("db"))
    assert history.wait("db", 2, GRACE + 5) == ["available", "not available: connection lost"]
    slack.wait_line("^Agent db is not available: connection lost\\.$", 5)


@pytest.mark.parametrize("lose", LOSSES.values(), ids=LOSSES)
def test_an_agent_back_within_the_grace_is_not_worth_a_word(speaking, connect, grace_over, history, lose):
    def attempt(number):
        service = f"db{number}"
        gone, back = speaking(service), connect()
        watch = Watch()
        lose(*gone)
        back.report((service, 0))
        watch.insist(GRACE - MARGIN)
        grace_over()
        assert history.of(service) == ["available"]

    until_in_time(attempt)


def test_the_recovery_of_an_agent_that_came_back_is_told_once(speaking, connect, grace_over, history):
    def attempt(number):
        service = f"db{number}"
        (agent, _), back = speaking(service, code=1), connect()
        watch = Watch()
        agent.drop()
        back.report((service, 0))
        watch.insist(GRACE - MARGIN)
        grace_over()
        assert history.of(service) == ["available", "status nok", "status ok"]

    until_in_time(attempt)


def test_the_end_of_a_stream_that_did_not_speak_last_means_nothing(speaking, connect, grace_over, history):
    old, _ = speaking("db")
    young = connect().stream()
    young.send("db", 1)
    history.wait("db", 2, 5)
    old.drop()
    grace_over()
    assert history.of("db") == ["available", "status nok"]


def test_several_services_of_one_stream_are_each_treated_by_itself(agent, history):
    agent.register_all(["db", "web"])
    stream = agent.stream()
    for service, code in (("db", 0), ("web", 1)):
        stream.send(service, code)
    history.wait("web", 2, 5)
    agent.register("db", timeout=1)  # not earlier: a first report may be late
    assert history.wait("db", 2, 5) == ["available", "not available: no status for 1 s"]
    assert history.of("web") == ["available", "status nok"]
    stream.finish()


def test_all_services_of_a_lost_stream_are_lost(agent, history):
    services = ["db", "web", "mail"]
    agent.register_all(services)
    stream = agent.stream()
    for service in services:
        stream.send(service)
        history.wait(service, 1, 5)
    stream.reset()
    for service in services:
        assert history.wait(service, 2, GRACE + 5)[1] == "not available: connection lost"


def test_a_report_of_a_service_never_registered_takes_no_other_along(agent, history):
    agent.register_all(["db", "web"])
    stream = agent.stream()
    for service in ("db", "web", "nobody"):
        stream.send(service)
    assert stream.error().code() is grpc.StatusCode.NOT_FOUND
    witness = agent.stream()
    agent.register("witness")
    witness.send("witness")
    history.wait("witness", 1, 5)
    witness.reset()
    history.wait("witness", 2, GRACE + 5)
    assert history.of("db") == history.of("web") == ["available"]


def test_registering_again_replaces_texts_and_keeps_the_state(agent, history):
    agent.register("db", ["ok", "nok"])
    agent.report(("db", 1))
    agent.register("db", ["fine", "broken", "burning"])
    agent.report(("db", 1), ("db", 2))
    assert history.of("db") == ["available", "status nok", "status burning"]


def test_a_shorter_timeout_counts_from_the_last_status(agent, history):
    agent.register("db", timeout=3600)
    agent.report(("db", 0))
    agent.register("db", timeout=1)
    assert history.wait("db", 2, 5)[1] == "not available: no status for 1 s"


@pytest.mark.measured
@pytest.mark.beside
def test_a_thousand_drops_and_returns_are_not_worth_a_word_and_leak_nothing(procjon, connect, speaking, grace_over,
                                                                            history, slack):
    def drop_and_return(times):
        for _ in range(times):
            with connect() as agent:
                stream = agent.stream()
                stream.send("db")
                agent.report(("db", 0))  # answered: the connection has been used both ways
                agent.drop()
                stream.abandon()

    def grown():
        """Once more: what grows by a leak grows again."""
        resident = procjon.rss()
        drop_and_return(1000)
        return procjon.rss() - resident

    speaking("db")
    drop_and_return(200)  # pools and caches fill here
    procjon.wait_fds(before := procjon.fds())
    at_most(MIB, grown, "bytes more after a thousand")
    connect().report(("db", 0))
    grace_over()
    assert history.of("db") == ["available"]
    assert not [line for line in slack.lines() if "db" in line][1:]
    procjon.wait_fds(before + 2)
