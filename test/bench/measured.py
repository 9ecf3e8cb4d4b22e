# SPDX-License-Identifier: MIT
"""A server that is measured: a process with processor 0 for itself, and what it has used."""

import re
import socket
import subprocess
import time
from pathlib import Path

GENERATOR = ["taskset", "-c", "1"]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
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

    def wait_for_port(self, port):
        """For those who do not say when they listen."""
        deadline = time.monotonic() + 5
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            if time.monotonic() > deadline:
                raise SystemExit(f"nothing listens on port {port}")

    def seconds(self):
        """Processor time of every thread, as utime + stime count it, but without their 10 ms grain."""
        threads = Path(f"/proc/{self.process.pid}/task").glob("*/schedstat")
        return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9

    def resident(self):
        """Bytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) * 1024


def nghttpd(stack, folder, *options):
    """HTTP/2 alone: answers a small file, or discards what it is sent. Returns it and its port."""
    port = free_port()
    server = Server(stack, "nghttpd", "-a", "127.0.0.1", "-m", "1000", "-d", str(folder), str(port), *options)
    server.wait_for_port(port)
    return server, port
