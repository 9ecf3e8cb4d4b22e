# SPDX-License-Identifier: MIT
"""The program: start, errors of options, and end."""

import os
import re
import shutil
import signal
import socket
import sqlite3
import threading
import time

import grpc
import h2.events
import pytest

import database
import server
from agent import Agent
from attempts import TooLate, Watch, until_in_time
from journal import HANG, TIMEOUT_FACTOR
from server import Procjon
from wire import Connection


@pytest.mark.parametrize("options, named", [
    (["--no-such-option"], "no-such-option"),
    (["--endpoint"], "endpoint"),
    (["--endpoint=nowhere"], "nowhere"),
    (["--endpoint=127.0.0.1:99999"], "99999"),
    (["--loglevel=loud"], "loud"),
    (["--disconnect-grace=soon"], "soon"),
    (["--restart-grace=-1"], "-1"),
    (["superfluous"], "superfluous"),
    (["--cert=only.pem"], "root-cert"),
])
def test_a_wrong_option_ends_with_status_2_and_is_named(options, named):
    ended = server.run(*options)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert named in ended.stderr


def test_a_wrong_value_in_the_environment_is_a_usage_error_too():
    ended = server.run(PROCJON_LOGLEVEL="loud")
    assert ended.returncode == 2 and "loud" in ended.stderr


@pytest.mark.parametrize("option, expected", [("--help", "--disconnect-grace"), ("--version", "procjon ")])
def test_help_and_version_go_to_stdout(option, expected):
    ended = server.run(option)
    assert (ended.returncode, ended.stderr) == (0, "") and expected in ended.stdout


def test_plaintext_is_not_served_to_the_network_unless_told_so(tmp_path):
    status, said = Procjon(tmp_path / "data", endpoint="0.0.0.0:0").refused()
    assert status in (1, 2) and "0.0.0.0" in said and "insecure" in said


def test_insecure_serves_plaintext_on_any_address(start):
    procjon = start("--insecure", endpoint="0.0.0.0:0")
    with Agent(procjon.address.replace("0.0.0.0", "127.0.0.1")) as agent:
        agent.register("db")


def test_it_listens_on_several_endpoints_at_once(start, tmp_path):
    procjon = start(f"--endpoint=unix:{tmp_path}/sock", "--endpoint=[::1]:0")
    assert len(procjon.addresses) == 3
    for number, address in enumerate(procjon.addresses):
        with Agent(address) as agent:
            agent.register(f"service {number}")
    procjon.stop()
    assert not os.path.exists(tmp_path / "sock")


def test_systemd_is_told_when_it_listens_reloads_and_stops(start, tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(str(tmp_path / "notify"))
        notify.settimeout(HANG * TIMEOUT_FACTOR)
        procjon = start(environment={"NOTIFY_SOCKET": str(tmp_path / "notify")})
        assert notify.recv(1000) == b"READY=1"
        procjon.reload()
        assert [notify.recv(1000), notify.recv(1000)] == [b"RELOADING=1", b"READY=1"]
        procjon.stop()
        assert notify.recv(1000) == b"STOPPING=1"


def test_a_server_that_cannot_listen_is_never_ready(procjon, tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(str(tmp_path / "notify"))
        notify.setblocking(False)
        assert Procjon(tmp_path / "other", endpoint=procjon.address,
                       environment={"NOTIFY_SOCKET": str(tmp_path / "notify")}).refused()[0] == 1
        with pytest.raises(BlockingIOError):
            notify.recv(1000)


def test_a_stale_unix_socket_is_replaced(start, tmp_path):
    endpoint = f"unix:{tmp_path}/sock"
    procjon = start(endpoint=endpoint)
    procjon.kill()
    procjon.start()
    with Agent(endpoint) as agent:
        agent.register("db")


def test_a_port_in_use_is_refused(procjon, tmp_path):
    status, said = Procjon(tmp_path / "other", endpoint=procjon.address).refused()
    assert status == 1 and procjon.address in said


def test_a_second_server_on_the_same_data_is_refused(procjon, agent):
    status, said = Procjon(procjon.data).refused()
    assert status == 1 and str(procjon.data) in said
    agent.register("db")  # and the first one is not affected


def test_without_a_webhook_messages_go_to_the_log_and_one_warning_says_so(start):
    procjon = start(slack=None)
    with Agent(procjon.address) as agent:
        agent.register("db")
        agent.report(("db", 1))
    procjon.log.wait_until(lambda lines: any("Service db changed its status to: nok" in line for line in lines), 5)
    assert sum(" warning " in line and "webhook" in line.lower() for line in procjon.log) == 1


def test_the_webhook_is_a_secret_that_no_log_shows(start, slack):
    procjon = start("--loglevel=debug")
    with Agent(procjon.address) as agent:
        agent.register("db")
        agent.report(("db", 0))
        slack.wait_lines(1, 5)
    procjon.stop()
    assert not [line for line in procjon.log if "secret" in line]


def test_every_log_line_has_time_level_and_module(start, slack):
    procjon = start("--loglevel=debug")
    with Agent(procjon.address) as agent:
        agent.register("two\u2028lines")
        agent.report(("two\u2028lines", 1))
        slack.wait_lines(2, 5)
    procjon.stop()
    shape = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (debug|info|warning|error) [a-z0-9_]+: \S.*[^.]")
    lines = [line for line in procjon.log if line != "(end of the log)"]
    assert lines and not [line for line in lines if not shape.fullmatch(line)]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_says_goaway_to_everyone_and_ends_with_status_0(procjon, number):
    with Connection(procjon.address) as connection:
        procjon.signal(number)
        assert connection.wait(h2.events.ConnectionTerminated).error_code == 0
        connection.ended()
    procjon.stop()


def test_registrations_in_flight_at_the_end_are_answered_truthfully(procjon):
    answers = {}
    with Agent(procjon.address) as agent:
        calls = {}
        enough = threading.Event()

        def load():
            for number in range(2000):
                calls[f"db{number}"] = agent.register_later(f"db{number}")
                if number == 500:
                    enough.set()

        loading = threading.Thread(target=load)
        loading.start()
        enough.wait()
        procjon.stop()
        loading.join()
        for service, call in calls.items():
            answers[service] = call.exception()
    stored = database.services(procjon.database)
    assert [service for service, problem in answers.items() if problem is None and service not in stored] == []
    assert {problem.code() for problem in answers.values() if problem} <= {grpc.StatusCode.UNAVAILABLE}


def test_nobody_is_called_silent_by_a_server_that_is_leaving(start, tmp_path):
    def attempt(number):
        procjon = start(data=tmp_path / f"data{number}")
        with Agent(procjon.address) as agent, Connection(procjon.address):  # which answers no PING, and is given a second
            agent.register("db", timeout=1)
            watch = Watch()
            agent.report(("db", 0))
            reported = Watch()
            time.sleep(0.4)  # so that the silence ends in the middle of that second
            procjon.signal(signal.SIGTERM)
            late = watch.passed(0.8)
            procjon.ended()
        if late or not reported.passed(1.2):
            raise TooLate
        assert database.history(procjon.database, "db") == ["available"]

    until_in_time(attempt)


def test_an_open_stream_at_the_end_is_unavailable_and_not_a_lost_connection(procjon, slack):
    with Agent(procjon.address) as agent:
        agent.register("db")
        stream = agent.stream()
        stream.send("db")
        slack.wait_updates("db", 1, 5)
        procjon.stop()
        assert stream.error().code() is grpc.StatusCode.UNAVAILABLE
    procjon.start()
    procjon.stop()
    assert slack.updates("db") == ["available"]


def test_a_data_directory_that_cannot_be_written_is_refused(tmp_path):
    data = tmp_path / "data"
    data.mkdir(mode=0o555)
    # Root may write anywhere unless it gives that up.
    prefix = ["setpriv", "--bounding-set=-dac_override", "--"] if os.geteuid() == 0 else []
    status, said = Procjon(data, prefix=prefix).refused()
    assert status == 1 and str(data) in said


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    (data / "procjon.db").write_bytes(b"a diary" * 1000)
    status, said = Procjon(data).refused()
    assert status == 1 and str(data) in said
    assert (data / "procjon.db").read_bytes() == b"a diary" * 1000


def test_a_database_of_a_newer_version_is_refused(procjon):
    procjon.stop()
    with sqlite3.connect(procjon.database) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    status, said = Procjon(procjon.data).refused()
    assert status == 1 and "newer" in said


def test_a_data_directory_moved_while_stopped_is_the_same_server(procjon, slack, tmp_path):
    with Agent(procjon.address) as agent:
        agent.register("db")
        agent.report(("db", 1))
    slack.wait_lines(2, 5)
    procjon.stop()
    shutil.move(procjon.data, tmp_path / "moved")
    moved = Procjon(tmp_path / "moved", slack).start()
    with Agent(moved.address) as agent:
        agent.report(("db", 0))
    slack.wait_line("status to: ok", 5)
    moved.stop()


def test_a_second_sigterm_changes_nothing(procjon):
    for _ in range(20):
        procjon.signal(signal.SIGTERM)
        procjon.signal(signal.SIGHUP)
    procjon.stop()
