# SPDX-License-Identifier: MIT
"""The conformance vector that was shipped with the original, through two gRPC implementations. Each report
is made when what is told of the one before has been told, and not 50 ms after it: Slack's messages would be merged.
"""

import json
import subprocess
from pathlib import Path

import pytest

import proto
from journal import TIMEOUT_FACTOR

SILENT = None
REPORTS = [0, 1, 4, 0, SILENT, 0, 1, SILENT]
UNTOLD = 4  # is no code of the service
TOLD = [
    "available",
    "status nok",
    "status ok",
    "not available: no status for 1 s",
    "available again",
    "status nok",
    "not available: no status for 1 s",
]


class Grpcio:
    def __init__(self, agent):
        self.agent = agent
        self.stream = agent.stream()

    def register(self, service, timeout):
        self.agent.register(service, ["ok", "nok"], timeout)

    def send(self, service, code):
        self.stream.send(service, code)

    def finish(self):
        self.stream.finish()


class GrpcJs:
    """agent.js. Use as a context manager."""

    def __init__(self, address, path, statuses):
        self.statuses = statuses
        self.process = subprocess.Popen(
            ["node", Path(__file__).with_name("agent.js"), json.dumps({"address": address, "proto": str(proto.ROOT / path)})],
            text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()

    def _do(self, **what):
        print(json.dumps(what), file=self.process.stdin, flush=True)
        assert self.process.stdout.readline() == "done\n"

    def register(self, service, timeout):
        self._do(register={"serviceIdentifier": service, "statuses": self.statuses, "timeout": timeout})

    def send(self, service, code):
        self._do(report={"serviceIdentifier": service, "statusCode": code})

    def finish(self):
        self.process.stdin.close()
        assert self.process.wait(20 * TIMEOUT_FACTOR) == 0


def tell_vector(agent, slack):
    """The timeout is upstream's while the agent is silent, and long while it waits for Slack."""
    told = 0
    for service in ("vector", "witness"):
        agent.register(service, 3600)
    for code in REPORTS:
        if code is SILENT:
            agent.register("vector", 1)
        else:
            agent.send("vector", code)
        if code == UNTOLD:
            agent.send("witness", 0)
            slack.wait_updates("witness", 1, 60)  # what is told of a report before its own has been told
        else:
            told += 1
            assert slack.wait_updates("vector", told, 60) == TOLD[:told]
        if code is SILENT:
            agent.register("vector", 3600)
    agent.finish()
    assert slack.updates("vector") == TOLD


@pytest.mark.parametrize("generation", [proto.first_generation, proto.second_generation])
def test_upstreams_vector_through_grpcio_gives_upstreams_messages(connect, slack, generation):
    tell_vector(Grpcio(connect(generation())), slack)


@pytest.mark.parametrize("path, statuses", [
    ("proto/procjon.proto", {0: "ok", 1: "nok"}),
    ("test/lib/second_generation.proto", ["ok", "nok"]),
])
def test_upstreams_vector_through_grpc_js_gives_upstreams_messages(procjon, slack, path, statuses):
    with GrpcJs(procjon.address, path, statuses) as agent:
        tell_vector(agent, slack)
