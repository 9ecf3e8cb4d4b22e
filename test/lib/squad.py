# SPDX-License-Identifier: MIT
"""One agent of every kind, side by side."""

from contextlib import ExitStack

import database
import programs
from elastic import Cluster
from journal import eventually
from manager import Manager
from programs import AGENTS

TIMEOUT = 6  # seconds; short, because the tests wait for silences that would be noticed
LATE = 2  # seconds for a busy machine to look up, connect and shake hands
CLUSTER_PERIOD = 3  # seconds; a cluster has three quarters of it to answer in
# What a service has in its history once it is up.
HISTORIES = {
    "ping": ["available"],
    "exec": ["available"],
    "run": ["available"],
    "systemd": ["available", "status inactive"],
    "elastic": ["available"],
}


class Squad:
    """Use as a context manager: they run, and have reported. `agents` are by kind, which is also the service."""

    def __init__(self, procjon, *more, prefix=(), timeout=TIMEOUT, kinds=tuple(HISTORIES)):
        self.procjon, self.prefix, self.timeout, self.kinds = procjon, prefix, timeout, kinds
        self.agents = {}
        self.more = ["--endpoint", procjon.address, "--period", programs.PERIOD, "--timeout", timeout,
                     "--loglevel=info", *more]
        self._ends = ExitStack()

    def __enter__(self):
        try:
            for kind in self.kinds:
                self._start(kind)
            for kind in self.kinds:
                assert self.wait(kind, len(HISTORIES[kind]), 30) == HISTORIES[kind]
        except BaseException:
            self._ends.close()
            raise
        return self

    def __exit__(self, *failure):
        return self._ends.__exit__(*failure)

    def _start(self, kind):
        command, environment = getattr(self, f"_{kind}")()
        program = programs.Program(*self.prefix, AGENTS / f"procjon{kind}", "--service", kind, *self.more, *command,
                                   **environment)
        self.agents[kind] = self._ends.enter_context(program)
        self._ends.callback(lambda: program.process.poll() is None and program.end())

    def _ping(self):
        return [], {}

    def _exec(self):
        return ["--", "true"], {}

    def _run(self):
        return ["--linger", 1, "--", "sleep", 1000], {}

    def _systemd(self):
        manager = self._ends.enter_context(Manager())
        manager.add("dull.service")
        return ["--user", "--unit", "dull.service"], manager.environment

    def _elastic(self):
        period = min(CLUSTER_PERIOD, self.timeout - 1)
        return ["--period", period, "--host", self._ends.enter_context(Cluster()).url], {}

    def history(self, kind):
        return database.history(self.procjon.database, kind)

    def wait(self, kind, count, within):
        """As the history, once it has so many entries."""
        return eventually(lambda: len(found := self.history(kind)) >= count and found, within,
                          f"{count} events of {kind}")

    def quiet(self):
        """Nothing has happened to any of them since."""
        for kind in self.kinds:
            assert self.history(kind) == HISTORIES[kind]

    def lines(self):
        """Where the logs end now, for `back`."""
        return {kind: len(agent.log) for kind, agent in self.agents.items()}

    def back(self, lines, *parts):
        """All are connected again, and said so after these `lines`."""
        for kind, agent in self.agents.items():
            agent.says("channel: connected", *parts, after=lines[kind])

    def count(self, part):
        return sum(agent.count(part) for agent in self.agents.values())
