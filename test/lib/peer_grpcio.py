# SPDX-License-Identifier: MIT
"""A server of procjon.proto on grpcio; see peers.py."""

import sys
from concurrent import futures

import grpc

import proto

GRACE = 20  # seconds that a server leaves to what is open: more than an agent needs


class Procjon(grpc.GenericRpcHandler):
    def __init__(self):
        self.proto = proto.first_generation()
        self.refuses = self.forgets = False
        self.streams = []

    def service(self, details):
        empty = self.proto.Empty.SerializeToString
        if details.method == "/Procjon/RegisterService":
            return grpc.unary_unary_rpc_method_handler(self.register, self.proto.Service.FromString, empty)
        if details.method == "/Procjon/SendServiceStatus":
            return grpc.stream_unary_rpc_method_handler(self.listen, self.proto.ServiceStatus.FromString, empty)
        return None

    def register(self, service, context):
        if self.refuses:
            self.refuses = False
            context.abort(grpc.StatusCode.UNAVAILABLE, "not now")
        tell("registered", service.serviceIdentifier, service.timeout)
        return self.proto.Empty()

    def listen(self, statuses, context):
        self.streams.append(context)
        for status in statuses:
            if self.forgets:
                self.forgets = False
                context.abort(grpc.StatusCode.NOT_FOUND, "never heard of it")
            tell("status", status.serviceIdentifier, status.statusCode)
        tell("ended")
        return self.proto.Empty()

    def cancel(self):
        for context in self.streams:
            context.cancel()


def tell(*words):
    print(*words, flush=True)


def main(age):
    procjon = Procjon()
    options = [("grpc.max_connection_age_ms", age), ("grpc.max_connection_age_grace_ms", GRACE * 1000)] if age else []
    server = grpc.server(futures.ThreadPoolExecutor(16), [procjon], options=options)
    tell("port", server.add_insecure_port("127.0.0.1:0"))
    server.start()
    for line in sys.stdin:
        word = line.strip()
        if word == "refuse":
            procjon.refuses = True
        elif word == "forget":
            procjon.forgets = True
        elif word == "cancel":
            procjon.cancel()
        tell("heard", word)
        if word == "leave":
            server.stop(GRACE).wait()
            return


if __name__ == "__main__":
    main(int(sys.argv[1]))
