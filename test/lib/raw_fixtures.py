# SPDX-License-Identifier: MIT
"""One server for all tests of a file, which must outlive them; and connections to it, made by hand."""

from contextlib import ExitStack

import pytest

from agent import Agent
from rawh2 import Peer
from server import Procjon

REGISTER, REPORT = "/Procjon/RegisterService", "/Procjon/SendServiceStatus"
SERVICE = "db"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Procjon(tmp_path_factory.mktemp("data")).start()
    with Agent(server.address) as agent:
        agent.register(SERVICE)
    yield server
    server.stop()


@pytest.fixture
def dial(server):
    """Opens connections that end with the test."""
    with ExitStack() as peers:
        yield lambda **how: peers.enter_context(Peer(server.address, **how))


@pytest.fixture
def peer(dial):
    return dial()
