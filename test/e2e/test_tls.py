# SPDX-License-Identifier: MIT
"""Mutual TLS: which clients are accepted, which are refused and why, and how certificates are replaced."""

import re
import shutil
import ssl
import threading

import pytest

from agent import Agent
from journal import HANG, TIMEOUT_FACTOR, eventually
from pki import Authority
from server import Procjon
from wire import Connection, connected


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path / "ours")


@pytest.fixture
def stranger(tmp_path):
    return Authority(tmp_path / "theirs")


@pytest.fixture
def client(authority):
    return authority.client()


@pytest.fixture
def procjon(start, authority):
    return start(f"--root-cert={authority.root_cert}", f"--cert={authority.server.cert_file}",
                 f"--key-cert={authority.server.key_file}")


@pytest.fixture
def agent(procjon, authority, client):
    with Agent(procjon.address, credentials=authority.credentials(client)) as agent:
        yield agent


def test_an_agent_with_a_certificate_of_the_ca_is_served(agent, slack):
    agent.register("db")
    agent.report(("db", 1))
    assert slack.wait_updates("db", 2, 5) == ["available", "status nok"]


def test_the_log_says_that_the_listener_is_under_tls(procjon):
    assert any("listening" in line and "tls=off" not in line for line in procjon.log)


def refused_by(procjon, context):
    """Speaks TLS until the server ends the connection; under TLS 1.3 the refusal comes after the client's handshake."""
    with connected(procjon.address) as sock:
        sock.settimeout(HANG * TIMEOUT_FACTOR)
        try:
            with context.wrap_socket(sock, server_hostname="localhost") as tls:
                while tls.recv(4096):
                    pass
        except (ssl.SSLError, ConnectionError):
            pass


UNWANTED = {
    "no certificate": (lambda ours, theirs: ours.context(), "certificate"),
    "another CA": (lambda ours, theirs: ours.context(theirs.client()), "issuer|unknown|verify"),
    "an expired certificate": (lambda ours, theirs: ours.context(ours.client(days=-1)), "expired"),
    "a server's certificate": (lambda ours, theirs: ours.context(ours.server), "purpose"),
    "no ALPN": (lambda ours, theirs: ours.context(ours.client(), alpn=()), "ALPN|alpn"),
    "ALPN http/1.1 only": (lambda ours, theirs: ours.context(ours.client(), alpn=["http/1.1"]),
                           "ALPN|alpn|application protocol"),
}


@pytest.mark.parametrize("context, why", UNWANTED.values(), ids=UNWANTED)
def test_an_unwanted_peer_is_refused_and_one_log_line_says_why(procjon, authority, stranger, context, why):
    before = len(procjon.log)
    refused_by(procjon, context(authority, stranger))
    procjon.log.wait_until(lambda lines: any(re.search(why, line) for line in lines[before:]), 5, "the reason")
    procjon.stop()
    told = list(procjon.log)[before:]
    assert len([line for line in told if re.search(why, line)]) == 1, told


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_tls_1_1_is_refused(procjon, authority, client):
    context = authority.context(client)
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with connected(procjon.address) as sock, pytest.raises((ssl.SSLError, ConnectionError)):
        context.wrap_socket(sock, server_hostname="localhost")


def test_a_peer_that_speaks_no_tls_is_cut_off_and_hurts_nobody(procjon, agent):
    with connected(procjon.address) as sock:
        sock.settimeout(HANG * TIMEOUT_FACTOR)
        sock.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" * 10)
        try:
            while sock.recv(4096):
                pass
        except ConnectionResetError:
            pass
    agent.register("db")


def test_missing_certificate_files_refuse_the_start(authority, tmp_path):
    status, said = Procjon(tmp_path / "data", options=[f"--root-cert={authority.root_cert}",
                                                       f"--cert={tmp_path}/nothing.pem",
                                                       f"--key-cert={authority.server.key_file}"]).refused()
    assert status == 1 and "nothing.pem" in said


def presented(procjon, authority, client):
    """The certificate that a new connection is shown."""
    with Connection(procjon.address, authority.context(client)) as connection:
        return connection.sock.getpeercert(binary_form=True)


def test_sighup_changes_the_certificate_under_load_and_loses_no_stream(procjon, agent, authority, client, slack):
    agent.register("db")
    stream = agent.stream()
    stream.send("db", 0)
    stop = threading.Event()
    served = []

    def load():
        while not stop.is_set():
            stream.send("db", 0)
            with Agent(procjon.address, credentials=authority.credentials(client)) as another:
                another.register("other")
            served.append(len(served))

    loading = threading.Thread(target=load)
    loading.start()
    try:
        authority.renew_server()
        procjon.reload()
        eventually(lambda: presented(procjon, authority, client) == authority.server.der, 10,
                   "the new certificate is shown")
        before = len(served)
        eventually(lambda: len(served) > before + 1, 10, "agents are served under the new certificate")
    finally:
        stop.set()
        loading.join()
    stream.send("db", 1)
    slack.wait_line("Service db changed its status to: nok", 5)
    stream.finish()


def test_a_broken_certificate_on_sighup_keeps_the_old_one_and_logs_why(procjon, authority, client):
    shown = presented(procjon, authority, client)
    cert_file, key_file = authority.server
    shutil.copy(key_file, cert_file)
    before = len(procjon.log)
    procjon.reload()
    procjon.log.wait_until(lambda lines: any(str(cert_file) in line for line in lines[before:]), 5,
                           "the reason")
    assert presented(procjon, authority, client) == shown
