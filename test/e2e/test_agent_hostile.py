# SPDX-License-Identifier: MIT
"""The agent library in programs that call its functions at the worst moments that its header allows (test/lib/hostile.c)."""

import pytest

from journal import TIMEOUT_FACTOR
from pki import Authority
from teller import BUILD, Program


def play(scenario, address, *arguments, within=300):
    """The output of the program, which ends with 0 if the library behaved as its header says."""
    with Program(BUILD / "test/hostile", scenario, address, *arguments) as hostile:
        assert hostile.process.wait(within * TIMEOUT_FACTOR) == 0, list(hostile.log)[-20:]
        said = hostile.process.stdout.read()
        assert said.endswith("done\n")
        return said.removesuffix("done\n")


@pytest.mark.parametrize("scenario", ["cycles", "threads", "callbacks", "early"])
def test_the_library_keeps_its_word(procjon, scenario):
    play(scenario, procjon.address)


@pytest.mark.parametrize("scenario, address", [("nowhere", "127.0.0.1:1"), ("nowhere", "unix:/nonexistent/procjon.sock"),
                                               ("nameless", "no-such-host.invalid:1")])
def test_agents_without_a_server_stop_and_say_that_nothing_was_delivered(scenario, address):
    play(scenario, address)


def test_without_a_descriptor_left_an_agent_waits_for_one(procjon, history):
    play("starved", procjon.address)
    assert history.of("starved") == ["available", "status nok"]


@pytest.mark.parametrize("seconds", [2, pytest.param(65, marks=pytest.mark.long)])
def test_a_loop_that_has_not_turned_for_long_goes_on(procjon, history, seconds):
    play("paused", procjon.address, seconds)
    assert history.of("paused") == ["available", "status nok"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])  # and with names that were looked up
def test_a_child_of_fork_may_have_an_agent_of_its_own_and_may_end(procjon, history, host):
    play("fork", procjon.address.replace("127.0.0.1", host))
    assert history.of("child") == history.of("parent") == ["available", "status nok"]


def test_a_program_that_is_started_inherits_nothing(procjon):
    assert play("exec", procjon.address).split() == ["0", "1", "2", "3"]  # the last is what lists them


@pytest.mark.heavy("three hundred programs")
def test_a_program_may_end_in_the_middle_of_it_all(start, tmp_path):
    authority = Authority(tmp_path / "ours")
    procjon = start(f"--root-cert={authority.root_cert}", f"--cert={authority.server.cert_file}",
                    f"--key-cert={authority.server.key_file}")
    play("exit", procjon.address, authority.root_cert, *authority.client(), within=1800)  # each has a minute
