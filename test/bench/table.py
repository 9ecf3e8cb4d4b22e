# SPDX-License-Identifier: MIT
"""The table of scripts/bench: one figure a row, procjon's and nghttpd's, and what it should be."""

import statistics
from dataclasses import dataclass, field


@dataclass
class Row:
    name: str
    what: str
    unit: str
    most: float = None  # × nghttpd's
    least: float = None  # × nghttpd's
    own_most: float = None  # whatever nghttpd has
    ours: list = field(default_factory=list)
    theirs: list = field(default_factory=list)

    def target(self):
        if self.own_most:
            return f"≤ {self.own_most:g} {self.unit}"
        return f"≤ {self.most} ×" if self.most else f"≥ {self.least} ×"


def figure(number):
    """Three digits that count."""
    return f"{number:.3f}" if number < 1 else f"{number:.1f}" if number < 1000 else f"{number:.0f}"


def show(rows):
    print(f"{'':5}{'':35}{'':6}{'procjon (min..max)':>26}{'nghttpd':>9}{'ratio':>7}  target")
    for row in rows:
        middle, peer = statistics.median(row.ours), statistics.median(row.theirs)
        ours = f"{figure(middle)} ({figure(min(row.ours))}..{figure(max(row.ours))})"
        print(f"{row.name:5}{row.what:35}{row.unit:6}{ours:>26}{figure(peer):>9}{middle / peer:7.2f}  {row.target()}")
