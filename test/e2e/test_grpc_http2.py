# SPDX-License-Identifier: MIT
"""The rules of HTTP/2 under gRPC: each case on a connection of its own, and the server outlives them all."""

import pytest

import h2cases


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    from server import Procjon

    server = Procjon(tmp_path_factory.mktemp("data")).start()
    yield server.address
    server.stop()


@pytest.mark.parametrize("name", h2cases.CASES)
def test_http2_rule(address, name):
    h2cases.run(name, address)
