# SPDX-License-Identifier: MIT
"""A thousand agents that lose their server in the same moment, and how little one of them needs meanwhile.

In the long ones the server is away until the waits have grown to their longest.
"""

import re
import time
from collections import Counter
from pathlib import Path

import pytest

from journal import Journal
from pki import Authority
from programs import AGENTS, Program
from squad import LATE
from talker import Talker
from teller import BUILD
from test_agent_library import private_bytes

pytestmark = pytest.mark.measured

COUNT = 1000
SHARE_MAX = 0.2  # of all agents, in any second
PERIODS = 2  # of an agent that is watched while it is idle
PERIOD = 4


class Fleet(Talker):
    """test/lib/fleet.c. `connected` holds the moments, on the clock of time.monotonic()."""

    def __init__(self, address, timeout):
        super().__init__(BUILD / "test/fleet", COUNT, timeout, address)
        self.connected = Journal("the fleet")
        self.listen()

    def hear(self, line):
        self.connected.add(int(line.split()[1]) / 1000)


@pytest.mark.parametrize("timeout, away", [
    (36, 0.5),
    pytest.param(36, 5, marks=pytest.mark.long),
    pytest.param(3600, 100, marks=pytest.mark.long),
])
def test_a_thousand_agents_that_lose_their_server_at_once_come_back_in_time_and_not_in_step(procjon, timeout, away):
    """With a timeout T all must be back within T/3, so that a short one leaves no room for that: 36 s does."""
    longest = min(60, timeout / 3)
    with Fleet(procjon.address, timeout) as fleet:
        fleet.connected.wait_count(COUNT, 20)
        time.sleep(2)  # so that none of them has to wait before it looks for the server again
        procjon.options[1] = procjon.address
        procjon.kill()
        time.sleep(away)
        began = time.monotonic()
        procjon.start()
        back = fleet.connected.wait_count(2 * COUNT, longest + LATE)[COUNT:]
    seconds = Counter(int(moment - began) for moment in back)
    print(f"back after {max(back) - began:.1f} s; in each second: {[seconds[n] for n in range(max(seconds) + 1)]}")
    assert max(back) - began <= longest + 1
    assert max(seconds.values()) <= SHARE_MAX * COUNT


def wake_ups(pid):
    """How often a process that has waited was woken."""
    return int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)$", Path(f"/proc/{pid}/status").read_text(), re.M)[1])


def cpu_seconds(pid):
    """To the nanosecond, where /proc/PID/stat counts hundredths of a second."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def test_an_idle_procjonping_under_tls_wakes_once_a_period_and_needs_less_than_4_mib(start, slack, tmp_path):
    authority = Authority(tmp_path / "ours")
    client = authority.client()
    procjon = start(f"--root-cert={authority.root_cert}", f"--cert={authority.server.cert_file}",
                    f"--key-cert={authority.server.key_file}")
    with Program(AGENTS / "procjonping", "--endpoint", procjon.address, "--service=host", "--root-cert",
                 authority.root_cert, "--cert", client.cert_file, "--key-cert", client.key_file) as ping:
        slack.wait_line("Agent host is available", 10)
        time.sleep(1)  # for the last answers to come in
        woken, used = wake_ups(ping.pid), cpu_seconds(ping.pid)
        time.sleep(PERIODS * PERIOD)  # this is what is measured
        woken, used = wake_ups(ping.pid) - woken, cpu_seconds(ping.pid) - used
        memory = private_bytes(ping.pid)
        print(f"{woken} times awake in {PERIODS} periods, {used * 1000:.1f} ms of a core, {memory >> 10} KiB")
        assert woken <= PERIODS + 1  # once more where the window of the measurement begins
        assert used / (PERIODS * PERIOD) < 0.001
        assert memory < 4 << 20
        assert ping.end() == 0
