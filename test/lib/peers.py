# SPDX-License-Identifier: MIT
"""Servers of the same proto on other implementations of gRPC, as processes under the test's control.

Each takes the age in milliseconds at which it ends a connection (0: never) and says on its output `port N`, then
`registered NAME TIMEOUT`, `status NAME CODE` and `ended` (a half-closed stream). On its input it is told to `refuse`
the next registration, to `forget` the service of the next status, to `cancel` its streams, and to `leave`; from the
line `heard WORD` on it does.
"""

import subprocess
import sys
import time

from journal import Journal
from proto import ROOT
from talker import Talker
from teller import BUILD

CXX = BUILD / "test/peer_grpcpp"  # built where gRPC C++ is installed
COMMANDS = {
    "grpcio": [sys.executable, ROOT / "test/lib/peer_grpcio.py"],
    "grpc-js": ["node", ROOT / "test/lib/peer_grpcjs.js"],
    "grpc++": [CXX],
}


class Peer(Talker):
    """`told` holds (when, the words of a line)."""

    def __init__(self, kind, told=None, age_ms=0):
        self.told = Journal(kind) if told is None else told
        super().__init__(*COMMANDS[kind], age_ms, ROOT / "proto/procjon.proto", stdin=subprocess.PIPE)
        word, port = self.process.stdout.readline().split()
        assert word == "port"
        self.address = f"127.0.0.1:{port}"
        self.listen()

    def hear(self, line):
        self.told.add((time.monotonic(), *line.split()))

    def order(self, word):
        before = len(self.told)
        print(word, file=self.process.stdin, flush=True)
        self.wait("heard", word, after=before)

    def wait(self, *words, after=0, within=30):
        """The number of the next line with these words, from the line `after` on."""
        def found(lines):
            return next((n + 1 for n, line in enumerate(lines) if n >= after and line[1:1 + len(words)] == words), None)

        return self.told.wait_until(found, within, words)
