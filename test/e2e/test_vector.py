# SPDX-License-Identifier: MIT
"""The conformance vector that the author of the original shipped with it, through two gRPC implementations."""

import json
import subprocess
import time
from pathlib import Path

import pytest

import proto
from journal import PATIENCE

# Code, then milliseconds to wait after it.
REPORTS = [(0, 50), (1, 50), (4, 50), (0, 50), (0, 2000), (0, 50), (1, 500)]
TOLD = [
    "available",
    "status nok",
    "status ok",
    "not available: no status for 1 s",
    "available again",
    "status nok",
    "not available: no status for 1 s",
]
GENERATIONS = [proto.first_generation, proto.second_generation]


def expect_vector(slack, service):
    told = slack.wait_updates(service, len(TOLD), 10)
    assert told == TOLD


@pytest.mark.measured  # 50 ms apart: a busy machine would have Slack's messages merged
@pytest.mark.parametrize("generation", GENERATIONS)
def test_upstreams_vector_through_grpcio_gives_upstreams_messages(connect, slack, generation):
    agent = connect(generation())
    agent.register("vector", ["ok", "nok"], timeout=1)
    stream = agent.stream()
    for code, delay in REPORTS:
        stream.send("vector", code)
        time.sleep(delay / 1000)  # the vector is about these delays
    stream.finish()
    expect_vector(slack, "vector")


@pytest.mark.measured
@pytest.mark.parametrize("generation, statuses", [
    ("proto/procjon.proto", {0: "ok", 1: "nok"}),
    ("test/lib/second_generation.proto", ["ok", "nok"]),
])
def test_upstreams_vector_through_grpc_js_gives_upstreams_messages(procjon, slack, generation, statuses):
    task = {
        "address": procjon.address,
        "proto": str(proto.ROOT / generation),
        "service": {"serviceIdentifier": "vector", "statuses": statuses, "timeout": 1},
        "reports": REPORTS,
    }
    subprocess.run(["node", Path(__file__).with_name("agent.js"), json.dumps(task)], check=True,
                   timeout=20 * PATIENCE)
    expect_vector(slack, "vector")
