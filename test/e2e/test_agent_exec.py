# SPDX-License-Identifier: MIT
"""procjonexec: checks that answer, hang, crash and leave processes behind, and plugins of monitoring-plugins."""

import os
import re
import signal
import socket
from pathlib import Path

import pytest

from journal import eventually
from programs import AGENTS, PLUGINS, SHORT, Exec, children, options, stat, wait_gone
from teller import Program

STATUSES = ["ok", "warning", "critical", "unknown"]


def script(path, text):
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)
    return path


def updates(status):
    return ["available"] + ([f"status {status}"] if status != "ok" else [])


def wait_file(path):
    """The words of a file that a script writes with one echo."""
    return eventually(lambda: path.exists() and path.read_text().endswith("\n") and path.read_text().split(), 30,
                      f"the file {path}")


# ---- plugins


@pytest.mark.parametrize("code, status", enumerate(STATUSES))
def test_the_exit_status_of_a_plugin_is_the_status(procjon, history, code, status):
    with Exec(procjon.address, PLUGINS / "check_dummy", code, "says so") as agent:
        assert history.wait("check", len(updates(status)), 30) == updates(status)
        agent.says("debug exec: check", f"exited with status {code}", f"{status.upper()}: says so")
        assert agent.end() == 0


def test_the_exit_status_is_known_although_the_parent_ignores_the_end_of_its_children(procjon, history):
    with Program("sh", "-c", 'trap "" CHLD; exec "$@"', "-", AGENTS / "procjonexec", *options(procjon.address, "check"),
                 "--", PLUGINS / "check_dummy", 2) as agent:
        assert history.wait("check", 2, 30)[:2] == updates("critical")
        assert agent.end() == 0


def test_check_procs_sees_its_own_machine(procjon, history):
    with Exec(procjon.address, PLUGINS / "check_procs", "-c", "1:") as agent:
        assert history.wait("check", 1, 30) == ["available"]
        agent.says("PROCS OK")


def test_check_tcp_follows_a_port_that_closes_and_opens(procjon, history):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        agent = Exec(procjon.address, PLUGINS / "check_tcp", "-H", "127.0.0.1", "-p", port)
        with agent:
            assert history.wait("check", 1, 30) == ["available"]
            server.close()
            assert history.wait("check", 2, 30)[1:] == ["status critical"]
            with socket.create_server(("127.0.0.1", port)):
                assert history.wait("check", 3, 30)[2:] == ["status ok"]
            assert agent.end() == 0
    changes = [line for line in agent.log if "status changed" in line]
    assert [re.search(r"status=(\w+)", line)[1] for line in changes][:3] == ["ok", "critical", "ok"]


# ---- what is unknown


@pytest.mark.parametrize("command, reason", [
    (["sh", "-c", "exit 4"], "exited with status 4"),
    (["sh", "-c", "exit 255"], "exited with status 255"),
    (["sh", "-c", "kill -SEGV $$"], "was killed by SIGSEGV"),
    (["/no/such/check"], "cannot run '/no/such/check': No such file or directory"),
    (["/etc/passwd"], "cannot run '/etc/passwd': Permission denied"),
])
def test_what_is_no_answer_is_unknown_and_the_log_says_why_once(procjon, history, command, reason):
    with Exec(procjon.address, *command) as agent:
        assert history.wait("check", 2, 30) == ["available", "status unknown"]
        agent.log.wait_until(lambda lines: sum("debug exec: check" in line for line in lines) >= 3, 30)
        changes = [line for line in agent.log if "status changed" in line]
        assert len(changes) == 1 and reason in changes[0]
        assert agent.end() == 0


def test_a_hanging_check_is_unknown_after_its_limit_and_the_service_stays_available(procjon, history, tmp_path):
    answers = script(tmp_path / "check", f"[ -e {tmp_path}/hang ] && exec sleep 1000; echo fine")
    limit = 3  # a check that answers takes less on any machine
    with Exec(procjon.address, answers, limit=limit, timeout=SHORT) as agent:
        assert history.wait("check", 1, 30) == ["available"]
        (tmp_path / "hang").touch()
        assert history.wait("check", 2, 30)[1:] == ["status unknown"]
        agent.says_times("did not end within 3 s", SHORT // limit + 2, within=60)  # that take longer than the timeout
        (tmp_path / "hang").unlink()
        assert history.wait("check", 3, 30)[2:] == ["status ok"]
        assert agent.end() == 0
    assert history.of("check")[:3] == ["available", "status unknown", "status ok"]


def test_a_limit_longer_than_the_timeout_of_the_service_does_not_silence_it(procjon, history, tmp_path):
    slow = script(tmp_path / "check", f"[ -e {tmp_path}/slow ] && exec sleep {SHORT + 3}; touch {tmp_path}/slow")
    with Exec(procjon.address, slow, timeout=SHORT) as agent:
        agent.says_times("debug exec: check", 2, within=60)
        assert history.of("check") == ["available"]


def test_a_first_check_that_takes_its_time_is_not_missed(procjon, history):
    with Exec(procjon.address, "sleep", SHORT + 2, timeout=SHORT) as agent:
        assert history.wait("check", 1, 60) == ["available"]
        assert agent.end() == 0


def test_checks_never_overlap(procjon, tmp_path):
    slow = script(tmp_path / "check", f"mkdir {tmp_path}/lock || exit 2; sleep 1.3; rmdir {tmp_path}/lock")
    with Exec(procjon.address, slow) as agent:
        agent.says_times("debug exec: check", 3, within=60)
        assert not [line for line in agent.log if "debug exec: check" in line and "status 0" not in line]


# ---- leftover processes


@pytest.mark.parametrize("trap, limit", [("", 1), ("trap '' TERM;", 1)], ids=["a polite one", "a stubborn one"])
def test_a_check_that_hangs_is_killed_with_all_it_started(procjon, tmp_path, trap, limit):
    pids = tmp_path / "pids"
    # The file is whole once it is there: a run that is late is killed before it, and the next one writes it.
    hangs = script(tmp_path / "check", f"{trap} sleep 1000 & [ -e {pids} ] || {{ echo $$ $! >{pids}.new; mv {pids}.new"
                                       f" {pids}; }}; wait; wait; sleep 1000")
    with Exec(procjon.address, hangs, limit=limit):
        for pid in map(int, wait_file(pids)):
            wait_gone(pid)


def test_what_an_answering_check_leaves_behind_is_killed_and_not_waited_for(procjon, history, tmp_path):
    litters = script(tmp_path / "check", f"sleep 1000 & [ -e {tmp_path}/pid ] || echo $! >{tmp_path}/pid; exit 1")
    with Exec(procjon.address, litters) as agent:
        assert history.wait("check", 2, 30) == ["available", "status warning"]
        wait_gone(int(*wait_file(tmp_path / "pid")))
        assert agent.end() == 0


def test_a_check_has_a_session_of_its_own_and_nothing_to_read(procjon, history, tmp_path):
    asks = script(tmp_path / "check", f"[ -z \"$(cat)\" ] && ls /proc/self/fd | wc -l >{tmp_path}/fds &&"
                                      f" echo $$ >{tmp_path}/pid; exec sleep 1000")
    with Exec(procjon.address, asks) as agent:
        pid = int(*wait_file(tmp_path / "pid"))
        _, parent, group, session, terminal = stat(pid)[:5]
        assert (int(parent), int(group), int(session), int(terminal)) == (agent.pid, pid, pid, 0)
        assert int(*wait_file(tmp_path / "fds")) == 4  # 0, 1, 2, and that of ls for the directory
        signals = dict(re.findall(r"Sig(\w+):\s+(\w+)", Path(f"/proc/{pid}/status").read_text()))
        assert int(signals["Blk"], 16) == 0
        assert agent.end() == 0


def test_many_checks_leave_no_zombie_and_no_descriptor(procjon, tmp_path):
    with Exec(procjon.address, "sh", "-c", "echo line; sleep 0.1 & true") as agent:
        def runs(lines):
            return sum("debug exec: check" in line for line in lines)
        agent.log.wait_until(lambda lines: runs(lines) >= 2, 30)
        before = len(os.listdir(f"/proc/{agent.pid}/fd"))
        agent.log.wait_until(lambda lines: runs(lines) >= 6, 60)
        eventually(lambda: len(os.listdir(f"/proc/{agent.pid}/fd")) <= before, 10, f"no more than {before} open files")
        eventually(lambda: not children(agent.pid), 10, "no child")


@pytest.mark.parametrize("command", [["yes"], ["cat", "/dev/zero"]])
def test_output_without_end_harms_nobody(procjon, history, command):
    with Exec(procjon.address, *command, limit=1) as agent:
        assert history.wait("check", 2, 30) == ["available", "status unknown"]
        agent.log.wait_until(lambda lines: sum("did not end" in line for line in lines) >= 3, 60)
        assert history.of("check") == ["available", "status unknown"]
        assert max(map(len, agent.log)) < 1500
        assert agent.end() == 0


@pytest.mark.parametrize("answer", ["sleep 1000", "trap '' TERM; sleep 1000"], ids=["a polite one", "a stubborn one"])
def test_at_its_end_a_running_check_is_ended_too(procjon, tmp_path, answer):
    hangs = script(tmp_path / "check", f"echo $$ >{tmp_path}/pid; {answer}")
    with Exec(procjon.address, hangs, limit=1000) as agent:
        pid = int(*wait_file(tmp_path / "pid"))
        assert agent.end(signal.SIGINT) == 0
        wait_gone(pid)


def test_it_checks_on_while_the_server_is_away(procjon, history, tmp_path):
    answers = script(tmp_path / "check", f"[ ! -e {tmp_path}/bad ] || exit 2")
    with Exec(procjon.address, answers) as agent:
        history.wait("check", 1, 30)
        procjon.options[1] = procjon.address
        procjon.stop()
        (tmp_path / "bad").touch()
        agent.says("status changed", "critical")
        procjon.start()
        assert history.wait("check", 2, 60) == ["available", "status critical"]
        assert agent.end() == 0
