# SPDX-License-Identifier: MIT
"""A restart: services that go on reporting stay available without a message, and those that do not are told."""

import sqlite3
import time
from contextlib import closing

import pytest

import database
from agent import Agent
from attempts import Watch, until_in_time
from journal import TIMEOUT_FACTOR, eventually
from raw_fixtures import REPORT
from rawh2 import Peer, message
from slack import GONE, NEVER, OK
from wire import chunk, number

pytestmark = pytest.mark.steady

GRACE = 1  # seconds of restart-grace
MARGIN = 0.2  # by so much the clock of a busy loop may be behind
ENDS = {"a stop": lambda procjon: procjon.stop(), "kill -9": lambda procjon: procjon.kill()}
either_end = pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)


@pytest.fixture
def procjon(start, request):
    return start(f"--restart-grace={getattr(request, 'param', GRACE)}")


def register(procjon, *services, **options):
    with Agent(procjon.address) as agent:
        agent.register_all(services, **options)


def report(procjon, *reports):
    with Agent(procjon.address) as agent:
        agent.report(*reports)


def sit_out_the_grace(procjon, history, grace=GRACE):
    """Right after a start; when this returns, every service that is missed at the end of the grace has been told."""
    register(procjon, "witness", timeout=grace + 1)
    history.wait("witness", 1, 10)


def test_registrations_and_states_survive_and_a_restart_is_silent(procjon, history, slack):
    register(procjon, "db", "web")
    report(procjon, ("db", 1), ("web", 0))
    slack.wait_line("status to: nok|status nok", 5)
    procjon.restart()
    report(procjon, ("db", 1), ("web", 0), ("db", 0))
    assert history.of("db") == ["available", "status nok", "status ok"]
    assert history.of("web") == ["available"]


@either_end
def test_a_delivered_message_is_not_delivered_again(procjon, slack, end):
    register(procjon, "db")
    report(procjon, ("db", 1))
    slack.wait_line("status to: nok", 5)
    eventually(lambda: database.owed(procjon.database) == 0, 5, "the deliveries on the disk")
    end(procjon)
    procjon.start()
    report(procjon, ("db", 0))
    slack.wait_line("status to: ok", 5)
    assert slack.lines() == ["Agent db is available.", "Service db changed its status to: nok",
                             "Service db changed its status to: ok"]


@either_end
def test_exactly_the_agents_that_died_meanwhile_are_named(procjon, history, end):
    services = [f"host{number}" for number in range(20)]
    dead, alive = services[:2], services[2:]
    register(procjon, *services, timeout=round(6 * TIMEOUT_FACTOR))
    report(procjon, *((service, 0) for service in services))
    history.wait(services[-1], 1, 5)
    end(procjon)
    procjon.start()
    register(procjon, *alive)  # with a long timeout: they need not be fed while the others run out
    report(procjon, *((service, 0) for service in alive))
    for service in dead:
        assert history.wait(service, 2, 10)[1].startswith("not available")
    assert {tuple(history.of(service)) for service in alive} == {("available",)}


def test_what_may_have_been_told_before_the_end_is_not_taken_back_in_silence(procjon, slack):
    register(procjon, "db")
    report(procjon, ("db", 0))
    slack.wait_line("available", 5)
    slack.always = NEVER  # as far as the server knows: Slack has the message
    report(procjon, ("db", 1))
    slack.posts.wait_count(2, 5)
    procjon.kill()
    slack.always = OK
    slack.script(GONE)  # until it is told to try again: time for the change to be undone
    procjon.start()
    procjon.log.wait_until(lambda lines: any("sink is disabled" in line for line in lines), 5, "an answer")
    report(procjon, ("db", 0))
    eventually(lambda: database.owed(procjon.database) == 2, 5, "both changes on the disk")
    procjon.reload()
    slack.wait_line("^db: status ok as before, 2 changes", 15)


def test_who_was_away_stays_away_silently_and_the_return_is_told(procjon, history):
    register(procjon, "db")
    report(procjon, ("db", 0))
    register(procjon, "db", timeout=1)  # not earlier: a first report may be late
    history.wait("db", 2, 5)
    procjon.restart()
    sit_out_the_grace(procjon, history)
    register(procjon, "db")  # nor afterwards
    report(procjon, ("db", 0))
    assert history.of("db") == ["available", "not available: no status for 1 s", "available again"]


def test_who_reports_within_the_grace_and_then_falls_silent_is_named_at_its_timeout(procjon, start, history):
    register(procjon, "db")
    report(procjon, ("db", 0))
    procjon.stop()
    with closing(sqlite3.connect(procjon.database)) as connection, connection:  # as if it had been so all the time
        connection.execute("UPDATE service SET timeout_s = 1")
    patient = start("--restart-grace=60")
    register(patient, "witness", timeout=2)
    history.wait("witness", 1, 10)  # by then nothing was due, although the timeout has passed
    report(patient, ("db", 0))
    assert history.wait("db", 2, 10) == ["available", "not available: no status for 1 s"]


def test_restarts_more_frequent_than_the_timeout_do_not_hide_a_silent_service(procjon, history):
    register(procjon, "db")
    report(procjon, ("db", 0))
    register(procjon, "db", timeout=3)
    history.wait("db", 1, 5)
    for _ in range(4):
        procjon.restart()
    assert history.wait("db", 2, 10)[1].startswith("not available")


def feed(stream, seconds):
    """Reports so often that the last one is never long ago."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        stream.send("db")
        time.sleep(0.1)


@either_end
def test_a_restart_with_less_grace_calls_nobody_silent_who_reported(procjon, start, history, end):
    register(procjon, "db", timeout=GRACE + 7)
    end(procjon)
    patient = start("--restart-grace=60")
    with Agent(patient.address) as agent:
        stream = agent.stream()
        feed(stream, GRACE + 8)  # longer than the timeout: what was stored first is long ago
        end(patient)
        stream.abandon()
    procjon.start()
    sit_out_the_grace(procjon, history)
    assert history.of("db") == ["available"]
    assert history.wait("db", 2, 10)[1] == f"not available: no status for {GRACE + 7} s"


@either_end
@pytest.mark.parametrize("procjon", [4], indirect=True)
def test_a_timeout_that_was_lengthened_counts_from_the_last_report_after_a_restart(procjon, history, end):
    grace = 4  # longer than any delay of a report
    register(procjon, "db", timeout=grace)
    with Agent(procjon.address) as agent:
        stream = agent.stream()
        feed(stream, 2 * grace)  # with the grace longer than the new timeout
        agent.register("db", timeout=2 * grace + 2)
        history.of("db")  # the checkpoint that the registration asks for is on the disk
        end(procjon)
        stream.abandon()
    procjon.start()
    sit_out_the_grace(procjon, history, grace)
    assert history.of("db") == ["available"]


@either_end
def test_what_slack_did_not_take_before_the_end_is_told_after_it(procjon, slack, end):
    slack.always = NEVER
    register(procjon, "db")
    report(procjon, ("db", 1))
    slack.posts.wait_count(1, 5)
    eventually(lambda: database.owed(procjon.database) == 2, 5, "both messages on the disk")
    end(procjon)
    slack.always = OK
    procjon.start()
    slack.wait_line("db.*nok", 10)
    slack.wait_line("db.*available", 10)
    eventually(lambda: database.owed(procjon.database) == 0, 5, "the deliveries on the disk")


def test_a_suspended_server_counts_as_absent(procjon, history):
    register(procjon, "db", timeout=6)
    report(procjon, ("db", 0))
    history.wait("db", 1, 5)
    with procjon.suspended():
        time.sleep(8)  # longer than the timeout, and longer than any turn of the loop may take: it cannot have been merely slow
    report(procjon, ("db", 1))
    assert history.of("db") == ["available", "status nok"]


def test_what_was_sent_to_a_suspended_server_is_heard_before_anybody_is_called_silent(procjon, history):
    def attempt(attempts):
        service = f"db{attempts}"
        register(procjon, service, timeout=1)
        with Peer(procjon.address) as peer:
            peer.send(peer.call(1, REPORT))
            first = tell(peer, service, 0)
            assert peer.barrier()
            met = time.monotonic()
            with procjon.suspended():
                time.sleep(0.5)  # half of its time, then a report, then the rest
                tell(peer, service, 0)
                first.insist(1 - MARGIN)
                time.sleep(max(0, met + 1.2 - time.monotonic()))
                last = Watch()
            tell(peer, service, 1)
            assert peer.barrier()
            last.insist(1 - MARGIN)
            assert history.wait(service, 2, 5)[:2] == ["available", "status nok"]

    until_in_time(attempt)


def tell(peer, service, code):
    """On its only stream; returns a watch that was started before."""
    watch = Watch()
    peer.send(message(1, chunk(1, service) + number(2, code)))
    return watch
