# SPDX-License-Identifier: MIT
"""Milliseconds: the loop never stands still, whatever Slack, the disk or ten thousand services do."""

import re
from datetime import datetime, timezone

import pytest

import database
from journal import eventually
from metronome import report_over
from probe import Probe, preferred
from slack import BROKEN, HANG_UP, NEVER, after

pytestmark = pytest.mark.measured

LATEST = 0.050  # seconds a timeout may be late, and the loop may stand still
GONE = re.compile(r"^(\S+)Z info \S+: .*not available.*service=(\S+)|^(\S+)Z info \S+: .*service=(\S+).*not available")


def departures(log):
    """When the log says that each service was not available any more: seconds since 1970, by service."""
    found = {}
    for line in log:
        if match := GONE.search(line):
            when, service = filter(None, match.groups())
            found[service] = datetime.fromisoformat(when).replace(tzinfo=timezone.utc).timestamp()
    return found


@pytest.fixture
def procjon(start):
    return start(prefix=preferred())


@pytest.mark.parametrize("trouble", [after(10), NEVER, BROKEN, HANG_UP], ids=["slow", "silent", "broken", "closing"])
def test_a_troubled_slack_delays_no_timeout_of_a_thousand_services(procjon, agent, slack, trouble):
    timeout = 2
    slack.always = trouble
    services = [f"db{number}" for number in range(1000)]
    agent.register_all(services, timeout=timeout)
    sent = report_over(1, procjon.address, services)
    eventually(lambda: len(departures(procjon.log)) == len(services), timeout + 5, "all departures in the log")
    late = sorted(departure - sent[service] - timeout for service, departure in departures(procjon.log).items())
    assert late[0] >= -0.001, f"{-late[0] * 1000:.1f} ms early"  # the log cuts below a millisecond
    assert late[-1] < LATEST, f"worst {late[-1] * 1000:.1f} ms, median {late[500] * 1000:.1f} ms"


def test_ten_thousand_timeouts_in_one_second_stop_nobody_and_lose_nothing(procjon, agent):
    timeout = 3
    services = [f"db{number}" for number in range(10_000)]
    agent.register_all(services, timeout=timeout)
    with Probe(procjon.address) as probe:
        report_over(0, procjon.address, services)
        eventually(lambda: gone(procjon) == len(services), timeout + 10, "all departures on the disk")
    assert gone(procjon) == len(services)
    assert probe.count > 100
    assert probe.worst < LATEST, f"worst of {probe.count} round trips: {probe.worst * 1000:.1f} ms"


def gone(procjon):
    return database.rows(procjon.database, "SELECT count(DISTINCT service) FROM event WHERE kind = 2")[0][0]
