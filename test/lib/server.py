# SPDX-License-Identifier: MIT
"""The server under test: a process of its own, with its own data directory, judged only by what can be seen from outside.

From the environment: PROCJON_BINARY (the program), PROCJON_WRAPPER (a command before it, as valgrind), PROCJON_PRELOAD
(a library that it and the agents are to run with).
"""

import os
import re
import shlex
import signal
import subprocess
import threading
from contextlib import contextmanager, nullcontext
from pathlib import Path

from journal import HANG, TIMEOUT_FACTOR, Journal, eventually
from probe import hurried
from proto import ROOT

BINARY = os.environ.get("PROCJON_BINARY", str(ROOT / "build/plain/src/procjon"))
WRAPPER = shlex.split(os.environ.get("PROCJON_WRAPPER", ""))
PRELOAD = os.environ.get("PROCJON_PRELOAD")
LISTENING = re.compile(r"listening endpoint=(\S+) tls=(\S+)")
REPORT = re.compile(r"AddressSanitizer|LeakSanitizer|runtime error:|Assertion .* failed|^==\d+== ")


REPORT_LINES = 30
LOG_PIPE = 1 << 20  # bytes of the log that the server may be ahead of its reader; beyond that it would lose lines
FOUND = 99  # the exit status of a program in which something was found, as valgrind has it in scripts/test


def clean_environment(preload=PRELOAD, **more):
    """For the programs under test; for others without the preload."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PROCJON_")}
    if preload:
        more["LD_PRELOAD"] = ":".join(filter(None, [more.get("LD_PRELOAD"), preload]))
    return inherited | {"ASAN_OPTIONS": f"detect_leaks=1:exitcode={FOUND}",
                        "UBSAN_OPTIONS": f"print_stacktrace=1:halt_on_error=1:exitcode={FOUND}"} | more


def insist_clean(said):
    """None of these lines is from a sanitizer, from valgrind or from an assertion."""
    reports = [number for number, line in enumerate(said) if REPORT.search(line)]
    assert not reports, "\n".join(said[reports[0]:][:REPORT_LINES])


def command(*options):
    return [*WRAPPER, BINARY, *map(str, options)]


class Procjon:
    """`start` returns once it listens. `stop` insists on a clean end; `kill` is kill -9."""

    def __init__(self, data, slack=None, options=(), endpoint="127.0.0.1:0", prefix=(), environment=None):
        self.data = Path(data)
        self.options = ["--endpoint", endpoint, "--http=", "--data", self.data, *options]
        self.environment = clean_environment(**environment or {})
        if slack:
            self.environment["PROCJON_SLACK_WEBHOOK"] = slack.webhook
        self.prefix = list(prefix)  # a command that starts the program under a restriction
        self.program = command()
        self.process = None
        self.log = None

    def start(self):
        self.spawn()
        endpoints = sum(str(option).startswith("--endpoint") for option in self.options)
        self.log.wait_until(lambda lines: sum(bool(LISTENING.search(line)) for line in lines) >= endpoints
                            or self._ended(), 10, f"{endpoints} listeners")
        assert not self._ended(), f"ended with {self.process.returncode}: {list(self.log)}"
        return self

    def spawn(self):
        """Starts the program without waiting for it to be ready."""
        self.log = Journal("the log of procjon")
        self.process = subprocess.Popen([*self.prefix, *self.program, *map(str, self.options)], env=self.environment, text=True,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, errors="backslashreplace", pipesize=LOG_PIPE)
        self._reader = threading.Thread(target=self._read, args=(self.process, self.log), daemon=True)
        self._reader.start()

    def _read(self, process, log):
        # A reader without that priority would now and then keep the pipe locked for its writer.
        with hurried() if "chrt" in self.prefix else nullcontext():
            for line in process.stderr:
                log.add(line.rstrip("\n"))
        process.wait()
        log.add("(end of the log)")

    def _ended(self):
        return self.process.poll() is not None

    def refused(self):
        """For a start that is meant to fail: the exit status and what it said."""
        self.spawn()
        status = self.process.wait(HANG * TIMEOUT_FACTOR)
        self._reader.join()
        self.process = None
        insist_clean(list(self.log))
        return status, "\n".join(self.log)

    @property
    def addresses(self):
        return [match[1] for line in self.log if (match := LISTENING.search(line))]

    @property
    def address(self):
        return self.addresses[0]

    @property
    def pid(self):
        return self.process.pid

    @property
    def database(self):
        return self.data / "procjon.db"

    @property
    def running(self):
        return self.process is not None

    def signal(self, number):
        self.process.send_signal(number)

    def reload(self):
        self.signal(signal.SIGHUP)

    def kill(self):
        self.process.kill()
        self._gather()

    def stop(self):
        """The ten seconds that are promised are by the server's own clock: it gives up in time, and its status says so."""
        self.signal(signal.SIGTERM)
        self.ended()

    def ended(self):
        """Waits for the end of a server that was told to stop."""
        status = self._gather()
        assert status == 0, f"exit status {status}: {list(self.log)[-20:]}"

    def restart(self):
        self.stop()
        return self.start()

    def _gather(self):
        try:
            status = self.process.wait(HANG * TIMEOUT_FACTOR)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError(f"it does not end: {list(self.log)[-20:]}") from None
        self._reader.join()
        self.process.stderr.close()
        self.process = None
        insist_clean(list(self.log))
        return status

    @contextmanager
    def suspended(self):
        """SIGSTOP for the length of the block."""
        self.signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.signal(signal.SIGCONT)

    def established(self):
        """Connections to the first address whose other end has not closed."""
        port = f":{int(self.address.rsplit(':', 1)[1]):04X}"
        sockets = [line.split()[1:4] for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        return sum(local.endswith(port) and state == "01" for local, _, state in sockets)

    def fds(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def wait_fds(self, count, within=10):
        eventually(lambda: self.fds() <= count, within, f"no more than {count} open files")

    def rss(self):
        """Resident bytes."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def to_its_end(command, **environment):
    done = subprocess.run(command, env=clean_environment(**environment), text=True, capture_output=True,
                          timeout=HANG * TIMEOUT_FACTOR, check=False, errors="backslashreplace")
    insist_clean(done.stderr.splitlines())
    return done


def run(*options, **environment):
    """The program to its end, for options that it refuses or that only make it talk."""
    return to_its_end(command(*options), **environment)
