# SPDX-License-Identifier: MIT
"""Failures of the environment that once broke the server."""

import fcntl
import os
import shutil
import subprocess
import time

import grpc
import pytest

import database
import server
from agent import Agent
from attempts import Watch, until_in_time
from journal import HANG, TIMEOUT_FACTOR, eventually
from server import Procjon, clean_environment, command
from wire import connected

FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"


def field(number, value):
    return bytes([number << 3 | 2, len(value)]) + value


def test_of_a_status_code_given_twice_the_last_text_counts(agent, procjon, history):
    entries = [b"\x08\x01" + field(2, text) for text in (b"first", b"second", b"third")]
    agent.register_call(field(1, b"db") + b"".join(field(2, entry) for entry in entries) + b"\x18\x3c")
    agent.report(("db", 1))
    assert database.statuses(procjon.database, "db") == {1: "third"}
    assert history.of("db") == ["available", "status third"]


@pytest.mark.parametrize("word", ["", "0", "false"])
def test_a_switch_that_the_environment_turns_off_is_off(tmp_path, word):
    refused = Procjon(tmp_path / "data", endpoint="0.0.0.0:0", environment={"PROCJON_INSECURE": word}).refused()
    assert refused[0] == 1 and "--insecure" in refused[1]


def test_a_switch_that_is_neither_on_nor_off_is_a_usage_error():
    ended = server.run(PROCJON_INSECURE="perhaps")
    assert ended.returncode == 2 and "PROCJON_INSECURE" in ended.stderr and "perhaps" in ended.stderr


@pytest.mark.parametrize("options, complaint", [
    (["-xl"], "unknown option '-x'"),
    (["--insecure=yes"], "'--insecure=yes' takes no value"),
    (["--endpoint=127.0.0.1:9", "--endpoint=127.0.0.1:9"], "'127.0.0.1:9' is given twice"),
    (["--endpoint=unix:/tmp/a", "--endpoint=unix:/tmp/a"], "'unix:/tmp/a' is given twice"),
])
def test_a_usage_error_names_what_is_wrong(options, complaint):
    ended = server.run(*options)
    assert ended.returncode == 2 and complaint in ended.stderr


class Detached:
    """A server whose log goes nowhere that this test could read with the usual class."""

    def __init__(self, tmp_path, **streams):
        self.endpoint = f"unix:{tmp_path}/sock"
        self.process = subprocess.Popen(
            command("--http=", "--data", tmp_path / "data", "--endpoint", self.endpoint, "--loglevel=debug"),
            env=clean_environment(), **streams)
        eventually(self._listens, 10, "a socket to connect to")

    def _listens(self):
        """A socket file is there a moment before the listener accepts."""
        try:
            connected(self.endpoint).close()
            return True
        except (FileNotFoundError, ConnectionRefusedError):
            return False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.terminate()
        return self.process.wait(HANG * TIMEOUT_FACTOR)


def close_standard_streams():
    for fd in range(3):
        os.close(fd)


@pytest.mark.heavy("valgrind opens files of its own in their place")
def test_a_server_without_standard_streams_serves_and_ends_with_status_0(tmp_path):
    with Detached(tmp_path, preexec_fn=close_standard_streams) as detached:
        with Agent(detached.endpoint) as agent:
            agent.register("db")
            agent.report(("db", 1))
        assert detached.stop() == 0


def test_a_log_that_nobody_reads_stops_nothing_and_owns_up_to_its_losses(tmp_path):
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    with os.fdopen(reader) as log, Detached(tmp_path, stderr=writer) as detached:
        os.close(writer)
        with Agent(detached.endpoint) as agent:
            for number in range(200):
                agent.register(f"db{number}")
            os.read(reader, 4096)
            agent.register("one more")
        assert detached.stop() == 0
        assert "warning log: lines lost, stderr was full count=" in log.read()


def test_a_server_that_is_stopped_again_and_again_calls_nobody_silent(procjon, connect, history):
    """Each report comes over a connection of its own, the first time that one can: after the stop."""
    def attempt(number):
        service = f"db{number}"
        connect().register(service, timeout=1)
        before = Watch()
        connect().report((service, 0))
        for _ in range(5):
            with procjon.suspended():
                before.insist(0.8)  # it was not silent yet
                time.sleep(2.2)  # longer than the timeout; by so much it is late, and waits for agents
                after, before = Watch(), Watch()
            connect().report((service, 0))
            after.insist(1)
        connect().register(service)
        before.insist(0.8)
        assert history.of(service) == ["available"]

    until_in_time(attempt)


def test_after_its_data_was_deleted_the_server_promises_nothing(procjon, agent, slack):
    agent.register("db")
    shutil.rmtree(procjon.data)
    with pytest.raises(grpc.RpcError) as refusal:
        agent.register("web")
    assert refusal.value.code() is grpc.StatusCode.UNAVAILABLE
    assert "moved or deleted" in refusal.value.details()
    agent.report(("db", 1))
    slack.wait_line("nok", 5)  # all the same


@pytest.mark.measured  # a preloaded library and a sanitizer do not go together
@pytest.mark.beside
@pytest.mark.skipif(not os.path.exists(FAKETIME), reason="faketime is not installed")
@pytest.mark.parametrize("step", ["+3h", "-3h"])
def test_a_wall_clock_that_is_set_makes_nobody_silent_after_a_restart(tmp_path, start, slack, step):
    clock = tmp_path / "clock"
    clock.write_text("+0\n")
    procjon = start("--restart-grace=1",
                    environment={"LD_PRELOAD": FAKETIME, "FAKETIME_TIMESTAMP_FILE": str(clock),
                                 "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"})
    with Agent(procjon.address) as agent:
        agent.register_all(["db", "mute"], timeout=120)
        agent.report(("db", 0))
    slack.wait_lines(1, 30)
    clock.write_text(f"{step}\n")
    procjon.log.wait_until(lambda lines: any("the wall clock was set" in line for line in lines), 30)
    procjon.restart()
    with Agent(procjon.address) as agent:
        agent.register("witness", timeout=1)  # silent after all that the restart could make silent
    slack.wait_line("witness is not available", 30)
    procjon.stop()
    assert slack.updates("db") == ["available"]
    assert slack.updates("mute") == []
