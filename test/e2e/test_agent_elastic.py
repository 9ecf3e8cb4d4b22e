# SPDX-License-Identifier: MIT
"""procjonelastic with a cluster that answers, hangs, refuses, sends invalid answers and ends."""

import base64
import fcntl
import os
import ssl
import termios

import pytest

import database
import programs
from elastic import HANG, HANG_UP, PRODUCTS, Answer, Cluster, health, refusal
from journal import eventually
from pki import Authority
from programs import AGENTS, Program, options

REASON = "health is not known reason='"
# A cluster has three quarters of a period to answer in; the one of a test needs less than that on any machine.
PERIOD = 2  # seconds
TIMEOUT = 7  # seconds; in which three periods have room


@pytest.fixture
def cluster():
    with Cluster() as cluster:
        yield cluster


@pytest.fixture
def ask(procjon):
    """Starts an agent."""
    agents = []

    def ask(url, *more, **environment):
        agents.append(Program(AGENTS / "procjonelastic", *options(procjon.address, "es"), "--period", PERIOD,
                              "--host", url, *more, **environment))
        return agents[-1]

    yield ask
    for agent in agents:
        with agent:
            assert agent.end() == 0, list(agent.log)


def wait_status(history, happening, within=30):
    def found():
        known = database.history(history.procjon.database, "es")
        return known[-1:] == [happening] and known

    return eventually(found, within, happening)


# ---- the health


@pytest.mark.parametrize("product", PRODUCTS)
def test_each_product_goes_from_green_to_yellow_to_red_and_back(cluster, ask, history, slack, product):
    cluster.answer = health("green", product)
    agent = ask(cluster.url)
    assert history.wait("es", 1, 30) == ["available"]
    for status in ("yellow", "red", "green"):
        cluster.answer = health(status, product)
        wait_status(history, f"status {status}")
    assert history.of("es") == ["available", "status yellow", "status red", "status green"]
    slack.wait_line("Service es changed its status to: red", 30)
    assert {path for path, _ in cluster.requests} == {"/_cluster/health"}
    assert agent.count("warning") == 0


def test_whatever_is_no_health_is_unknown_and_its_reason_is_logged_once(cluster, ask, history):
    agent = ask(cluster.url)
    assert history.wait("es", 1, 30) == ["available"]
    for answer, reason in [
        (health("green", timed_out=True), "the cluster timed out'"),
        (refusal(403, "security_exception"), "HTTP status 403: security_exception'"),
        (refusal(429, "circuit_breaking_exception"), "HTTP status 429: circuit_breaking_exception'"),
        (refusal(503, "master_not_discovered_exception"), "HTTP status 503: master_not_discovered_exception'"),
        (Answer(302, "", {"Location": "/elsewhere"}), "HTTP status 302'"),
        (Answer(200, "<html>welcome</html>"), "the reply is not JSON'"),
        (Answer(200, health("green").body + " " * 20000), "the reply is too long'"),
        (HANG_UP, "Server returned nothing (no headers, no data)'"),
    ]:
        cluster.answer = answer
        agent.says(REASON + reason)
    cluster.requests.wait_count(len(cluster.requests) + 2, 30)  # the second is sent when the first was judged
    assert agent.count(REASON) == 8
    assert history.of("es") == ["available", "status unknown"]
    cluster.answer = health("green")
    wait_status(history, "status green")
    agent.says_times("health changed status=green", 2)
    assert {path for path, _ in cluster.requests} == {"/_cluster/health"}


def test_a_cluster_that_hangs_is_unknown_and_the_heartbeat_goes_on(cluster, ask, history):
    agent = ask(cluster.url, "--timeout", TIMEOUT)
    assert history.wait("es", 1, 30) == ["available"]
    cluster.answer = HANG
    wait_status(history, "status unknown")
    asked = len(cluster.requests)
    cluster.requests.wait_count(asked + TIMEOUT // PERIOD + 2, 60)  # one each period: longer than the timeout
    assert history.of("es") == ["available", "status unknown"]
    agent.says(REASON + "Timeout was reached")
    assert agent.count(REASON + "Timeout was reached") == 1


def test_a_cluster_that_goes_away_is_unknown_until_it_is_back(ask, history):
    with Cluster() as cluster:
        agent = ask(cluster.url)
        assert history.wait("es", 1, 30) == ["available"]
    agent.says(REASON + "Couldn't connect to server")
    wait_status(history, "status unknown")
    with Cluster(cluster.port):
        wait_status(history, "status green")
    assert history.of("es")[:3] == ["available", "status unknown", "status green"]


def test_every_change_of_the_reason_is_logged(cluster, ask):
    agent = ask(cluster.url)
    for status in (401, 503, 401):
        said = agent.count(REASON)
        cluster.answer = Answer(status)
        agent.log.wait_until(lambda lines: sum(REASON in line for line in lines) > said, 30, "another reason")
        agent.says(f"HTTP status {status}")
    assert agent.count(REASON) == 3


def test_the_cluster_is_on_this_host_unless_it_is_named(procjon):
    with Program(AGENTS / "procjonelastic", *options(procjon.address, "es")) as agent:
        agent.log.wait_until(lambda lines: any("localhost port 9200" in line for line in lines), 30)
        assert agent.end() == 0


def test_a_cluster_behind_a_proxy_is_asked_below_its_path(cluster, ask, history):
    ask(cluster.url + "/es/")
    history.wait("es", 1, 30)
    assert next(iter(cluster.requests))[0] == "/es/_cluster/health"


# ---- credentials


def authorization(cluster):
    return cluster.requests.wait_count(1, 30)[0][1].get("Authorization")


def basic(text):
    return "Basic " + base64.b64encode(text.encode()).decode()


def test_nobody_asks_without_credentials(cluster, ask):
    ask(cluster.url)
    assert authorization(cluster) is None


def test_a_password_comes_from_a_file(cluster, ask, tmp_path):
    (tmp_path / "password").write_text("sesame: open\n")
    agent = ask(cluster.url, "--host-user=watch", "--host-password-file", tmp_path / "password")
    assert authorization(cluster) == basic("watch:sesame: open")
    assert agent.count("sesame") == 0 and agent.count("not encrypted") == 0


def test_a_password_comes_from_a_pipe_in_parts(cluster, ask, tmp_path):
    os.mkfifo(tmp_path / "password")
    ask(cluster.url, "--host-user=watch", "--host-password-file", tmp_path / "password")
    with open(tmp_path / "password", "wb", buffering=0) as pipe:
        pipe.write(b"ses")
        eventually(lambda: fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)) == bytes(4), 30, "a reader of the first part")
        pipe.write(b"ame\n")
    assert authorization(cluster) == basic("watch:sesame")


def test_a_password_comes_from_the_environment(cluster, ask):
    ask(cluster.url, PROCJON_HOST_USER="watch", PROCJON_HOST_PASSWORD="sesame")
    assert authorization(cluster) == basic("watch:sesame")


def test_an_api_key_comes_from_a_file_and_before_the_environment(cluster, ask, tmp_path):
    (tmp_path / "key").write_text("a2V5\n")
    ask(cluster.url, "--host-api-key-file", tmp_path / "key", PROCJON_HOST_API_KEY="other")
    assert authorization(cluster) == "ApiKey a2V5"


def test_tls_is_verified_against_the_ca_that_was_given(ask, history, tmp_path):
    ours = Authority(tmp_path / "ours")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*ours.server)
    with Cluster(tls=context) as cluster:
        ask(cluster.url, "--host-ca", ours.root_cert)
        assert history.wait("es", 1, 30) == ["available"]


def test_a_certificate_of_somebody_else_is_no_health(ask, history, tmp_path):
    ours, theirs = Authority(tmp_path / "ours"), Authority(tmp_path / "theirs")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*theirs.server)
    with Cluster(tls=context) as cluster:
        agent = ask(cluster.url, "--host-ca", ours.root_cert)
        assert history.wait("es", 2, 30) == ["available", "status unknown"]
        agent.says(REASON + "SSL peer certificate")
        assert len(cluster.requests) == 0


# ---- the command line


@pytest.mark.parametrize("words, environment, said", [
    (["--host", "localhost:9200"], {}, "'localhost:9200' is not an http or https URL"),
    (["--host", "ftp://localhost"], {}, "'ftp://localhost' is not an http or https URL"),
    (["--host", "http://me:secret@localhost"], {}, "a URL with a user in it"),
    (["--host", "http://localhost/?q"], {}, "has a query or a fragment"),
    (["--host-user", "a:b"], {}, "'a:b' is not a user name"),
    (["--host-user", "me"], {}, "--host-user without --host-password-file"),
    ([], {"PROCJON_HOST_PASSWORD": "secret"}, "a password without --host-user"),
    (["--host-user", "me"], {"PROCJON_HOST_PASSWORD": "secret", "PROCJON_HOST_API_KEY": "secret"},
     "both a password and an API key"),
    (["operand"], {}, "unexpected argument 'operand'"),
])
def test_a_mistake_is_named_without_the_secret_and_ends_with_2(words, environment, said):
    result = programs.run("procjonelastic", *words, **environment)
    assert result.returncode == 2 and said in result.stderr and "secret" not in result.stderr


@pytest.mark.parametrize("content, said", [
    (None, "No such file"), ("", "empty"), ("\n", "empty"), ("a\tb", "control characters"), ("x" * 5000, "too long"),
])
def test_a_secret_that_cannot_be_used_ends_with_1(tmp_path, content, said):
    file = tmp_path / "secret"
    if content is not None:
        file.write_text(content)
    result = programs.run("procjonelastic", "--host-api-key-file", file)
    assert result.returncode == 1 and said in result.stderr and str(file) in result.stderr
