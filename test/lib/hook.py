# SPDX-License-Identifier: MIT
"""Stand-ins on loopback for receivers of JSON by HTTP POST other than Slack: a webhook of one's own, Alertmanager."""

import json
import re
import time
from dataclasses import dataclass
from datetime import datetime, timezone

from journal import Journal
from standin import Answering, StandIn


@dataclass
class Post:
    at: float  # time.time()
    path: str
    body: object
    status: int


class Hook(StandIn):
    """Use as a context manager. Answers every POST of JSON with `status`, and keeps it in `posts`."""

    path = "/hook"

    def __init__(self, status=200):
        super().__init__(self._handler())
        self.posts = Journal("the hook")
        self.status = status

    @property
    def origin(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self):
        return self.origin + self.path

    def objection(self, path, body):
        """Why this request is to be refused, or None."""
        return None if path == self.path else f"no such path: {path}"

    def taken(self):
        return [post.body for post in self.posts if post.status == 200]

    def wait_taken(self, count, within):
        return self.posts.wait_until(lambda posts: len(taken := [p.body for p in posts if p.status == 200]) >= count
                                     and taken, within, f"{count} messages taken")

    def _handler(self):
        hook = self

        class Handler(Answering):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                assert self.headers["Content-Type"].startswith("application/json")
                problem = hook.objection(self.path, body)
                status = 400 if problem else hook.status
                hook.posts.add(Post(time.time(), self.path, problem or body, status))
                self.answer(status)

        return Handler


def moment(text):
    """RFC 3339, as Alertmanager insists on it."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z")


class Alertmanager(Hook):
    """What POST /api/v2/alerts takes; `firing` is what would be active now."""

    path = "/api/v2/alerts"

    def objection(self, path, body):
        if path != self.path:
            return f"no such path: {path}"
        if not isinstance(body, list) or not body:
            return "not a list of alerts"
        for alert in body:
            if set(alert) - {"labels", "annotations", "startsAt", "endsAt", "generatorURL"}:
                return f"unknown keys: {sorted(alert)}"
            if not all(re.fullmatch(r"[a-zA-Z_]\w*", name) and value for name, value in alert["labels"].items()):
                return f"labels: {alert['labels']}"
            if "endsAt" in alert and moment(alert["endsAt"]) < moment(alert["startsAt"]):
                return "the end is before the start"
        return None

    def firing(self):
        """What ends when it starts is over, whatever the clock of the sender says."""
        alerts = {}
        for body in self.taken():
            for alert in body:
                alerts[tuple(sorted(alert["labels"].items()))] = (moment(alert["startsAt"]), moment(alert["endsAt"]))
        return sorted(dict(labels)["service"] + ":" + dict(labels)["severity"] for labels, (starts, ends) in alerts.items()
                      if ends > max(starts, datetime.now(timezone.utc)))
