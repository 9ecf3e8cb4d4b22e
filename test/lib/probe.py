# SPDX-License-Identifier: MIT
"""How long the server's loop stands still, as seen from outside: a process of its own asks for its health every 5 ms.

Use Probe as a context manager around a load; afterwards `worst` is the longest round trip in seconds, `count` their
number. A process, because threads of a busy test would measure Python instead.
"""

import gc
import os
import subprocess
import sys
import time

PERIOD = 0.005  # seconds


class Probe:
    def __init__(self, address):
        self.address = address

    def __enter__(self):
        self._process = subprocess.Popen([sys.executable, __file__, self.address], text=True,
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdout.readline() == "ready\n"
        return self

    def __exit__(self, *_):
        answer, _ = self._process.communicate()  # the end of its input tells it to stop
        worst, count = answer.split()
        self.worst, self.count = float(worst), int(count)


def prefer_this_process():
    """Measures the server's delays rather than the scheduler's, where that is allowed."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except PermissionError:
        pass


def main(address):
    from agent import RPC_TIMEOUT, channel_to

    check = channel_to(address).unary_unary("/grpc.health.v1.Health/Check", bytes, bytes)
    check(b"", timeout=RPC_TIMEOUT)
    prefer_this_process()
    gc.disable()
    os.set_blocking(sys.stdin.fileno(), False)
    print("ready", flush=True)
    worst, count = 0.0, 0
    while is_open(sys.stdin.fileno()):
        start = time.monotonic()
        check(b"", timeout=RPC_TIMEOUT)
        worst = max(worst, time.monotonic() - start)
        count += 1
        time.sleep(PERIOD)
    print(worst, count)


def is_open(descriptor):
    """True while the other end of the pipe is open."""
    try:
        return os.read(descriptor, 1) != b""
    except BlockingIOError:
        return True


if __name__ == "__main__":
    main(sys.argv[1])
