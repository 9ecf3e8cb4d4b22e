# SPDX-License-Identifier: MIT
"""For scripts/test: runs suites, counts their tests, and gives a test that failed a second try.

A suite is a command that leaves a JUnit file, or whose last line is `N passed, N failed`. What failed runs once more at
the end, alone. A test that passes then counts as passed, but is named as flaky. A suite that crashed, or in which
nothing ran, has failed, and so has a check: what either holds or does not.
"""

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

PROCESSORS = len(os.sched_getaffinity(0))
LOG_TAIL = 150  # lines shown of what failed
UNLUCKY_MAX = 10  # in one suite; if more of its tests fail, there is no second try


@dataclass
class Outcome:
    passed: int
    failed: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)  # neither passed nor failed, but listed
    broken: bool = False  # the suite itself failed

    @property
    def failures(self):
        return len(self.failed) + self.broken


@dataclass
class Suite:
    name: str
    command: list
    read: Callable[[int, str], Outcome]  # exit status, log
    again: Callable[[str], list] = None  # the command for one of its tests
    environment: dict = field(default_factory=dict)
    results: Path = None  # what it is to write


def check(name, command, holds=lambda log: True):
    """Something that either holds or does not."""
    return Suite(name, command, lambda status, log: Outcome(1) if status == 0 and holds(log) else Outcome(0, broken=True))


def cases_of(path, name_of):
    """What a JUnit file says: all tests, those that failed, and those that were skipped."""
    try:
        cases = list(ElementTree.parse(path).iter("testcase"))
    except (OSError, ElementTree.ParseError):
        return {}, {}, {}  # the suite crashed
    told = [(name_of(case), {child.tag: child for child in case}) for case in cases]
    return ({name: 1 for name, _ in told}, {name: 1 for name, tags in told if tags.keys() & {"failure", "error"}},
            {name: tags["skipped"].get("message") for name, tags in told if "skipped" in tags})


def junit(path, name_of, empty=0):
    """Reads the outcome from a JUnit file. `empty`: the exit status of a suite that may have no tests."""
    def read(status, _log):
        ran, failed, skipped = cases_of(path, name_of)
        passed = len(ran.keys() - failed.keys() - skipped.keys())
        if empty and status == empty and not ran:
            return Outcome(0)
        expected = {1, len(failed)} if failed else {0}
        return Outcome(passed, list(failed), [f"{name}: {why}" for name, why in skipped.items()],
                       broken=status not in expected or not (passed or failed))
    return read


def meson(name, build, tests=(), options=(), wrapper=()):
    results = "testlog" + (f"-{Path(wrapper[0]).name}" if wrapper else "")  # meson names it after the wrapper
    results = Path(build, "meson-logs", f"{results}.junit.xml")
    command = ["meson", "test", "-C", str(build), "--no-rebuild", "--print-errorlogs", *options]
    if wrapper:
        command.append(f"--wrap={' '.join(wrapper)}")
    return Suite(name, [*command, f"--num-processes={2 * PROCESSORS}", *tests], junit(results, lambda case: case.get("name")),
                 lambda test: [*command, test], results=results)


# The right name of a test, as pytest itself takes it: what could not be loaded is a file without a test.
def node(case):
    return f"{case.get('classname')}.py::{case.get('name')}" if case.get("classname") else f"{case.get('name')}.py"


def pytest(name, results, mark, directory, files=("",), options=(), many=(), environment=(), empty=0):
    """`directory` has a pytest.ini; `many` is how several tests run side by side."""
    command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={results}", "-m", mark, *options]
    return Suite(name, [*command, "--continue-on-collection-errors", *many, *(str(Path(directory, file)) for file in files)],
                 junit(results, node, empty), lambda test: [*command, str(Path(directory, test))],
                 {"PYTHONDONTWRITEBYTECODE": "1", **dict(environment)}, results)


def counted(name, command, again, environment=()):
    """Something whose last line is `N passed, N failed`, and that tells of each failure in a line `==== NAME failed`."""
    def read(status, log):
        last = re.search(r"^(\d+) passed, (\d+) failed\n\Z", log, re.M)
        passed, failed = map(int, last.groups()) if last else (0, 0)
        names = re.findall(r"^==== (.+) failed$", log, re.M)
        return Outcome(passed, names, broken=len(names) != failed or (status != 0) != (failed > 0) or not passed + failed)
    return Suite(name, command, read, again, {"PYTHONDONTWRITEBYTECODE": "1", **dict(environment)})


class Runner:
    """Runs suites, adds up and prints the results. Suites may run side by side, in threads."""

    def __init__(self, logs):
        self.logs = Path(logs)
        self.logs.mkdir(parents=True, exist_ok=True)
        self.passed = self.failed = 0
        self._unlucky = []  # suite, name of the test
        self._lock = threading.Lock()

    def run(self, suite, show=None):
        """Lines of the log that match `show` are shown."""
        outcome, took, log = self._play(suite, suite.command, suite.name)
        second = suite.again and len(outcome.failed) <= UNLUCKY_MAX
        with self._lock:
            self.passed += outcome.passed
            self.failed += outcome.failures
            if second:
                self._unlucky += [(suite, test) for test in outcome.failed]
            self._say(suite.name, outcome, took, log)
            for line in (line for line in log.splitlines() if show and show.search(line)):
                print("   ", line)
            for line in outcome.skipped:
                print("    skipped", line)
            if outcome.failed and suite.again and not second:
                print(f"    more than {UNLUCKY_MAX} failed: no second try")
            sys.stdout.flush()

    def finish(self):
        """The second try of what failed, and the last line. Returns the exit status."""
        flaky = []
        for number, (suite, test) in enumerate(self._unlucky, 1):
            name = f"{suite.name}-again-{number}"
            outcome, took, log = self._play(suite, suite.again(test), name)
            self._say(name, outcome, took, log)
            if outcome.passed and not outcome.failures:
                self.passed += 1
                self.failed -= 1
                flaky.append(f"{suite.name}: {test}")
        for line in flaky:
            print("flaky:", line)
        print(f"{self.passed} passed, {self.failed} failed")
        return int(self.failed > 0 or self.passed == 0)

    def _play(self, suite, command, name):
        if suite.results:
            suite.results.unlink(missing_ok=True)
        path, start = self.logs / f"{name}.log", time.monotonic()
        with path.open("wb") as log:
            process = subprocess.Popen([str(word) for word in command], env={**os.environ, **suite.environment},
                                       stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
            _, status, usage = os.wait4(process.pid, 0)
        process.returncode = status = os.waitstatus_to_exitcode(status)
        log = path.read_text(errors="replace")
        return suite.read(status, log), (time.monotonic() - start, usage.ru_utime + usage.ru_stime), log

    @staticmethod
    def _say(name, outcome, took, log):
        print(f"{name:24} {outcome.passed:4} passed {outcome.failures:4} failed {took[0]:4.0f} s, of a processor {took[1]:.0f} s",
              flush=True)
        if outcome.failures:
            print(*(f"    {line}" for line in log.splitlines()[-LOG_TAIL:]), sep="\n", flush=True)
