# SPDX-License-Identifier: MIT
"""The agent library before servers of the same proto on other implementations of gRPC, and behind proxies."""

import time

import pytest

from journal import Journal
from measure import at_most
from peers import COMMANDS, CXX, Peer
from probe import preferred
from stage import REGISTER, Stage
from teller import Teller

PERIOD = 300  # ms
AGE = 2  # seconds after which a server ends a connection
GAP = 3 * PERIOD / 1000  # seconds without a status that are not a gap

without_cxx = pytest.mark.skipif(not CXX.exists(), reason="gRPC C++ was not there when this was built")
KINDS = [pytest.param(kind, marks=without_cxx) if kind == "grpc++" else kind for kind in COMMANDS]


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


@pytest.fixture
def peer(kind):
    with Peer(kind) as peer:
        yield peer


def tell(*addresses, prefix=()):
    """An agent with one service, whose longest wait is 2 s."""
    teller = Teller(*addresses, period=PERIOD, prefix=prefix)
    teller.add(timeout=6, code=1)
    return teller


def longest_gap(told, since, until):
    whens = [since, *(line[0] for line in told if line[1:3] == ("status", "db") and since < line[0] < until), until]
    return max(later - earlier for earlier, later in zip(whens, whens[1:]))


def expect_smooth(teller):
    """Nothing failed, and no call had to wait."""
    assert teller.count("connection lost") == 0 and not teller.waits(), list(teller.log)


def test_a_service_is_registered_reported_and_ended_in_order(peer):
    with tell(peer.address) as teller:
        line = peer.wait("registered", "db", "6")
        for _ in range(3):
            line = peer.wait("status", "db", "1", after=line)
        teller.set(0)
        line = peer.wait("status", "db", "0", after=line)
        assert teller.stop() == 0
        peer.wait("ended", after=line)
        assert teller.count("warning") == 0


def test_a_registration_that_is_refused_is_made_again(peer):
    peer.order("refuse")
    with tell(peer.address) as teller:
        teller.says("not registered", "status=UNAVAILABLE", "not now")
        peer.wait("status", "db", "1", after=peer.wait("registered", "db", "6"))


def test_a_service_that_is_forgotten_is_registered_again_at_once(peer):
    with tell(peer.address) as teller:
        line = peer.wait("status", "db", "1")
        peer.order("forget")
        line = peer.wait("registered", "db", "6", after=line)
        peer.wait("status", "db", "1", after=line)
        teller.says_times("debug agent: registered", 2)
        assert not teller.waits()
        assert teller.count("connected") == 1


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "grpc-js"], indirect=True)  # which cannot do it
def test_a_stream_that_the_server_resets_is_opened_again_on_the_same_connection(peer):
    with tell(peer.address) as teller:
        line = peer.wait("status", "db", "1")
        peer.order("cancel")
        teller.says("stream ended", "status=CANCELLED")
        line = peer.wait("registered", "db", "6", after=line)
        peer.wait("status", "db", "1", after=line)
        assert teller.count("connected") == 1


def test_a_server_that_leaves_with_goaway_is_left_for_the_next_one_without_a_gap(kind):
    with Peer(kind) as first, Peer(kind) as second, tell(first.address, second.address) as teller:
        first.wait("status", "db", "1")
        first.order("leave")
        teller.says("connected", second.address)
        line = second.wait("status", "db", "1")
        first.wait("ended")
        second.wait("status", "db", "1", after=line)
        teller.says("server sent GOAWAY", first.address)
        expect_smooth(teller)


def test_a_server_that_lets_no_connection_grow_old_hears_every_status(kind):
    with Peer(kind, age_ms=AGE * 1000) as peer, tell(peer.address) as teller:
        line = peer.wait("status", "db", "1")
        for _ in range(2):
            seen = len(teller.log)
            teller.says("server sent GOAWAY", after=seen)
            teller.says("connected", after=seen)
            line = peer.wait("ended", after=line)
            line = peer.wait("status", "db", "1", after=line)
        expect_smooth(teller)


@pytest.mark.measured
@pytest.mark.beside
def test_no_status_is_late_when_a_server_leaves(kind):
    def measure():
        told = Journal("both peers")
        with Peer(kind, told) as first, Peer(kind, told) as second, tell(first.address, second.address,
                                                                  prefix=preferred()) as teller:
            first.wait("status", "db", "1")
            since = time.monotonic()
            first.order("leave")
            teller.says("connected", second.address)
            time.sleep(1)  # the gap, if there is one
            return longest_gap(told, since, time.monotonic())

    at_most(GAP, measure, "seconds without a status")


@pytest.mark.measured
@pytest.mark.beside
def test_no_status_is_late_when_a_connection_has_grown_old(kind):
    def measure():
        with Peer(kind, age_ms=AGE * 1000) as peer, tell(peer.address, prefix=preferred()) as teller:
            peer.wait("status", "db", "1")
            since, seen = time.monotonic(), len(teller.log)
            teller.says("server sent GOAWAY", after=seen)
            teller.says("connected", after=seen)
            time.sleep(1)  # the gap, if there is one
            return longest_gap(peer.told, since, time.monotonic())

    at_most(GAP, measure, "seconds without a status")


# ---- proxies


def speak_http_1(stage):
    """A proxy that has no HTTP/2: to it the preface is a bad request."""
    peer, _ = stage.next()
    peer.sock.sendall(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbusy")
    peer.sock.close()
    return stage.peer()


def answer_503(peer, stream):
    peer.headers(stream, status=503, content_type="text/html")
    peer.body(stream, b"<html>busy</html>", end=True)


def refuse_the_registration(stage):
    peer = stage.peer()
    answer_503(peer, peer.request(REGISTER)[0])
    return peer


def lose_the_server_under_the_stream(stage):
    peer = stage.peer()
    stream = peer.accept()
    peer.status(stream)
    answer_503(peer, stream)
    return peer


@pytest.mark.parametrize("proxy, said", [
    (speak_http_1, ["server not reached"]),
    (refuse_the_registration, ["not registered", "status=UNAVAILABLE", "HTTP status 503"]),
    (lose_the_server_under_the_stream, ["stream ended", "status=UNAVAILABLE", "HTTP status 503"]),
])
def test_a_proxy_whose_server_is_away_is_said_and_asked_again(proxy, said):
    with Stage() as stage, tell(stage.address) as teller:
        peer = proxy(stage)
        teller.says(*said)
        assert peer.status(peer.accept()) == ("db", 1)
