# SPDX-License-Identifier: MIT
"""What scripts/run shows: one service, from its first report to its return, and what people read meanwhile."""

import os
import signal
import sys
import tempfile
import threading
import time
from contextlib import ExitStack

from agent import Agent
from server import BINARY, Procjon
from slack import Slack, unescape

SERVICE = "backup@example"
STATUSES = ["ok", "failed"]
TIMEOUT = 4  # seconds: short, so that silence is soon noticed; longer than a pause on a busy machine
MESSAGE_WITHIN = 10  # seconds
PAUSE = 1  # seconds between the scenes, to read
COLOURS = {"good": "\33[32m", "warning": "\33[33m", "danger": "\33[31m"}
DIM, PLAIN = "\33[2m", "\33[0m"
FOR_REAL = f"""
For real:
    export PROCJON_SLACK_WEBHOOK=https://hooks.slack.com/services/...
    {BINARY} --data ./procjon-data          (all options: --help)
and let agents report to localhost:8080."""


def styled(style, text):
    return f"{style}{text}{PLAIN}" if sys.stdout.isatty() else text


def show(payload):
    """A message as Slack shows it: the colour bar, the text, the context in grey."""
    attachments = payload.get("attachments", [{}])
    bar = styled(COLOURS.get(attachments[0].get("color"), ""), "▌")
    for line in payload["text"].splitlines():
        print(f"    {bar} {unescape(line)}")
    for attachment in attachments:
        context = [field["title"] + ": " + field["value"] for field in attachment.get("fields", [])]
        context += [attachment[key] for key in ("text", "footer") if attachment.get(key)]
        for line in context:
            print(f"    {bar} {styled(DIM, unescape(line))}")
    print(flush=True)


class Audience:
    """Waits for the next message: shown from the stand-in, or, when the real Slack is told, just given its time."""

    def __init__(self, slack):
        self.slack = slack
        self.shown = 0

    def next_message(self):
        if self.slack:
            show(self.slack.posts.wait_count(self.shown + 1, MESSAGE_WITHIN)[self.shown].payload)
            self.shown += 1
        else:
            print("    (look into Slack)\n", flush=True)
        time.sleep(PAUSE)


def scene(text):
    print(f"• {text}", flush=True)


def play(procjon, audience):
    with Agent(procjon.address) as agent:
        scene(f"An agent registers {SERVICE}: {STATUSES}, worry after {TIMEOUT} s. It reports: ok")
        agent.register(SERVICE, STATUSES, TIMEOUT)
        agent.report((SERVICE, 0))
        audience.next_message()
        scene("It reports: failed")
        agent.report((SERVICE, 1))
        audience.next_message()
        scene("It falls silent.")
        if not audience.slack:
            time.sleep(TIMEOUT)
        audience.next_message()
        scene("It is back, still failed.")
        agent.report((SERVICE, 1))
        audience.next_message()


def stay(procjon):
    print(f"procjon keeps listening on {procjon.address}; its log follows. Ctrl-C ends it.", flush=True)
    interrupted = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: interrupted.set())
    shown = 0
    while not interrupted.wait(0.2) and procjon.process.poll() is None:
        for line in list(procjon.log)[shown:]:
            print(line, flush=True)
            shown += 1


def main(staying):
    with ExitStack() as stack:
        webhook = os.environ.get("PROCJON_SLACK_WEBHOOK")
        slack = None if webhook else stack.enter_context(Slack())
        data = "procjon-data" if staying else stack.enter_context(tempfile.TemporaryDirectory())
        procjon = Procjon(data, slack, endpoint="localhost:8080" if staying else "127.0.0.1:0",
                          environment={"PROCJON_SLACK_WEBHOOK": webhook} if webhook else None)
        procjon.start()
        stack.callback(procjon.stop)
        print(f"procjon listens on {procjon.address} and tells {'Slack' if webhook else 'a stand-in for Slack'}.\n")
        play(procjon, Audience(slack))
        print(FOR_REAL, flush=True)
        if staying:
            stay(procjon)


if __name__ == "__main__":
    main(sys.argv[1:] == ["--stay"])
