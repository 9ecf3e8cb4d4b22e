# SPDX-License-Identifier: MIT
"""A list that other threads append to and that tests wait on, so that no test sleeps until something has come."""

import os
import threading
import time

# A server under valgrind is slow in everything but its timers: every deadline of the tests is stretched by this.
TIMEOUT_FACTOR = float(os.environ.get("PROCJON_TIMEOUT_FACTOR", "1"))
HANG = 30  # seconds; what has not come by then on a busy machine is taken as missing


def deadline(within):
    """The end of a wait, in time.monotonic(). `within` is what it takes on an idle machine, and judges nothing."""
    return time.monotonic() + max(within, HANG) * TIMEOUT_FACTOR


def eventually(predicate, within, what):
    """For what no event announces (a count in /proc, a row on disk): asks until true, returns the answer."""
    end = deadline(within)
    while not (answer := predicate()):
        assert time.monotonic() < end, f"{what}: it never came"
        time.sleep(0.01)
    return answer


class Journal:
    def __init__(self, what):
        self.what = what
        self._entries = []
        self._changed = threading.Condition()

    def add(self, entry):
        with self._changed:
            self._entries.append(entry)
            self._changed.notify_all()

    def __iter__(self):
        with self._changed:
            return iter(list(self._entries))

    def __len__(self):
        return len(self._entries)

    def wait_until(self, predicate, within, what="what was waited for"):
        """Returns the first true answer of predicate(entries); fails with the whole journal at the deadline."""
        answer = None

        def holds():
            nonlocal answer
            answer = predicate(self._entries)
            return answer

        with self._changed:
            if self._changed.wait_for(holds, max(within, HANG) * TIMEOUT_FACTOR):
                return answer
            told = "\n  ".join(str(entry) for entry in self._entries[-40:]) or "(nothing)"
        raise AssertionError(f"{self.what}: {what}: it never came; it holds:\n  {told}")

    def wait_count(self, count, within):
        return self.wait_until(lambda entries: len(entries) >= count and list(entries), within, f"{count} entries")
