# SPDX-License-Identifier: MIT
"""A Slack that answers what it likes: only `ok` is a delivery, and the webhook is in no log."""

import os
import ssl
from threading import Event

import pytest

import database
import pki
from agent import Agent
from configuration import Configuration, route
from journal import eventually
from liar import Liar, chunked, reply
from slack import Slack

OK = reply()


def tell(procjon, *services):
    with Agent(procjon.address) as agent:
        agent.register_all(services)
        agent.report(*((service, 0) for service in services))


def wait_delivered(procjon, count):
    query = "SELECT count(*) FROM event WHERE outcome = 'delivered'"
    eventually(lambda: database.rows(procjon.database, query) == [(count,)], 15, f"{count} events delivered")


def byte_by_byte(write):
    for byte in OK:
        write(bytes([byte]))
    return True


def closing(answer):
    def write_all(write):
        write(answer)
        return False

    return write_all


@pytest.mark.parametrize("answer", [
    byte_by_byte, chunked(b"o", b"k"), b"HTTP/1.1 100 Continue\r\n\r\n" + OK, b"HTTP/1.1 103 Early Hints\r\n\r\n" + OK,
    closing(b"HTTP/1.0 200 OK\r\n\r\nok"),
], ids=["byte by byte", "chunked", "100", "103", "until the end"])
def test_ok_is_ok_however_it_comes(start, answer):
    with Liar(answer) as liar:
        procjon = start(slack=liar)
        tell(procjon, "db")
        wait_delivered(procjon, 1)
        assert len(liar.requests) == 1
        procjon.stop()


@pytest.mark.parametrize("answer", [
    *(reply(body) for body in (b"ok ", b"OK", b"ok\n", b"", b"<html>ok</html>", b"\xef\xbb\xbfok", b"ok\0no_service")),
    reply(status=201), reply(b"", 202), closing(b"ok"), closing(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nok"),
    closing(reply(b"ok", X="x" * 1_000_000)),
], ids=["space", "capitals", "line", "nothing", "html", "BOM", "NUL", "201", "202", "no header", "cut", "huge header"])
def test_what_is_not_ok_is_no_delivery(start, answer):
    with Liar(answer) as liar:
        procjon = start(slack=liar)
        tell(procjon, "db")
        wait_delivered(procjon, 1)
        first, second = liar.requests
        assert b"event 1" in first.body and b"event 1" in second.body and second.at - first.at >= 0.45
        procjon.stop()


def test_an_answer_to_nothing_is_not_the_next_ones(start):
    taken, spoilt = Event(), Event()

    def twice(write):
        write(OK)
        taken.wait()
        write(OK)
        spoilt.set()
        return True

    with Liar(twice, reply(b"rollup_error", 500)) as liar:
        procjon = start(slack=liar)
        tell(procjon, "db1")
        wait_delivered(procjon, 1)
        taken.set()
        spoilt.wait()
        tell(procjon, "db2")
        wait_delivered(procjon, 2)
        assert [b"db2" in request.body for request in liar.requests] == [False, True, True]
        procjon.stop()


@pytest.mark.parametrize("status", [302, 400, 404, 500])
def test_an_answer_that_repeats_the_webhook_is_shown_without_it(start, slack, tmp_path, status):
    with Liar() as liar:
        page = f"cannot POST {liar.path}, see {liar.webhook}".encode()
        liar.script += [reply(page, status, Location=liar.webhook + "/elsewhere")] * 2
        configuration = Configuration(tmp_path)
        configuration.write(sinks=[{"name": "team", "kind": "slack", "url": liar.webhook}], routes=[route("*", "team")],
                            fallback="default")
        procjon = start(configuration.option, "--loglevel=debug")
        tell(procjon, "db")
        procjon.log.wait_until(lambda lines: any(f"status {status}: cannot POST" in line for line in lines), 10)
        if status in (302, 404):
            slack.wait_line("^sink team: takes no messages .*cannot POST", 5)
        procjon.stop()
        said = [*procjon.log, *slack.lines()]
        assert not any("SECRET" in line for line in said), said
        assert {request.path for request in liar.requests} == {liar.path}  # and no redirect was followed


def test_a_reload_ends_no_pause_that_slack_asked_for_but_a_new_webhook_does(start, tmp_path):
    secret = tmp_path / "webhook"
    with Liar(reply(b"", 429, Retry_After=4), reply(b"", 429, Retry_After=60)) as liar, Slack() as successor:
        secret.write_text(liar.webhook)
        procjon = start(slack=None, environment={"PROCJON_SLACK_WEBHOOK_FILE": str(secret)})
        tell(procjon, "db")
        liar.requests.wait_count(1, 5)
        procjon.log.wait_until(lambda lines: any("verdict=rate_limited" in line for line in lines), 5)
        for number in range(1, 4):
            procjon.reload()
            procjon.log.wait_until(lambda lines: sum("reloaded" in line for line in lines) == number, 5)
        first, second = liar.requests.wait_count(2, 10)
        assert second.at - first.at >= 3  # whatever the difference between two clocks
        secret.write_text(successor.webhook)
        procjon.reload()
        successor.wait_line("db is available", 5)
        assert len(liar.requests) == 2
        procjon.stop()


def test_a_sink_that_gets_another_name_still_waits(start, tmp_path):
    configuration = Configuration(tmp_path)

    def call_it(name):
        return configuration.write(sinks=[{"name": name, "kind": "slack", "url": liar.webhook}],
                                   routes=[route("*", name)])

    with Liar(reply(b"", 429, Retry_After=4)) as liar:
        procjon = start(call_it("old"))
        tell(procjon, "db1")
        procjon.log.wait_until(lambda lines: any("verdict=rate_limited" in line for line in lines), 5)
        call_it("new")
        procjon.reload()
        procjon.log.wait_until(lambda lines: any("reloaded" in line for line in lines), 5)
        tell(procjon, "db2")
        wait_delivered(procjon, 2)
        first, *others = liar.requests
        assert len(others) == 2 and all(other.at - first.at >= 3 for other in others)
        procjon.stop()


def tls(authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.server)
    return context


@pytest.mark.parametrize("kind", ["slack", "webhook", "alertmanager"])
def test_https_is_spoken_to_whom_the_ca_of_the_sink_vouches_for(start, tmp_path, kind):
    configuration = Configuration(tmp_path)
    wrong, right = pki.Authority(tmp_path / "wrong"), pki.Authority(tmp_path / "right")
    ca = tmp_path / "ca.pem"
    ca.write_bytes(wrong.root_cert.read_bytes())
    with Liar(context=tls(right)) as liar:
        configuration.write(sinks=[{"name": "team", "kind": kind, "url": liar.webhook, "ca-file": str(ca)}],
                            routes=[route("*", "team")])
        procjon = start(configuration.option)
        tell(procjon, "db")
        procjon.log.wait_until(lambda lines: any("sink=team" in line and "certificate" in line for line in lines), 10)
        assert len(liar.requests) == 0
        ca.write_bytes(right.root_cert.read_bytes())
        procjon.reload()
        wait_delivered(procjon, 1)
        tell(procjon, "web")
        wait_delivered(procjon, 2)
        assert [request.connection for request in liar.requests] == [liar.connections] * 2  # it is kept
        procjon.stop()


@pytest.mark.parametrize("damage", ["emptied", "gone", "a pipe", "no URL"])
def test_a_webhook_file_that_is_no_good_keeps_the_old_webhook(start, slack, tmp_path, damage):
    secret = tmp_path / "webhook"
    secret.write_text(slack.webhook)
    procjon = start(slack=None, environment={"PROCJON_SLACK_WEBHOOK_FILE": str(secret)})
    if damage in ("gone", "a pipe"):
        secret.unlink()
    if damage == "a pipe":
        os.mkfifo(secret)
    elif damage != "gone":
        secret.write_text("" if damage == "emptied" else "xoSECRETox")
    procjon.reload()
    blamed = "PROCJON_SLACK_WEBHOOK_FILE" if damage == "no URL" else str(secret)
    procjon.log.wait_until(lambda lines: any("not reloaded" in line and blamed in line for line in lines), 5)
    tell(procjon, "db")
    slack.wait_line("db is available", 5)
    assert not any("SECRET" in line for line in procjon.log)
    procjon.stop()
