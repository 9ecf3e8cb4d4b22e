# SPDX-License-Identifier: MIT
"""Bytes as they go over the wire, for what no correct library would send."""

import socket
import ssl
import struct

import h2.config
import h2.connection
import h2.events

from journal import HANG, TIMEOUT_FACTOR


def varint(value):
    out = bytearray()
    value &= (1 << 64) - 1
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out + bytes([value]))


def number(field, value):
    """A protobuf varint field."""
    return varint(field << 3) + varint(value)


def chunk(field, value):
    """A protobuf length-delimited field: bytes, a string or a message."""
    value = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | 2) + varint(len(value)) + value


def grpc_frame(message, compressed=0):
    return struct.pack(">BI", compressed, len(message)) + message


def connected(address, source=None):
    """A socket to HOST:PORT or unix:PATH."""
    if address.startswith("unix:"):
        sock = socket.socket(socket.AF_UNIX)
        sock.connect(address.removeprefix("unix:"))
        return sock
    host, port = address.rsplit(":", 1)
    sock = socket.create_connection((host, int(port)), source_address=source and (source, 0))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def abort(sock):
    """Closes with RST, as a machine that was restarted does."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


class End:
    """One end of an HTTP/2 connection in the test's hand: events are waited for one by one."""

    def __init__(self, sock, **config):
        self.sock = sock
        self.sock.settimeout(HANG * TIMEOUT_FACTOR)
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8", **config))
        self.events = []

    def flush(self):
        self.sock.sendall(self.h2.data_to_send())

    def wait(self, kind, where=lambda event: True):
        """The first event of this kind that was not waited for yet."""
        while True:
            for event in self.events:
                if isinstance(event, kind) and where(event):
                    self.events.remove(event)
                    return event
            data = self.sock.recv(65536)
            assert data, f"the connection ended before a {kind.__name__}; before that: {self.events}"
            for event in self.h2.receive_data(data):
                self.came(event)
                self.events.append(event)
            self.flush()

    def came(self, event):
        """For what is to be done with every event, waited for or not."""

    def ended(self):
        """Waits for the peer to end the connection."""
        try:
            while self.sock.recv(65536):
                pass
        except (ConnectionResetError, ssl.SSLError):
            pass


class Connection(End):
    """A client's; a context manager. `open` exchanges the SETTINGS."""

    def __init__(self, address, tls=None, source=None):
        sock = connected(address, source)
        sock.settimeout(HANG * TIMEOUT_FACTOR)  # of the handshake as well
        super().__init__(tls.wrap_socket(sock, server_hostname="localhost") if tls else sock)
        self.scheme = "https" if tls else "http"

    def open(self):
        self.h2.initiate_connection()
        self.flush()
        self.wait(h2.events.RemoteSettingsChanged)
        return self

    def __enter__(self):
        return self.open()

    def __exit__(self, *_):
        self.sock.close()

    def send_request(self, path, body=None, **headers):
        """Opens a stream; with a body, also ends it. Returns its id."""
        stream = self.h2.get_next_available_stream_id()
        self.h2.send_headers(stream, [(":method", "POST"), (":scheme", self.scheme), (":path", path),
                                      (":authority", "localhost"), ("content-type", "application/grpc"),
                                      ("te", "trailers"),
                                      *((name.replace("_", "-"), value) for name, value in headers.items())])
        if body is not None:
            self.h2.send_data(stream, body, end_stream=True)
        self.flush()
        return stream

    def request(self, path, body, **headers):
        """A whole call; returns (grpc-status, grpc-message)."""
        return self.answer(self.send_request(path, body, **headers))

    def answer(self, stream):
        def of_this_stream(event):
            return event.stream_id == stream

        headers = dict(self.wait(h2.events.ResponseReceived, of_this_stream).headers)
        if "grpc-status" not in headers:
            headers = dict(self.wait(h2.events.TrailersReceived, of_this_stream).headers)
        return int(headers["grpc-status"]), headers.get("grpc-message", "")


def fields(message):
    """A protobuf message without its schema: field number to the list of its values, numbers or bytes."""
    found, position = {}, 0

    def take_varint():
        nonlocal position
        value = shift = 0
        while True:
            byte = message[position]
            position += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while position < len(message):
        tag = take_varint()
        value = take_varint()
        if tag & 7 == 2:
            value, position = message[position:position + value], position + value
        found.setdefault(tag >> 3, []).append(value)
    return found
