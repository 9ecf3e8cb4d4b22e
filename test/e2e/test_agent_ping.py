# SPDX-License-Identifier: MIT
"""procjonping, and what all agent programs have in common: options, and how they end."""

import signal
import socket
import time

import pytest

import programs
from figures import share
from measure import at_most
from probe import preferred
from programs import AGENTS, SHORT, Ping, Program
from stage import REGISTER, Stage
from wire import fields

PROGRAMS = {"procjonping": [], "procjonsystemd": ["--unit=dull"], "procjonelastic": [], "procjonexec": ["--", "true"],
            "procjonrun": ["--", "true"]}
TABLES = {
    "procjonping": ["ok"],
    "procjonsystemd": ["active", "reloading", "inactive", "failed", "activating", "deactivating", "unknown", "maintenance"],
    "procjonelastic": ["green", "yellow", "red", "unknown"],
    "procjonexec": ["ok", "warning", "critical", "unknown"],
    "procjonrun": ["running", "succeeded", "failed", "killed"],
}


def test_a_host_that_lives_is_available_and_says_nothing_else(procjon, history):
    with Ping(procjon.address, f"--timeout={SHORT}") as ping:
        assert history.wait("host", 1, 30) == ["available"]
        with Ping(procjon.address, f"--timeout={SHORT + 1}", service="witness") as witness:
            history.wait("witness", 1, 30)
            assert witness.end() == 0
        assert history.wait("witness", 2, 30)[1] == f"not available: no status for {SHORT + 1} s"
        assert history.of("host") == ["available"]
        assert ping.end() == 0


def test_the_service_is_the_host_unless_it_is_named(procjon, history):
    with programs.Program(programs.AGENTS / "procjonping", "--endpoint", procjon.address) as ping:
        assert history.wait(socket.gethostname(), 1, 30) == ["available"]
        assert ping.end() == 0


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_program_registers_its_table_under_the_name_of_the_host_for_ten_seconds(name):
    with Stage() as stage, Program(AGENTS / name, "--endpoint", stage.address, *PROGRAMS[name]):
        peer = stage.peer()
        service = fields(peer.data(peer.request(REGISTER)[0])[5:])
        entries = [fields(entry) for entry in service[2]]
        assert {entry.get(1, [0])[0]: entry[2][0].decode() for entry in entries} == dict(enumerate(TABLES[name]))
        assert (service[1][0].decode(), service[3]) == (socket.gethostname(), [10])


@pytest.mark.measured
@pytest.mark.beside
def test_a_period_is_four_seconds():
    with Stage() as stage, Program(*preferred(), AGENTS / "procjonping", "--endpoint", stage.address):
        peer = stage.peer()
        stream = peer.accept()
        peer.status(stream)

        def off():
            began = time.monotonic()
            peer.status(stream)
            gap = time.monotonic() - began
            return share(seconds_late=(gap - 4, 0.5), seconds_early=(4 - gap, 0.1))

        at_most(1, off, "the most that is used of a limit")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_orderly_end_is_no_lost_connection(procjon, history, number):
    with Ping(procjon.address, f"--timeout={SHORT}") as ping:
        history.wait("host", 1, 30)
        assert ping.end(number) == 0
    assert history.wait("host", 2, 30)[1] == f"not available: no status for {SHORT} s"


def test_a_killed_agent_is_a_lost_connection(start, slack):
    procjon = start("--disconnect-grace=0")
    with Ping(procjon.address) as ping:
        slack.wait_lines(1, 30)
        ping.end(signal.SIGKILL)
        slack.wait_line("Agent host is not available: connection lost", 30)


def test_it_outlives_a_server_that_goes_and_comes_back(procjon, history):
    with Ping(procjon.address, "--timeout=30") as ping:  # so that the longest wait is 10 s
        history.wait("host", 1, 30)
        seen = len(ping.log)
        procjon.options[1] = procjon.address
        procjon.stop()
        procjon.start()
        ping.says("info channel: connected", within=60, after=seen)
        assert ping.end() == 0
    assert history.of("host") == ["available"]


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("option, named", [
    ("--no-such-option", "no-such-option"),
    ("--timeout=0", "0"),
    ("--period=10", "10"),
    ("--endpoint=nowhere", "nowhere"),
    ("--cert=only.pem", "root-cert"),
    ("--loglevel=loud", "loud"),
    ("--service=", "service"),
    (f"--service={257 * 'x'}", 32 * "x"),
    ("--service=o\udcffo", r"o\xffo"),  # no UTF-8
    ("--service=a\nb", "a\nb"),
    ("--period=4294968", "4294968"),  # whose milliseconds are more than the library counts
])
def test_a_wrong_option_ends_with_status_2_and_is_named(program, option, named):
    ended = programs.run(program, option, *PROGRAMS[program])
    assert (ended.returncode, ended.stdout) == (2, "") and named in ended.stderr


@pytest.mark.parametrize("program, variable, value", [
    ("procjonping", "PROCJON_TIMEOUT", "soon"),
    ("procjonexec", "PROCJON_LIMIT", "0"),
    ("procjonrun", "PROCJON_LINGER", "-1"),
])
def test_a_wrong_value_in_the_environment_is_a_usage_error_too(program, variable, value):
    ended = programs.run(program, *PROGRAMS[program], **{variable: value})
    assert ended.returncode == 2 and variable in ended.stderr and value in ended.stderr


@pytest.mark.parametrize("program, argument, named", [
    ("procjonping", ["superfluous"], "superfluous"),
    ("procjonexec", [], "COMMAND"),
    ("procjonrun", ["--"], "COMMAND"),
])
def test_a_wrong_number_of_operands_is_a_usage_error(program, argument, named):
    ended = programs.run(program, *argument)
    assert (ended.returncode, ended.stdout) == (2, "") and named in ended.stderr


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("option, expected", [("--help", "--endpoint"), ("--version", "procjon")])
def test_help_and_version_go_to_stdout(program, option, expected):
    ended = programs.run(program, option)
    assert (ended.returncode, ended.stderr) == (0, "") and expected in ended.stdout


@pytest.mark.parametrize("program", ["procjonping", "procjonexec"])
def test_a_certificate_that_cannot_be_read_is_a_failure_with_its_name(program, tmp_path):
    missing = tmp_path / "missing.pem"
    ended = programs.run(program, "--root-cert", missing, "--cert", missing, "--key-cert", missing, *PROGRAMS[program])
    assert ended.returncode == 1 and str(missing) in ended.stderr
