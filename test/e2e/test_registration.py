# SPDX-License-Identifier: MIT
"""Registrations: what the server accepts, what it refuses, and with which error."""

import grpc
import pytest

import database
import proto
from wire import chunk, number

MAX_TIMEOUT = 31_536_000
STATUS_COUNT_MAX = 256
TEXT_MAX = 256


def service(identifier=b"db", statuses=(), timeout=1):
    return chunk(1, identifier) + b"".join(statuses) + number(3, timeout)


def entry(text, code=0):
    return chunk(2, number(1, code) + chunk(2, text))


def name(text):
    return chunk(2, text)


# What is wrong, the message, and what the answer must name: field, value, limit.
REFUSED = {
    "no identifier": (service(b""), ["serviceIdentifier", "empty", "256"]),
    "an identifier too long": (service(b"x" * 257), ["serviceIdentifier", "257", "256"]),
    "an identifier with a newline": (service(b"a\nb"), ["serviceIdentifier", "control"]),
    "an identifier with a NUL": (service(b"a\0b"), ["serviceIdentifier", "control"]),
    "an identifier that is not UTF-8": (service(b"\xff\xfe"), ["serviceIdentifier", "UTF-8"]),
    "an overlong encoding": (service(b"a\xc0\xafb"), ["serviceIdentifier", "UTF-8"]),
    "too many statuses": (service(statuses=[entry("ok", code) for code in range(STATUS_COUNT_MAX + 1)]),
                          ["statuses", "257", "256"]),
    "an empty text": (service(statuses=[entry("")]), ["statuses", "empty", "256"]),
    "an empty map entry": (service(statuses=[chunk(2, b"")]), ["statuses", "empty", "256"]),
    "a text too long": (service(statuses=[entry("x" * 257)]), ["statuses", "257", "256"]),
    "a text of 5000 bytes": (service(statuses=[entry("x" * 5000)]), ["statuses", "5000", "256"]),
    "a text that is not UTF-8": (service(statuses=[entry(b"\xc3(")]), ["statuses", "UTF-8"]),
    "a text with an escape character": (service(statuses=[entry("\x1b[31m")]), ["statuses", "control"]),
    "no timeout": (service(timeout=0), ["timeout", "0", str(MAX_TIMEOUT)]),
    "a negative timeout": (service(timeout=-1), ["timeout", "-1", str(MAX_TIMEOUT)]),
    "a timeout over a year": (service(timeout=MAX_TIMEOUT + 1), ["timeout", str(MAX_TIMEOUT + 1), str(MAX_TIMEOUT)]),
    "a timeout that only uint32 has": (service(timeout=2**31), ["timeout 2147483648 ", str(MAX_TIMEOUT)]),
    "both generations in one": (service(statuses=[entry("ok"), name("nok")]), ["statuses"]),
    "a truncated message": (b"\x0a\xff", []),
    "a wrong wire type": (number(1, 7) + number(3, 1), []),
}


@pytest.mark.parametrize("message, named", REFUSED.values(), ids=REFUSED)
def test_a_bad_registration_is_refused_by_name_and_not_stored(agent, procjon, message, named):
    with pytest.raises(grpc.RpcError) as refusal:
        agent.register_call(message)
    assert refusal.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    for word in named:
        assert word in refusal.value.details()
    assert database.services(procjon.database) == {}


ACCEPTED = {
    "the longest identifier": (service(b"x" * 256), "x" * 256),
    "an identifier beyond ASCII": (service("Bücherei 📚".encode()), "Bücherei 📚"),
    "the most statuses": (service(statuses=[entry("x" * TEXT_MAX, c) for c in range(STATUS_COUNT_MAX - 20)]), "db"),
    "no statuses at all": (service(), "db"),
    "the shortest timeout": (service(timeout=1), "db"),
    "the longest timeout": (service(timeout=MAX_TIMEOUT), "db"),
    "fields nobody knows yet": (service() + chunk(77, "later") + number(78, 5), "db"),
}


@pytest.mark.parametrize("message, identifier", ACCEPTED.values(), ids=ACCEPTED)
def test_what_is_within_the_limits_is_stored(agent, procjon, message, identifier):
    agent.register_call(message)
    assert list(database.services(procjon.database)) == [identifier]


def test_a_message_over_64_kib_is_refused(agent, procjon):
    with pytest.raises(grpc.RpcError) as refusal:
        agent.register_call(service() + chunk(9, bytes(64 * 1024)))
    assert refusal.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert database.services(procjon.database) == {}
    agent.register("db")  # the connection is none the worse for it


def test_a_status_of_a_service_never_registered_is_not_found(agent):
    stream = agent.stream()
    stream.send("nobody")
    refusal = stream.error()
    assert refusal.code() is grpc.StatusCode.NOT_FOUND and "nobody" in refusal.details()


def test_an_undecodable_status_is_an_invalid_argument(agent):
    send = agent.channel.stream_unary("/Procjon/SendServiceStatus", bytes, bytes)
    with pytest.raises(grpc.RpcError) as refusal:
        send(iter([b"\x0a\xff"]))
    assert refusal.value.code() is grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize("path", ["/Procjon/Nothing", "/Other/RegisterService", "/procjon.Procjon/RegisterService"])
def test_an_unknown_method_is_unimplemented(agent, path):
    with pytest.raises(grpc.RpcError) as refusal:
        agent.channel.unary_unary(path, bytes, bytes)(b"")
    assert refusal.value.code() is grpc.StatusCode.UNIMPLEMENTED


@pytest.mark.parametrize("messages", [[], [service(), service()]], ids=["none", "two"])
def test_a_registration_is_exactly_one_message(agent, messages):
    call = agent.channel.stream_unary("/Procjon/RegisterService", bytes, bytes)
    with pytest.raises(grpc.RpcError) as refusal:
        call(iter(messages))
    assert refusal.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_a_stream_without_a_status_is_ok(agent):
    agent.stream().finish()


def test_compressed_requests_are_understood(connect, history):
    agent = connect(compression=grpc.Compression.Gzip)
    agent.register("db", ["ok" * 100, "nok" * 50])
    agent.report(("db", 1))
    assert history.of("db") == ["available", "status " + "nok" * 50]


def test_a_text_full_of_markup_is_shown_literally_and_pings_nobody(agent, slack):
    identifier, text = "<!channel> & co", "<@U1> &amp; <http://x|y>"
    agent.register(identifier, {1: text})
    agent.report((identifier, 1))
    slack.wait_line("changed its status", 10)  # the stand-in refuses what is not escaped
    assert slack.lines() == [f"Agent {identifier} is available.", f"Service {identifier} changed its status to: {text}"]


def test_both_generations_share_one_connection(agent, history):
    second = proto.registration(proto.second_generation(), "old", ["ok", "nok"], 3600)
    agent.register_call(second.SerializeToString())
    agent.register("new", {0: "ok", 5: "five"})
    agent.report(("old", 1), ("new", 5))
    assert history.of("old") == ["available", "status nok"]
    assert history.of("new") == ["available", "status five"]
