# SPDX-License-Identifier: MIT
"""When the agent library asks again after a call that failed: what the server says of it, and what it said before.

The rules are gRFC A6's. All services have timeouts whose third, the longest wait of the agent's own, differs from what
is expected. The log says of each wait how long it is, before it begins; that it takes as long is measured.
"""

import time

import h2.errors
import h2.events
import pytest

from measure import at_most
from probe import preferred
from stage import EMPTY, REGISTER, SEND, Stage
from teller import Teller
from wire import fields

LATE = 0.35  # seconds that a busy machine may add to a wait
ATTEMPTS, PUSHBACK = "grpc-previous-rpc-attempts", "grpc-retry-pushback-ms"
UNAVAILABLE = 14
PUSHBACK_MAX = 120000  # ms
REFUSED = h2.errors.ErrorCodes.REFUSED_STREAM


@pytest.fixture
def stage():
    with Stage() as stage:
        yield stage


@pytest.fixture
def tell(stage):
    """Starts an agent with one service."""
    with Teller(stage.address) as teller:

        def tell(timeout):
            teller.add(timeout=timeout, code=1)
            return teller

        yield tell


def push_back(peer, stream, ms, status=UNAVAILABLE):
    """Trailers-only."""
    peer.headers(stream, True, grpc_status=status, grpc_message="not now", grpc_retry_pushback_ms=ms)


def refuse_with(peer, *pushbacks):
    """The next registrations, one after the other."""
    for pushback in pushbacks:
        push_back(peer, peer.request(REGISTER)[0], pushback)


def wait_for_registration(peer):
    """(seconds, stream, how many attempts it says to have behind it)"""
    began = time.monotonic()
    stream, headers = peer.request(REGISTER)
    return time.monotonic() - began, stream, headers.get(ATTEMPTS)


def wait_waits(teller, count):
    """All waits, in milliseconds, once there were so many."""
    teller.says_times(" again_ms=", count)
    return teller.waits()


def waits_until(teller, peer, stream, successes=1):
    """All waits before this registration, which becomes a success, one of so many."""
    peer.ok(stream)
    teller.says_times("debug agent: registered", successes)
    return teller.waits()


def attempts_at(peer):
    """(stream, how many attempts it says to have behind it) of the next registration"""
    stream, headers = peer.request(REGISTER)
    return stream, headers.get(ATTEMPTS)


def expect_first_backoff(wait):
    assert 800 <= wait <= 1200


def expect_others_only(peer, name, times):
    """The next registrations are this service's, which is refused and comes again after waits of its own."""
    for _ in range(times):
        stream, _ = peer.request(REGISTER)
        assert fields(peer.data(stream)[5:])[1] == [name.encode()]
        peer.fail(stream, UNAVAILABLE)


@pytest.mark.parametrize("timeout, ms", [(3600, 0), (3600, 300), (3, 2500)])  # sooner, and later, than of its own
def test_the_server_says_when_it_wants_the_next_attempt(stage, tell, timeout, ms):
    teller = tell(timeout)
    peer = stage.peer()
    refuse_with(peer, ms)
    assert waits_until(teller, peer, attempts_at(peer)[0]) == [ms] * (ms > 0)
    assert peer.status(peer.request(SEND)[0]) == ("db", 1)


def test_what_the_server_says_counts_for_an_error_that_would_wait_longest_too(stage, tell):
    teller = tell(3600)
    peer = stage.peer()
    push_back(peer, peer.request(REGISTER)[0], 400, status=7)
    assert waits_until(teller, peer, attempts_at(peer)[0]) == [400]


@pytest.mark.parametrize("pushback", ["-1", "soon", "", "0100", "2147483648"])
def test_a_server_that_wants_no_other_attempt_gets_none_until_the_next_connection(stage, tell, pushback):
    teller = tell(2)  # two thirds of a second are the longest wait of its own
    peer = stage.peer()
    refuse_with(peer, pushback)
    teller.says("not registered", "status=UNAVAILABLE", "not now")
    assert wait_waits(teller, 1) == [PUSHBACK_MAX]
    teller.add("impatient", timeout=2)
    expect_others_only(peer, "impatient", 4)
    peer.abort()
    peer = stage.peer()
    attempts = {}
    for _ in range(2):
        stream, attempt = attempts_at(peer)
        attempts[fields(peer.data(stream)[5:])[1][0]] = attempt
    assert attempts[b"db"] is None and attempts[b"impatient"] is not None  # only the first is a new call


@pytest.mark.long
@pytest.mark.parametrize("pushback", ["-1", "2000000000"])
def test_no_server_keeps_an_agent_away_for_longer_than_two_minutes(stage, tell, pushback):
    teller = tell(2)
    peer = stage.peer()
    refuse_with(peer, pushback)
    peer.sock.settimeout(2 * PUSHBACK_MAX / 1000)
    assert waits_until(teller, peer, attempts_at(peer)[0]) == [PUSHBACK_MAX]


def test_at_once_for_ever_becomes_a_back_off(stage, tell):
    teller = tell(3600)
    peer = stage.peer()
    refuse_with(peer, 0, 0, 0, 0, 1, 0)  # the 1 shows in the log where it was
    obeyed, own = waits_until(teller, peer, attempts_at(peer)[0])
    assert obeyed == 1
    expect_first_backoff(own)


def test_a_stream_that_is_pushed_back_is_opened_again_after_that(stage, tell):
    teller = tell(3)
    peer = stage.peer()
    push_back(peer, peer.accept(), 2500)
    stream, attempts = attempts_at(peer)
    assert attempts is None  # the last registration was a success
    assert waits_until(teller, peer, stream, successes=2) == [2500]
    assert peer.status(peer.request(SEND)[0]) == ("db", 1)


def test_each_attempt_says_how_many_came_before_it(stage, tell):
    tell(3600)
    peer = stage.peer()
    told = []
    for _ in range(4):
        stream, headers = peer.request(REGISTER)
        told.append(headers.get(ATTEMPTS))
        push_back(peer, stream, 10)
    assert told == [None, "1", "2", "3"]
    stream = peer.accept()
    peer.fail(stream, 5, "who are you")
    assert attempts_at(peer)[1] is None  # a new call


def test_an_attempt_that_the_connection_took_along_is_counted_on_the_next_one(stage, tell):
    tell(3600)
    peer = stage.peer()
    peer.request(REGISTER)
    peer.abort()
    assert attempts_at(stage.peer())[1] == "1"


def test_an_error_that_will_not_get_better_ends_the_call(stage, tell):
    tell(2)
    peer = stage.peer()
    peer.fail(peer.request(REGISTER)[0], 3, "no way")
    assert attempts_at(peer)[1] is None


def test_a_refused_stream_is_no_attempt_and_asked_again_at_once_but_only_once(stage, tell):
    teller = tell(3600)
    peer = stage.peer()
    peer.rst(peer.request(REGISTER)[0], REFUSED)
    stream, attempts = attempts_at(peer)
    assert attempts is None
    peer.rst(stream, REFUSED)
    stream, attempts = attempts_at(peer)
    assert attempts == "1"
    wait, = waits_until(teller, peer, stream)
    expect_first_backoff(wait)


def test_a_call_that_goaway_left_out_is_no_attempt(stage, tell):
    teller = tell(3600)
    first = stage.peer()
    first.request(REGISTER)
    first.goaway(0)
    peer = stage.peer()
    stream, attempts = attempts_at(peer)
    assert attempts is None and not waits_until(teller, peer, stream)


def fail_in_trailers(peer, stream):
    peer.headers(stream, grpc_retry_pushback_ms=-1)
    peer.trailers(stream, grpc_status=UNAVAILABLE, grpc_retry_pushback_ms=-1)


def fail_after_a_message(peer, stream):
    peer.headers(stream)
    peer.body(stream, EMPTY)
    peer.trailers(stream, grpc_status=UNAVAILABLE, grpc_retry_pushback_ms=0)


def fail_with_an_empty_frame(peer, stream):
    peer.headers(stream, grpc_status=UNAVAILABLE, grpc_retry_pushback_ms=-1)
    peer.body(stream, b"", end=True)


def refuse_what_was_begun(peer, stream):
    peer.headers(stream)
    peer.rst(stream, REFUSED)


@pytest.mark.parametrize("fail", [fail_in_trailers, fail_after_a_message, fail_with_an_empty_frame,
                                  refuse_what_was_begun])
def test_once_a_response_has_begun_the_call_is_over_and_its_pushback_means_nothing(stage, tell, fail):
    teller = tell(3600)
    peer = stage.peer()
    fail(peer, peer.request(REGISTER)[0])
    stream, attempts = attempts_at(peer)
    assert attempts is None
    wait, = waits_until(teller, peer, stream)
    expect_first_backoff(wait)


def test_what_comes_before_the_response_does_not_begin_it(stage, tell):
    teller = tell(3600)
    peer = stage.peer()
    stream, _ = peer.request(REGISTER)
    peer.headers(stream, status=103, grpc_retry_pushback_ms=-1)
    push_back(peer, stream, 0)
    stream, attempts = attempts_at(peer)
    assert attempts == "1" and not waits_until(teller, peer, stream)


@pytest.mark.measured
@pytest.mark.beside
@pytest.mark.parametrize("pushback", [0, 300, 2500, None])  # None: a back-off
def test_a_wait_is_as_long_as_the_log_says(pushback):
    def measure():
        with Stage() as stage, Teller(stage.address, prefix=preferred()) as teller:
            teller.add()
            peer = stage.peer()
            stream, _ = peer.request(REGISTER)
            if pushback is None:
                peer.fail(stream, UNAVAILABLE)
            else:
                push_back(peer, stream, pushback)
            waited, stream, _ = wait_for_registration(peer)
            return abs(waited - sum(waits_until(teller, peer, stream)) / 1000)

    at_most(LATE, measure, "seconds that a wait differs from what the log says of it")
