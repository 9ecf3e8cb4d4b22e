# SPDX-License-Identifier: MIT
"""W1 to W3: what a call, or a message in a long stream, costs. h2load asks."""

import re
import struct
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from measured import GENERATOR, Server, nghttpd
from table import Row

sys.path.insert(0, str(Path(__file__).parent.parent / "lib"))
from proto import first_generation  # noqa: E402  (test/lib: the messages, made with protoc)

SERVICE = "bench-service-01"
MESSAGES = first_generation()
GRPC = ["-H", "content-type: application/grpc", "-H", "te: trailers"]


def framed(message):
    body = message.SerializeToString()
    return b"\0" + struct.pack(">I", len(body)) + body


def registration(last_text):
    return framed(
        MESSAGES.Service(serviceIdentifier=SERVICE, statuses={0: "ok", 1: "warning", 2: last_text}, timeout=3600)
    )


def load(url, count, connections, streams, bodies, headers):
    """One h2load a body, all at once; every request must succeed."""
    runs = [
        subprocess.Popen(
            [*GENERATOR, "h2load", "-t1", "-n", str(count // len(bodies)), "-c", str(connections // len(bodies))]
            + ["-m", str(streams), "-d", str(body), *headers, url],
            stdout=subprocess.PIPE,
            text=True,
        )
        for body in bodies
    ]
    for run in runs:
        said = run.communicate()[0]
        done = re.search(r"(\d+) succeeded, (\d+) failed, (\d+) errored", said)
        if not done or [int(n) for n in done.groups()] != [count // len(bodies), 0, 0]:
            raise SystemExit(f"not every request succeeded:\n{said}")


def measure(server, *what):
    before = server.seconds()
    load(*what)
    return server.seconds() - before


def write_bodies(folder):
    bodies = {
        "registration": registration("critical"),
        "other": registration("failed"),
        "status": framed(MESSAGES.ServiceStatus(serviceIdentifier=SERVICE)),
        "statuses": framed(MESSAGES.ServiceStatus(serviceIdentifier=SERVICE)) * 100_000,
        "answer": bytes(5),
    }
    for name, body in bodies.items():
        (folder / name).write_bytes(body)


def run(binary, rounds, calls, many):
    """`calls` unary calls and `many` bodies of 100 000 messages a round; yields rows."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        write_bodies(folder)
        procjon = Server(stack, binary, "-e", "127.0.0.1:0", "--http=", "-d", str(folder / "data"))
        url = "http://" + procjon.wait_for(r"listening endpoint=(\S+)")[1] + "/Procjon/"
        peer, port = nghttpd(stack, folder, "--no-tls")
        register, send, answer = url + "RegisterService", url + "SendServiceStatus", f"http://127.0.0.1:{port}/answer"

        # row, operations a round, load
        plans = [
            (Row("W1", "register, unchanged", "µs", most=3.0), calls, (register, calls, 10, 32, ["registration"])),
            (Row("W1'", "register, changed each time", "µs", most=3.0), calls,
             (register, calls, 10, 32, ["registration", "other"])),
            (Row("W2", "one status a stream", "µs", most=1.3), calls, (send, calls, 10, 32, ["status"])),
            (Row("W3", "a status in a long stream", "µs", own_most=0.2), many * 100_000,
             (send, many, 4, 1, ["statuses"])),
        ]
        load(register, 100, 10, 1, [folder / "registration"], GRPC)
        for _ in range(rounds):
            for row, operations, (target, count, connections, streams, names) in plans:
                what = (count, connections, streams, [folder / body for body in names])
                row.ours.append(measure(procjon, target, *what, GRPC) / operations * 1e6)
                row.theirs.append(measure(peer, answer, *what, []) / operations * 1e6)
        return [row for row, *_ in plans]
