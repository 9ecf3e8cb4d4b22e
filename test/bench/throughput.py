# SPDX-License-Identifier: MIT
"""What a call costs the server, next to what HTTP/2 alone costs nghttpd, in one run.

Server and generator have a processor each. The cost is the server's own processor time (utime + stime, every
thread), divided by the calls or messages; the median of interleaved rounds. Absolute figures drift with the
machine, the ratio is what counts.
"""

import argparse
import os
import re
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "lib"))
from proto import first_generation  # noqa: E402  (test/lib: the messages, made with protoc)

BINARY = os.environ["PROCJON_BINARY"]
SERVICE = "bench-service-01"
MESSAGES = first_generation()
TICK = os.sysconf("SC_CLK_TCK")
GRPC = ["-H", "content-type: application/grpc", "-H", "te: trailers"]


def framed(message):
    body = message.SerializeToString()
    return b"\0" + struct.pack(">I", len(body)) + body


def registration(last_text):
    return framed(
        MESSAGES.Service(serviceIdentifier=SERVICE, statuses={0: "ok", 1: "warning", 2: last_text}, timeout=3600)
    )


class Server:
    """A process on processor 0 that is measured."""

    def __init__(self, stack, *command):
        self.process = subprocess.Popen(
            ["taskset", "-c", "0", *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        stack.callback(self.stop)

    def stop(self):
        self.process.terminate()
        self.process.communicate()

    def wait_for(self, pattern):
        for line in self.process.stdout:
            if found := re.search(pattern, line):
                return found
        raise SystemExit(f"{self.process.args} ended early")

    def seconds(self):
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK


def wait_for_port(port):
    """nghttpd does not say when it listens."""
    deadline = time.monotonic() + 5
    while socket.socket().connect_ex(("127.0.0.1", port)) != 0:
        if time.monotonic() > deadline:
            raise SystemExit(f"nothing listens on port {port}")


def load(urls, count, connections, streams, bodies, headers):
    """One h2load a body, all at once, on processor 1; every request must succeed."""
    runs = [
        subprocess.Popen(
            ["taskset", "-c", "1", "h2load", "-t1", "-n", str(count // len(bodies))]
            + ["-c", str(connections // len(bodies)), "-m", str(streams), "-d", str(body), *headers, urls],
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


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="interleaved rounds, of which the median counts (3)")
    parser.add_argument("--calls", type=int, default=100_000, help="unary calls a round (100000)")
    parser.add_argument("--bodies", type=int, default=40, help="bodies of 100000 messages a round (40)")
    return parser.parse_args()


def main():
    options = arguments()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        bodies = {
            "registration": registration("critical"),
            "other": registration("failed"),
            "status": framed(MESSAGES.ServiceStatus(serviceIdentifier=SERVICE)),
            "statuses": framed(MESSAGES.ServiceStatus(serviceIdentifier=SERVICE)) * 100_000,
            "answer": bytes(5),
        }
        for name, body in bodies.items():
            (folder / name).write_bytes(body)

        procjon = Server(stack, BINARY, "-e", "127.0.0.1:0", "--http=", "-d", str(folder / "data"))
        url = "http://" + procjon.wait_for(r"listening endpoint=(\S+)")[1] + "/Procjon/"
        port = 18000 + os.getpid() % 10_000
        nghttpd = Server(stack, "nghttpd", "--no-tls", "-a", "127.0.0.1", "-d", str(folder), str(port))
        wait_for_port(port)
        peer = f"http://127.0.0.1:{port}/answer"

        register, send = url + "RegisterService", url + "SendServiceStatus"
        calls, many = options.calls, options.bodies
        # name, what, calls a round, operations a round, target ratio, procjon's load, nghttpd's load
        rows = [
            ("W1", "register, unchanged", calls, 3.0, (register, calls, 10, 32, ["registration"])),
            ("W1'", "register, changed each time", calls, 3.0, (register, calls, 10, 32, ["registration", "other"])),
            ("W2", "one status a stream", calls, 1.3, (send, calls, 10, 32, ["status"])),
            ("W3", "a status in a long stream", many * 100_000, None, (send, many, 4, 1, ["statuses"])),
        ]
        load(register, 100, 10, 1, [folder / "registration"], GRPC)
        costs = {name: ([], []) for name, *_ in rows}
        for _ in range(options.rounds):
            for name, _, operations, _, (target, count, connections, streams, names) in rows:
                paths = [folder / body for body in names]
                what = (count, connections, streams, paths)
                ours, theirs = costs[name]
                ours.append(measure(procjon, target, *what, GRPC) / operations * 1e6)
                theirs.append(measure(nghttpd, peer, *what, []) / operations * 1e6)

    print(f"{'':4}{'':29}{'procjon µs':>22}{'nghttpd µs':>12}{'ratio':>8}{'target':>9}")
    for name, what, _, target, _ in rows:
        ours, theirs = costs[name]
        middle, peer = statistics.median(ours), statistics.median(theirs)
        spread = f"{middle:.3f} ({min(ours):.3f}..{max(ours):.3f})"
        wanted = f"≤ {target} ×" if target else "≤ 0.20 µs"
        print(f"{name:4}{what:29}{spread:>22}{peer:12.3f}{middle / peer:8.2f}{wanted:>9}")


if __name__ == "__main__":
    main()
