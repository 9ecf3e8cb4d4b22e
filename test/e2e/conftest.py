# SPDX-License-Identifier: MIT
import tempfile
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path

import pytest

import database
from agent import Agent
from journal import eventually
from probe import preferred
from server import Procjon
from slack import Slack


@pytest.fixture
def slack():
    with Slack() as slack:
        yield slack
        assert not slack.refused, slack.refused


@pytest.fixture
def start(request, tmp_path, slack):
    """Starts servers that talk to the stand-in Slack; each must end cleanly, at the latest with the test. The scheduler
    prefers those that are measured alone.
    """
    alone = request.node.get_closest_marker("measured") and not request.node.get_closest_marker("beside")
    prefix = preferred() if alone else ()
    with ExitStack() as ends:

        def start(*options, **more):
            server = Procjon(more.pop("data", tmp_path / "data"), more.pop("slack", slack), options,
                             **{"prefix": prefix} | more)
            ends.callback(lambda: server.running and server.stop())
            return server.start()

        yield start


@pytest.fixture
def procjon(start):
    return start()


@pytest.fixture
def afresh(start, tmp_path):
    """For what is tried again: a context manager, a server with data of its own."""

    @contextmanager
    def afresh(*options, **more):
        server = start(*options, data=Path(tempfile.mkdtemp(dir=tmp_path)) / "data", **more)
        yield server
        if server.running:
            server.stop()

    return afresh


@pytest.fixture
def connect(procjon):
    """Opens agents to the server of the test."""
    with ExitStack() as agents:
        yield lambda *generation, **channel: agents.enter_context(Agent(procjon.address, *generation, **channel))


@pytest.fixture
def agent(connect):
    return connect()


class History:
    """What happened to services, from the server's own records. Slack may merge what is told; here nothing is merged."""

    def __init__(self, procjon):
        self.procjon = procjon
        self.markers = count(3600)

    def of(self, service):
        """All until now: the store works in order, so an answered registration says that everything before it is there."""
        with Agent(self.procjon.address) as agent:
            agent.register("marker", timeout=next(self.markers))  # each differs: the same again would not be stored
        return database.history(self.procjon.database, service)

    def wait(self, service, count, within):
        """Returns the first `count` happenings or more."""
        return eventually(lambda: len(found := database.history(self.procjon.database, service)) >= count and found,
                          within, f"{count} events of {service!r}")


@pytest.fixture
def history(procjon):
    return History(procjon)


@pytest.fixture(autouse=True)
def steady_clock(request, monkeypatch):
    if request.node.get_closest_marker("steady"):
        monkeypatch.delenv("DELAY_CLOCK_S", raising=False)
