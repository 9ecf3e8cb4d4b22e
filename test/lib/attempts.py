# SPDX-License-Identifier: MIT
"""For tests that need this machine to be in time: the attempt is repeated until it was, and judged only then."""

import time

ATTEMPTS = 30


class TooLate(Exception):
    """This machine was too late at a moment that matters: the attempt has no result."""


class Watch:
    """Started before what it measures, so that it never shows less time than the server has seen."""

    def __init__(self):
        self.began = time.monotonic()

    def passed(self, seconds):
        return time.monotonic() - self.began >= seconds

    def insist(self, seconds):
        """That so much has not passed; to be called before anything is judged."""
        if self.passed(seconds):
            raise TooLate


def until_in_time(attempt):
    """Calls attempt(number) until one does not raise TooLate; returns its answer. Each needs services of its own."""
    for number in range(ATTEMPTS):
        try:
            return attempt(number)
        except TooLate:
            continue
    raise AssertionError(f"this machine was late in each of {ATTEMPTS} attempts")
