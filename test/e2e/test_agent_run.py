# SPDX-License-Identifier: MIT
"""procjonrun: the job runs as if it had been started directly, and the server gets to know how it ended."""

import os
import pty
import random
import signal
import socket
import subprocess
import time

import pytest

import database
from journal import TIMEOUT_FACTOR, eventually
from measure import at_most
from programs import Run, children, is_gone, run_command, stat
from server import clean_environment
from stage import Stage

NOWHERE = "127.0.0.1:9"  # the port of discard, without a listener
SUCCEEDED = 1


def shell(text):
    return ["sh", "-c", text]


def happened(procjon, count):
    """What happened to the job, once it is so much; messages may say besides how late they are."""
    return eventually(lambda: len(found := database.history(procjon.database, "job")) >= count and found, 30,
                      f"{count} events")


# ---- how it ends


@pytest.mark.parametrize("command, status, told", [
    (["true"], 0, "succeeded"),
    (shell("exit 3"), 3, "failed"),
    (shell("exit 255"), 255, "failed"),
    (shell("kill -KILL $$"), -signal.SIGKILL, "killed"),
    (shell("kill -SEGV $$"), -signal.SIGSEGV, "killed"),
    (["/no/such/command"], 127, "failed"),
    (["no-such-command"], 127, "failed"),
    (["/etc/passwd"], 126, "failed"),
    (["/etc"], 126, "failed"),
])
def test_it_ends_as_the_job_ended_and_the_server_knows_it_by_then(procjon, history, command, status, told):
    with Run(procjon.address, *command) as run:
        assert run.gone() == status
        assert history.of("job")[:2] == ["available", f"status {told}"]


def test_a_running_job_is_available_and_running(procjon, history):
    with Run(procjon.address, "cat", stdin=subprocess.PIPE) as run:
        assert history.wait("job", 1, 30) == ["available"]
        run.process.stdin.close()
        run.process.stdin = None
        assert run.gone() == 0
        assert happened(procjon, 2)[:2] == ["available", "status succeeded"]


def test_the_shell_sees_what_it_would_have_seen_of_the_job_itself(procjon):
    for command in ("exit 7", "kill -TERM $$", "kill -INT $$"):
        seen = [subprocess.run(["bash", "-c", '"$@"; echo "then $?"', "-", *words], capture_output=True, text=True,
                               timeout=90 * TIMEOUT_FACTOR, env=clean_environment(), check=False).stdout
                for words in (shell(command), run_command(procjon.address, *shell(command)))]
        assert seen[0] == seen[1]


def test_a_command_that_cannot_be_run_is_named(procjon):
    with Run(procjon.address, "/no/such/command") as run:
        run.gone()
        assert b"procjonrun: cannot run '/no/such/command': No such file or directory\n" in run.errors


def test_a_script_without_a_first_line_for_the_kernel_is_run_as_a_shell_runs_it(procjon, tmp_path):
    script = tmp_path / "script"
    script.write_text("echo $0 $1\nexit 5\n")
    script.chmod(0o755)
    with Run(procjon.address, script, "argument") as run:
        assert run.gone() == 5 and run.output.decode() == f"{script} argument\n"


def test_the_end_of_the_job_is_noticed_although_the_parent_ignores_the_end_of_its_children(procjon, history):
    words = run_command(procjon.address, *shell("grep SigIgn /proc/self/status; exit 3"))
    seen = [subprocess.run(["sh", "-c", 'trap "" CHLD; exec "$@"', "-", *command], capture_output=True, text=True,
                           timeout=90 * TIMEOUT_FACTOR, env=clean_environment(), check=False)
            for command in (words, words[words.index("--") + 1:])]
    assert (seen[0].returncode, seen[0].stdout) == (3, seen[1].stdout)  # which is still ignored for the job
    assert history.of("job")[:2] == ["available", "status failed"]


@pytest.mark.parametrize("limit", range(4, 9))
def test_a_job_runs_to_its_end_without_descriptors_for_an_agent(limit):
    command = ["sh", "-c", f'ulimit -n {limit}; exec "$@"', "-", *run_command(NOWHERE, *shell("exit 3"))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=90 * TIMEOUT_FACTOR, env=clean_environment(),
                          check=False)
    assert done.returncode == 3 and "the job is not reported" in done.stderr


def test_orphans_are_not_waited_for(procjon):
    with Run(procjon.address, *shell("sleep 1000 >/dev/null 2>&1 & echo $!")) as run:
        orphan = int(run.line())
        try:
            assert run.gone() == 0
            assert not is_gone(orphan)
        finally:
            os.kill(orphan, signal.SIGKILL)


# ---- what the job has


def test_bytes_pass_untouched_in_both_directions_and_stderr_is_the_jobs(procjon):
    data = random.Random(1).randbytes(1 << 20)
    done = subprocess.run(run_command(procjon.address, "tee", "/dev/stderr"), input=data, capture_output=True,
                          timeout=90 * TIMEOUT_FACTOR, env=clean_environment(), check=False)
    assert (done.returncode, done.stdout == data, done.stderr == data) == (0, True, True)


def test_the_job_has_our_own_descriptors_environment_and_place_among_processes(procjon):
    report = ("import os, signal, sys\n"
              "print(os.getpgid(0), os.getsid(0), os.environ['MARK'], sorted(os.listdir('/proc/self/fd'))[:-1],"
              " signal.pthread_sigmask(signal.SIG_BLOCK, []), signal.getsignal(signal.SIGHUP))")
    reader, writer = os.pipe()
    try:
        def output(command):
            def prepare():
                signal.signal(signal.SIGHUP, signal.SIG_IGN)
                signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])

            return subprocess.run(command, pass_fds=[reader], env=clean_environment(MARK="kept"), capture_output=True,
                                  preexec_fn=prepare, text=True, timeout=90 * TIMEOUT_FACTOR, check=True).stdout

        command = ["/usr/bin/python3", "-c", report]
        assert output(run_command(procjon.address, *command)) == output(command)
    finally:
        os.close(reader)
        os.close(writer)


@pytest.mark.heavy("valgrind opens files of its own in their place")
def test_closed_standard_descriptors_stay_closed_for_the_job_and_become_no_socket_here(procjon, history, tmp_path):
    fds = tmp_path / "fds"
    words = run_command(procjon.address, *shell(f"ls -l /proc/$$/fd >{fds}.new; mv {fds}.new {fds}; exec sleep 1000"))
    run = subprocess.Popen(["sh", "-c", 'exec "$@" <&- >&- 2>&-', "-", *words], env=clean_environment())
    try:
        assert history.wait("job", 1, 30) == ["available"]
        eventually(fds.exists, 30, "the job's descriptors")
        assert " 0 -> " not in fds.read_text() and " 2 -> " not in fds.read_text()
        assert os.readlink(f"/proc/{run.pid}/fd/2") == "/dev/null"
    finally:
        run.terminate()
    assert run.wait(90 * TIMEOUT_FACTOR) == -signal.SIGTERM
    assert history.of("job")[:2] == ["available", "status killed"]


def test_what_systemd_is_told_is_for_the_job_to_say(procjon, tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.setblocking(False)
        done = subprocess.run(run_command(procjon.address, *shell("echo $NOTIFY_SOCKET")), capture_output=True, text=True,
                              timeout=90 * TIMEOUT_FACTOR, env=clean_environment(NOTIFY_SOCKET=tmp_path / "notify"), check=True)
        assert done.stdout == f"{tmp_path}/notify\n"
        with pytest.raises(BlockingIOError):
            systemd.recv(4096)


# ---- signals


@pytest.mark.parametrize("name", ["TERM", "INT", "HUP", "QUIT", "USR1", "USR2", "ALRM", "WINCH", "CONT", "RTMIN"])
def test_a_signal_reaches_the_job_once(procjon, tmp_path, name):
    over = tmp_path / "over"
    counts = shell(f"n=0; trap 'echo $((n+=1))' {name}; echo ready; until [ -e {over} ]; do sleep 0.05; done;"
                   " echo in all $n")
    counts[0] = "bash"  # which knows SIGRTMIN
    with Run(procjon.address, *counts) as run:
        assert run.line() == "ready"
        run.send(getattr(signal, f"SIG{name}"))
        assert run.line() == "1"
        eventually(lambda: stat(run.pid)[0] == "S", 30, "procjonrun waiting")  # it has passed on what it would
        over.touch()
        assert run.line() == "in all 1"
        assert run.gone() == 0


def test_a_job_that_dies_of_a_forwarded_signal_was_killed(procjon, history):
    with Run(procjon.address, *shell("echo ready; exec sleep 1000")) as run:
        assert run.line() == "ready"
        run.send(signal.SIGTERM)
        assert run.gone() == -signal.SIGTERM
        assert history.of("job")[:2] == ["available", "status killed"]


@pytest.mark.heavy("what valgrind runs is not stopped by a SIGTSTP that it did not catch")
def test_a_stop_stops_both_and_a_continue_continues_both(procjon):
    with Run(procjon.address, *shell("echo $$; exec sleep 1000")) as run:
        job = int(run.line())
        run.send(signal.SIGTSTP)
        for pid in (job, run.pid):
            eventually(lambda pid=pid: stat(pid)[0] == "T", 30, f"the stop of process {pid}")
        run.send(signal.SIGCONT)
        for pid in (job, run.pid):
            eventually(lambda pid=pid: stat(pid)[0] == "S", 30, f"the continuation of process {pid}")
        run.send(signal.SIGTERM)
        assert run.gone() == -signal.SIGTERM


def test_a_job_stopped_behind_its_back_is_still_spoken_for(procjon, history):
    with Run(procjon.address, *shell("echo $$; exec sleep 1000")) as run:
        job = int(run.line())
        history.wait("job", 1, 30)
        os.kill(job, signal.SIGSTOP)
        eventually(lambda: stat(job)[0] == "T", 30, "the stop of the job")
        run.send(signal.SIGWINCH)  # which it reads after what it was told of the stop
        eventually(lambda: stat(run.pid)[0] == "S", 30, "procjonrun waiting")
        os.kill(job, signal.SIGKILL)
        assert run.gone() == -signal.SIGKILL


def test_the_job_goes_on_when_procjonrun_is_killed(start):
    procjon = start("--disconnect-grace=0")
    with Run(procjon.address, *shell("echo $$; exec sleep 1000 >/dev/null 2>&1")) as run:
        job = int(run.line())
        try:
            happened(procjon, 1)
            run.send(signal.SIGKILL)
            assert happened(procjon, 2)[1] == "not available: connection lost"
            assert not is_gone(job)
        finally:
            os.kill(job, signal.SIGKILL)


# ---- a terminal


class Terminal:
    """A session of its own with a terminal of its own, and input as if typed."""

    def __init__(self, *command):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                os.execvpe(command[0], command, clean_environment(PS1="$ ", TERM="dumb"))
            finally:
                os._exit(127)
        self.seen = b""

    def type(self, text):
        os.write(self.fd, text.encode())

    def shows(self, text, within=30):
        deadline = time.monotonic() + within * TIMEOUT_FACTOR
        os.set_blocking(self.fd, False)
        while text.encode() not in self.seen:
            assert time.monotonic() < deadline, f"no {text!r} in {self.seen!r}"
            try:
                self.seen += os.read(self.fd, 4096)
            except BlockingIOError:
                time.sleep(0.01)
        self.seen = self.seen.partition(text.encode())[2]

    def hang_up(self):
        os.close(self.fd)

    def status(self, within=90):
        _, status = eventually(lambda: (ended := os.waitpid(self.pid, os.WNOHANG))[0] and ended, within,
                                 "the end of what runs in the terminal")
        return os.waitstatus_to_exitcode(status)


COUNTS_INTERRUPTS = """
import signal
wanted = [signal.SIGINT, signal.SIGQUIT]
signal.pthread_sigmask(signal.SIG_BLOCK, wanted)
print("got", open("/dev/tty").readline())
count = 0
while signal.sigwait(wanted) == signal.SIGINT:
    count += 1
    print("interrupt", count, "here")
print("in all", count)
"""


def test_the_job_reads_from_its_terminal_and_an_interrupt_reaches_it_once(procjon):
    terminal = Terminal(*run_command(procjon.address, "/usr/bin/python3", "-uc", COUNTS_INTERRUPTS))
    terminal.type("a line\n")
    terminal.shows("got a line")
    for count in range(1, 9):
        terminal.type("\x03")
        terminal.shows(f"interrupt {count} here")
        time.sleep(0.05)  # for a second one, which would be counted
    terminal.type("\x1c")
    terminal.shows("in all 8")
    assert terminal.status() == 0
    terminal.hang_up()


def test_a_hangup_reaches_the_job_of_the_leader_of_a_session(procjon, history):
    terminal = Terminal(*run_command(procjon.address, *shell("echo ready; exec sleep 1000")))
    terminal.shows("ready")
    terminal.hang_up()
    assert terminal.status() == -signal.SIGHUP
    assert history.of("job")[:2] == ["available", "status killed"]


@pytest.mark.heavy("what valgrind runs is not stopped by a SIGTSTP that it did not catch")
def test_a_shell_can_stop_it_and_bring_it_back(procjon):
    terminal = Terminal("bash", "--norc", "--noediting", "-i")
    words = " ".join(run_command(procjon.address, "bash", "-c", "'echo be$((1))gun; read x; echo got$x'"))
    terminal.type(words + "\n")
    terminal.shows("be1gun")
    terminal.type("\x1a")
    terminal.shows("Stopped")
    terminal.type("fg\n")
    terminal.shows("procjonrun")
    terminal.type("back\n")
    terminal.shows("gotback")
    terminal.type("exit 4\n")
    assert terminal.status() == 4
    terminal.hang_up()


# ---- without a server


def test_a_job_does_not_notice_that_the_server_is_away(tmp_path):
    with Run(NOWHERE, *shell("echo output; exit 3"), linger=1) as run:
        assert run.line() == "output"
        assert run.gone() == 3
        assert b"last status not delivered in time service=job" in run.errors


def test_a_linger_of_0_waits_for_nobody():
    with Run(NOWHERE, *shell("exit 3"), linger=0) as run:
        assert run.gone(within=30) == 3  # the linger is 60 s without the option


@pytest.mark.measured
@pytest.mark.beside
@pytest.mark.parametrize("seconds", [0, 1])
def test_a_linger_without_a_server_is_as_long_as_it_was_told(seconds):
    def measure():
        with Run(NOWHERE, "cat", stdin=subprocess.PIPE, linger=seconds) as run:
            run.process.stdin.close()
            run.process.stdin = None
            began = time.monotonic()
            assert run.gone() == 0
            return abs(time.monotonic() - began - seconds)

    at_most(0.5, measure, "seconds that a linger is too long or too short")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT])
def test_a_signal_ends_the_linger_and_not_the_verdict_of_the_job(number):
    with Run(NOWHERE, *shell("exit 3"), linger=1000, more=["--loglevel=info"]) as run:
        while b"job ended" not in run.process.stderr.readline():
            pass
        run.send(number)
        assert run.gone() == 3


def test_the_last_word_is_delivered_to_a_server_that_comes_within_the_linger(start):
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        address = "%s:%d" % reserved.getsockname()
    with Run(address, *shell("exit 3"), linger=60, more=["--loglevel=info"]) as run:
        while b"job ended" not in run.process.stderr.readline():
            pass
        procjon = start(endpoint=address)
        assert run.gone() == 3
        assert happened(procjon, 2)[:2] == ["available", "status failed"]


def test_the_last_word_does_not_wait_for_a_try_that_is_far_away():
    """Without a server the waits grow; a job that ends has no time for them."""
    with Stage() as stage, Run(stage.address, "cat", stdin=subprocess.PIPE, linger=6, more=["--timeout=600"]) as run:
        for _ in range(6):  # the wait for the next one is at least 8.3 s: longer than the linger
            stage.next()[0].sock.close()
        run.process.stdin.close()
        run.process.stdin = None
        peer = stage.peer()
        stream = peer.accept()
        assert peer.status(stream) == ("job", SUCCEEDED)
        peer.half_closed(stream)
        peer.ok(stream)
        assert run.gone() == 0


def test_a_server_that_goes_during_the_job_learns_its_end_when_it_is_back(procjon):
    with Run(procjon.address, "cat", stdin=subprocess.PIPE, linger=60) as run:
        assert happened(procjon, 1) == ["available"]
        procjon.options[1] = procjon.address
        procjon.stop()
        run.process.stdin.close()
        run.process.stdin = None
        eventually(lambda: not children(run.pid), 30, "the end of the job")
        procjon.start()
        assert run.gone() == 0
        assert happened(procjon, 2)[:2] == ["available", "status succeeded"]


def test_an_agent_that_cannot_be_made_does_not_keep_the_job_from_running(tmp_path):
    missing = tmp_path / "missing.pem"
    with Run(NOWHERE, *shell("echo output; exit 3"), linger=1000,
             more=[f"--root-cert={missing}", f"--cert={missing}", f"--key-cert={missing}"]) as run:
        assert run.gone() == 3 and run.output == b"output\n"
        assert str(missing).encode() in run.errors and b"the job is not reported" in run.errors


# ---- the first process of a container


def first_process(address, *command):
    return ["unshare", "--map-root-user", "--pid", "--fork", "--mount-proc", "--kill-child",
            *run_command(address, *command)]


def test_as_the_first_process_it_waits_for_orphans(procjon):
    orphans = shell("(sleep 0.1 &); sleep 0.3; while cat /proc/[0-9]*/stat | grep -q ') Z '; do sleep 0.05; done;"
                    " echo none is left")
    done = subprocess.run(first_process(procjon.address, *orphans), capture_output=True, text=True,
                          timeout=90 * TIMEOUT_FACTOR, env=clean_environment(), check=False)
    assert done.stdout == "none is left\n", done.stderr


@pytest.mark.heavy("valgrind is then the first process, and fails when a signal does not end it")
def test_as_the_first_process_which_no_signal_ends_it_exits_as_a_shell_would(procjon):
    done = subprocess.run(first_process(procjon.address, *shell("kill -TERM $$")), timeout=90 * TIMEOUT_FACTOR,
                          env=clean_environment(), check=False)
    assert done.returncode == 128 + signal.SIGTERM
