# SPDX-License-Identifier: MIT
"""A disk that hangs, and more changes than it takes: a service on a paused connection is not called silent."""

import time
from pathlib import Path
from signal import SIGTERM

import pytest

import database
from journal import eventually
from measure import at_most
from probe import hurried, preferred
from raw_fixtures import REGISTER, REPORT
from rawh2 import Peer, message
from server import BINARY
from test_grpc_requests import assert_ok
from wire import chunk, grpc_frame, number

pytestmark = [pytest.mark.measured, pytest.mark.beside]  # a preloaded library and a sanitizer do not go together

PRELOAD = Path(BINARY).parent.parent / "test/fault/stall_preload.so"
BACKLOG_MAX = 68_000  # more than AGENTS_API_BACKLOG_MAX
STOP_WITHIN = 10  # seconds, promised
TIMEOUT = 2
PERIOD = 0.4


@pytest.fixture
def stall(tmp_path):
    """The file that makes the disk hang."""
    return tmp_path / "stall"


@pytest.fixture
def stalling(afresh, stall):
    """As afresh."""
    return lambda: afresh(environment={"LD_PRELOAD": str(PRELOAD), "STALL_FILE": str(stall)}, prefix=preferred())


@pytest.fixture
def procjon(stalling):
    with stalling() as procjon:
        yield procjon


def registration(name, timeout):
    statuses = b"".join(chunk(2, number(1, code) + chunk(2, text)) for code, text in enumerate(("ok", "nok")))
    return chunk(1, name) + statuses + number(3, timeout)


def report(name, code=0):
    return grpc_frame(chunk(1, name) + number(2, code))


class Connection(Peer):
    """With a stream for each service, which is registered by then."""

    def __init__(self, address, **timeouts):
        super().__init__(address)
        self.streams = {}
        self.last = -1
        for name, timeout in timeouts.items():
            self.register(name, timeout)
            self.last += 2
            self.streams[name] = self.last
            self.send(self.call(self.last, REPORT))

    def register(self, name, timeout):
        """Seconds until it is answered; the second time it needs no disk."""
        began = time.monotonic()
        self.last += 2
        self.send(self.call(self.last, REGISTER), message(self.last, registration(name, timeout), end=True))
        assert_ok(self.response(self.last))
        return time.monotonic() - began

    def report(self, name, *codes):
        self.push(self.streams[name], b"".join(report(name, code) for code in codes))


BLOCK = report("mad", 1) + report("mad", 0)


def fill(connection, count, meanwhile):
    """So many changes of `mad`, and again and again something else, for that takes a while."""
    for _ in range(0, count, 500):
        connection.push(connection.streams["mad"], BLOCK * 250)
        meanwhile()


def catch_up(procjon, changes, meanwhile):
    """Waits until the disk has taken all that `mad` reported."""
    def is_done():
        meanwhile()
        return database.rows(procjon.database, "SELECT count(*) FROM event WHERE service = 'mad'") == [(changes + 1,)]

    eventually(is_done, 60, "the disk has caught up")


def test_who_shares_a_connection_that_is_not_read_is_called_silent_only_for_silence(procjon, stall):
    def quiet():
        connection.report("quiet", 0)

    with Connection(procjon.address, mad=3600, quiet=TIMEOUT, dead=TIMEOUT) as connection, hurried():
        quiet()
        connection.report("dead", 0)
        stall.touch()
        fill(connection, BACKLOG_MAX, quiet)
        changes, began = BACKLOG_MAX, time.monotonic()
        while time.monotonic() < began + 15:  # several pauses
            fill(connection, 500, quiet)
            changes += 500
            time.sleep(PERIOD)
        stall.unlink()
        catch_up(procjon, changes, quiet)
        assert database.history(procjon.database, "quiet") == ["available"]
        assert database.history(procjon.database, "dead") == ["available", f"not available: no status for {TIMEOUT} s"]


def change_beside_a_flood(procjon, stall):
    """The most seconds that an answer takes which needs no disk."""
    slowest, code = 0, 0

    def again():
        for name in ("a", "b"):
            good.report(name, code if name == "a" else 0)

    with Connection(procjon.address, mad=3600) as mad, \
            Connection(procjon.address, a=TIMEOUT, b=TIMEOUT, dead=TIMEOUT) as good, hurried():
        for name in ("a", "b", "dead"):
            good.report(name, 0)
        stall.touch()
        fill(mad, BACKLOG_MAX, again)
        for change in range(1, 11):
            code = change % 2
            good.report("a", code)
            for _ in range(2):
                good.report("b", 0)
                slowest = max(slowest, good.register("b", TIMEOUT))
                time.sleep(PERIOD)
        stall.unlink()
        catch_up(procjon, BACKLOG_MAX, again)
        assert database.history(procjon.database, "a") == ["available", *["status nok", "status ok"] * 5]
        assert database.history(procjon.database, "b") == ["available"]
        assert database.history(procjon.database, "dead") == ["available", f"not available: no status for {TIMEOUT} s"]
    return slowest


def test_who_changes_now_and_then_is_read_while_somebody_else_floods_the_disk(stalling, stall):
    def slowest():
        with stalling() as procjon:
            return change_beside_a_flood(procjon, stall)

    at_most(1, slowest, "seconds of the slowest answer")


def seconds_to_end(procjon, stall):
    with Connection(procjon.address, db=60) as connection:
        stall.touch()
        connection.send(connection.call(3, REGISTER), message(3, registration("web", 60), end=True))
        connection.barrier()
        began = time.monotonic()
        procjon.signal(SIGTERM)
        assert procjon.process.wait(60) == 1
        took = time.monotonic() - began
    procjon.log.wait_until(lambda lines: any("the disk does not answer" in line for line in lines), 30)
    stall.unlink()
    return took


def test_a_disk_that_hangs_does_not_hold_the_end(stalling, stall):
    def seconds():
        with stalling() as procjon:
            took = seconds_to_end(procjon, stall)
            procjon.start()
            assert "db" in database.services(procjon.database)
        return took

    at_most(STOP_WITHIN, seconds, "seconds until it has ended")
