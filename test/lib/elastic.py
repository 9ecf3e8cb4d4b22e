# SPDX-License-Identifier: MIT
"""A cluster that answers GET /_cluster/health as Elasticsearch and OpenSearch document it, or not at all."""

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from journal import Journal

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


class Cluster:
    """Use as a context manager. `answer` is what it says from now on, `requests` what it was asked: path, headers."""

    def __init__(self, port=0, tls=None):
        self.answer = health("green")
        self.requests = Journal("the cluster")
        self._ending = threading.Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self._http.daemon_threads = True
        if tls:
            self._http.socket = tls.wrap_socket(self._http.socket, server_side=True, do_handshake_on_connect=False)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)
        self.url = f"http{'s' if tls else ''}://localhost:{self.port}"

    @property
    def port(self):
        return self._http.server_address[1]

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ending.set()
        self._http.shutdown()
        self._http.server_close()

    def _handler(self):
        cluster = self

        class Handler(BaseHTTPRequestHandler):
            """Without keep-alive: a cluster that ends takes its connections with it."""

            def do_GET(self):
                cluster.requests.add((self.path, dict(self.headers)))
                answer = cluster.answer
                if answer.hang:
                    cluster._ending.wait()
                if answer.hang or answer.hang_up:
                    return
                data = answer.body.encode()
                try:
                    self.send_response(answer.status)
                    for name, value in ({"Content-Type": "application/json"} | answer.headers).items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(data)))
                    self.end_headers()
                    self.wfile.write(data)
                except OSError:  # the client did not wait
                    pass

            def log_message(self, *_):
                pass

        return Handler
