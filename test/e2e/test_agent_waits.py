# SPDX-License-Identifier: MIT
"""How long the agent library waits before it tries again, and how little it needs while there is nothing to do."""

import re
import time
from itertools import count
from pathlib import Path

import h2.errors
import pytest

from figures import share
from journal import eventually
from measure import at_most
from pki import Authority
from probe import preferred
from stage import REGISTER, SEND, Stage
from teller import BUILD, Program, Teller

pytestmark = [pytest.mark.measured, pytest.mark.beside]

SPREAD = 0.2  # of a back-off
LATE = 0.35   # seconds that a busy machine may add to a wait
USED = "the most that is used of a limit"


def private_bytes(pid):
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return 1024 * sum(int(kb) for kb in re.findall(r"^Private_\w+:\s+(\d+) kB", rollup, re.MULTILINE))


def cpu_seconds(pid):
    """To the nanosecond, where /proc/PID/stat counts hundredths of a second; of all threads."""
    return sum(int((task / "schedstat").read_text().split()[0]) for task in Path(f"/proc/{pid}/task").iterdir()) / 1e9


def test_an_idle_agent_under_tls_needs_less_than_4_mib_and_a_thousandth_of_a_cpu(start, slack, tmp_path):
    authority = Authority(tmp_path / "ours")
    procjon = start(f"--root-cert={authority.root_cert}", f"--cert={authority.server.cert_file}",
                    f"--key-cert={authority.server.key_file}")
    with Program(*preferred(), BUILD / "agents/example/disk", "/nowhere", procjon.address, authority.root_cert,
                 *authority.client()) as example:
        slack.wait_line("Service disk changed its status to: unreadable", 30)

        def used():
            used, began = cpu_seconds(example.pid), time.monotonic()
            eventually(lambda: time.monotonic() - began > 20, 30, "five periods")
            return share(of_a_core=((cpu_seconds(example.pid) - used) / (time.monotonic() - began), 0.001),
                         private_MiB=(private_bytes(example.pid) / (1 << 20), 4))

        at_most(1, used, USED)


def distance(waits, expected, early):
    """How far some waits are from what a back-off may make of what is expected, as a share of what is allowed."""
    pairs = list(zip(waits, expected, strict=True))
    print("  waited", *(f"{wait:.3f}" for wait in waits), "s")
    return share(seconds_early=(max(base * (1 - SPREAD) - wait for wait, base in pairs), early),
                 seconds_late=(max(wait - base * (1 + SPREAD) for wait, base in pairs), LATE))


def gaps(stage, count, act):
    whens = []
    for _ in range(count):
        peer, when = stage.next(within=20)
        act(peer)
        whens.append(when)
    return [later - earlier for earlier, later in zip(whens, whens[1:])]


def close_before_settings(peer):
    peer.sock.close()


def close_after_settings(peer):
    peer.settings()
    peer.request()
    peer.sock.close()


@pytest.mark.parametrize("act", [close_before_settings, close_after_settings])
def test_the_waits_between_two_tries_grow_as_grpc_says_up_to_a_third_of_the_timeout(act):
    def used():
        with Stage() as stage, Teller(stage.address, prefix=preferred()) as teller:
            teller.add(timeout=9)
            return distance(gaps(stage, 6, act), (1, 1.6, 2.5, 2.5, 2.5), early=0.02)

    at_most(1, used, USED)


def end_stream(peer, stream, status):
    if status == 0:
        peer.ok(stream)
    else:
        peer.fail(stream, status, "EOF")


@pytest.mark.parametrize("status", [0, 14, *(pytest.param(code, marks=pytest.mark.long) for code in (1, 2, 8, 10, 13))])
def test_a_stream_that_the_server_ends_is_opened_again_after_waits_that_grow_until_one_has_lasted(status):
    expected = (1, 1.6, 1)

    def used():
        waits = []
        with Stage() as stage, Teller(stage.address, period=300, prefix=preferred()) as teller:
            teller.add(timeout=3600, code=1)
            peer = stage.peer()
            stream = peer.accept()
            for base in expected:
                if base == 1:
                    for _ in range(3):  # so that it has lasted
                        assert peer.status(stream) == ("db", 1)
                began = time.monotonic()
                end_stream(peer, stream, status)
                registration, _ = peer.request(REGISTER)
                waits.append(time.monotonic() - began)
                peer.ok(registration)
                stream, _ = peer.request(SEND)
            assert teller.count("connected") == 1
        return distance(waits, expected, early=0.01)

    at_most(1, used, USED)


def test_a_server_without_settings_is_left_after_10_s_for_the_next_one(procjon, history):
    names = (f"db{number}" for number in count())

    def used():
        began, name = time.monotonic(), next(names)
        with Stage() as stage, Teller(stage.address, procjon.address, prefix=preferred()) as teller:
            teller.add(name)
            stage.next()
            history.wait(name, 1, 60)
            waited = time.monotonic() - began
            teller.says("server not reached", stage.address, "handshake was not finished in time")
        assert waited >= 10
        return waited

    at_most(11, used, "seconds until the next server has heard of the service")


def test_a_registration_without_an_answer_is_given_up_after_10_s_and_tried_again():
    def used():
        with Stage() as stage, Teller(stage.address, prefix=preferred()) as teller:
            teller.add(timeout=2)
            began = time.monotonic()
            peer = stage.peer()
            stream, _ = peer.request(REGISTER)
            assert peer.reset(stream) == h2.errors.ErrorCodes.CANCEL
            waited = time.monotonic() - began
            teller.says("not registered", "DEADLINE_EXCEEDED")
            peer.accept()
        assert waited >= 9.9
        return waited

    at_most(11, used, "seconds until it is given up")
