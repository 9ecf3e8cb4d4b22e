# SPDX-License-Identifier: MIT
"""Many connections, and a foreign load generator."""

import re
import subprocess

import pytest

import database
from agent import Agent
from journal import TIMEOUT_FACTOR
from proto import first_generation, registration
from wire import Connection, abort, connected, grpc_frame

CONNECTIONS = 10_000
AT_ONCE = 250
STATUSES = {0: "ok", 1: "warning", 2: "critical"}


def silent(address):
    sock = connected(address)
    sock.close()


def half_a_preface(address):
    sock = connected(address)
    sock.sendall(b"PRI * HTTP/2.0\r\n")
    abort(sock)


def nonsense(address):
    sock = connected(address)
    sock.sendall(b"GET / HTTP/1.1\r\n\r\n")
    sock.close()


def open_stream(address):
    connection = Connection(address).open()
    connection.send_request("/Procjon/SendServiceStatus")
    abort(connection.sock)


KINDS = [silent, half_a_preface, nonsense, open_stream]


def test_ten_thousand_connections_leave_no_open_file(procjon):
    procjon.wait_fds(before := procjon.fds())
    for number in range(CONNECTIONS):
        KINDS[number % len(KINDS)](procjon.address)
    procjon.wait_fds(before)
    with Agent(procjon.address) as agent:
        agent.register("db")


def test_ten_thousand_calls_of_one_connection_are_all_answered(agent, procjon):
    services = [f"db{number}" for number in range(10_000)]
    agent.register_all(services)
    assert len(database.services(procjon.database)) == len(services)


def test_many_connections_at_once_are_served_and_forgotten(procjon):
    procjon.wait_fds(before := procjon.fds())
    connections = [Connection(procjon.address).open() for _ in range(AT_ONCE)]
    message = registration(first_generation(), "db", STATUSES, 60).SerializeToString()
    streams = [connection.send_request("/Procjon/RegisterService", grpc_frame(message)) for connection in connections]
    for connection, stream in zip(connections, streams):
        assert connection.answer(stream) == (0, "")
        connection.sock.close()
    procjon.wait_fds(before)


def h2load(procjon, method, body, *options):
    told = subprocess.run(["h2load", "-t1", *options, "-d", body, "-H", "content-type: application/grpc",
                           "-H", "te: trailers", f"http://{procjon.address}/Procjon/{method}"],
                          capture_output=True, text=True, check=True, timeout=60 * TIMEOUT_FACTOR).stdout
    total, done, succeeded, failed, errored = map(int, re.search(
        r"requests: (\d+) total, \d+ started, (\d+) done, (\d+) succeeded, (\d+) failed, (\d+) errored", told).groups())
    assert (done, succeeded, failed, errored) == (total, total, 0, 0), told


@pytest.mark.parametrize("method, messages, options", [
    ("RegisterService", 1, ["-n2000", "-c10", "-m32"]),
    ("SendServiceStatus", 1, ["-n2000", "-c10", "-m32"]),
    ("SendServiceStatus", 100_000, ["-n4", "-c4", "-m1"]),
], ids=["registrations", "single statuses", "long streams"])
def test_h2load_gets_through_without_a_failed_request(procjon, agent, history, tmp_path, method, messages, options):
    service = "bench-service-01"
    agent.register(service, STATUSES, timeout=3600)
    proto = first_generation()
    message = (registration(proto, service, STATUSES, 3600) if method == "RegisterService"
               else proto.ServiceStatus(serviceIdentifier=service))
    body = tmp_path / "body"
    body.write_bytes(grpc_frame(message.SerializeToString()) * messages)

    h2load(procjon, method, body, *options)
    agent.report((service, 2))
    assert history.of(service) == ["available", "status critical"]
    assert database.statuses(procjon.database, service) == STATUSES
