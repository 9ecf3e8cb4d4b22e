# SPDX-License-Identifier: MIT
"""The status page, the JSON, the metrics and the health over HTTP: what the server shows of itself."""

import base64
import hashlib
import http.client
import json
import re
import signal
import socket
from html.parser import HTMLParser
from urllib.parse import quote

import h2.events
import pytest

import database
from agent import Agent
from attempts import Watch, until_in_time
from configuration import Configuration, route, sink
from journal import HANG, TIMEOUT_FACTOR, eventually
from server import Procjon
from slack import BROKEN, GONE, OK, Slack
from wire import Connection

SERVING = re.compile(r"serving http=(\S+)")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
LABEL = re.compile(r'[a-z_]+="((?:[^"\\\n]|\\["\\n])*)"')
SAMPLE = re.compile(rf'([a-z_]+)(?:\{{((?:{LABEL.pattern},?)+)\}})? (\d+(?:\.\d+)?)')
CODES = 17


def serving(procjon):
    """Where, once it does: the gRPC listeners are open before."""
    return procjon.log.wait_until(
        lambda lines: next((match[1] for line in lines if (match := SERVING.search(line))), None), 5, "HTTP is served")


class Web:
    """One keep-alive connection to the server's HTTP side."""

    def __init__(self, procjon):
        self.host, _, self.port = serving(procjon).rpartition(":")
        self.connection = http.client.HTTPConnection(self.host, int(self.port), timeout=HANG * TIMEOUT_FACTOR)

    def get(self, path, method="GET"):
        self.connection.request(method, path)
        answer = self.connection.getresponse()
        answer.body = answer.read().decode()
        return answer

    def json(self, path):
        return json.loads(self.get(path).body)

    def metrics(self):
        """By name and the values of the labels."""
        samples = SAMPLE.finditer(self.get("/metrics").body)
        return {(match[1], *LABEL.findall(match[2] or "")): float(match[4]) for match in samples}


@pytest.fixture
def procjon(start):
    return start("--http=127.0.0.1:0")


@pytest.fixture
def web(procjon):
    web = Web(procjon)
    yield web
    web.connection.close()


def test_a_service_is_shown_as_json_with_its_state(web, agent, slack):
    agent.register("db/1 é", timeout=77)
    fresh = web.json("/api/services/" + quote("db/1 é", safe=""))
    assert (fresh["availability"], fresh["status"], fresh["last_seen"]) == ("unknown", None, None)
    agent.report(("db/1 é", 1))
    slack.wait_updates("db/1 é", 2, 5)
    [shown] = web.json("/api/services")["services"]
    assert (shown["id"], shown["availability"], shown["timeout"]) == ("db/1 é", "available", 77)
    assert (shown["status"]["code"], shown["status"]["text"]) == (1, "nok")
    assert all(TIME.fullmatch(moment) for moment in (shown["since"], shown["last_seen"], shown["status"]["since"]))


def test_a_service_that_is_not_there_is_404_in_json(web):
    answer = web.get("/api/services/nobody")
    assert answer.status == 404 and answer.headers["Content-Type"] == "application/json"
    assert json.loads(answer.body)["value"] == "nobody"
    assert web.get("/somewhere").status == 404


def test_state_is_remembered_across_a_restart(procjon, slack):
    with Agent(procjon.address) as agent:
        agent.register("db")
        agent.report(("db", 1))
        slack.wait_updates("db", 2, 5)
    before = Web(procjon).json("/api/services/db")
    procjon.restart()
    after = Web(procjon).json("/api/services/db")
    assert {"availability": after["availability"], "status": after["status"], "since": after["since"]} == {
        "availability": before["availability"], "status": before["status"], "since": before["since"]}


def test_a_connection_is_kept(web):
    web.get("/healthz")
    sock = web.connection.sock
    assert sock is not None and web.get("/metrics").status == 200 and web.connection.sock is sock


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_refused(web, method):
    answer = web.get("/", method)
    assert answer.status == 405 and answer.headers["Allow"] == "GET, HEAD"


def test_head_has_the_headers_and_no_body(web):
    got, head = web.get("/healthz"), web.get("/healthz", "HEAD")
    assert (head.status, head.body, head.headers["Content-Length"]) == (200, "", str(len(got.body)))


def test_metrics_follow_what_happens(web, agent, slack):
    before = web.metrics()
    agent.register("db")
    agent.report(("db", 0), ("db", 1), ("db", 99))
    slack.wait_updates("db", 2, 5)
    delivered = ("procjon_notices_settled_total", "default", "delivered")
    after = eventually(lambda: (metrics := web.metrics())[delivered] == 2 and metrics, 5, "two notices delivered")

    def grown(*sample):
        return after[sample] - before[sample]

    assert grown("procjon_services", "available") == 1
    assert grown("procjon_services_not_ok") == 1
    assert grown("procjon_reports_total") == 3
    assert grown("procjon_unregistered_codes_total") == 1
    assert grown("procjon_transitions_total", "available") == grown("procjon_transitions_total", "status") == 1
    assert grown("procjon_grpc_calls_total", "OK") == 2
    assert grown("procjon_sink_answers_total", "default", "delivered") >= 1
    assert after["procjon_sink_healthy", "default"] == 1 and after["procjon_notices_waiting", "default"] == 0


def test_metrics_are_well_formed(web):
    answer = web.get("/metrics")
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    known = {}
    for line in answer.body.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name not in known and (kind == "counter") == name.endswith("_total"), line
            known[name] = kind
        elif not line.startswith("# HELP "):
            assert SAMPLE.fullmatch(line) and SAMPLE.match(line)[1] in known, line
    assert sum(line.startswith("procjon_grpc_calls_total{") for line in answer.body.splitlines()) == CODES


def test_health_says_why_it_is_bad_and_recovers(procjon, web, slack):
    assert (web.get("/healthz").status, web.get("/healthz").body) == (200, "ok\n")
    slack.always = BROKEN
    with Agent(procjon.address) as agent:
        agent.register("db")
        agent.report(("db", 0))
    bad = eventually(lambda: (answer := web.get("/healthz")).status == 503 and answer, 10, "not healthy")
    assert "the sink default answers that it is busy" in bad.body
    assert "the sink default answers that it is busy" in web.get("/").body
    slack.always = OK
    eventually(lambda: web.get("/healthz").status == 200, 20, "healthy again")


def test_each_sink_has_its_own_health_and_its_own_numbers(start, slack, tmp_path):
    with Slack() as team:
        team.always = GONE
        configuration = Configuration(tmp_path)
        configuration.write(sinks=[sink("team", team)], routes=[route("db", "team")])
        procjon = start("--http=127.0.0.1:0", configuration.option)
        web = Web(procjon)
        with Agent(procjon.address) as agent:
            agent.register_all(["db", "web"])
            agent.report(("db", 0), ("web", 0))
        slack.wait_line("web is available", 5)
        bad = eventually(lambda: (answer := web.get("/healthz")).status == 503 and answer, 10, "not healthy")
        assert bad.body == "the sink team takes no messages any more: it must be repaired\n"
        # The message is in the channel before its row is off the disk, and only then it no longer waits.
        metrics = eventually(lambda: (now := web.metrics())["procjon_notices_waiting", "default"] == 0 and now, 5, "told")
        assert [metrics["procjon_sink_healthy", name] for name in ("default", "team")] == [1, 0]
        assert metrics["procjon_notices_waiting", "team"] == 1
        assert metrics["procjon_sink_answers_total", "team", "disabled"] == 1
        web.connection.close()
        procjon.stop()


def test_a_refused_reload_is_a_metric_until_one_is_taken(start, tmp_path):
    configuration = Configuration(tmp_path)
    configuration.write()
    procjon = start("--http=127.0.0.1:0", configuration.option)
    web = Web(procjon)

    def reloads():
        metrics = web.metrics()
        return (metrics["procjon_reloads_total", "taken"], metrics["procjon_reloads_total", "refused"],
                metrics["procjon_configuration_stale",])

    assert reloads() == (0, 0, 0)
    configuration.damage()
    procjon.reload()
    eventually(lambda: reloads() == (0, 1, 1), 5, "a refusal that is counted")
    configuration.write()
    procjon.reload()
    eventually(lambda: reloads() == (1, 1, 0), 5, "a reload that is counted")
    web.connection.close()
    procjon.stop()


def test_health_says_that_the_server_drains(procjon):
    def attempt(number):
        if number > 0:
            procjon.ended()
            procjon.start()
        web = Web(procjon)
        assert web.get("/healthz").status == 200
        with Connection(procjon.address) as connection:  # which answers no PING, and is given a second
            watch = Watch()
            procjon.signal(signal.SIGTERM)
            connection.wait(h2.events.ConnectionTerminated)
            try:
                answer = web.get("/healthz")
            except (http.client.HTTPException, OSError):
                answer = None
            watch.insist(0.8)
            assert answer and (answer.status, answer.body) == (503, "the server is stopping\n")

    until_in_time(attempt)
    procjon.ended()


class Page(HTMLParser):
    """What a browser makes of the page: its elements, its text, and the cells of its table."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.rows, self.words, self.style = [], [], [], ""
        self._open = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self._open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data):
        if "style" in self._open:
            self.style += data
        elif {"td", "th"} & set(self._open):
            self.rows[-1][-1] += data
        else:
            self.words.append(data)


def test_the_page_has_what_is_bad_on_top_and_nothing_unescaped(procjon, web, agent, slack):
    hostile = "<img src=x onerror=alert(1)>\"'&"
    agent.register("aaa")
    agent.register("zzz " + hostile, ("ok", "<script>alert(2)</script>"))
    agent.register("gone")
    agent.report(("aaa", 0), ("zzz " + hostile, 1), ("gone", 0))
    eventually(lambda: database.owed(procjon.database) == 0, 10, "what is told next is not merged with this")
    agent.register("gone", timeout=1)  # not earlier: a first report may be late
    slack.wait_line("Agent gone is not available: no status for 1 s.", 10)
    answer = web.get("/")
    page = Page(answer.body)
    assert "2 of 3 services need attention" in " ".join(page.words)
    assert [row[1] for row in page.rows[1:]] == ["gone", "zzz " + hostile, "aaa"]
    assert [row[0] for row in page.rows[1:]] == ["✕not available", "!not ok", "✓ok"]
    assert page.rows[2][2] == "<script>alert(2)</script> code 1"
    assert not {"script", "img"} & {tag for tag, _ in page.tags}


def test_the_page_needs_nothing_else_and_allows_nothing_else(web):
    answer = web.get("/")
    page = Page(answer.body)
    digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
    policy = answer.headers["Content-Security-Policy"]
    assert f"style-src 'sha256-{digest}'" in policy and "default-src 'none'" in policy
    links = [attributes[name] for _, attributes in page.tags for name in ("src", "href") if name in attributes]
    assert [link for link in links if not link.startswith(("data:", "/"))] == []
    assert not [attributes for _, attributes in page.tags if "style" in attributes]
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_search_shows_what_it_was_asked_for(web, agent):
    for service in ("mail-1", "Mail-2", "db"):
        agent.register(service)
    page = Page(web.get("/?q=mail").body)
    assert [row[1] for row in page.rows[1:]] == ["Mail-2", "mail-1"]
    assert Page(web.get("/?q=nothing%20such").body).rows == []


def test_a_port_in_use_refuses_the_start_and_is_named(procjon, web, tmp_path):
    status, said = Procjon(tmp_path / "other", options=[f"--http=127.0.0.1:{web.port}"]).refused()
    assert status == 1 and f"127.0.0.1:{web.port}" in said and "Address already in use" in said


def test_beyond_loopback_it_is_served_only_if_told_so(start, tmp_path):
    status, said = Procjon(tmp_path / "other", options=["--http=0.0.0.0:0"]).refused()
    assert status == 1 and "0.0.0.0:0" in said and "--insecure" in said
    procjon = start("--http=0.0.0.0:0", "--insecure")
    assert Web(procjon).get("/healthz").status == 200


def test_without_an_address_nothing_is_served(start):
    procjon = start("--http=")
    procjon.stop()
    assert not any(SERVING.search(line) for line in procjon.log)


def test_over_a_unix_socket(start, tmp_path):
    path = tmp_path / "http"
    procjon = start(f"--http=unix:{path}")
    assert serving(procjon) == f"unix:{path}"
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(HANG * TIMEOUT_FACTOR)
        sock.connect(str(path))
        sock.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: sock.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 200") and answer.endswith(b"ok\n")
    procjon.stop()
    assert not path.exists()


def test_a_client_that_reads_nothing_hurts_nobody(procjon, web, agent):
    agent.register_all([f"unit {number:04}" for number in range(500)])
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.connect((web.host, int(web.port)))
        sock.sendall(b"GET /api/services HTTP/1.1\r\nHost: localhost\r\n\r\n" * 20)
        assert len(web.json("/api/services")["services"]) == 500
        agent.register("db")
