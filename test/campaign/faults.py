# SPDX-License-Identifier: MIT
"""
One scripted run of the server, repeated: each time another one of its writes fails, or is the last before a kill.

    faults.py [--at N] [--sample N] [--jobs N]    all of them, or one, or so many spread evenly
"""

import argparse
import errno
import os
import signal
import struct
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from campaign import JOBS, play, report
from model import CHECKPOINT
from schedule import Schedule, Step
from server import BINARY
from world import World

PRELOAD = os.environ.get("PROCJON_CRASH_PRELOAD", Path(BINARY).parent.parent / "test/fault/crash_preload.so")
WAYS = {"kill": 0, "EIO": errno.EIO, "ENOSPC": errno.ENOSPC}
UNAVAILABLE = 14  # grpc-status
DEATH_SEEN = 1  # seconds; a connection that ends is not yet the end of the server
DEATH_SURE = 30  # seconds; of a server that was killed it is
OK_NOK = ((0, "ok v1"), (1, "nok v1"))
SCRIPT = Schedule(0, {"restart-grace": 1}, [
    Step(0.00, "register", ("db", "one", 1, OK_NOK)),
    Step(0.05, "register", ("web", "two", 3, OK_NOK)),
    Step(0.10, "report", ("db", "one", "a", 0)),
    Step(0.15, "report", ("web", "two", "a", 1)),
    Step(0.20, "register", ("lost", "three", 1, ())),
    Step(0.30, "report", ("lost", "three", "a", 0)),
    Step(0.40, "reset", ("three", "a")),
    Step(0.50, "report", ("db", "one", "a", 1)),
    Step(0.55, "report", ("db", "one", "a", 0)),
    Step(0.80, "register", ("web", "two", 2, ((0, "ok v2"), (1, "nok v2")))),
    Step(0.90, "report", ("web", "two", "a", 0)),
    Step(1.00, "half_close", ("two", "a")),
    Step(1.20, "report", ("db", "one", "a", 1)),
    Step(1.80, "report", ("lost", "one", "b", 0)),
    Step(2.00, "stop", (0.1, (("db", "one", "a", 0),), 1)),
    Step(2.30, "report", ("db", "one", "a", 0)),
], ["ok", "broken", "slow", "ok", "lying_hang_up"])


class Struck(World):
    """Whose first server is struck at one of its writes."""

    commits = False  # the writes are counted

    def __init__(self, way, at, count, *world):
        super().__init__(*world)
        self.alive = time.time()
        self.fails = WAYS[way] != 0
        self.procjon.environment |= {"LD_PRELOAD": str(PRELOAD), "CRASH_AT": str(at), "CRASH_ERRNO": str(WAYS[way]),
                                     "CRASH_COUNT": count}

    def start(self):
        given = self.note("start")
        try:
            self.procjon.start()
        except AssertionError:
            self.inputs.remove(given)
            self.mourn()
            return
        finally:
            self.procjon.environment.pop("LD_PRELOAD", None)
        given.hi = self.alive = time.time()
        self.lines.clear()

    def line(self, name):
        try:
            return super().line(name)
        except OSError:
            self.mourn()
            return super().line(name)

    def mourn(self):
        """The server has ended by itself: goes on with the next one."""
        status = self.procjon.process.wait(DEATH_SURE)
        if status != (1 if self.fails else -signal.SIGKILL):
            self.surprises.append(f"the server ended with {status}: {self.tail()}")
        given = self.note("kill", self.alive)
        given.hi = time.time()
        self.lose_all()
        self.start()

    def end(self, kind, how, downtime):
        try:
            super().end(kind, how, downtime)
        except AssertionError:
            stop = next(given for given in reversed(self.inputs) if given.kind == kind)
            stop.kind = "kill"  # it did not get to the end
            self.lose_all()
            self.start()

    def meet(self, line, given):
        super().meet(line, given)
        if given.sure:
            self.alive = given.hi

    def broken(self, line):
        deadline = time.time() + (DEATH_SEEN if self.fails else DEATH_SURE)
        while self.procjon.process.poll() is None and time.time() < deadline:
            time.sleep(0.01)
        if self.procjon.process.poll() is not None:
            self.mourn()
        elif line in self.lines.values():
            if not self.fails:
                self.surprises.append(f"the server hung up: {line.goaway()}")
            self.forget(line)
            self.note("error", self.alive, streams=line.keys()).hi = time.time()

    def refused(self, given, status):
        if self.fails and status == UNAVAILABLE:
            self.inputs.remove(given)  # the disk refused: nothing happened
        else:
            super().refused(given, status)

    def settle(self):
        if self.fails:
            time.sleep(CHECKPOINT)  # what could not be written is written with the next checkpoint
        super().settle()


def run(way, at):
    with tempfile.NamedTemporaryFile() as count:
        count.write(bytes(8))
        count.flush()
        complaints, happened = play(SCRIPT, lambda *world: Struck(way, at, count.name, *world))
        return complaints, happened, struct.unpack("Q", Path(count.name).read_bytes())[0]


def sampled(cases, most):
    return cases if most is None or len(cases) <= most else [cases[i * len(cases) // most] for i in range(most)]


def main():
    options = argparse.ArgumentParser(usage=__doc__)
    options.add_argument("--at", type=int)
    options.add_argument("--sample", type=int)
    options.add_argument("--jobs", type=int, default=JOBS)
    options = options.parse_args()
    complaints, happened, writes = run("kill", 0)
    if complaints:
        report("without any fault", SCRIPT, complaints, happened)
        return 1
    print(f"{writes} writes")
    cases = [(way, at) for at in range(1, writes + 1) for way in WAYS if options.at in (None, at)]
    cases = sampled(cases, options.sample)
    failed = 0
    with ProcessPoolExecutor(options.jobs) as pool:
        runs = {pool.submit(run, *case): case for case in cases}
        for done in as_completed(runs):
            complaints, happened, _ = done.result()
            if complaints:
                failed += 1
                report("{} at write {}".format(*runs[done]), SCRIPT, complaints, happened)
    print(f"{len(cases) - failed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
