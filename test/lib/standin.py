# SPDX-License-Identifier: MIT
"""What the stand-ins have in common: a server on loopback, with threads of its own, that ends with the block."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class StandIn:
    """A context manager. A handler that holds an answer back waits for `closing`, which is set when the end begins."""

    def __init__(self, handler, server=ThreadingHTTPServer, port=0):
        self.closing = threading.Event()
        self.server = server(("127.0.0.1", port), handler)
        self.server.daemon_threads = True
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)

    @property
    def port(self):
        return self.server.server_address[1]

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()


class Answering(BaseHTTPRequestHandler):
    """A handler that keeps silent on stderr."""

    def answer(self, status, body="", headers=()):
        data = body.encode()
        try:
            self.send_response(status)
            for name, value in dict(headers).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
        except OSError:  # the client did not wait
            self.close_connection = True

    def log_message(self, *_):
        pass
