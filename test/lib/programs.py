# SPDX-License-Identifier: MIT
"""The agent programs, as processes under the test's control."""

import os
import select
import signal
import subprocess
from pathlib import Path

from journal import TIMEOUT_FACTOR, eventually
from server import WRAPPER, clean_environment, insist_clean, to_its_end
from teller import BUILD, Program

AGENTS = BUILD / "agents"
PLUGINS = Path("/usr/lib/nagios/plugins")
PERIOD, TIMEOUT = 1, 60  # seconds; no machine is so busy that a service is missed
SHORT = 5  # seconds; the timeout where a test waits until a service is missed, or would be


def options(address, service, timeout=TIMEOUT):
    return ["--endpoint", address, "--service", service, "--period", PERIOD, "--timeout", timeout]


class Exec(Program):
    """procjonexec"""

    def __init__(self, address, *command, service="check", limit=60, timeout=TIMEOUT, **environment):
        super().__init__(AGENTS / "procjonexec", *options(address, service, timeout), "--limit", limit,
                         "--loglevel=debug", "--", *command, **environment)


class Ping(Program):
    def __init__(self, address, *more, service="host"):
        super().__init__(AGENTS / "procjonping", *options(address, service), *more)


def run_command(address, *command, service="job", linger=60, more=()):
    """The argv of a procjonrun."""
    words = [AGENTS / "procjonrun", *options(address, service), "--linger", linger, *more, "--", *command]
    return [*WRAPPER, *map(str, words)]


class Run:
    """procjonrun. `gone` waits for its end, and returns what it would return to a shell: a signal is negative."""

    def __init__(self, *arguments, stdin=subprocess.DEVNULL, **keywords):
        # A shell that runs the tests in the background has them ignore these, and a job could not trap them then.
        command = ["env", "--default-signal=INT,QUIT", *run_command(*arguments, **keywords)]
        # A process group of its own, as a shell gives it: in an orphaned one the kernel stops no process.
        self.process = subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        env=clean_environment(), process_group=0, bufsize=0)
        self.output = self.errors = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            os.killpg(self.pid, signal.SIGKILL)  # the job, too
        self.process.communicate()

    def line(self):
        """The next line that the job writes."""
        assert select.select([self.process.stdout], [], [], 30 * TIMEOUT_FACTOR)[0], "the job writes nothing"
        return self.process.stdout.readline().decode().rstrip("\n")

    def send(self, number):
        self.process.send_signal(number)

    def gone(self, within=90):
        self.output, self.errors = self.process.communicate(timeout=within * TIMEOUT_FACTOR)
        insist_clean(self.errors.decode(errors="replace").splitlines())
        return self.process.returncode

    @property
    def pid(self):
        return self.process.pid


def run(name, *arguments, **environment):
    """A program to its end, for options that it refuses or that only make it talk."""
    return to_its_end([*WRAPPER, AGENTS / name, *map(str, arguments)], **environment)


def stat(pid):
    """The fields of /proc/PID/stat after the name: state, parent, group, session, ...; None: no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def is_gone(pid):
    """A zombie of another parent's is gone too."""
    fields = stat(pid)
    return fields is None or fields[0] == "Z"


def wait_gone(pid, within=30):
    eventually(lambda: is_gone(pid), within, f"the end of process {pid}")


def children(pid):
    """Zombies included."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
