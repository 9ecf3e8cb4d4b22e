# SPDX-License-Identifier: MIT
"""A server that sends the frames that a test writes, for answers that no correct server gives to an agent."""

import queue
import socket
import struct
import threading
import time

import h2.events
import h2.settings

from journal import TIMEOUT_FACTOR
from wire import End, abort, fields, grpc_frame

EMPTY = grpc_frame(b"")
REGISTER, SEND = "/Procjon/RegisterService", "/Procjon/SendServiceStatus"


class Peer(End):
    """One agent's connection. Nothing is answered that the test does not answer."""

    def __init__(self, sock):
        super().__init__(sock, client_side=False)
        self.unread = {}  # stream: the bytes after the last whole message
        self.widens = True  # the windows again by what has come

    def settings(self, **settings):
        """The preface of the server; every agent waits for it."""
        names = {h2.settings.SettingCodes[name]: value for name, value in settings.items()}
        self.h2.local_settings = h2.settings.Settings(client=False, initial_values=names)
        self.h2.initiate_connection()
        self.flush()
        return self

    def came(self, event):
        if self.widens and isinstance(event, h2.events.DataReceived):
            self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)

    def request(self, path=None):
        """(stream, headers) of the next call."""
        event = self.wait(h2.events.RequestReceived, lambda event: path in (None, dict(event.headers)[":path"]))
        return event.stream_id, dict(event.headers)

    def data(self, stream):
        """The bytes of the next DATA frame that has any."""
        return self.wait(h2.events.DataReceived, lambda event: event.stream_id == stream and event.data).data

    def status(self, stream):
        """The next (service, code)."""
        unread = self.unread.get(stream, b"")
        while len(unread) < 5 or len(unread) < 5 + int.from_bytes(unread[1:5], "big"):
            unread += self.data(stream)
        end = 5 + int.from_bytes(unread[1:5], "big")
        self.unread[stream] = unread[end:]
        message = fields(unread[5:end])
        return message[1][0].decode(), message.get(2, [0])[0]

    def half_closed(self, stream):
        self.wait(h2.events.StreamEnded, lambda event: event.stream_id == stream)

    def reset(self, stream):
        return self.wait(h2.events.StreamReset, lambda event: event.stream_id == stream).error_code

    def headers(self, stream, end=False, **headers):
        headers = {"status": "200", "content-type": "application/grpc"} | {
            name.replace("_", "-"): str(value) for name, value in headers.items()}
        self.h2.send_headers(stream, [(":status", headers.pop("status")), *headers.items()], end_stream=end)
        self.flush()

    def trailers(self, stream, **headers):
        self.h2.send_headers(stream, [(name.replace("_", "-"), str(value)) for name, value in headers.items()],
                             end_stream=True)
        self.flush()

    def body(self, stream, data, end=False):
        self.h2.send_data(stream, data, end_stream=end)
        self.flush()

    def fail(self, stream, status, message=""):
        """Trailers-only."""
        self.headers(stream, True, grpc_status=status, grpc_message=message)

    def ok(self, stream):
        self.headers(stream)
        self.body(stream, EMPTY)
        self.trailers(stream, grpc_status=0)

    def rst(self, stream, code):
        self.h2.reset_stream(stream, code)
        self.flush()

    def goaway(self, last, code=0):
        """As bytes: the h2 library would not take anything afterwards."""
        self.sock.sendall(struct.pack(">I", 8)[1:] + b"\x07\0" + struct.pack(">III", 0, last, code))

    def accept(self):
        """Answers the next registration; returns the stream of statuses that follows."""
        registration, _ = self.request(REGISTER)
        self.half_closed(registration)
        self.ok(registration)
        return self.request(SEND)[0]

    def abort(self):
        abort(self.sock)


class Stage:
    """Listens; `next` is the agent's next connection."""

    def __init__(self, backlog=16):
        self.sock = socket.create_server(("127.0.0.1", 0), backlog=backlog)
        self.address = "%s:%d" % self.sock.getsockname()
        self._waiting = queue.SimpleQueue()
        self._peers = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        try:
            while True:
                self._waiting.put((self.sock.accept()[0], time.monotonic()))
        except OSError:
            pass

    def next(self, within=30):
        """(Peer, when it came)."""
        sock, when = self._waiting.get(timeout=within * TIMEOUT_FACTOR)
        self._peers.append(peer := Peer(sock))
        return peer, when

    def peer(self, within=30, **settings):
        return self.next(within)[0].settings(**settings)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()
        for peer in self._peers:
            peer.sock.close()
