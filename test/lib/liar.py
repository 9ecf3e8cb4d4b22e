# SPDX-License-Identifier: MIT
"""A stand-in for Slack that writes bytes instead of HTTP, for answers that no server library would send."""

import re
import socketserver
import time
from dataclasses import dataclass

from journal import Journal
from standin import StandIn


@dataclass
class Request:
    at: float  # time.time()
    connection: int
    path: str
    body: bytes


def reply(body=b"ok", status=200, **headers):
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    head = "\r\n".join([f"HTTP/1.1 {status} Whatever", *lines, f"Content-Length: {len(body)}", "", ""])
    return head.encode() + body


def chunked(*pieces):
    chunks = [b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (*pieces, b"")]
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"".join(chunks)


class Liar(StandIn):
    """Use as a context manager. To the n-th request the n-th of `script`, as it is; then always `ok`."""

    path = "/services/T0SECRET/B0SECRET/xoSECRETox"

    def __init__(self, *script, context=None):
        super().__init__(self._handler(), socketserver.ThreadingTCPServer)
        self.server.handle_error = lambda *_: None  # a client that hangs up: not an error of the test
        self.requests = Journal("the liar")
        self.script = list(script)
        self.context = context  # of TLS
        self.connections = 0

    @property
    def webhook(self):
        scheme = "https" if self.context else "http"
        return f"{scheme}://127.0.0.1:{self.port}{self.path}"

    def _handler(self):
        liar = self

        class Handler(socketserver.StreamRequestHandler):
            def setup(self):
                if liar.context:
                    self.request = liar.context.wrap_socket(self.request, server_side=True)
                super().setup()
                liar.connections += 1
                self.number = liar.connections

            def handle(self):
                while head := b"".join(iter(self.rfile.readline, b"\r\n")):
                    path = head.split()[1].decode()
                    length = re.search(rb"(?i)content-length: (\d+)", head)
                    liar.requests.add(Request(time.time(), self.number, path, self.rfile.read(int(length[1]))))
                    answer = liar.script.pop(0) if liar.script else reply()
                    if not callable(answer):
                        self.wfile.write(answer)
                    elif not answer(self.wfile.write):
                        return

        return Handler
