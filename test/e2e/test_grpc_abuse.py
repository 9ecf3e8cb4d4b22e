# SPDX-License-Identifier: MIT
"""Hostile clients: each ends in a GOAWAY or a closed connection, costs little, and disturbs no other client."""

import gzip
import select
import struct
from contextlib import ExitStack
from signal import SIGTERM

import hpack
import pytest

import database
from agent import Agent
from attempts import TooLate, Watch, until_in_time
from figures import share
from journal import HANG, TIMEOUT_FACTOR, eventually
from measure import at_most
from probe import Probe
from raw_fixtures import REGISTER, REPORT, SERVICE, dial, peer, server  # noqa: F401
from rawh2 import (CONTINUATION, END_HEADERS, ENHANCE_YOUR_CALM, GOAWAY, HEADERS, NO_ERROR, PING, PROTOCOL_ERROR,
                   SETTINGS, Peer, data, frame, goaway, message, priority, reset, settings, window_update)
from test_grpc_requests import REGISTRATION, STATUS, assert_ok, registered
from wire import chunk, connected, grpc_frame, number

MEBIBYTE = 1 << 20
ROUNDS = 20_000  # more than any limit


def register(procjon):
    with Agent(procjon.address) as agent:
        agent.register(SERVICE)


def streams(peer):
    return range(1, 2 * ROUNDS, 2)


def rapid_resets(peer):
    return (peer.call(stream, REPORT) + reset(stream) for stream in streams(peer))


def bad_headers(peer):
    return (peer.headers(stream, [*peer.call_headers(REPORT), ("X-BAD", "1")]) for stream in streams(peer))


def nameless_headers(peer):
    return (peer.headers(stream, [*peer.call_headers(REPORT), ("", "1")]) for stream in streams(peer))


def overflowing_windows(peer):
    return (peer.call(stream, REPORT) + window_update(stream, (1 << 31) - 1) for stream in streams(peer))


# Encoded once: it takes longer than all else of the flood.
FAT = hpack.Encoder().encode([hpack.NeverIndexedHeaderTuple(f"x-{i}", "v" * 200) for i in range(80)])


def fat_headers(peer):
    return (frame(HEADERS, END_HEADERS, stream, peer.block(peer.call_headers(REPORT)) + FAT) for stream in streams(peer))


def pings(_):
    return [frame(PING, payload=bytes(8))] * ROUNDS


def ping_acks(_):
    return [frame(PING, 1, 0, bytes(8))] * ROUNDS


def settings_frames(_):
    return [settings((4, 65535))] * ROUNDS


def settings_entries(_):
    return [settings(*[(4, 65535)] * 64)]


def continuations(peer):
    yield peer.headers(1, peer.call_headers(REPORT), flags=0)
    yield from [frame(CONTINUATION, 0, 1, b"\x00\x01a\x01b" * 100)] * ROUNDS


def empty_data(peer):
    yield peer.call(1, REPORT)
    yield from [data(1)] * ROUNDS


def priorities(_):
    return (priority(stream, stream + 2) for stream in streams(None))


def window_updates(_):
    return [window_update(0, 1)] * ROUNDS


def unknown_frames(_):
    return [frame(0xF0, 0, 0, bytes(8))] * ROUNDS


def goaways(_):
    return [goaway()] * ROUNDS


def endless_streams(peer):
    return (peer.call(stream, REPORT) for stream in streams(peer))


# What the GOAWAY must say; None: a closed connection is enough.
FLOODS = {
    rapid_resets: None,
    bad_headers: (ENHANCE_YOUR_CALM, b"too_many_resets"),
    nameless_headers: (ENHANCE_YOUR_CALM, b"too_many_resets"),
    overflowing_windows: (ENHANCE_YOUR_CALM, b"too_many_resets"),
    fat_headers: (ENHANCE_YOUR_CALM, b"too_many_resets"),
    pings: (ENHANCE_YOUR_CALM, b"too_many_pings"),
    ping_acks: (ENHANCE_YOUR_CALM, b"too_many_frames"),
    settings_frames: (ENHANCE_YOUR_CALM, b"too_many_frames"),
    settings_entries: None,
    continuations: None,
    empty_data: (ENHANCE_YOUR_CALM, b"too_many_frames"),
    priorities: (ENHANCE_YOUR_CALM, b"too_many_frames"),
    window_updates: (ENHANCE_YOUR_CALM, b"too_many_frames"),
    unknown_frames: (ENHANCE_YOUR_CALM, b"too_many_frames"),
    goaways: None,
    endless_streams: None,
}

# Each of their streams is reset by the server; until then it counts as open.
ANSWERED = {bad_headers, nameless_headers, overflowing_windows, fat_headers}
TOO_MANY_STREAMS = (PROTOCOL_ERROR, b"request HEADERS: max concurrent streams exceeded")


def pour(peer, pieces, batch=50):
    """Sends all of it, reading what comes meanwhile, until the server hangs up or nothing is left."""
    pieces = iter(pieces)
    peer.sock.setblocking(False)
    waiting = b""
    while not peer.closed:
        waiting = waiting or b"".join(piece for piece, _ in zip(pieces, range(batch)))
        if not waiting:
            break
        readable, writable, _ = select.select([peer.sock], [peer.sock], [], HANG * TIMEOUT_FACTOR)
        if readable:
            peer.receive()
        try:
            waiting = waiting[peer.sock.send(waiting):] if writable else waiting
        except (BrokenPipeError, ConnectionResetError):
            break
    peer.sock.settimeout(HANG * TIMEOUT_FACTOR)


@pytest.mark.parametrize("flood", FLOODS, ids=lambda flood: flood.__name__)
def test_a_flood_ends_the_connection_and_nothing_else(dial, flood):  # noqa: F811
    bystander, peer = dial(), dial()
    pour(peer, flood(peer))
    peer.ended()
    last_words = FLOODS[flood]
    # A reset of the connection may overtake the GOAWAY: the client was still sending. And a client that does not wait for the
    # server's resets may have too many streams open before there were too many resets.
    assert last_words is None or peer.goaway() in (None, last_words, *[TOO_MANY_STREAMS] * (flood in ANSWERED))
    registered(bystander)


@pytest.mark.parametrize("flood", [flood for flood, words in FLOODS.items() if words], ids=lambda flood: flood.__name__)
def test_a_flood_hears_why(dial, flood):  # noqa: F811
    """In small steps, so that the client has read everything before it is hung up on."""
    peer = dial()
    for stream, piece in zip(streams(peer), flood(peer)):
        peer.send(piece)
        if flood in ANSWERED:
            peer.response(stream)
        elif select.select([peer.sock], [], [], 0)[0]:
            peer.receive()
        if peer.closed or peer.goaway():
            break
    peer.ended()
    assert peer.goaway() == FLOODS[flood]


@pytest.mark.measured
def test_floods_hold_up_nobody_and_leave_no_memory_behind(procjon):
    def pour_all():
        for flood in FLOODS:
            with Peer(procjon.address) as peer:
                pour(peer, flood(peer))

    def strain():
        before = procjon.rss()
        with Probe(procjon.address, least=10) as probe:
            for _ in range(3):
                pour_all()
        return share(ms_of_the_longest_round_trip=(probe.worst * 1000, 100),
                     MiB_more=((procjon.rss() - before) / MEBIBYTE, 10))

    register(procjon)
    pour_all()  # fills the allocator's caches
    at_most(1, strain, "the most that is used of a limit")


# ---- pings


@pytest.mark.parametrize("count, served", [(3, True), (4, False), (6, False)])
@pytest.mark.parametrize("streaming", [False, True])
def test_three_pings_in_a_row_are_answered_and_the_fourth_is_too_many(peer, count, served, streaming):  # noqa: F811
    if streaming:
        peer.send(peer.call(1, REPORT), message(1, STATUS))
    peer.send(*[frame(PING, payload=bytes(8))] * count)
    if served:
        assert peer.until(lambda: len(peer.seen(PING, ack=True)) == count)
        assert peer.goaway() is None
        registered(peer, 3)
        return
    peer.ended()
    assert peer.goaway() == (ENHANCE_YOUR_CALM, b"too_many_pings")
    assert len(peer.seen(PING, ack=True)) == 3


def test_an_answer_of_ours_forgives_pings(peer):  # noqa: F811
    for stream in range(1, 20, 2):
        peer.send(*[frame(PING, payload=bytes(8))] * 2)
        registered(peer, stream)
    assert peer.goaway() is None


# ---- flow control and memory


def test_data_of_streams_that_were_reset_gives_the_window_back(peer):  # noqa: F811
    for stream in range(1, 201, 2):
        peer.send(peer.call(stream, REPORT))
        peer.push(stream, b"\0\0\0\xff\xff" + bytes(16379), ignored=True)
        peer.send(reset(stream))
    registered(peer, 201)
    assert peer.goaway() is None


def test_a_message_in_frames_of_one_byte_costs_its_size(server, peer):  # noqa: F811
    body = grpc_frame(STATUS + chunk(99, bytes(30_000)))
    before = server.rss()
    peer.send(peer.call(1, REPORT))
    for at in range(0, len(body) - 1, 1000):
        peer.send(b"".join(data(1, body[i:i + 1]) for i in range(at, min(at + 1000, len(body) - 1))))
    assert peer.barrier() and server.rss() - before < MEBIBYTE
    peer.send(data(1, body[-1:], end=True))
    assert_ok(peer.settled(1))


@pytest.mark.measured
def test_an_announced_length_takes_no_memory(afresh):
    def grown():
        with afresh() as procjon, Peer(procjon.address) as peer:
            assert peer.barrier()
            before = procjon.rss()
            for stream in range(1, 2000, 2):
                peer.send(peer.call(stream, REGISTER), data(stream, b"\0\0\1\0\0"))
            assert peer.barrier()
            return procjon.rss() - before

    at_most(4 * MEBIBYTE, grown, "bytes more")


def test_a_stream_over_the_limit_is_refused_before_the_settings_are_acknowledged(dial):  # noqa: F811
    peer = dial(acknowledges=False)
    peer.send(*[peer.call(stream, REPORT) for stream in range(1, 2002, 2)])
    peer.until(lambda: 2001 in peer.responses and peer.responses[2001].over)
    assert peer.responses[2001].reset == 7
    peer.send(*[message(stream, STATUS, end=True) for stream in (1, 3)])
    assert_ok(peer.response(1))


def test_a_stream_over_the_limit_ends_the_connection_afterwards(dial):  # noqa: F811
    peer = dial()
    assert peer.barrier()
    peer.send(*[peer.call(stream, REPORT) for stream in range(1, 2002, 2)])
    peer.ended()
    assert peer.goaway() is None or peer.goaway()[0] == PROTOCOL_ERROR


def test_a_client_without_a_window_gets_its_answer_when_it_opens_one(dial):  # noqa: F811
    peer = dial(entries=[(4, 0)])
    peer.send(peer.call(1, REGISTER), message(1, REGISTRATION, end=True))
    assert peer.until(lambda: peer.seen(HEADERS, 1)) and not peer.responses[1].over
    peer.send(window_update(1, 2))
    assert peer.until(lambda: peer.responses[1].body == b"\0\0")
    peer.send(settings((4, 100)))
    assert_ok(peer.response(1))


def test_who_begins_messages_and_finishes_none_stops_only_himself(dial):  # noqa: F811
    peer, other = dial(), dial()
    half = grpc_frame(bytes(65536))[:-1]
    for stream in range(1, 301, 2):
        peer.send(peer.call(stream, REPORT))
        for at in range(0, len(half), 16000):
            peer.push(stream, half[at:at + 16000], ignored=True)
    assert peer.barrier()
    refused = [response for response in peer.responses.values() if response.over]
    assert refused and {response.grpc for response in refused} == {8}
    whole = grpc_frame(REGISTRATION)
    other.send(other.call(1, REGISTER), data(1, whole[:6]), data(1, whole[6:], end=True))
    assert_ok(other.settled(1))


SWELLING = grpc_frame(gzip.compress(STATUS + chunk(99, bytes(65_000)), mtime=0), compressed=1)  # 100 bytes and more


def test_compressed_messages_that_swell_are_soon_too_much(peer):  # noqa: F811
    peer.send(peer.call(1, REPORT, grpc_encoding="gzip"), *[data(1, SWELLING * 100)] * 5)
    response = peer.settled(1)
    assert (response.grpc, response.trailers_only) == (8, True) and "compressed" in response.message
    registered(peer, 3)


@pytest.mark.measured
def test_compressed_messages_that_swell_hold_up_nobody(procjon):
    def worst():
        with Peer(procjon.address) as peer, Probe(procjon.address) as probe:
            for stream in range(1, 31, 2):
                peer.send(peer.call(stream, REPORT, grpc_encoding="gzip"), *[data(stream, SWELLING * 100)] * 5)
                assert peer.response(stream).grpc == 8
        return probe.worst

    register(procjon)
    at_most(0.1, worst, "seconds of the longest round trip")


CHANGES = 150_000


def flood_the_disk(procjon):
    """Returns how much of its limits it used."""
    with Peer(procjon.address) as peer:
        body = chunk(1, "mad") + b"".join(chunk(2, number(1, code) + chunk(2, f"{code}" * 200)) for code in (0, 1))
        peer.send(peer.call(1, REGISTER), message(1, body + number(3, 3600), end=True))
        assert_ok(peer.response(1))
        before = procjon.rss()
        peer.send(peer.call(3, REPORT))
        pair = grpc_frame(chunk(1, "mad") + number(2, 1)) + grpc_frame(chunk(1, "mad") + number(2, 0))
        peer.sock.settimeout(60 * TIMEOUT_FACTOR)
        with Probe(procjon.address) as probe:
            for _ in range(0, CHANGES, 1000):
                peer.push(3, pair * 500)
            peer.send(data(3, end=True))
            assert_ok(peer.response(3))
        used = share(ms_of_the_longest_round_trip=(probe.worst * 1000, 100),
                     MiB_more=((procjon.rss() - before) / MEBIBYTE, 80))
    procjon.stop()
    assert len(database.history(procjon.database, "mad")) == CHANGES + 1  # none is lost; and it was available first
    return used


@pytest.mark.measured
def test_changes_that_come_faster_than_the_disk_takes_them_wait_outside(afresh):
    def used():
        with afresh() as procjon:
            return flood_the_disk(procjon)

    at_most(1, used, "the most that is used of a limit")


@pytest.mark.heavy("what waits for the disk there is written more slowly than an end may take")
def test_registrations_that_the_disk_does_not_take_are_refused_before_they_fill_the_memory(mortal):
    """Compressed, as many as one connection may have inflated: they are there before the disk refuses the first."""
    texts = b"".join(chunk(2, number(1, code) + chunk(2, "x" * 230)) for code in range(250))
    with ExitStack() as ends:
        peers = [ends.enter_context(Peer(mortal.address)) for _ in range(13)]
        with database.locked(mortal.database):
            for each, peer in enumerate(peers):
                for stream in range(1, 125, 2):
                    body = gzip.compress(chunk(1, f"large {each} {stream}") + texts + number(3, 3600), mtime=0)
                    peer.send(peer.call(stream, REGISTER, grpc_encoding="gzip"),
                              message(stream, body, end=True, compressed=1))
            assert all(peer.barrier() for peer in peers)
            refused = [response for peer in peers for response in peer.responses.values()
                       if response.over and response.grpc == 8]
        answers = [peer.response(stream) for peer in peers for stream in range(1, 125, 2)]
        assert all(response.over for response in answers)  # an end has less time than these may take
    assert refused and all("wait for the disk" in response.message for response in refused)


# ---- shutdown


def acknowledge(peer, ping):
    peer.send(frame(PING, 1, 0, ping.payload))


@pytest.fixture
def mortal(tmp_path):
    from server import Procjon

    server = Procjon(tmp_path / "data").start()
    register(server)
    yield server
    if server.running:
        server.stop()


def last_stream(goaway_frame):
    return struct.unpack(">I", goaway_frame.payload[:4])[0]


def test_a_server_that_stops_takes_calls_until_its_second_goaway(mortal):
    def attempt(number):
        if number > 0:
            mortal.ended()
            mortal.start()
        with Peer(mortal.address) as peer:
            peer.send(peer.call(1, REPORT), message(1, STATUS))
            assert peer.barrier()
            watch = Watch()
            mortal.signal(SIGTERM)
            assert peer.until(lambda: peer.seen(GOAWAY) and peer.seen(PING))
            assert last_stream(peer.seen(GOAWAY)[0]) == (1 << 31) - 1 and peer.goaway()[0] == NO_ERROR
            ping = peer.seen(PING)[-1]
            peer.send(peer.call(3, REGISTER), message(3, REGISTRATION, end=True))
            taken = peer.settled(3)
            watch.insist(0.8)  # it is given a second to answer the PING
            assert_ok(taken)
            assert len(peer.seen(GOAWAY)) == 1
            acknowledge(peer, ping)
            response = peer.response(1)
            assert response.trailers_only and response.grpc == 14 and response.message == "server shutting down"
            peer.ended()
            assert response.reset == NO_ERROR
            assert last_stream(peer.seen(GOAWAY)[1]) == 3 and peer.goaway() == (NO_ERROR, b"graceful_stop")

    until_in_time(attempt)
    mortal.ended()


def test_a_server_that_stops_does_not_wait_for_ever_for_anybody(mortal):
    with Peer(mortal.address) as silent, Peer(mortal.address, preface=False), Peer(mortal.address) as half:
        half.send(half.call(1, REGISTER, end=False))
        assert silent.barrier() and half.barrier()
        mortal.stop()  # insists on the time that is promised
        silent.ended()
        assert len(silent.seen(GOAWAY)) == 2
        assert half.response(1).grpc == 14


@pytest.mark.parametrize("taken", [True, False], ids=["taken", "refused"])
def test_a_registration_that_is_on_its_way_to_the_disk_when_the_server_ends(mortal, taken):
    def attempt(tried):
        if not mortal.running:
            mortal.start()
        before = Watch()
        with database.locked(mortal.database):
            with Peer(mortal.address) as peer:
                for stream, service in (1, "new"), (3, SERVICE):
                    body = chunk(1, service) + number(3, 77 + tried)
                    peer.send(peer.call(stream, REGISTER), message(stream, body, end=True))
                assert peer.barrier()
            mortal.signal(SIGTERM)
            eventually(lambda: is_refused(mortal.address), 5, "no more connections are taken")
            if not taken:
                mortal.ended()
        if taken:
            late = before.passed(1.8)  # the server's write waits for two seconds
            mortal.ended()
            if late:
                raise TooLate
            assert database.services(mortal.database) == {"new": 77 + tried, SERVICE: 77 + tried}

    until_in_time(attempt)


def is_refused(address):
    try:
        connected(address).close()
    except ConnectionRefusedError:
        return True
    except ConnectionResetError:
        return False  # it was waiting to be accepted when the listener went
    return False


def test_settings_frames_are_acknowledged_up_to_the_limit(peer):  # noqa: F811
    peer.send(*[settings((4, 1000 + i)) for i in range(9)])
    assert peer.until(lambda: len(peer.seen(SETTINGS, ack=True)) == 10)
    registered(peer)


def test_a_header_block_may_be_in_eight_continuations(peer):  # noqa: F811
    block = peer.block(peer.call_headers(REGISTER))
    step = len(block) // 8
    pieces = [block[i * step:(i + 1) * step if i < 7 else None] for i in range(8)]
    peer.send(frame(HEADERS, 0, 1, pieces[0]), *[frame(CONTINUATION, 0, 1, piece) for piece in pieces[1:-1]],
              frame(CONTINUATION, END_HEADERS, 1, pieces[-1]), message(1, REGISTRATION, end=True))
    assert_ok(peer.settled(1))
