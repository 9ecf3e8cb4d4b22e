# SPDX-License-Identifier: MIT
"""HTTP/2 by hand: frames as bytes, so that a test may send what no library would (RFC 9113)."""

import socket
import struct
from collections import Counter, namedtuple

import hpack

from journal import HANG, TIMEOUT_FACTOR
from wire import connected, grpc_frame

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
ACK = END_STREAM = 0x1
END_HEADERS, PADDED, PRIORITIZED = 0x4, 0x8, 0x20
(NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR, SETTINGS_TIMEOUT, STREAM_CLOSED, FRAME_SIZE_ERROR,
 REFUSED_STREAM, CANCEL, COMPRESSION_ERROR, CONNECT_ERROR, ENHANCE_YOUR_CALM) = range(12)
(HEADER_TABLE_SIZE, ENABLE_PUSH, MAX_CONCURRENT_STREAMS, INITIAL_WINDOW_SIZE, MAX_FRAME_SIZE,
 MAX_HEADER_LIST_SIZE) = range(1, 7)

Frame = namedtuple("Frame", "type flags stream payload")


def frame(kind, flags=0, stream=0, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def settings(*entries):
    return frame(SETTINGS, payload=b"".join(struct.pack(">HI", *entry) for entry in entries))


def data(stream, payload=b"", end=False, flags=0):
    return frame(DATA, (END_STREAM if end else 0) | flags, stream, payload)


def message(stream, payload=b"", end=False, compressed=0):
    """One whole gRPC message in one DATA frame."""
    return data(stream, grpc_frame(payload, compressed), end)


def reset(stream, code=CANCEL):
    return frame(RST_STREAM, 0, stream, struct.pack(">I", code))


def window_update(stream, increment):
    return frame(WINDOW_UPDATE, 0, stream, struct.pack(">I", increment))


def priority(stream, dependency=0, weight=16, exclusive=False):
    return frame(PRIORITY, 0, stream, struct.pack(">IB", dependency | exclusive << 31, weight - 1))


def goaway(code=NO_ERROR, last=0, stream=0):
    return frame(GOAWAY, 0, stream, struct.pack(">II", last, code))


class Response:
    """What came on one stream."""

    def __init__(self):
        self.blocks = []  # header blocks, as dictionaries
        self.body = b""
        self.ended = False
        self.reset = None  # the code of an RST_STREAM

    @property
    def over(self):
        return self.ended or self.reset is not None

    @property
    def http(self):
        return self.blocks[0][":status"]

    @property
    def grpc(self):
        return int(self.blocks[-1]["grpc-status"])

    @property
    def message(self):
        return self.blocks[-1].get("grpc-message", "")

    @property
    def trailers_only(self):
        return len(self.blocks) == 1 and self.ended and self.body == b""

    def __repr__(self):
        return f"Response(blocks={self.blocks}, body={self.body}, ended={self.ended}, reset={self.reset})"


class Peer:
    """The client's end of one connection. `frames` is all that came, `closed` whether the server hung up."""

    def __init__(self, address, preface=True, entries=(), tls=None, acknowledges=True):
        self.sock = connected(address)
        if tls:
            self.sock = tls.wrap_socket(self.sock, server_hostname="localhost")
        self.sock.settimeout(HANG * TIMEOUT_FACTOR)
        self.scheme = "https" if tls else "http"
        self.acknowledges = acknowledges
        self.encoder, self.decoder = hpack.Encoder(), hpack.Decoder()
        self.frames, self.responses = [], {}
        self.closed, self.buffer, self._block = False, b"", b""
        self._pings, self._room = 0, Counter()  # what may be sent yet, less the first window
        if preface:
            self.send(PREFACE, settings(*entries))
            self.until(lambda: self.seen(SETTINGS))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def send(self, *pieces):
        try:
            self.sock.sendall(b"".join(pieces))
        except (BrokenPipeError, ConnectionResetError):
            self.closed = True

    def half_close(self):
        self.sock.shutdown(socket.SHUT_WR)

    # ---- receiving

    def seen(self, kind, stream=None, ack=False):
        return [f for f in self.frames if f.type == kind and (stream is None or f.stream == stream)
                and (kind not in (SETTINGS, PING) or bool(f.flags & ACK) == ack)]

    def until(self, done):
        """Reads until done() holds or the server hung up; TimeoutError if neither happens."""
        while not done() and not self.closed:
            self.receive()
        return done()

    def receive(self):
        """One read, if anything comes."""
        try:
            got = self.sock.recv(65536)
        except ConnectionResetError:
            got = b""
        if not got:
            self.closed = True
        self.buffer += got
        while len(self.buffer) >= 9 and len(self.buffer) >= 9 + (size := int.from_bytes(self.buffer[:3], "big")):
            kind, flags, stream = struct.unpack(">BBI", self.buffer[3:9])
            payload, self.buffer = self.buffer[9:9 + size], self.buffer[9 + size:]
            self._take(Frame(kind, flags, stream, payload))

    def _take(self, got):
        self.frames.append(got)
        if got.type == SETTINGS and not got.flags & ACK and self.acknowledges:
            self.send(frame(SETTINGS, ACK))
        if got.type == WINDOW_UPDATE:
            self._room[got.stream] += int.from_bytes(got.payload, "big")
        response = self.responses.setdefault(got.stream, Response()) if got.stream else None
        if got.type == RST_STREAM:
            response.reset = int.from_bytes(got.payload, "big")
        elif got.type == DATA:
            response.body += got.payload
        elif got.type in (HEADERS, CONTINUATION):
            self._block += got.payload
            if got.flags & END_HEADERS:
                response.blocks.append(dict(self.decoder.decode(self._block)))
                self._block = b""
        if got.type in (DATA, HEADERS) and got.flags & END_STREAM:
            response.ended = True

    def ended(self):
        """Waits for the server to hang up."""
        self.until(lambda: False)
        return self

    def barrier(self):
        """
        A round trip: all that the server had to say to what was sent is here. False: it hung up instead. It is a
        PING, and a server limits those: three in a row are always allowed.
        """
        self._pings += 1
        payload = struct.pack(">Q", self._pings)
        self.send(frame(PING, 0, 0, payload))
        return bool(self.until(lambda: any(f.payload == payload for f in self.seen(PING, ack=True))))

    def goaway(self):
        """The last GOAWAY as (code, debug data), or None."""
        frames = self.seen(GOAWAY)
        return frames and (int.from_bytes(frames[-1].payload[4:8], "big"), frames[-1].payload[8:]) or None

    # ---- requests

    def push(self, stream, payload, end=False, ignored=False):
        """DATA as the flow control allows; on a stream that is `ignored` by now only the connection's window counts."""
        size = len(payload)

        def room(of):
            return 65535 + self._room[of] >= size

        assert self.until(lambda: room(0) and (ignored or room(stream))), f"hung up: {self.goaway()}"
        for of in (0, stream):
            self._room[of] -= size
        self.send(data(stream, payload, end))

    def block(self, headers):
        return self.encoder.encode(headers)

    def headers(self, stream, headers, end=False, flags=END_HEADERS):
        return frame(HEADERS, flags | (END_STREAM if end else 0), stream, self.block(headers))

    def call_headers(self, path, drop=(), **more):
        """The header list of a call; `content_type="x"` replaces or adds, a name in `drop` goes."""
        fields = {":method": "POST", ":scheme": self.scheme, ":path": path, ":authority": "localhost",
                  "te": "trailers", "content-type": "application/grpc"}
        for name, value in more.items():
            pseudo = ":" + name
            fields[pseudo if pseudo in fields else name.replace("_", "-")] = value
        return [(name, value) for name, value in fields.items() if name not in drop]

    def call(self, stream, path, end=False, **more):
        """HEADERS of a gRPC call."""
        return self.headers(stream, self.call_headers(path, **more), end)

    def response(self, stream):
        """Waits until the server has ended or reset the stream."""
        self.until(lambda: stream in self.responses and self.responses[stream].over)
        return self.responses.get(stream, Response())

    def settled(self, stream):
        """As response, and with the RST_STREAM that may follow."""
        self.response(stream)
        self.barrier()
        return self.responses.get(stream, Response())
