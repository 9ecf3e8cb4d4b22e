# SPDX-License-Identifier: MIT
"""A stand-in for Slack's incoming webhooks on loopback: as strict as the real one, with failures on demand.

Answers as Slack documents them: 200 with the body `ok`; 400 invalid_payload or no_text; 404 no_service;
429 with Retry-After and JSON; 500 rollup_error.
"""

import json
import os
import re
import time
from collections import deque
from dataclasses import dataclass, field

from journal import Journal
from standin import Answering, StandIn

TEXT_MAX = 40_000  # characters; Slack cuts above
ATTACHMENTS_MAX = 100
TEXT_FIELDS = {"fallback", "text", "pretext", "title", "footer", "author_name"}
COLOUR = re.compile(r"good|warning|danger|#[0-9a-fA-F]{6}")
# What is added to a line that was late by the clock on the wall: if that one jumps, it may be at any line.
LATE = re.compile(r" \((?:[\d-]+ )?\d\d:\d\d UTC, delivered [^()]+ later\)$")
# Slack's three escapes; any other & < > is a mention, a link or a mistake.
UNESCAPED = re.compile(r"&(?!(?:amp|lt|gt);)|<|>")


@dataclass
class Answer:
    status: int = 200
    body: str = "ok"
    headers: dict = field(default_factory=dict)
    delay: float = 0  # seconds before it; None: never
    hang_up: bool = False  # close instead of answering


OK = Answer()
NEVER = Answer(delay=None)
HANG_UP = Answer(hang_up=True)
BROKEN = Answer(500, "rollup_error")
GONE = Answer(404, "no_service")
INVALID = Answer(400, "invalid_payload")


def after(seconds):
    return Answer(delay=seconds)


def rate_limited(seconds):
    body = {"retry_after": seconds, "ok": False, "error": "rate_limited"}
    return Answer(429, json.dumps(body), {"Retry-After": str(seconds), "Content-Type": "application/json"})


@dataclass
class Post:
    at: float  # time.time()
    payload: dict
    answer: Answer

    @property
    def text(self):
        return self.payload["text"]


def objection(content_type, body):
    """Why Slack would refuse this request, or None."""
    if not content_type.startswith("application/json"):
        return "invalid_payload: content type " + content_type
    try:
        payload = json.loads(body.decode("utf-8", errors="strict"))
    except ValueError as error:
        return f"invalid_payload: {error}"
    if not isinstance(payload, dict) or set(payload) - {"text", "attachments"}:
        return "invalid_payload: shape"
    if not isinstance(payload.get("text"), str) or not payload["text"].strip():
        return "no_text"
    attachments = payload.get("attachments", [])
    if not isinstance(attachments, list) or len(attachments) > ATTACHMENTS_MAX:
        return "too_many_attachments"
    return objection_to_text(payload["text"]) or next(filter(None, map(objection_to_attachment, attachments)), None)


def objection_to_text(text):
    if len(text) > TEXT_MAX:
        return "invalid_payload: msg_too_long"
    if UNESCAPED.search(text):
        return f"invalid_payload: unescaped text {text!r}"
    return None


def objection_to_attachment(attachment):
    for key, value in attachment.items():
        if key == "color":
            if not COLOUR.fullmatch(value):
                return f"invalid_payload: color {value!r}"
        elif key in TEXT_FIELDS:
            if not isinstance(value, str):
                return f"invalid_payload: {key}"
            if problem := objection_to_text(value):
                return problem
        elif key == "ts":
            if not isinstance(value, (int, float)):
                return "invalid_payload: ts"
        elif key == "fields":
            if not all(isinstance(f.get("title"), str) and isinstance(f.get("value"), str) for f in value):
                return "invalid_payload: fields"
        elif key != "mrkdwn_in":
            return f"invalid_payload: attachment has {key!r}"
    return None


def unescape(text):
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


class Slack(StandIn):
    """Use as a context manager. `posts` holds what was received, `refused` what the real Slack would not have taken."""

    def __init__(self):
        super().__init__(self._handler())
        self.server.handle_error = lambda *_: None  # a client that was killed: not an error of the test
        self.posts = Journal("Slack")
        self.refused = []
        self.always = OK  # the answer once the script is used up
        self._script = deque()

    @property
    def webhook(self):
        return f"http://127.0.0.1:{self.port}/services/T0/B0/secret"

    def script(self, *answers):
        """These answers first, in this order."""
        self._script.extend(answers)

    def recover(self):
        """From now on only the usual answer."""
        self._script.clear()

    def lines(self):
        """What people read, oldest first: the lines of every message that was answered with ok."""
        return lines_of(self.posts)

    def wait_lines(self, count, within):
        return self._wait(lambda lines: len(lines) >= count and lines, within, f"{count} lines")

    def wait_line(self, pattern, within):
        return self._wait(lambda lines: next((line for line in lines if re.search(pattern, line)), None),
                          within, f"a line like {pattern!r}")

    def updates(self, service):
        """What was told of one service, without the words around it: `available`, `status nok`, ..."""
        return updates_in(self.lines(), service)

    def wait_updates(self, service, count, within):
        return self._wait(lambda lines: len(told := updates_in(lines, service)) >= count and told, within,
                          f"{count} updates of {service!r}")

    def _wait(self, predicate, within, what):
        return self.posts.wait_until(lambda posts: predicate(lines_of(posts)), within, what)

    def _answer(self, content_type, body):
        """Records the request and says how to answer it."""
        now = time.time()
        if problem := objection(content_type, body):
            self.refused.append((problem, body))
            return Answer(400, problem.split(":")[0])
        payload = json.loads(body)
        answer = self.choose(payload)
        self.posts.add(Post(now, payload, answer))
        return answer

    def choose(self, payload):
        """The answer to this message; a subclass may look at it."""
        return self._script.popleft() if self._script else self.always

    def _handler(self):
        slack = self

        class Handler(Answering):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                answer = slack._answer(self.headers.get("Content-Type", ""), body)
                if answer.delay is None or answer.delay > 0:
                    slack.closing.wait(answer.delay)
                if answer.hang_up or slack.closing.is_set():
                    self.close_connection = True
                    return
                self.answer(answer.status, answer.body, {"Content-Type": "text/plain"} | answer.headers)

        return Handler


def lines_of(posts):
    jumps = "DELAY_CLOCK_S" in os.environ
    return [unescape(LATE.sub("", line) if jumps else line) for post in posts
            if post.answer.status == 200 and not post.answer.hang_up for line in post.text.splitlines()]


def updates_in(lines, service):
    name = re.escape(service)
    shape = re.compile(f"Service {name} changed its (status) to: (.*)|"
                       f"Agent {name} is (available again) after .+\\.|"
                       f"Agent {name} is (available)\\.|"
                       f"Agent {name} is (not available: .*)\\.")
    return [" ".join(filter(None, match.groups())) for line in lines if (match := shape.fullmatch(line))]
