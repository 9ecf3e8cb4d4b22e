# SPDX-License-Identifier: MIT
"""An agent as a test needs it: grpcio, with every step under the test's control."""

import queue
import re

import grpc

import proto as protos
from journal import HANG, TIMEOUT_FACTOR

RPC_TIMEOUT = HANG * TIMEOUT_FACTOR  # seconds; no call of a test is meant to last this long
# One connection per agent, not one shared by all channels of the process; and no second try behind the test's back.
CHANNEL_OPTIONS = [("grpc.use_local_subchannel_pool", 1), ("grpc.enable_retries", 0)]


def channel_to(address, credentials=None, options=(), compression=None):
    options = CHANNEL_OPTIONS + list(options)
    if re.match(r"[\d.]+:\d+$", address):
        address = "ipv4:" + address  # a number needs no resolver
    if credentials:
        return grpc.secure_channel(address, credentials, options, compression)
    return grpc.insecure_channel(address, options, compression)


class Agent:
    """One connection. `channel` is open to tests that want more than this class offers."""

    def __init__(self, address, generation=None, **channel):
        self.proto = generation or protos.first_generation()
        self.channel = channel_to(address, **channel)
        empty = self.proto.Empty.FromString
        self.register_call = self.channel.unary_unary("/Procjon/RegisterService", bytes, empty)
        self._send_call = self.channel.stream_unary(
            "/Procjon/SendServiceStatus", lambda message: message.SerializeToString(), empty)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.drop()

    def message(self, service, statuses=("ok", "nok"), timeout=3600):
        return protos.registration(self.proto, service, statuses, timeout).SerializeToString()

    def register(self, service, statuses=("ok", "nok"), timeout=3600, **call):
        return self.register_call(self.message(service, statuses, timeout), **{"timeout": RPC_TIMEOUT} | call)

    def register_later(self, *registration, **options):
        """As register, but returns at once with the future."""
        return self.register_call.future(self.message(*registration, **options), timeout=RPC_TIMEOUT)

    def register_all(self, services, **options):
        """Many at once: the server commits what waits together."""
        for call in [self.register_later(service, **options) for service in services]:
            call.result()

    def stream(self, **call):
        return Stream(self.proto, self._send_call, **call)

    def report(self, *reports):
        """A stream of its own for these (service, code), half-closed: what a cron job does. Waits for the answer."""
        stream = self.stream()
        for service, code in reports:
            stream.send(service, code)
        return stream.finish()

    def drop(self):
        """Closes the connection under whatever is open on it."""
        self.channel.close()


class Stream:
    """One SendServiceStatus call."""

    def __init__(self, proto, call, **options):
        self._proto = proto
        self._outgoing = queue.SimpleQueue()
        self.call = call.future(iter(self._outgoing.get, None), **options)

    def send(self, service, code=0):
        self._outgoing.put(self._proto.ServiceStatus(serviceIdentifier=service, statusCode=code))

    def half_close(self):
        self._outgoing.put(None)

    def finish(self):
        """Half-closes and waits for the server's answer; raises grpc.RpcError unless it is OK."""
        self.half_close()
        return self.call.result(RPC_TIMEOUT)

    def reset(self):
        """RST_STREAM: the agent's process was killed, its connection lives."""
        self.call.cancel()
        self.abandon()

    def abandon(self):
        """Lets go of the sending thread of a stream that has ended."""
        self._outgoing.put(None)

    def error(self):
        """Waits for the server to refuse the stream."""
        refusal = self.call.exception(RPC_TIMEOUT)
        self.abandon()
        return refusal
