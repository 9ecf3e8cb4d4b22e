# SPDX-License-Identifier: MIT
"""W4 to W6: what an agent costs that is connected and reports. The crowd (crowd.c) plays the agents."""

import subprocess
import tempfile
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path

from measured import GENERATOR, Server, free_port, nghttpd
from table import Row

CERTS = Path(__file__).parents[2] / "scripts/certs"


class Crowd:
    """`agents` connections with `streams` streams each."""

    def __init__(self, stack, binary, port, agents, streams, files):
        self.process = subprocess.Popen(
            [*GENERATOR, binary, str(port), str(agents), str(streams), *files],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        stack.callback(self.leave)

    def leave(self):
        self.process.stdin.close()
        self.process.wait()

    def do(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        if self.process.stdout.readline() != "done\n":
            raise SystemExit(f"the crowd failed: {command}")


class Procjon:
    """Serves one crowd, and must have heard every report of it."""

    def __init__(self, stack, binary, folder, certs):
        self.port, self.http = free_port(), free_port()
        files = []
        if certs:
            files = ["--root-cert", certs / "ca.pem", "-c", certs / "server.pem", "-k", certs / "server.key"]
        self.server = Server(
            stack, binary, "-e", f"127.0.0.1:{self.port}", f"--http=127.0.0.1:{self.http}", "-l", "warning",
            "-d", str(folder / "data"), "--max-connections-per-address=20000", *files,
        )
        self.server.wait_for_port(self.port)

    def prepare(self, crowd):
        crowd.do("register /Procjon/RegisterService")

    path = "/Procjon/SendServiceStatus"

    def heard(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http}/metrics") as answer:
            for line in answer.read().decode().splitlines():
                if line.startswith("procjon_reports_total "):
                    return int(float(line.split()[1]))

    def settle(self, reports):
        deadline = time.monotonic() + 20
        while (heard := self.heard()) != reports:
            if time.monotonic() > deadline:
                raise SystemExit(f"{heard} of {reports} reports arrived")
            time.sleep(0.1)


class Peer:
    def __init__(self, stack, _, folder, certs):
        (folder / "answer").write_bytes(bytes(5))
        if certs:
            options = ["--verify-client", certs / "server.key", certs / "server.pem"]
        else:
            options = ["--no-tls"]
        self.server, self.port = nghttpd(stack, folder, *options)

    def prepare(self, crowd):
        """It has no services."""

    path = "/answer"

    def settle(self, _):
        time.sleep(0.2)


class Workload:
    """Some agents, and what is asked of them; each field of `rows` that is set is measured."""

    def __init__(self, agents, streams=1, tls=False, connect=None, rss=None, sends=()):
        self.agents, self.streams, self.tls = agents, streams, tls
        self.connect, self.rss, self.sends = connect, rss, sends  # rows; sends: row, rate, seconds

    def rows(self):
        return [row for row in (self.rss, *(row for row, *_ in self.sends), self.connect) if row]

    def run(self, kind, of, binaries, certs):
        """One round with a server of its own: memory that was used before would hide some."""
        reports = self.agents * self.streams
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            played = kind(stack, binaries["procjon"], folder, certs if self.tls else None)
            files = [certs / name for name in ("ca.pem", "bench.pem", "bench.key")] if self.tls else []
            crowd = Crowd(stack, binaries["crowd"], played.port, self.agents, self.streams, files)
            resident, before = played.server.resident(), played.server.seconds()
            crowd.do("connect")
            if self.connect:
                of(self.connect).append(self.agents / (played.server.seconds() - before))
            played.prepare(crowd)
            crowd.do("open " + played.path)
            played.settle(reports)
            if self.rss:
                of(self.rss).append((played.server.resident() - resident) / reports / 1000)
            for row, rate, seconds in self.sends:
                before = played.server.seconds()
                crowd.do(f"send {rate} {rate * seconds}")
                of(row).append((played.server.seconds() - before) / (rate * seconds) * 1e6)
                reports += rate * seconds
                played.settle(reports)


def workloads():
    return [
        Workload(
            agents=10_000,
            rss=Row("W4c", "memory of an agent", "kB", own_most=16),
            sends=[
                (Row("", "its status, 10 000 a second", "µs", most=1.2), 10_000, 3),
                (Row("", "its status, 1 000 a second", "µs", most=1.2), 1_000, 5),
            ],
            connect=Row("", "connections, of one CPU second", "1", least=0.9),
        ),
        Workload(agents=10, streams=1000, rss=Row("W4s", "memory of a stream, its service", "kB", own_most=2)),
        Workload(
            agents=2_000,
            tls=True,
            rss=Row("W5", "memory of an agent, mTLS", "kB", own_most=44),
            connect=Row("", "connections, of one CPU second", "1", least=1.57),
        ),
        Workload(agents=200, sends=[(Row("W6", "a status a frame, 20 000 a second", "µs", most=1.2), 20_000, 5)]),
    ]


def make_certs(folder):
    for names in ([], ["agent", "bench"]):
        subprocess.run([CERTS, folder, *names], check=True, stdout=subprocess.DEVNULL)


def run(binaries, rounds):
    with tempfile.TemporaryDirectory() as folder:
        certs = Path(folder)
        make_certs(certs)
        made = workloads()
        for _ in range(rounds):
            for workload in made:
                workload.run(Procjon, lambda row: row.ours, binaries, certs)
                workload.run(Peer, lambda row: row.theirs, binaries, certs)
        return [row for workload in made for row in workload.rows()]
