# SPDX-License-Identifier: MIT
"""An agent that keeps time: it reports for many services on one stream, in a process of its own that the scheduler
prefers, and says when it sent each report. A library's threads would add delays of their own.
"""

import json
import subprocess
import sys
import time

from probe import preferred
from rawh2 import Peer
from wire import chunk, grpc_frame


def report_over(seconds, address, services):
    """One status 0 for each, evenly spread; returns when each was sent, in time.time(). The stream is half-closed."""
    told = subprocess.run([*preferred(), sys.executable, __file__, str(seconds), address], input=json.dumps(services),
                          text=True, stdout=subprocess.PIPE, check=True)
    return json.loads(told.stdout)


def main(seconds, address):
    services = json.load(sys.stdin)
    sent = {}
    with Peer(address) as peer:
        peer.send(peer.call(1, "/Procjon/SendServiceStatus"))
        start = time.monotonic()
        for number, service in enumerate(services):
            time.sleep(max(0, start + seconds * number / len(services) - time.monotonic()))
            sent[service] = time.time()
            peer.push(1, grpc_frame(chunk(1, service)))
        peer.push(1, b"", end=True)
        assert peer.response(1).grpc == 0
    json.dump(sent, sys.stdout)


if __name__ == "__main__":
    main(float(sys.argv[1]), sys.argv[2])
