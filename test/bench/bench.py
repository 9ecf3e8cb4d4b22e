# SPDX-License-Identifier: MIT
"""What procjon costs, next to what HTTP/2 alone costs nghttpd, in one run.

Server and generator have a processor each. The cost is the server's own processor time (user and
system, every thread) divided by the operations, or its resident memory divided by the agents; the median of
interleaved rounds. Absolute figures drift with the machine, the ratio is what counts.
"""

import argparse
import os
import sys
from pathlib import Path

import agents
import table
import throughput

BUILD = Path(os.environ["BUILD"])


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="interleaved rounds, of which the median counts (3)")
    parser.add_argument("--calls", type=int, default=100_000, help="unary calls a round (100000)")
    parser.add_argument("--bodies", type=int, default=40, help="bodies of 100000 messages a round (40)")
    parser.add_argument("part", nargs="?", choices=["calls", "agents"], help="W1 to W3, or W4 to W6 (all)")
    return parser.parse_args()


def main():
    options = arguments()
    binaries = {"procjon": str(BUILD / "src/procjon"), "crowd": str(BUILD / "test/bench/crowd")}
    rows = []
    if options.part != "agents":
        rows += throughput.run(binaries["procjon"], options.rounds, options.calls, options.bodies)
    if options.part != "calls":
        rows += agents.run(binaries, options.rounds)
    table.show(rows)


if __name__ == "__main__":
    sys.exit(main())
