# SPDX-License-Identifier: MIT
"""A cluster that answers GET /_cluster/health as Elasticsearch and OpenSearch document it, or not at all."""

import json
from dataclasses import dataclass, field

from journal import Journal
from standin import Answering, StandIn

COUNTS = {"number_of_nodes": 1, "number_of_data_nodes": 1, "active_primary_shards": 1, "active_shards": 1,
          "relocating_shards": 0, "initializing_shards": 0, "unassigned_shards": 1, "delayed_unassigned_shards": 0,
          "number_of_pending_tasks": 0, "number_of_in_flight_fetch": 0, "task_max_waiting_in_queue_millis": 0,
          "active_shards_percent_as_number": 50.0}
# What each product says besides.
PRODUCTS = {
    "Elasticsearch 7": {},
    "Elasticsearch 8": {"unassigned_primary_shards": 0},
    "OpenSearch": {"discovered_master": True, "discovered_cluster_manager": True},
}


@dataclass
class Answer:
    status: int
    body: str = ""
    headers: dict = field(default_factory=dict)
    hang: bool = False      # never answers
    hang_up: bool = False   # closes instead


def health(status, product="Elasticsearch 8", timed_out=False):
    return Answer(408 if timed_out else 200, json.dumps(
        {"cluster_name": "cluster", "status": status, "timed_out": timed_out, **COUNTS, **PRODUCTS[product]}))


def refusal(status, kind, reason=None):
    error = {"type": kind, "reason": reason}
    return Answer(status, json.dumps({"error": {"root_cause": [error], **error}, "status": status}))


HANG = Answer(0, hang=True)
HANG_UP = Answer(0, hang_up=True)


class Cluster(StandIn):
    """Use as a context manager. `answer` is what it says from now on, `requests` what it was asked: path, headers."""

    def __init__(self, port=0, tls=None):
        super().__init__(self._handler(), port=port)
        self.answer = health("green")
        self.requests = Journal("the cluster")
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"http{'s' if tls else ''}://localhost:{self.port}"

    def _handler(self):
        cluster = self

        class Handler(Answering):
            """Without keep-alive: a cluster that ends takes its connections with it."""

            def do_GET(self):
                cluster.requests.add((self.path, dict(self.headers)))
                answer = cluster.answer
                if answer.hang:
                    cluster.closing.wait()
                if answer.hang or answer.hang_up:
                    return
                self.answer(answer.status, answer.body, {"Content-Type": "application/json"} | answer.headers)

        return Handler
