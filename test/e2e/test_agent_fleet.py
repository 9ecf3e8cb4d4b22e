# SPDX-License-Identifier: MIT
"""A thousand agents that lose their server in the same moment, and how little one of them needs meanwhile.

In the long ones the server is unreachable until the waits have grown to their longest.
"""

import re
import time
from collections import Counter
from pathlib import Path

import pytest

from figures import share
from journal import Journal
from measure import at_most
from pki import Authority
from probe import preferred
from programs import AGENTS, Program
from talker import Talker
from teller import BUILD
from test_agent_waits import cpu_seconds, private_bytes

pytestmark = [pytest.mark.measured, pytest.mark.beside]

COUNT = 1000
SHARE_MAX = 0.2  # of all agents, in any second
PERIODS = 2  # of an agent that is watched while it is idle
PERIOD = 4


class Fleet(Talker):
    """test/lib/fleet.c. `connected` holds the moments, on the clock of time.monotonic()."""

    def __init__(self, address, timeout):
        super().__init__(*preferred(), BUILD / "test/fleet", COUNT, timeout, address)
        self.connected = Journal("the fleet")
        self.listen()

    def hear(self, line):
        self.connected.add(int(line.split()[1]) / 1000)


@pytest.mark.parametrize("timeout, away", [
    (36, 0.5),
    pytest.param(36, 5, marks=pytest.mark.long),
    pytest.param(3600, 100, marks=pytest.mark.long),
])
def test_a_thousand_agents_that_lose_their_server_at_once_come_back_in_time_and_not_in_step(afresh, timeout, away):
    """With a timeout T all must be back within T/3, so that a short one leaves no room for that: 36 s does."""
    longest = min(60, timeout / 3)

    def used():
        last, most = come_back(afresh, timeout, away, longest)
        return share(seconds_until_all_are_back=(last, longest + 1), of_all_in_one_second=(most / COUNT, SHARE_MAX))

    at_most(1, used, "the most that is used of a limit")


def come_back(afresh, timeout, away, longest):
    """After how many seconds the last of them is back, and how many are in the same second."""
    with afresh(prefix=preferred()) as procjon, Fleet(procjon.address, timeout) as fleet:
        fleet.connected.wait_count(COUNT, 60)
        time.sleep(2)  # so that none of them has to wait before it looks for the server again
        procjon.options[1] = procjon.address
        procjon.kill()
        time.sleep(away)
        began = time.monotonic()
        procjon.start()
        back = fleet.connected.wait_count(2 * COUNT, longest + 60)[COUNT:]
    seconds = Counter(int(moment - began) for moment in back)
    print(f"  back in each second: {[seconds[n] for n in range(max(seconds) + 1)]}")
    return max(back) - began, max(seconds.values())


def wake_ups(pid):
    """How often a process that has waited was woken."""
    return int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)$", Path(f"/proc/{pid}/status").read_text(), re.M)[1])


def idleness(pid, periods):
    """How much of its limits an agent uses that does nothing but report."""
    woken, used = wake_ups(pid), cpu_seconds(pid)
    time.sleep(periods * PERIOD)  # this is what is measured
    woken, used = wake_ups(pid) - woken, cpu_seconds(pid) - used
    return share(times_awake=(woken, periods + 1),  # once more where the window of the measurement begins
                 of_a_core=(used / (periods * PERIOD), 0.001), private_MiB=(private_bytes(pid) / (1 << 20), 4))


def test_an_idle_procjonping_under_tls_wakes_once_a_period_and_needs_less_than_4_mib(start, slack, tmp_path):
    authority = Authority(tmp_path / "ours")
    client = authority.client()
    procjon = start(f"--root-cert={authority.root_cert}", f"--cert={authority.server.cert_file}",
                    f"--key-cert={authority.server.key_file}")
    with Program(*preferred(), AGENTS / "procjonping", "--endpoint", procjon.address, "--service=host", "--root-cert",
                 authority.root_cert, "--cert", client.cert_file, "--key-cert", client.key_file) as ping:
        slack.wait_line("Agent host is available", 30)
        time.sleep(1)  # for the last answers to come in
        at_most(1, lambda: idleness(ping.pid, PERIODS), "the most that is used of a limit")
        assert ping.end() == 0
