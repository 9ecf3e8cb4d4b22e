# SPDX-License-Identifier: MIT
"""Milliseconds: the loop is never blocked, whatever Slack, the disk or ten thousand services do."""

import math
import re
import tempfile
from datetime import datetime, timezone

import pytest

import database
from agent import Agent
from journal import eventually
from measure import at_most
from metronome import report_over
from probe import Probe
from slack import BROKEN, HANG_UP, NEVER, after
from test_web import Web

pytestmark = pytest.mark.measured

BROWSERS = 32  # as many as may be connected
LATEST = 0.050  # seconds that a timeout may be late, and that the loop may be blocked
GONE = re.compile(r"^(\S+)Z info \S+: .*not available.*service=(\S+)|^(\S+)Z info \S+: .*service=(\S+).*not available")


def departures(log):
    """When the log says that each service was not available any more: seconds since 1970, by service."""
    found = {}
    for line in log:
        if match := GONE.search(line):
            when, service = filter(None, match.groups())
            found[service] = datetime.fromisoformat(when).replace(tzinfo=timezone.utc).timestamp()
    return found


@pytest.mark.parametrize("trouble", [after(10), NEVER, BROKEN, HANG_UP], ids=["slow", "silent", "broken", "closing"])
def test_a_troubled_slack_delays_no_timeout_of_a_thousand_services(afresh, slack, trouble):
    timeout = 2
    services = [f"db{number}" for number in range(1000)]

    def latest():
        with tempfile.TemporaryDirectory() as home, afresh(f"--endpoint=unix:{home}/socket") as procjon:
            with Agent(procjon.address) as agent:
                agent.register_all(services, timeout=timeout)
            sent = report_over(1, f"unix:{home}/socket", services)  # TCP may wait for a thread without that priority
            gone = procjon.log.wait_until(
                lambda log: len(found := departures(log)) == len(services) and found, timeout + 30, "all departures")
        late = sorted(gone[service] - sent[service] - timeout for service in services)
        print(f"  earliest {late[0] * 1000:.1f} ms, median {late[500] * 1000:.1f} ms")
        return late[-1] if late[0] >= -0.001 else math.inf  # the log cuts below a millisecond

    slack.always = trouble
    at_most(LATEST, latest, "seconds that the latest of 1000 timeouts is late")


def test_ten_thousand_timeouts_in_one_second_stop_nobody_and_lose_nothing(afresh):
    timeout = 3
    services = [f"db{number}" for number in range(10_000)]

    def worst():
        with afresh() as procjon:
            with Agent(procjon.address) as agent:
                agent.register_all(services, timeout=timeout)
            with Probe(procjon.address, least=100) as probe:
                report_over(0, procjon.address, services)
                eventually(lambda: gone(procjon) == len(services), timeout + 30, "all departures on the disk")
        return probe.worst

    at_most(LATEST, worst, "seconds of the longest round trip")


def look(browsers):
    """All of them at once: every kind of answer that grows with the services."""
    for path in ("/", "/api/services", "/metrics"):
        for browser in browsers:
            browser.connection.request("GET", path)
        for browser in browsers:
            answer = browser.connection.getresponse()
            assert answer.status == 200 and len(answer.read()) > 1000


def test_ten_thousand_services_that_are_looked_at_by_many_stop_nobody(afresh):
    services = [f"db{number}" for number in range(10_000)]

    def worst():
        with afresh("--http=127.0.0.1:0") as procjon:
            with Agent(procjon.address) as agent:
                agent.register_all(services)
            browsers = [Web(procjon) for _ in range(BROWSERS)]
            with Probe(procjon.address, least=10) as probe:
                look(browsers)
            for browser in browsers:
                browser.connection.close()
        return probe.worst

    at_most(LATEST, worst, "seconds of the longest round trip")


def gone(procjon):
    return database.rows(procjon.database, "SELECT count(DISTINCT service) FROM event WHERE kind = 2")[0][0]
