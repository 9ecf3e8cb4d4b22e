# SPDX-License-Identifier: MIT
"""The agent library from outside: programs that use it, before the real server and before servers that misbehave."""

import contextlib
import errno
import re
import socket
import time

import h2.errors
import h2.events
import pytest

import rawh2
from journal import TIMEOUT_FACTOR
from measure import at_most
from pki import Authority
from probe import preferred
from stage import EMPTY, REGISTER, SEND, Stage
from teller import Teller, disk

HOUR = 3600 * 1000  # ms
LATE = 0.35  # seconds that a busy machine may add to a wait


@pytest.fixture
def stage():
    with Stage() as stage:
        yield stage


@pytest.fixture(params=["run", "step"])
def teller(request, procjon):
    with Teller(procjon.address, mode=request.param) as teller:
        yield teller


def expect_delivered(teller):
    """For an agent that was told to stop."""
    assert teller.process.wait(60 * TIMEOUT_FACTOR) == 0
    assert teller.process.stdout.read() == "0\n"


# ---- with the real server


@pytest.mark.parametrize("program", ["disk", "disk_cpp"])
def test_the_example_reports_and_says_good_bye(procjon, history, program):
    with disk("/nowhere", procjon.address, program=program) as example:
        assert history.wait("disk", 2, 30) == ["available", "status unreadable"]
        assert example.end() == 0
    assert history.of("disk") == ["available", "status unreadable"]


def test_the_example_says_what_is_wrong_with_its_arguments(procjon):
    with disk("/", "nonsense") as example:
        assert example.process.wait(30 * TIMEOUT_FACTOR) == 1
        example.says("disk: endpoint 'nonsense'", "port is missing")


@pytest.mark.parametrize("mode", ["run", "step"])
def test_a_change_is_sent_at_once_and_not_at_the_next_period(procjon, history, mode):
    with Teller(procjon.address, period=HOUR, mode=mode) as teller:
        teller.add(timeout=7200)
        history.wait("db", 1, 30)
        teller.set(1)
        assert history.wait("db", 2, 30) == ["available", "status nok"]


def test_services_come_and_go_while_the_agent_runs(teller, history):
    teller.add("a")
    teller.add("b", code=1)
    assert history.wait("b", 2, 30) == ["available", "status nok"]
    assert history.wait("a", 1, 30) == ["available"]
    teller.remove("a")
    teller.add("c", code=1)
    assert history.wait("c", 2, 30) == ["available", "status nok"]
    assert history.of("a") == ["available"]
    assert teller.stop() == 0


def test_the_result_0_of_a_stop_means_that_the_last_status_arrived(teller, history):
    teller.add()
    history.wait("db", 1, 30)
    teller.set(1)
    assert teller.stop() == 0
    assert history.of("db") == ["available", "status nok"]


def test_a_status_set_right_before_the_stop_is_delivered_without_a_connection_yet(teller, history):
    teller.add(code=1)
    assert teller.stop() == 0
    assert history.of("db") == ["available", "status nok"]


def test_an_agent_with_nothing_to_say_stops_at_once(teller):
    teller.says("connected")
    assert teller.stop(HOUR) == 0  # which would be noticed


def test_the_longest_wait_of_a_stop_is_a_stop_too(teller, history):
    teller.add(code=1)
    assert teller.stop(2**32 - 1) == 0
    assert history.of("db")[:2] == ["available", "status nok"]


def test_without_a_server_a_stop_takes_its_time_and_says_what_was_not_delivered(stage):
    with Teller(stage.address) as teller:
        teller.add()
        stage.next()
        assert teller.stop(500) == -errno.ETIMEDOUT
        teller.says("last status not delivered in time", "service=db")


def test_without_a_server_a_stop_tries_again_for_as_long_as_it_may(stage):
    with Teller(stage.address) as teller:
        teller.add(code=1)
        peer, _ = stage.next()
        teller.tell("stop", HOUR)
        peer.abort()
        peer = stage.peer()
        stream = peer.accept()
        assert peer.status(stream) == ("db", 1)
        peer.half_closed(stream)
        peer.ok(stream)
        expect_delivered(teller)


def test_an_agent_outlives_its_server_and_keeps_only_the_last_status(start, history, procjon, tmp_path):
    address = procjon.address
    with Teller(address, period=200) as teller:
        teller.add(timeout=30)  # so that the longest wait is 10 s
        history.wait("db", 1, 30)
        procjon.kill()
        teller.says("connection lost")
        for code in (1, 0, 1, 0, 1):
            teller.set(code)
        procjon.options[1] = address
        procjon.start()
        assert history.wait("db", 2, 60) == ["available", "status nok"]
        assert teller.stop() == 0
        assert history.of("db") == ["available", "status nok"]


def test_the_next_endpoint_is_taken_when_the_first_is_not_there(procjon, history, tmp_path):
    with Teller(f"unix:{tmp_path}/nobody.sock", "no-such-host.invalid:1", "127.0.0.1:1", procjon.address) as teller:
        teller.add()
        assert history.wait("db", 1, 30) == ["available"]
        for part in ("nobody.sock", "no-such-host.invalid", "127.0.0.1:1"):
            teller.says("server not reached", part)


def test_an_agent_speaks_over_a_unix_socket(start, tmp_path, slack):
    start(f"--endpoint=unix:{tmp_path}/procjon.sock")
    with Teller(f"unix:{tmp_path}/procjon.sock") as teller:
        teller.add()
        slack.wait_line("Agent db is available.", 30)
        assert teller.stop() == 0


def test_systemd_is_told_when_the_agent_is_ready_and_where_it_is_connected(procjon, tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(str(tmp_path / "notify"))
        notify.settimeout(30 * TIMEOUT_FACTOR)

        def hear(wanted, *meanwhile):
            while not (message := notify.recv(1000)).startswith(wanted):
                assert message in meanwhile

        # The kernel keeps ten messages for a test that is late: seconds of them.
        with Teller(procjon.address, NOTIFY_SOCKET=str(tmp_path / "notify"), WATCHDOG_USEC="2000000") as teller:
            watchdog, extend = b"WATCHDOG=1", b"EXTEND_TIMEOUT_USEC=3000000"
            hear(extend)  # before the first period is over
            hear(b"STATUS=connected to 127.0.0.1", watchdog, extend)  # connecting may take longer
            hear(watchdog, extend)  # before anything is registered
            teller.add()
            hear(b"READY=1", watchdog, extend)
            teller.tell("stop", 60000)
            hear(b"STOPPING=1", watchdog)
            expect_delivered(teller)


# ---- with TLS


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path / "ours")


@pytest.fixture
def secure(start, authority):
    """Starts a server under TLS whose certificate is for localhost, 127.0.0.1 and ::1."""
    return lambda *options, **more: start(f"--root-cert={authority.root_cert}", f"--cert={authority.server.cert_file}",
                                          f"--key-cert={authority.server.key_file}", *options, **more)


def files(authority, **client):
    return authority.root_cert, *authority.client(**client)


def port_of(procjon):
    return procjon.address.rsplit(":", 1)[1]


def test_an_agent_speaks_mutual_tls_with_a_server_that_has_the_name_it_dialled(secure, authority, slack):
    procjon = secure(endpoint="localhost:0")
    with Teller(f"localhost:{port_of(procjon)}", tls=files(authority)) as teller:
        teller.add()
        slack.wait_line("Agent db is available.", 30)
        teller.says("connected", "tls=on")
        assert teller.stop() == 0


def test_a_server_with_another_name_is_not_spoken_to(secure, authority):
    procjon = secure(endpoint="0.0.0.0:0")
    with Teller(f"127.0.0.3:{port_of(procjon)}", tls=files(authority)) as teller:
        teller.add()
        teller.says("server not reached", "127.0.0.3", "IP address mismatch")
        assert teller.count("connected endpoint") == 0


def test_renewed_certificate_files_are_used_for_the_next_connection(secure, authority, slack):
    with Teller(secure().address, tls=files(authority, days=-1)) as teller:
        teller.add(timeout=9)  # so that the longest wait is 3 s
        teller.says("server not reached")
        for file in authority.client():
            file.unlink()
        authority.client()
        teller.says("certificate files read again")
        slack.wait_line("Agent db is available.", 30)


def test_files_that_cannot_be_read_are_named_and_end_the_start(tmp_path):
    with Teller("127.0.0.1:1", tls=[f"{tmp_path}/ca", f"{tmp_path}/cert", f"{tmp_path}/key"]) as teller:
        assert teller.process.wait(30 * TIMEOUT_FACTOR) == 1
        teller.says("teller: cannot read", f"{tmp_path}/ca")


# ---- with a server that misbehaves


def test_a_call_has_the_headers_that_grpc_wants(stage):
    with Teller(stage.address) as teller:
        teller.add()
        peer = stage.peer()
        _, headers = peer.request()
        assert list(headers)[:4] == [":method", ":scheme", ":path", ":authority"]
        assert headers[":method"] == "POST" and headers[":scheme"] == "http" and headers[":path"] == REGISTER
        assert headers[":authority"] == stage.address
        assert headers["te"] == "trailers" and headers["content-type"] == "application/grpc"
        assert re.match(r"grpc-c-procjon/\d", headers["user-agent"])
        assert headers["grpc-timeout"] == "10000m"


def answer_with_status(peer, stream):
    peer.fail(stream, 14, "not n%C3%B3w")


def answer_with_http_error(peer, stream):
    peer.headers(stream, status=503, content_type="text/html")
    peer.body(stream, b"<html>" * 100, end=True)


def answer_with_reset(peer, stream):
    peer.rst(stream, h2.errors.ErrorCodes.INTERNAL_ERROR)


def answer_with_half_a_message(peer, stream):
    peer.headers(stream)
    peer.body(stream, EMPTY[:3], end=True)


def answer_without_status(peer, stream):
    peer.headers(stream)
    peer.body(stream, EMPTY, end=True)


def answer_with_two_messages(peer, stream):
    peer.headers(stream)
    peer.body(stream, EMPTY + EMPTY)
    peer.trailers(stream, grpc_status=0)


def answer_with_reset_after_headers(peer, stream):
    peer.headers(stream)
    peer.rst(stream, h2.errors.ErrorCodes.CANCEL)


def answer_with_reset_after_the_message(peer, stream):
    peer.headers(stream)
    peer.body(stream, EMPTY)
    peer.rst(stream, h2.errors.ErrorCodes.NO_ERROR)


def answer_with_headers_that_end_nothing(peer, stream):
    peer.headers(stream)
    trailers = peer.h2.encoder.encode([("grpc-status", "0")])
    peer.sock.sendall(rawh2.frame(rawh2.HEADERS, rawh2.END_HEADERS, stream, trailers))


def answer_with_a_huge_message(peer, stream):
    peer.headers(stream)
    peer.body(stream, b"\0\x7f\xff\xff\xff")


def answer_compressed(peer, stream):
    peer.headers(stream, grpc_encoding="gzip")
    peer.body(stream, b"\1\0\0\0\0")


def answer_for_later_without_end(peer, stream):
    for _ in range(100):
        peer.headers(stream, status=103, link="x" * 100)


def answer_with(**headers):
    return lambda peer, stream: peer.headers(stream, True, **headers)


@pytest.mark.parametrize("answer, status, reason", [
    (answer_for_later_without_end, "INTERNAL", "headers are larger"),
    (answer_with(status=401, content_type="text/plain"), "UNAUTHENTICATED", "HTTP status 401"),
    (answer_with(status=404, content_type="text/plain"), "UNIMPLEMENTED", "HTTP status 404"),
    (answer_with(status=500, grpc_status=14), "UNAVAILABLE", ""),
    (answer_with(content_type="text/html"), "UNKNOWN", "HTTP status 200"),
    (answer_with(grpc_status=0), "UNIMPLEMENTED", "0 response messages"),
    (answer_with(grpc_status="-1"), "UNKNOWN", ""),
    (answer_with(grpc_status=99999999999999999999), "UNKNOWN", ""),
    (answer_with(), "UNKNOWN", "without a grpc-status"),
    (answer_with_status, "UNAVAILABLE", "not nów"),
    (answer_with_http_error, "UNAVAILABLE", "HTTP status 503"),
    (answer_with_reset, "INTERNAL", "INTERNAL_ERROR"),
    (answer_with_half_a_message, "INTERNAL", "inside a message"),
    (answer_without_status, "UNKNOWN", "without a grpc-status"),
    (answer_with_two_messages, "UNIMPLEMENTED", "2 response messages"),
    (answer_with_reset_after_headers, "CANCELLED", "CANCEL"),
    (answer_with_reset_after_the_message, "INTERNAL", "NO_ERROR"),
    (answer_with_headers_that_end_nothing, "INTERNAL", "PROTOCOL_ERROR"),
    (answer_with_a_huge_message, "RESOURCE_EXHAUSTED", "too large"),
    (answer_compressed, "INTERNAL", "compressed"),
])
def test_a_strange_answer_is_understood_logged_and_tried_again(stage, answer, status, reason):
    with Teller(stage.address) as teller:
        teller.add(timeout=2, code=1)
        peer = stage.peer()
        stream, _ = peer.request()
        answer(peer, stream)
        teller.says("not registered", "service=db", f"status={status}", reason)
        assert peer.status(peer.accept()) == ("db", 1)


def succeed_and_reset(peer, stream):
    peer.ok(stream)
    peer.sock.sendall(rawh2.reset(stream, rawh2.INTERNAL_ERROR))


def succeed_with_hints_before(peer, stream):
    peer.headers(stream, status=103, link="</style.css>")
    peer.ok(stream)


def succeed_in_padded_frames(peer, stream):
    peer.headers(stream)
    for byte in EMPTY:
        padded = b"\x10" + bytes([byte]) + bytes(16)
        peer.sock.sendall(rawh2.frame(rawh2.DATA, rawh2.PADDED, stream, padded))
    peer.trailers(stream, grpc_status=0)


def succeed_with_unknown_headers(peer, stream):
    peer.headers(stream, grpc_unknown="x", x_bin="!!!", server="y", grpc_encoding="identity")
    peer.body(stream, EMPTY)
    peer.trailers(stream, grpc_status=0, grpc_status_details_bin="CAUSE", x_more="z")


@pytest.mark.parametrize("answer", [succeed_and_reset, succeed_with_hints_before, succeed_in_padded_frames,
                                    succeed_with_unknown_headers])
def test_a_success_in_unusual_clothes_is_one(stage, answer):
    with Teller(stage.address) as teller:
        teller.add(timeout=3600, code=1)
        peer = stage.peer()
        answer(peer, peer.request(REGISTER)[0])
        assert peer.status(peer.request(SEND)[0]) == ("db", 1)
        teller.says("debug agent: registered")
        assert teller.count("not registered") == 0


def speak_http_1(peer):
    peer.sock.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")


def push(peer):
    stream, headers = peer.request()
    promise = peer.h2.encoder.encode([*headers.items()])
    peer.sock.sendall(rawh2.frame(rawh2.PUSH_PROMISE, rawh2.END_HEADERS, stream, b"\0\0\0\2" + promise))


def never_end_the_headers(peer):
    stream, _ = peer.request()
    peer.sock.sendall(rawh2.frame(rawh2.HEADERS, 0, stream, b"\x88"))  # :status 200
    with contextlib.suppress(OSError):  # it hangs up before the end
        for _ in range(1000):
            peer.sock.sendall(rawh2.frame(rawh2.CONTINUATION, 0, stream, b"\0\1x\1y" * 1000))


def send_settings_without_end(peer):
    with contextlib.suppress(OSError):
        for _ in range(1000):
            peer.sock.sendall(rawh2.settings((rawh2.MAX_CONCURRENT_STREAMS, 1)))


@pytest.mark.parametrize("breach, said", [
    (speak_http_1, "FRAME_SIZE_ERROR"),
    (push, "PROTOCOL_ERROR"),
    (never_end_the_headers, "Too many CONTINUATION frames"),
    (send_settings_without_end, "too_many_frames"),
    (lambda peer: peer.sock.sendall(rawh2.reset(99)), "PROTOCOL_ERROR"),
    (lambda peer: peer.sock.sendall(rawh2.window_update(0, 0x7fffffff)), "FLOW_CONTROL_ERROR"),
    (lambda peer: peer.goaway(0, rawh2.ENHANCE_YOUR_CALM), "server sent GOAWAY"),
    (lambda peer: peer.goaway(2), "PROTOCOL_ERROR"),
])
def test_a_server_that_breaks_the_rules_is_left_and_sought_again(stage, breach, said):
    with Teller(stage.address) as teller:
        teller.add(timeout=2, code=1)
        breach(stage.peer())
        teller.says("channel:", said)
        peer = stage.peer()
        assert peer.status(peer.accept()) == ("db", 1)


def test_a_port_of_another_protocol_is_called_that(stage):
    with Teller(stage.address) as teller:
        teller.add()
        stage.next()[0].sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        teller.says("server not reached", "this is no HTTP/2 server")


def test_a_server_that_does_not_begin_with_settings_is_none(stage):
    with Teller(stage.address) as teller:
        teller.add(code=1)
        stage.next()[0].sock.sendall(rawh2.frame(rawh2.PING, payload=bytes(8)))
        teller.says("server not reached", "this is no HTTP/2 server")
        peer = stage.peer()
        assert peer.status(peer.accept()) == ("db", 1)


def test_a_refused_stream_is_tried_again_at_once(stage):
    with Teller(stage.address) as teller:
        teller.add(timeout=3600)
        peer = stage.peer()
        stream, _ = peer.request()
        peer.rst(stream, h2.errors.ErrorCodes.REFUSED_STREAM)
        peer.accept()
        teller.says("debug agent: registered")
        assert teller.count("not registered") == 0 and not teller.waits()


def test_not_found_on_the_stream_registers_again_and_reopens_it(stage):
    with Teller(stage.address) as teller:
        teller.add(timeout=3600, code=1)
        peer = stage.peer()
        stream = peer.accept()
        assert peer.status(stream) == ("db", 1)
        peer.fail(stream, 5, "service 'db' is not registered")
        assert peer.reset(stream) == h2.errors.ErrorCodes.NO_ERROR  # it was still sending
        assert peer.status(peer.accept()) == ("db", 1)
        teller.says_times("debug agent: registered", 2)
        assert not teller.waits()


def test_not_found_for_ever_is_no_tight_loop(stage):
    with Teller(stage.address, period=HOUR) as teller:  # no stream lasts for a period
        teller.add(timeout=7200)
        peer = stage.peer()
        for _ in range(3):
            peer.fail(peer.accept(), 5, "never heard")
        peer.accept()
        teller.says_times("debug agent: registered", 4)
        teller.says("stream ended", "status=NOT_FOUND", "never heard")
        second, third = teller.waits()  # after the first there is none
        assert 800 <= second <= 1200 and 1280 <= third <= 1920


@pytest.mark.parametrize("status, name", [(3, "INVALID_ARGUMENT"), (7, "PERMISSION_DENIED"), (12, "UNIMPLEMENTED"),
                                          (16, "UNAUTHENTICATED")])
def test_what_will_not_get_better_is_an_error_said_once_and_tried_at_the_longest_interval(stage, status, name):
    with Teller(stage.address) as teller:
        teller.add(timeout=6)  # so that the longest interval is 2 s, and the first wait of a back-off at most 1.2 s
        peer = stage.peer()
        peer.fail(peer.request(REGISTER)[0], status, "no way")
        line = teller.says("error agent: not registered", f"status={name}", "no way")
        peer.fail(peer.request(REGISTER)[0], status, "no way")
        peer.accept()
        teller.says("debug agent: registered")
        assert teller.waits() == [2000, 2000]
        assert [said for said in teller.log if " error " in said] == [line]


def send_away(stage, teller):
    """A peer that was reported to says GOAWAY: it, the stream of the reports, and the peer after it."""
    teller.add(timeout=3600, code=1)
    old = stage.peer()
    stream = old.accept()
    assert old.status(stream) == ("db", 1)
    old.goaway(stream)
    return old, stream, stage.peer()


def test_goaway_leaves_no_gap(stage):
    with Teller(stage.address, period=300) as teller:
        old, stream, new = send_away(stage, teller)
        registration, _ = new.request(REGISTER)
        assert old.status(stream) == ("db", 1)  # heartbeats go on where they went
        new.ok(registration)
        new_stream, _ = new.request(SEND)
        assert new.status(new_stream) == ("db", 1)
        old.half_closed(stream)
        old.ok(stream)
        old.ended()
        teller.tell("stop", 60000)
        new.half_closed(new_stream)
        new.ok(new_stream)
        expect_delivered(teller)
    assert teller.count("connection lost") == 0


def test_after_goaway_the_old_stream_speaks_until_the_new_connection_has_registered(stage):
    with Teller(stage.address, period=300) as teller:
        old, stream, new = send_away(stage, teller)
        registration, _ = new.request(REGISTER)  # which takes its time
        teller.set(2)
        while old.status(stream) != ("db", 2):
            pass
        new.ok(registration)
        assert new.status(new.request(SEND)[0]) == ("db", 2)
        old.half_closed(stream)


def test_an_old_stream_that_ends_before_the_new_connection_has_registered_changes_nothing(stage):
    with Teller(stage.address, period=300) as teller:
        old, _, new = send_away(stage, teller)
        registration, _ = new.request(REGISTER)
        old.abort()
        teller.set(2)
        new.ok(registration)
        new_stream, _ = new.request(SEND)
        while new.status(new_stream) != ("db", 2):  # which may be later than the registration
            pass
        assert not [event for event in new.events if isinstance(event, h2.events.RequestReceived)]


def test_calls_that_goaway_left_out_are_made_on_the_next_connection(stage):
    with Teller(stage.address) as teller:
        teller.add(timeout=3600)
        first = stage.peer()
        first.request()
        first.goaway(0)
        stage.peer().accept()
        teller.says("debug agent: registered")
        assert teller.count("warning") == 0


def test_max_concurrent_streams_is_obeyed(stage):
    with Teller(stage.address, period=300) as teller:
        teller.add(timeout=2)  # asks again after 2/3 s at most
        peer = stage.peer(MAX_CONCURRENT_STREAMS=0)
        teller.says("not registered", "RESOURCE_EXHAUSTED", "no more calls")
        peer.h2.update_settings({h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS: 1})
        peer.flush()
        stream = peer.accept()
        assert not any(isinstance(event, h2.events.RequestReceived) for event in peer.events)
        teller.add("second", timeout=2)
        teller.says("not registered", "service=second", "no more calls")
        peer.status(stream)


def test_max_concurrent_streams_that_are_lowered_end_nothing_that_is_open(stage):
    with Teller(stage.address, period=300) as teller:
        teller.add("first", timeout=3600)
        peer = stage.peer()
        streams = [peer.accept()]
        teller.add("second", timeout=3600)
        streams.append(peer.accept())
        peer.h2.update_settings({h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS: 1})
        peer.flush()
        peer.wait(h2.events.SettingsAcknowledged)
        teller.add("third", timeout=3600)
        teller.says("not registered", "service=third", "no more calls")
        for stream, name in zip(streams, ("first", "second")):
            for _ in range(2):
                assert peer.status(stream) == (name, 0)


def test_a_server_that_ends_the_stream_while_the_agent_lives_is_asked_again(stage):
    with Teller(stage.address) as teller:
        teller.add(timeout=2, code=1)
        peer = stage.peer()
        stream = peer.accept()
        assert peer.status(stream) == ("db", 1)
        peer.ok(stream)  # without a half-close
        assert peer.status(peer.accept()) == ("db", 1)


def widen(peer, stream):
    peer.h2.increment_flow_control_window(20000, stream)
    peer.flush()


def test_while_the_server_takes_nothing_only_the_newest_status_waits(stage):
    with Teller(stage.address, period=10) as teller:
        teller.add(code=0)
        peer = stage.peer(INITIAL_WINDOW_SIZE=64)  # which the registration fits into, or six statuses
        peer.widens = False
        stream = peer.accept()
        teller.add("witness", code=0)
        witness = peer.accept()
        widen(peer, witness)
        for _ in range(100):  # so many heartbeats pile up, if they do
            assert peer.status(witness) == ("witness", 0)
        teller.set(1)
        teller.set(1, "witness")
        while peer.status(witness) != ("witness", 1):
            pass
        widen(peer, stream)
        seen = [peer.status(stream)]
        while seen[-1] != ("db", 1):
            seen.append(peer.status(stream))
        assert len(seen) < 20


@pytest.mark.parametrize("mode", ["run", "step"])
def test_heartbeats_repeat_the_status_every_period(stage, mode):
    with Teller(stage.address, period=200, mode=mode) as teller:
        teller.add(timeout=3600, code=1)
        peer = stage.peer()
        stream = peer.accept()
        for _ in range(6):
            assert peer.status(stream) == ("db", 1)


@pytest.mark.measured
@pytest.mark.beside
@pytest.mark.parametrize("mode", ["run", "step"])
def test_a_period_is_as_long_as_the_agent_was_told(mode):
    def measure():
        with Stage() as stage, Teller(stage.address, period=200, mode=mode, prefix=preferred()) as teller:
            teller.add()
            peer = stage.peer()
            stream = peer.accept()
            for _ in range(2):  # the first one is no heartbeat
                peer.status(stream)
            began = time.monotonic()
            for _ in range(5):
                peer.status(stream)
            return abs(time.monotonic() - began - 5 * 0.2)

    at_most(LATE, measure, "seconds that five periods are too long or too short")


@pytest.mark.measured
@pytest.mark.beside
def test_a_stop_without_a_server_takes_as_long_as_it_may():
    def measure():
        with Stage() as stage, Teller(stage.address, prefix=preferred()) as teller:
            teller.add()
            stage.next()
            began = time.monotonic()
            assert teller.stop(500) == -errno.ETIMEDOUT
            return abs(time.monotonic() - began - 0.5)

    at_most(LATE, measure, "seconds that a stop is too long or too short")


def test_at_the_end_the_agent_half_closes_waits_for_the_answer_and_says_goaway(stage):
    with Teller(stage.address) as teller:
        teller.add()
        peer = stage.peer()
        stream = peer.accept()
        peer.status(stream)
        teller.tell("stop", 60000)
        peer.half_closed(stream)
        peer.ok(stream)
        assert peer.wait(h2.events.ConnectionTerminated).error_code == h2.errors.ErrorCodes.NO_ERROR
        expect_delivered(teller)


def test_a_status_that_the_server_answers_with_an_error_was_not_delivered_and_is_tried_again(stage):
    with Teller(stage.address) as teller:
        teller.add(timeout=2, code=1)
        peer = stage.peer()
        stream = peer.accept()
        peer.status(stream)
        teller.tell("stop", 60000)
        peer.half_closed(stream)
        peer.fail(stream, 14, "shutting down")
        stream = peer.accept()
        assert peer.status(stream) == ("db", 1)
        peer.half_closed(stream)
        peer.ok(stream)
        expect_delivered(teller)


def test_pings_of_a_server_are_answered_however_many(stage):
    with Teller(stage.address) as teller:
        teller.add()
        peer = stage.peer()
        peer.accept()
        for number in range(10):
            peer.h2.ping(number.to_bytes(8, "big"))
            peer.flush()
            peer.wait(h2.events.PingAckReceived, lambda ack: ack.ping_data == number.to_bytes(8, "big"))
