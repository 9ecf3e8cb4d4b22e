# SPDX-License-Identifier: MIT
"""Every kind of agent, while its server is killed, moves, gets new certificates, or cannot be reached.

In the long ones the server is killed a hundred times, and the network is gone until the connection is given up.
"""

import random
import shutil
import socket
import time

import pytest

import network
from agent import Agent
from measure import at_most
from network import Cable
from pki import Authority
from squad import HISTORIES, LATE, TIMEOUT, Squad

AWAY = 0.6  # seconds, at most, from a kill to the next start
# Timeout, and seconds without a network: heartbeats have time to be late, even twice as late where TCP waits as long.
SHORT = [(8, 1.5), (12, 5.5)]
TCP_RTO_MAX_MS = 44
LONG = 8  # of a timeout of 6
GIVEN_UP = 25  # after 20 without an acknowledgement the connection is given up

without_network = pytest.mark.skipif(network.forbidden() is not None,
                                     reason=f"no network namespaces: {network.forbidden()}")


def tcp_waits_as_told():
    """Linux 6.15: until then TCP doubles its waits, and a network that is back has to wait as long as it was gone."""
    with socket.socket() as sock:
        try:
            sock.setsockopt(socket.IPPROTO_TCP, TCP_RTO_MAX_MS, 1000)
        except OSError:
            return False
    return True


def free_address():
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return "%s:%d" % sock.getsockname()


def expect_all_alive(procjon, squad, slack):
    """One start more, and long enough after it for every silence to be noticed: no service is missed, nothing was told."""
    procjon.options.append("--restart-grace=2")
    lines = squad.lines()
    procjon.kill()
    procjon.start()
    squad.back(lines)
    with Agent(procjon.address) as witness:
        witness.register("witness", timeout=TIMEOUT + 2)
    assert squad.wait("witness", 1, 30) == ["not available: never reported"]
    squad.quiet()
    slack.wait_line("never reported", 30)
    assert not [line for line in slack.lines() if "available again" in line or "not available" in line
                and "witness" not in line]


@pytest.mark.parametrize("kills", [15, pytest.param(100, marks=pytest.mark.long)])
def test_a_server_that_is_killed_again_and_again_is_found_and_nobody_is_told(procjon, slack, kills):
    weather = random.Random(7)
    with Squad(procjon) as squad:
        procjon.options[1] = procjon.address
        for _ in range(kills):
            lines = squad.lines()
            procjon.kill()
            time.sleep(weather.uniform(0, AWAY))  # so that it comes back at any point of a wait
            procjon.start()
            squad.back(lines)
        expect_all_alive(procjon, squad, slack)


@pytest.mark.measured
def test_a_server_that_was_killed_is_found_in_time(procjon):
    weather = random.Random(7)
    timeout = 3  # a third of which is the longest wait between two tries
    with Squad(procjon, timeout=timeout) as squad:
        procjon.options[1] = procjon.address

        def measure():
            lines = squad.lines()
            procjon.kill()
            time.sleep(weather.uniform(0, AWAY))
            began = time.monotonic()
            procjon.start()
            squad.back(lines)
            return time.monotonic() - began

        for _ in range(5):
            at_most(timeout / 3 + LATE, measure, "seconds until all are back")


def test_a_server_that_moves_to_the_second_endpoint_and_back_is_followed(procjon):
    first, second = procjon.address, free_address()
    with Squad(procjon, "--endpoint", second) as squad:
        for address in (second, first):
            lines = squad.lines()
            procjon.stop()
            procjon.options[1] = address
            procjon.start()
            squad.back(lines, f"endpoint={address}")
        squad.quiet()


def replace_authority(authority):
    """By another one, and everything that it signs, in the same files."""
    other = Authority(authority.directory.with_name("other"))
    other.client()
    shutil.copytree(other.directory, authority.directory, dirs_exist_ok=True)


def test_a_server_with_a_new_certificate_or_a_new_authority_is_spoken_to_again(start, tmp_path):
    authority = Authority(tmp_path / "ours")
    client = authority.client()
    files = ["--root-cert", authority.root_cert, "--cert", client.cert_file, "--key-cert", client.key_file]
    procjon = start(f"--root-cert={authority.root_cert}", f"--cert={authority.server.cert_file}",
                    f"--key-cert={authority.server.key_file}")
    with Squad(procjon, *files) as squad:
        procjon.options[1] = procjon.address
        for change in (Authority.renew_server, replace_authority):
            lines = squad.lines()
            procjon.stop()
            change(authority)
            procjon.start()
            squad.back(lines, "tls=on")
        squad.quiet()


# ---- a network that is gone


@pytest.fixture
def cable():
    with Cable() as cable:
        yield cable


@pytest.fixture
def far(start, cable):
    """Starts agents that have only the cable. The cluster of procjonelastic is not behind it."""
    procjon = start("--insecure", endpoint=f"{network.HERE}:0")
    kinds = tuple(kind for kind in HISTORIES if kind != "elastic")
    return lambda timeout: Squad(procjon, prefix=cable.prefix, timeout=timeout, kinds=kinds)


@without_network
@pytest.mark.parametrize("timeout, away", SHORT if tcp_waits_as_told() else SHORT[:1])
def test_a_network_that_is_gone_for_less_than_the_timeout_is_nobodys_concern(cable, far, timeout, away):
    with far(timeout) as squad:
        for end in ("near", "far"):
            cable.cut(end)
            time.sleep(away)  # this is what the test is about
            cable.mend(end)
            time.sleep(timeout)
        squad.quiet()
        assert squad.count("connection lost") == 0


def expect_one_pair(cable, squad, end, away):
    cable.cut(end)
    began = time.monotonic()
    for kind in squad.kinds:
        squad.wait(kind, len(HISTORIES[kind]) + 1, 30)
    time.sleep(max(0, began + away - time.monotonic()))
    cable.mend(end)
    pair = [f"not available: no status for {TIMEOUT} s", "available again"]
    for kind in squad.kinds:
        # TCP, too, waits between its tries: perhaps for as long as before all of them together.
        assert squad.wait(kind, len(HISTORIES[kind]) + 2, away + 30) == [*HISTORIES[kind], *pair]
    time.sleep(TIMEOUT + 1)  # a second silence would be noticed
    for kind in squad.kinds:
        assert squad.history(kind) == [*HISTORIES[kind], *pair]


@without_network
@pytest.mark.parametrize("end", ["near", pytest.param("far", marks=pytest.mark.long)])
def test_a_network_that_is_gone_for_longer_than_the_timeout_is_told_once_and_so_is_its_return(cable, far, end):
    with far(TIMEOUT) as squad:
        expect_one_pair(cable, squad, end, LONG)


@pytest.mark.long
@without_network
@pytest.mark.parametrize("end", ["near", "far"])
def test_a_connection_that_was_given_up_is_made_again_when_the_network_is_back(cable, far, end):
    with far(TIMEOUT) as squad:
        expect_one_pair(cable, squad, end, GIVEN_UP)
        for agent in squad.agents.values():
            agent.says("connection lost")
            assert agent.count("connection lost") == 1
