# SPDX-License-Identifier: MIT
"""How late this machine was: a client that sends requests all the time, and notes when each was answered."""

import select
import threading
import time

import proto
from rawh2 import ACK, PING, Peer, frame, message

PERIOD = 0.1  # seconds
COMMIT_EVERY = 5  # one question in so many is answered by the disk
NAME = "pulse"


class Polite(Peer):
    """A connection that answers PINGs, as every agent's does."""

    def _take(self, got):
        super()._take(got)
        if got.type == PING and not got.flags & ACK:
            self.send(frame(PING, ACK, 0, got.payload))


class Pulse(threading.Thread):
    """Asks from `start` to `stop`. `beats` are the times of answers. With `commits` it has a service of its own."""

    def __init__(self, address, commits):
        super().__init__(daemon=True)
        self._address, self._commits = address, commits
        self._over = threading.Event()
        self._calls = 0
        self.beats = []

    def stop(self):
        self._over.set()
        self.join()

    def run(self):
        while not self._over.is_set():
            try:
                with Polite(self._address()) as peer:
                    self._ask(peer)
            except (AssertionError, OSError, LookupError, AttributeError):
                pass  # there is no server now
            self._over.wait(PERIOD)

    def _ask(self, peer):
        stream = 1
        while not self._over.is_set() and not peer.closed:
            self._calls += 1
            path, body = "/grpc.health.v1.Health/Check", b""
            if self._commits and self._calls % COMMIT_EVERY == 0:
                path = "/Procjon/RegisterService"
                body = proto.registration(proto.first_generation(), NAME, {}, 3600 + self._calls).SerializeToString()
            peer.send(peer.call(stream, path), message(stream, body, end=True))
            if peer.response(stream).ended:
                self.beats.append(time.time())
            stream += 2
            if select.select([peer.sock], [], [], PERIOD)[0]:  # GOAWAY
                peer.receive()

    def late(self, away):
        """The longest time without an answer, less the spans in which no server ran."""
        spans = zip(self.beats, self.beats[1:])
        return max((last - first - PERIOD - sum(overlap(first, last, *span) for span in away) for first, last in spans),
                   default=0)


def overlap(first, last, lo, hi):
    return max(0, min(last, hi) - max(first, lo))
