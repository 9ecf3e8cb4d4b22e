# SPDX-License-Identifier: MIT
from contextlib import ExitStack
from itertools import count

import pytest

import database
from agent import Agent
from journal import eventually
from server import Procjon
from slack import Slack


@pytest.fixture
def slack():
    with Slack() as slack:
        yield slack
        assert not slack.refused, slack.refused


@pytest.fixture
def start(tmp_path, slack):
    """Starts servers that talk to the stand-in Slack; each must end cleanly, at the latest with the test."""
    with ExitStack() as ends:

        def start(*options, **more):
            server = Procjon(more.pop("data", tmp_path / "data"), more.pop("slack", slack), options, **more)
            ends.callback(lambda: server.running and server.stop())
            return server.start()

        yield start


@pytest.fixture
def procjon(start):
    return start()


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
