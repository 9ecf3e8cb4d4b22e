# SPDX-License-Identifier: MIT
"""For scripts/test: what its parts run.

    parts.py [--full] PART... -- PYTEST OPTION...
"""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from suites import PROCESSORS, Runner, check, counted, meson, pytest

ROOT = Path(__file__).resolve().parents[2]
LOGS = ROOT / "build/logs"
E2E = ROOT / "test/e2e"
MEMCHECK = ["valgrind", "-q", "--error-exitcode=99", "--leak-check=full", "--errors-for-leak-kinds=definite"]
NO_TESTS = 5  # the exit status of pytest if what was chosen by its options is elsewhere
FIGURE = re.compile(r"^_+ test_\S+ _+$|\(limit ")  # the name of a measured test, and a line that it prints
SIDE_BY_SIDE = ["-n", 3 * PROCESSORS, "--dist=loadfile"]  # end-to-end tests wait more than they work; what judges time runs alone

# What runs under valgrind without --full: tests of the code that parses what comes from outside.
UNDER_VALGRIND = ["test_grpc_abuse.py", "test_grpc_http2.py", "test_grpc_requests.py", "test_tls.py", "test_status.py",
                  "test_streams.py", "test_slack.py", "test_mail.py"]

# How late the programs are in the part `delayed`, and how far their wall clock jumps.
DELAYS = {"DELAY_EPOLL_MS": 100, "DELAY_FSYNC_MS": 500, "DELAY_CLOCK_S": 3600}
ROUNDS = 3

# The parts run in this order, those of one line at the same time: in the last column they work, in the others they mostly
# wait. Nothing runs beside what judges time.
ORDER = [
    (["shape", "format"], ["build"]),
    (["unit", "campaign", "images"], ["e2e"], ["tidy", "valgrind"]),
    (["measured"],),
    (["delayed"],),
]


def build(name):
    return ROOT / "build" / name


def programs(name, **more):
    return {"PROCJON_BINARY": str(build(name) / "src/procjon"), **more}


class Parts:
    def __init__(self, runner, full, options):
        self.run = runner.run
        self.full = full
        self.options = options
        self.short = "" if full else " and not long"

    def _e2e(self, name, binary, mark, files=("",), many=SIDE_BY_SIDE, tell=False, **environment):
        options = [*(["-rP"] if tell else []), *self.options]
        self.run(pytest(name, LOGS / f"{name}.xml", mark, E2E, files, options, many, programs(binary, **environment),
                        empty=NO_TESTS if self.options else 0), FIGURE if tell else None)

    def shape(self):
        self.run(check("arrows", ["scripts/arrows"]))
        self.run(check("arrows-self-test", ["scripts/arrows", "--self-test"]))
        self.run(check("runner-self-test", [sys.executable, "test/runner/self_test.py"]))

    def format(self):
        files = [path for room in ("src", "agents", "test") for path in (ROOT / room).rglob("*.[ch]")]
        self.run(check("format", ["clang-format", "--dry-run", "--Werror", *files]))

    def build(self):
        for name, compiler, options in (("plain", "gcc", ""), ("asan", "gcc", "-Db_sanitize=address,undefined"),
                                        ("clang", "clang", "")):
            self.run(check(f"build-{name}", ["bash", "-c", f". scripts/common.sh; CC={compiler} build {name} {options}"]))

    def unit(self):
        for name in ("plain", "asan", "clang"):
            self.run(meson(f"unit-{name}", build(name)))

    def tidy(self):
        # clang-tidy is content with a pattern that fits no file.
        self.run(check("tidy", ["run-clang-tidy", "-p", build("clang"), "-j", PROCESSORS, "-quiet",
                                f"^{re.escape(str(ROOT))}/(src|agents)/"], lambda log: f"{ROOT}/src/main.c" in log))

    def e2e(self):
        self._e2e("e2e", "asan", f"not measured and not images{self.short}")

    def measured(self):
        files = [path.name for path in sorted(E2E.glob("test_*.py")) if "mark.measured" in path.read_text()]
        self._e2e("measured-beside", "plain", f"measured and beside{self.short}", files, ["-n", 4 * PROCESSORS],
                  tell=True)
        self._e2e("measured", "plain", f"measured and not beside{self.short}", files, (), tell=True)

    def campaign(self):
        def command(program, *options):
            return [sys.executable, f"test/campaign/{program}.py", *options]

        self.run(counted("campaign", command("campaign", "--schedules", "50"), environment=programs("plain"),
                         again=lambda test: command("campaign", "--schedules", "1", "--seed", test.split()[-1])))
        self.run(counted("faults", command("faults", "--sample", "60"), environment=programs("plain"),
                         again=lambda test: command("faults", "--at", test.split()[-1])))

    def _loops(self):
        listed = subprocess.run(["meson", "test", "-C", build("plain"), "--list"], text=True, capture_output=True, check=False)
        return [test for test in listed.stdout.splitlines() if test.startswith(("unit ", "loop "))]

    def valgrind(self):
        self.run(meson("loop-valgrind", build("plain"), self._loops(), ["--timeout-multiplier=10"], MEMCHECK))
        self._e2e("e2e-valgrind", "plain", f"not measured and not images and not heavy{self.short}",
                  [""] if self.full else UNDER_VALGRIND, PROCJON_WRAPPER=" ".join(MEMCHECK), PROCJON_TIMEOUT_FACTOR="5")

    def images(self):
        self._e2e("images", "plain", "images", many=())

    def delayed(self):
        library = str(build("plain") / "test/fault/delay_preload.so")
        first = int(os.environ.get("DELAY_SEED", "1"))
        for seed in range(first, first + ROUNDS):
            late = {name: str(value) for name, value in {**DELAYS, "DELAY_SEED": seed}.items()}
            wrapper = ["env", f"LD_PRELOAD={library}", *(f"{name}={value}" for name, value in late.items())]
            self.run(meson(f"delayed-unit-{seed}", build("plain"), self._loops(), ["--timeout-multiplier=10"], wrapper))
            self._e2e(f"delayed-e2e-{seed}", "plain", "not measured and not images and not long",
                      PROCJON_PRELOAD=library, PROCJON_TIMEOUT_FACTOR="5", **late)


def main(arguments):
    split = arguments.index("--")
    wanted, options = arguments[:split], arguments[split + 1:]
    full = "--full" in wanted
    chosen = set(wanted) - {"--full"}
    if not chosen:
        chosen = {part for line in ORDER for column in line for part in column} - (set() if full else {"delayed"})
    if chosen - {"shape", "format"}:
        chosen.add("build")
    os.chdir(ROOT)
    runner = Runner(LOGS)
    parts = Parts(runner, full, options)

    def run(column):
        for part in column:
            if part in chosen:
                getattr(parts, part)()

    for line in ORDER:
        with ThreadPoolExecutor(len(line)) as threads:
            list(threads.map(run, line))
    return runner.finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
