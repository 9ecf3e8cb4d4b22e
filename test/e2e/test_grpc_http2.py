# SPDX-License-Identifier: MIT
"""The rules of HTTP/2 under gRPC, each case on a connection of its own."""

import pytest

import h2cases
from raw_fixtures import server  # noqa: F401


@pytest.mark.parametrize("name", h2cases.CASES)
def test_http2_rule(server, name):  # noqa: F811
    h2cases.run(name, server.address)
