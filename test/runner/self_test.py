# SPDX-License-Identifier: MIT
"""The runner's own test: suites with known results, and what the runner has to report."""

import contextlib
import io
import sys
import tempfile
from pathlib import Path

import suites
from suites import Runner, check, counted, pytest

# A file that is there after the first call of `once`.
SUITE = """
import os, pathlib, pytest

def once(name):
    mark = pathlib.Path(__file__).with_name(name)
    return mark.exists() or mark.touch()

def test_green(): pass
def test_red(): assert False
@pytest.mark.parametrize("way", ["a/b::c [d] é"])
def test_red_once(way): assert once("unlucky")
def test_skipped_once():
    once("skips") and pytest.skip("not now")
    assert False
@pytest.fixture
def late_trouble():
    yield
    assert once("teardown")
def test_red_once_at_its_end(late_trouble): pass
@pytest.mark.parametrize("number", range(5))
def test_many(number): assert number >= int(os.environ["RED"])
def test_crash(): os._exit(0)
"""
AWKWARD = r"test_fake.py::test_red_once[a/b::c [d] \xe9]"
BY_NUMBER = """
import pathlib, sys
mark = pathlib.Path(sys.argv[0] + ".mark")
if sys.argv[2:] == ["7"] and mark.exists(): print("1 passed, 0 failed"); sys.exit(0)
mark.touch()
print("==== seed 7 failed", "==== seed 9 failed", "3 passed, 2 failed", sep="\\n")
sys.exit(1)
"""


class Told:
    def __init__(self, directory, *suites):
        runner, out = Runner(directory), io.StringIO()
        with contextlib.redirect_stdout(out):
            for suite in suites:
                runner.run(suite)
            self.status = runner.finish()
        self.lines = out.getvalue().splitlines()
        self.flaky = [line for line in self.lines if line.startswith("flaky: ")]
        self.second = [line for line in self.lines if "-again-" in line.split(" ")[0]]

    def insist(self, last, status, flaky=(), second=0):
        told = "\n".join(self.lines)
        assert self.lines[-1] == last, f"{self.lines[-1]!r} instead of {last!r}:\n{told}"
        assert self.status == status, f"exit status {self.status}:\n{told}"
        assert sorted(self.flaky) == sorted(flaky), f"{self.flaky}:\n{told}"
        assert len(self.second) == second, f"{len(self.second)} second tries:\n{told}"


def fake(directory, only, red="0", many=(), empty=0):
    """A suite of those tests whose names begin so."""
    home = Path(tempfile.mkdtemp(dir=directory))
    (home / "pytest.ini").write_text("[pytest]\naddopts = -p no:cacheprovider\n")
    (home / "test_fake.py").write_text(SUITE)
    return pytest("fake", home / "results.xml", "", home, options=["-k", only], many=many, environment={"RED": red},
                  empty=empty)


def mixed(directory):
    """One of each, and a file that cannot be loaded; side by side."""
    suite = fake(directory, "green or red or skipped", many=["-n", 2])
    suite.results.with_name("test_broken.py").write_text("import nothing_of_this_name\n")
    return suite


def numbered(directory):
    program = Path(directory, "numbered.py")
    program.write_text(BY_NUMBER)
    command = [sys.executable, program]
    return counted("numbered", command, again=lambda test: [*command, *test.split()])


def shell(name, script):
    return check(name, ["sh", "-c", script])


def judge(directory):
    def told(*suites):
        return Told(directory, *suites)

    told(mixed(directory)).insist("3 passed, 3 failed", 1, [
        "flaky: fake: test_fake.py::test_red_once_at_its_end", f"flaky: fake: {AWKWARD}"], 5)
    told(shell("good", "true"), fake(directory, "test_red_once and not end")).insist(
        "2 passed, 0 failed", 0, [f"flaky: fake: {AWKWARD}"], 1)
    suites.UNLUCKY_MAX = 2
    told(fake(directory, "test_many", red="3")).insist("2 passed, 3 failed", 1)
    crash = fake(directory, "test_crash or test_green")
    crash.results.write_text('<testsuite><testcase classname="test_fake" name="test_green"/></testsuite>')
    told(crash).insist("0 passed, 1 failed", 1)
    told(fake(directory, "no_such_test")).insist("0 passed, 1 failed", 1)
    told(shell("good", "true"), fake(directory, "no_such_test", empty=5)).insist("1 passed, 0 failed", 0)
    told(numbered(directory)).insist("4 passed, 1 failed", 1, ["flaky: numbered: seed 7"], 2)
    told(shell("good", "true"), shell("bad", "false")).insist("1 passed, 1 failed", 1)
    told(counted("silent", ["true"], None)).insist("0 passed, 1 failed", 1)
    told(counted("vain", ["echo", "0 passed, 0 failed"], None)).insist("0 passed, 1 failed", 1)
    told(counted("false", ["sh", "-c", "echo 3 passed, 0 failed; exit 1"], None)).insist("3 passed, 1 failed", 1)
    told().insist("0 passed, 0 failed", 1)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as directory:
        judge(directory)
    print("the runner counts what it should")
