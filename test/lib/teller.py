# SPDX-License-Identifier: MIT
"""Programs that use the agent library, as processes under the test's control."""

import re
import signal
import subprocess
import threading
from pathlib import Path

from journal import TIMEOUT_FACTOR, Journal
from server import BINARY, WRAPPER, clean_environment, insist_clean

BUILD = Path(BINARY).resolve().parents[1]
END_WITHIN = 60  # seconds, on top of what a stop was given


class Program:
    """A process whose stderr is a Journal; ends with the block, and cleanly."""

    def __init__(self, *command, stdin=subprocess.DEVNULL, **environment):
        self.log = Journal(f"the log of {Path(command[0]).name}")
        self.process = subprocess.Popen([*WRAPPER, *map(str, command)], env=clean_environment(**environment), text=True,
                                        stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        errors="backslashreplace")
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stderr:
            self.log.add(line.rstrip("\n"))

    def __enter__(self):
        return self

    def __exit__(self, failed, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reader.join()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe:
                pipe.close()
        if not failed:
            insist_clean(list(self.log))

    def says(self, *parts, within=30, after=0):
        """Waits for a line of the log with all these parts."""
        return self.log.wait_until(
            lambda lines: next((line for line in lines[after:] if all(part in line for part in parts)), None), within,
            f"a line with {parts}")

    def says_times(self, part, times, within=30):
        """Waits for so many lines of the log with this part."""
        self.log.wait_until(lambda lines: sum(part in line for line in lines) >= times, within,
                            f"{times} lines with {part!r}")

    def count(self, part):
        return sum(part in line for line in self.log)

    def end(self, number=signal.SIGTERM):
        """Exit status."""
        self.process.send_signal(number)
        return self.process.wait(END_WITHIN * TIMEOUT_FACTOR)

    @property
    def pid(self):
        return self.process.pid


def disk(*arguments, program="disk"):
    """The example."""
    return Program(BUILD / "agents/example" / program, *arguments)


class Teller(Program):
    """test/lib/teller.c"""

    def __init__(self, *endpoints, period=1000, mode="run", tls=(), prefix=(), **environment):
        tls = [*tls, "--"] if tls else []
        super().__init__(*prefix, BUILD / "test/teller", mode, period, *tls, *endpoints, stdin=subprocess.PIPE,
                         **environment)

    def tell(self, *words):
        print(*words, file=self.process.stdin, flush=True)

    def add(self, name="db", timeout=3600, code=0):
        self.tell("add", name, timeout)
        if code is not None:
            self.set(code, name)

    def set(self, code, name="db"):
        self.tell("set", name, code)

    def remove(self, name="db"):
        self.tell("remove", name)

    def waits(self):
        """Between one call and the next: milliseconds, as the log announces them."""
        return [int(found[1]) for line in self.log if (found := re.search(r" again_ms=(\d+)$", line))]

    def stop(self, ms=60000):
        """The result of the agent: 0, or a negative errno value."""
        self.tell("stop", ms)
        assert self.process.wait(min(ms / 1000, 60) + END_WITHIN * TIMEOUT_FACTOR) == 0, list(self.log)[-20:]
        return int(self.process.stdout.read())
