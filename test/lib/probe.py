# SPDX-License-Identifier: MIT
"""How long the server's loop stands still, as seen from outside: a process of its own asks for its health every 5 ms.

Use Probe as a context manager around a load; afterwards `worst` is the longest round trip in seconds, infinite if there
were not more than `least`. A process, because threads of a busy test would measure Python instead.
"""

import gc
import math
import os
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from itertools import count

from rawh2 import Peer, message, window_update

PERIOD = 0.005  # seconds


class Probe:
    def __init__(self, address, least=0):
        self.address = address
        self.least = least

    def __enter__(self):
        self._process = subprocess.Popen([*preferred(), sys.executable, __file__, self.address], text=True,
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdout.readline() == "ready\n"
        return self

    def __exit__(self, *_):
        answer, _ = self._process.communicate()  # the end of its input tells it to stop
        worst, count = answer.split()
        print(f"  worst of {count} round trips: {float(worst) * 1000:.1f} ms")
        self.worst = float(worst) if int(count) > self.least else math.inf


def preferred():
    """A prefix for a command: it runs before all that has no priority, so that it is measured, and not its neighbours on
    this machine. Empty where that is not allowed.
    """
    prefix = ["chrt", "--fifo", "1"]
    return prefix if subprocess.run([*prefix, "true"], stderr=subprocess.DEVNULL).returncode == 0 else []


@contextmanager
def hurried():
    """The scheduler prefers this thread meanwhile; not where that is not allowed."""
    usual = os.sched_getscheduler(0), os.sched_getparam(0)
    with suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    try:
        yield
    finally:
        os.sched_setscheduler(0, *usual)


def main(address):
    with Peer(address) as peer:
        watch(peer)


def watch(peer):
    calls = count(1, 2)

    def check():
        stream = next(calls)
        peer.send(peer.call(stream, "/grpc.health.v1.Health/Check"), message(stream, end=True))
        response = peer.response(stream)
        assert response.grpc == 0
        peer.send(window_update(0, len(response.body)))  # or the connection would have no window left some day

    check()
    gc.disable()
    os.set_blocking(sys.stdin.fileno(), False)
    print("ready", flush=True)
    worst, checks = 0.0, 0
    while is_open(sys.stdin.fileno()):
        start = time.monotonic()
        check()
        worst = max(worst, time.monotonic() - start)
        checks += 1
        time.sleep(PERIOD)
    print(worst, checks)


def is_open(descriptor):
    """True while the other end of the pipe is open."""
    try:
        return os.read(descriptor, 1) != b""
    except BlockingIOError:
        return True


if __name__ == "__main__":
    main(sys.argv[1])
