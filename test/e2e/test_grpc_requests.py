# SPDX-License-Identifier: MIT
"""Which requests are calls, and how the others are answered (gRPC over HTTP/2, "Requests")."""

import gzip

import pytest

from proto import first_generation
from raw_fixtures import REGISTER, REPORT, SERVICE, dial, peer, server  # noqa: F401
from rawh2 import (CANCEL, END_HEADERS, ENHANCE_YOUR_CALM, GOAWAY, HEADERS, NO_ERROR, PING, PROTOCOL_ERROR, data,
                   frame, message)
from wire import chunk, grpc_frame, number

OK, INVALID_ARGUMENT, DEADLINE_EXCEEDED, NOT_FOUND, RESOURCE_EXHAUSTED = 0, 3, 4, 5, 8
UNIMPLEMENTED, INTERNAL = 12, 13
REGISTRATION = chunk(1, SERVICE) + number(3, 3600)
STATUS = chunk(1, SERVICE)
EMPTY = grpc_frame(b"")


def registered(peer, stream=1):
    """That the connection still serves: a call that must succeed."""
    peer.send(peer.call(stream, REGISTER), message(stream, REGISTRATION, end=True))
    assert_ok(peer.settled(stream))


def assert_ok(response):
    assert [response.http, response.body, response.grpc] == ["200", EMPTY, OK], response
    assert len(response.blocks) == 2 and response.ended


def assert_trailers_only(response, code):
    """An early end: one HEADERS frame; and NO_ERROR to a client that was not finished."""
    assert response.trailers_only and response.http == "200" and response.grpc == code, response
    assert response.reset in (None, NO_ERROR)


def test_settings_come_first_and_are_what_they_must_be(dial):  # noqa: F811
    peer = dial(preface=False)
    peer.until(lambda: peer.frames)
    entries = dict((int.from_bytes(peer.frames[0].payload[i:i + 2], "big"),
                    int.from_bytes(peer.frames[0].payload[i + 2:i + 6], "big"))
                   for i in range(0, len(peer.frames[0].payload), 6))
    assert entries[3] == 1000 and entries[6] == 8192
    assert not {8, 0xFE03} & set(entries)  # no CONNECT protocol, no binary metadata


@pytest.mark.parametrize("said", [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
                                  b"GET / HTTP/1.1\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"],
                         ids=["HTTP/1.1", "TLS", "upgrade"])
def test_another_protocol_is_hung_up_on_without_an_answer_in_it(dial, server, said):  # noqa: F811
    peer = dial(preface=False)
    peer.send(said.ljust(24, b"\0"))
    peer.ended()
    assert not any(f.type in (HEADERS, GOAWAY) for f in peer.frames) and not peer.buffer


@pytest.mark.parametrize("content_type", ["application/grpc", "application/grpc+proto", "application/grpc;x=1",
                                          "Application/GRPC", "application/grpc ; charset=utf-8"])
def test_every_spelling_of_grpc_is_served_and_never_echoed(peer, content_type):  # noqa: F811
    peer.send(peer.call(1, REGISTER, content_type=content_type), message(1, REGISTRATION, end=True))
    response = peer.settled(1)
    assert_ok(response)
    proto = "+proto" in content_type
    assert response.blocks[0]["content-type"] == "application/grpc" + ("+proto" if proto else "")
    assert "gzip" in response.blocks[0]["grpc-accept-encoding"]


@pytest.mark.parametrize("content_type", ["application/grpcfoo", "application/grpc-web", "application/json",
                                          "application/grpc+json", "text/plain", "", None])
def test_another_content_type_is_http_415_with_a_text(peer, content_type):  # noqa: F811
    more = {"drop": ["content-type"]} if content_type is None else {"content_type": content_type}
    peer.send(peer.call(1, REGISTER, **more), data(1, b"hello", end=True))
    response = peer.settled(1)
    assert response.http == "415" and len(response.body) >= 5 and response.reset is None
    assert response.blocks[0]["content-type"] == "text/plain"
    registered(peer, 3)


@pytest.mark.parametrize("method", ["GET", "PUT", "post", "OPTIONS", "DELETE", "HEAD"])
def test_another_method_is_http_405_that_names_post(peer, method):  # noqa: F811
    peer.send(peer.call(1, REGISTER, end=True, method=method))
    response = peer.settled(1)
    assert response.http == "405" and response.blocks[0]["allow"] == "POST"
    assert (response.body == b"") == (method == "HEAD")
    registered(peer, 3)


def test_connect_is_http_405(peer):  # noqa: F811
    peer.send(peer.headers(1, [(":method", "CONNECT"), (":authority", "localhost")], end=True))
    assert peer.settled(1).http == "405"


def test_an_endless_request_that_is_no_call_is_answered_after_64_kib(peer):  # noqa: F811
    peer.send(peer.call(1, REGISTER, content_type="text/plain"))
    for _ in range(5):
        peer.push(1, bytes(16000))
    response = peer.settled(1)
    assert response.http == "415" and response.reset == NO_ERROR
    registered(peer, 3)


@pytest.mark.parametrize("drop, more", [(["te"], {}), ([":authority"], {"host": "elsewhere"}), ([], {"host": "both"}),
                                        ([], {"authority": "10.0.0.1:1"}), ([], {"scheme": "https"})],
                         ids=["no te", "host", "host and authority", "a number", "https"])
def test_what_clients_leave_out_or_add_is_accepted(peer, drop, more):  # noqa: F811
    peer.send(peer.call(1, REGISTER, drop=drop, **more), message(1, REGISTRATION, end=True))
    assert_ok(peer.settled(1))


@pytest.mark.parametrize("path, said", [
    ("/Nothing/RegisterService", "unknown service Nothing"),
    ("/Procjon/Nothing", "unknown method Nothing for service Procjon"),
    ("/procjon/RegisterService", "unknown service procjon"),
    ("/Procjon/registerService", "unknown method registerService for service Procjon"),
    ("/Procjon/RegisterService/", "unknown service Procjon/RegisterService"),
    ("/Procjon/RegisterService?x=1", "unknown method RegisterService?x=1 for service Procjon"),
    ("/Procjon/Register%53ervice", "unknown method Register%2553ervice for service Procjon"),
    ("/", "malformed"), ("/Procjon", "malformed"), ("//", "unknown service "),
    ("/" + "x" * 1000, "malformed"),
])
@pytest.mark.parametrize("end", [True, False], ids=["ended", "open"])
def test_an_unknown_path_is_unimplemented(peer, path, said, end):  # noqa: F811
    peer.send(peer.call(1, path, end=end))
    response = peer.settled(1)
    assert_trailers_only(response, UNIMPLEMENTED)
    assert said in response.message
    assert response.reset == (None if end else NO_ERROR)
    registered(peer, 3)


def test_a_path_without_its_slash_is_not_served(peer):  # noqa: F811
    peer.send(peer.call(1, "Procjon/RegisterService", scheme="grpc"), message(1, REGISTRATION, end=True))
    response = peer.settled(1)
    assert response.grpc in (UNIMPLEMENTED, INTERNAL) and response.trailers_only
    registered(peer, 3)


def test_another_scheme_is_rejected(peer):  # noqa: F811
    peer.send(peer.call(1, REGISTER, scheme="gopher"), message(1, REGISTRATION, end=True))
    response = peer.settled(1)
    assert (response.http, response.grpc) == ("400", INTERNAL)


# ---- grpc-timeout


@pytest.mark.parametrize("value", ["1H", "1M", "60S", "99999m", "99999999u", "999999999n"[1:], "00000030S",
                                   "99999999H"])
def test_every_unit_of_a_timeout_is_understood(peer, value):  # noqa: F811
    peer.send(peer.call(1, REGISTER, grpc_timeout=value), message(1, REGISTRATION, end=True))
    assert_ok(peer.settled(1))


@pytest.mark.parametrize("value", ["", "S", "1", "5x", "1.5S", "0x1S", "+1S", "-1S", "123456789S", "1 S", " 1S"])
def test_a_malformed_timeout_is_http_400_with_internal(peer, value):  # noqa: F811
    peer.send(peer.call(1, REPORT, grpc_timeout=value))
    response = peer.settled(1)
    assert (response.http, response.grpc, response.reset) == ("400", INTERNAL, NO_ERROR), response
    registered(peer, 3)


@pytest.mark.parametrize("value", ["0S", "0n", "0H", "1n", "1u"])
def test_a_deadline_that_has_passed_runs_nothing(peer, value):  # noqa: F811
    peer.send(peer.call(1, REGISTER, grpc_timeout=value), message(1, REGISTRATION, end=True))
    assert_trailers_only(peer.settled(1), DEADLINE_EXCEEDED)


@pytest.mark.parametrize("path", [REGISTER, REPORT])
def test_a_deadline_ends_an_open_call_with_one_trailers_only(peer, path):  # noqa: F811
    """All is read in one turn: the PING is answered in it, and then the deadlines come in their order."""
    peer.send(peer.call(1, path, grpc_timeout="1S"), peer.call(3, path, grpc_timeout="300000u"),
              peer.call(5, path, grpc_timeout="200m"), frame(PING, payload=bytes(8)))
    responses = {stream: peer.settled(stream) for stream in (1, 3, 5)}
    ends = [f.stream for f in peer.frames if f.type in (HEADERS, PING)]
    assert ends[:4] == [0, 5, 3, 1]
    for response in responses.values():
        assert_trailers_only(response, DEADLINE_EXCEEDED)
        assert response.reset == NO_ERROR
    registered(peer, 7)


# ---- metadata


@pytest.mark.parametrize("name, value", [
    ("x-odd", "v  "), ("x-odd", " v"), ("x-odd", "\u00e9\u00fc"), ("grpc-unknown", "1"), ("x-bin", "!!!"),
    ("x-bin", "AP8Q,AP8Q=="), ("grpc-accept-encoding", ", foo ,,gzip"), ("user-agent", "grpc-go/1.33"),
    ("grpc-tags-bin", ""), ("grpc-encoding", "identity"), ("grpc-encoding", "snappy"), ("cookie", "a=b"),
])
def test_odd_but_legal_metadata_is_ignored(peer, name, value):  # noqa: F811
    peer.send(peer.headers(1, [*peer.call_headers(REGISTER), (name, value)]), message(1, REGISTRATION, end=True))
    assert_ok(peer.settled(1))


def test_a_header_list_beyond_8_kib_is_http_431(peer):  # noqa: F811
    many = [(f"x-{i}", "v" * 100) for i in range(70)]
    peer.send(peer.headers(1, peer.call_headers(REGISTER) + many), message(1, REGISTRATION, end=True))
    assert peer.settled(1).http == "431"
    registered(peer, 3)


def test_a_header_list_beyond_16_kib_is_reset_and_the_compression_stays_in_step(peer):  # noqa: F811
    many = [(f"x-{i}", "v" * 200) for i in range(80)]
    peer.send(peer.headers(1, peer.call_headers(REGISTER) + many))
    assert peer.settled(1).reset == ENHANCE_YOUR_CALM
    registered(peer, 3)


def test_a_compression_bomb_is_reset(peer):  # noqa: F811
    block = peer.block(peer.call_headers(REGISTER)) + peer.block([("x-bomb", "b" * 3500)]) + b"\xbe" * 12000
    peer.send(frame(HEADERS, END_HEADERS, 1, block))
    assert peer.settled(1).reset == ENHANCE_YOUR_CALM
    registered(peer, 3)


def test_trailers_of_a_request_are_a_half_close(peer):  # noqa: F811
    peer.send(peer.call(1, REGISTER), message(1, REGISTRATION), peer.headers(1, [("grpc-status", "13")], end=True))
    assert_ok(peer.settled(1))


# ---- messages


@pytest.mark.parametrize("path, code", [(REGISTER, UNIMPLEMENTED), (REPORT, OK)])
@pytest.mark.parametrize("how", ["in HEADERS", "in an empty DATA"])
def test_no_message_at_all(peer, path, code, how):  # noqa: F811
    if how == "in HEADERS":
        peer.send(peer.call(1, path, end=True))
    else:
        peer.send(peer.call(1, path), data(1, end=True))
    response = peer.settled(1)
    if code:
        assert_trailers_only(response, code)
    else:
        assert_ok(response)


def test_two_messages_for_a_unary_method_are_unimplemented(peer):  # noqa: F811
    peer.send(peer.call(1, REGISTER), message(1, REGISTRATION), message(1, REGISTRATION, end=True))
    assert_trailers_only(peer.settled(1), UNIMPLEMENTED)


def test_a_unary_call_that_is_never_half_closed_is_answered_all_the_same(peer):  # noqa: F811
    peer.send(peer.call(1, REGISTER), message(1, REGISTRATION))
    response = peer.settled(1)
    assert_ok(response)
    assert response.reset == NO_ERROR


def bytewise(stream, body):
    return [data(stream, bytes([byte])) for byte in body] + [data(stream, end=True)]


def with_empty_frames(stream, body):
    return [data(stream), data(stream, body[:3]), data(stream), data(stream, body[3:]), data(stream, end=True)]


def with_padding(stream, body):
    return [data(stream, b"\x10" + body[:7] + bytes(16), flags=0x8), data(stream, b"\0" + body[7:], flags=0x8, end=True)]


@pytest.mark.parametrize("cut", [bytewise, with_empty_frames, with_padding])
@pytest.mark.parametrize("path, body", [(REGISTER, grpc_frame(REGISTRATION)), (REPORT, grpc_frame(STATUS) * 5)])
def test_messages_have_nothing_to_do_with_frames(peer, cut, path, body):  # noqa: F811
    peer.send(peer.call(1, path), *cut(1, body))
    assert_ok(peer.settled(1))


def test_an_empty_message_is_one_and_is_judged_as_one(peer):  # noqa: F811
    peer.send(peer.call(1, REGISTER), message(1, b"", end=True))
    response = peer.settled(1)
    assert_trailers_only(response, INVALID_ARGUMENT)
    assert "serviceIdentifier" in response.message


@pytest.mark.parametrize("path", [REGISTER, REPORT])
@pytest.mark.parametrize("length", [65537, 1 << 24, 0xFFFFFFFF])
def test_a_message_too_large_is_refused_as_soon_as_it_is_announced(peer, path, length):  # noqa: F811
    peer.send(peer.call(1, path), data(1, b"\0" + length.to_bytes(4, "big")))
    response = peer.settled(1)
    assert_trailers_only(response, RESOURCE_EXHAUSTED)
    assert f"{length} vs. 65536" in response.message and response.reset == NO_ERROR
    registered(peer, 3)


def test_a_message_of_exactly_the_limit_is_taken(peer):  # noqa: F811
    padding = chunk(99, bytes(65536 - len(REGISTRATION) - 5))
    body = REGISTRATION + padding
    assert len(body) == 65536
    whole = grpc_frame(body)
    peer.send(peer.call(1, REGISTER))
    for at in range(0, len(whole), 16000):
        peer.push(1, whole[at:at + 16000], end=at + 16000 >= len(whole))
    assert_ok(peer.settled(1))


@pytest.mark.parametrize("body", [b"\0", b"\0\0\0", b"\0\0\0\0\x05", b"\0\0\0\0\x05abc"])
@pytest.mark.parametrize("path", [REGISTER, REPORT])
def test_an_end_inside_a_message_is_internal(peer, path, body):  # noqa: F811
    peer.send(peer.call(1, path), data(1, body, end=True))
    assert_trailers_only(peer.settled(1), INTERNAL)


@pytest.mark.parametrize("flag", [2, 0x80, 0xFF])
def test_an_unknown_flag_is_internal(peer, flag):  # noqa: F811
    peer.send(peer.call(1, REPORT), message(1, STATUS, compressed=flag))
    response = peer.settled(1)
    assert_trailers_only(response, INTERNAL)
    assert f"payload format {flag}" in response.message


@pytest.mark.parametrize("more", [{}, {"grpc_encoding": "identity"}])
def test_a_compressed_message_without_an_encoding_is_internal(peer, more):  # noqa: F811
    peer.send(peer.call(1, REPORT, **more), message(1, STATUS, compressed=1))
    assert_trailers_only(peer.settled(1), INTERNAL)


@pytest.mark.parametrize("encoding", ["deflate", "snappy", "foo"])
def test_an_unsupported_encoding_is_unimplemented_and_is_told_what_is_supported(peer, encoding):  # noqa: F811
    peer.send(peer.call(1, REPORT, grpc_encoding=encoding), message(1, STATUS, compressed=1))
    response = peer.settled(1)
    assert_trailers_only(response, UNIMPLEMENTED)
    accepted = response.blocks[0]["grpc-accept-encoding"].split(",")
    assert "identity" in accepted and "gzip" in accepted and encoding not in accepted


@pytest.mark.parametrize("body, flag", [(gzip.compress(REGISTRATION, mtime=0), 1), (REGISTRATION, 0)])
def test_gzip_is_understood_and_optional_for_each_message(peer, body, flag):  # noqa: F811
    peer.send(peer.call(1, REGISTER, grpc_encoding="gzip"), message(1, body, end=True, compressed=flag))
    assert_ok(peer.settled(1))


@pytest.mark.parametrize("body, code", [
    (b"garbage", INTERNAL), (gzip.compress(STATUS, mtime=0)[:-3], INTERNAL), (gzip.compress(STATUS, mtime=0) + b"x", INTERNAL),
    (gzip.compress(bytes(65537), mtime=0), RESOURCE_EXHAUSTED), (gzip.compress(bytes(10_000_000), mtime=0), RESOURCE_EXHAUSTED),
    (b"", INVALID_ARGUMENT),
], ids=["garbage", "cut short", "with a tail", "one byte too many", "bomb", "empty"])
def test_gzip_that_is_not_fit(peer, body, code):  # noqa: F811
    peer.send(peer.call(1, REPORT, grpc_encoding="gzip"), message(1, body, compressed=1))
    assert_trailers_only(peer.settled(1), code)
    registered(peer, 3)


@pytest.mark.parametrize("body", [
    b"\x0a", b"\x0a\x7f", b"\x0f", b"\x0e", b"\x02\x00", b"\x0c", b"\x0a\x02\xff\xfe", b"\x0a\x03a\0b",
    b"\x0a\x02a\n", b"\x08\x05", b"\x18" + b"\xff" * 11, chunk(1, SERVICE) + number(3, 3600) + b"\x0b",
], ids=["cut tag", "cut text", "wire type 7", "wire type 6", "field 0", "end of a group", "not UTF-8", "a NUL",
        "a line feed", "another wire type", "a varint of 11 bytes", "an open group"])
@pytest.mark.parametrize("path", [REGISTER, REPORT])
def test_what_cannot_be_decoded_is_an_invalid_argument(peer, path, body):  # noqa: F811
    peer.send(peer.call(1, path), message(1, body, end=True))
    assert_trailers_only(peer.settled(1), INVALID_ARGUMENT)
    registered(peer, 3)


def test_unknown_fields_are_skipped_and_the_last_of_a_field_wins(peer):  # noqa: F811
    body = chunk(1, "nothing") + number(77, 5) + chunk(1, SERVICE) + chunk(78, b"x" * 40) + number(3, 3600)
    peer.send(peer.call(1, REGISTER), message(1, body, end=True))
    assert_ok(peer.settled(1))


def test_an_early_error_leaves_the_rest_of_the_stream_and_the_connection_in_order(peer):  # noqa: F811
    peer.send(peer.call(1, REPORT), message(1, chunk(1, "nobody")))
    response = peer.settled(1)
    assert_trailers_only(response, NOT_FOUND)
    assert response.reset == NO_ERROR
    for _ in range(100):
        peer.push(1, bytes(16000), ignored=True)  # more than the connection's window, were it not given back
    registered(peer, 3)


def test_a_call_that_is_reset_hears_nothing_more(peer):  # noqa: F811
    peer.send(peer.call(1, REPORT), message(1, STATUS), frame(3, 0, 1, CANCEL.to_bytes(4, "big")))
    assert peer.barrier() and 1 not in peer.responses
    registered(peer, 3)


def test_second_generation_bodies_are_served(peer):  # noqa: F811
    body = chunk(1, "second") + chunk(2, "ok") + chunk(2, "nok") + number(3, 60)
    peer.send(peer.call(1, REGISTER), message(1, body, end=True))
    assert_ok(peer.settled(1))
    assert first_generation().Empty().SerializeToString() == b""


def test_a_second_headers_frame_without_an_end_is_a_protocol_error(peer):  # noqa: F811
    peer.send(peer.call(1, REPORT), peer.headers(1, [("x", "y")]))
    assert peer.settled(1).reset == PROTOCOL_ERROR
