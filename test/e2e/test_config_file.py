# SPDX-License-Identifier: MIT
"""The configuration file: what it sets, what overrides it, and what an invalid one does, at the start and later."""

import shlex
from itertools import combinations, product

import pytest

import database
from agent import Agent
from configuration import Configuration, route, sink
from journal import eventually
from raw_fixtures import REPORT
from rawh2 import Peer, message, reset
from server import command, run, to_its_end
from slack import Slack
from wire import chunk


@pytest.fixture
def configuration(tmp_path):
    return Configuration(tmp_path)


def check(configuration, **environment):
    return run("--check-config", configuration.option, **environment)


def losses(procjon):
    return database.rows(procjon.database, "SELECT service, text FROM event WHERE kind = 2 ORDER BY id")


def test_the_servers_own_options_may_stand_in_the_file(configuration, start, slack):
    """A stream is lost in the same iteration of the loop in which another service has its last report: which grace is shorter?"""
    configuration.write(server={"loglevel": "debug", "disconnect-grace": 0})
    procjon = start(configuration.option)
    with Agent(procjon.address) as agent, Peer(procjon.address) as peer:
        agent.register("db")
        agent.register("web", timeout=3)  # less than the grace has without an option
        peer.send(peer.call(1, REPORT), message(1, chunk(1, "db")), peer.call(3, REPORT), message(3, chunk(1, "web")), reset(1))
        lost = eventually(lambda: ("web", "no status for 3 s") in (now := losses(procjon)) and now, 10, "silence")
    procjon.stop()
    assert lost.index(("db", "connection lost")) < lost.index(("web", "no status for 3 s"))
    assert any(" debug " in line for line in procjon.log)


def test_environment_and_command_line_win_over_the_file(configuration, start):
    configuration.write(server={"loglevel": "nonsense"})
    start(configuration.option, "--loglevel=info").stop()
    start(configuration.option, environment={"PROCJON_LOGLEVEL": "info"}).stop()


def test_check_config_says_valid_and_starts_nothing(configuration, tmp_path):
    configuration.write(server={"data": str(tmp_path / "data")}, sinks=[{"name": "team", "kind": "log"}],
                        routes=[route("db*", "team")])
    checked = check(configuration)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "valid" in checked.stdout
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("text, complaint", [
    ("sinks:\n  - name: team\n    kind: pigeon\n", r":3:11: invalid ENUM value: pigeon (allowed: slack, "),
    ("routes:\n  - match: a\n    sink: b\n    notifyafter: 3\n", "unexpected key: notifyafter (allowed: match, sink"),
    ("routes:\n  - match: 'a*'\n    sink: b\n", ":2:5: routes: entry 1 (match 'a*') leads to 'b', which is no sink"),
    ("sinks:\n  - {name: a, kind: log}\n  - {name: a, kind: log}\n", ":3:5: sinks: two are named 'a'"),
    ("sinks:\n  - {name: default, kind: log}\n", "'default' is the name of the sink that is always there"),
    ("sinks:\n  - {name: 'a,b', kind: log}\n", "'a,b'"),
    ("sinks:\n  - {name: a, kind: slack}\n", ":2:5: sinks: 'a': one of 'url', 'url-file' and 'url-env' is missing"),
    ("sinks:\n  - {name: a, kind: slack, url: 'ftp://host/secret'}\n", "not an http or https URL"),
    ("sinks:\n  - {name: a, kind: slack, url-env: NOWHERE}\n", ":2:5: sinks: 'a': url-env: the environment has no 'NOWHERE'"),
    ("sinks:\n  - {name: a, kind: slack, url-file: /no/such/file}\n", "cannot read URL file '/no/such/file'"),
    ("sinks:\n  - {name: a, kind: slack, url: 'https://h/secret', ca-file: /no/ca}\n", "cannot read CA file '/no/ca'"),
    ("sinks:\n  - {name: a, kind: slack, url: 'https://h/secret', ca-file: /dev/null}\n", "holds no certificate"),
    ("fallback: nobody\n", ":1:11: fallback: 'nobody' is no sink"),
    ("sinks:\n  - {name: a, kind: slack, url: 'https://h/secret'}\n  - name: b\n    kind: slack\n    url: https://h/secret\n",
     ":3:5: sinks: 'b' has the Slack webhook that 'a' has: keep one of them, and name it in the routes of both"),
    ("server:\n  loglevel: loud\n", ":2:13: server: --loglevel: 'loud' is none of debug, info, warning, error"),
    ("server:\n  http: ''\n  endpoint: [nowhere]\n", ":3:13: server: --endpoint: endpoint 'nowhere': the port is missing"),
    ("routes:\n  - match: a\n    sink: default\n    notify-after: 5m\n", ":4:19: routes: notify-after: '5m' is not a whole number"),
    ("routes:\n  - {match: a, sink: default, notify-after-reports: 3x}\n", ":2:53: routes: notify-after-reports: '3x' is not"),
    ("routes:\n  - {match: a, sink: default, notify-after: -5}\n", "'-5' is not a whole number from 0 to 31536000"),
    ("server:\n  check-config: true\n", ":2:3: unexpected key: check-config"),
    ("server:\n  insecure: maybe\n", ":2:13: server: insecure: 'maybe' is neither true nor false"),
    ("sinks: [\n", ":1:8: "),
    ("- a\n", "expecting MAPPING"),
])
def test_an_error_names_file_place_value_and_what_is_allowed(configuration, text, complaint):
    configuration.path.write_text(text)
    checked = check(configuration)
    assert checked.returncode == 2
    assert str(configuration.path) in checked.stderr and complaint in checked.stderr
    assert "secret" not in checked.stderr
    assert run(configuration.option).returncode == 2


@pytest.mark.parametrize("kind, url, good", [
    ("slack", "https://h/s", True), ("slack", "http://h/s", False), ("smtp", "smtps://h", True), ("smtp", "smtp://h", False),
])
def test_a_ca_is_for_what_is_encrypted(configuration, tmp_path, kind, url, good):
    (tmp_path / "ca.pem").write_text("-----BEGIN CERTIFICATE-----\n")
    more = {"from": "a@example.org", "to": ["b@example.org"], "starttls": "never"} if kind == "smtp" else {}
    configuration.write(sinks=[{"name": "a", "kind": kind, "url": url, "ca-file": str(tmp_path / "ca.pem")} | more])
    checked = check(configuration)
    assert (checked.returncode == 0) == good
    assert good or "'ca-file' belongs to https, smtps and STARTTLS" in checked.stderr


def test_a_slack_webhook_belongs_to_one_sink_wherever_it_is_written(configuration, tmp_path, start):
    url = "https://hooks.example.org/secret"
    (tmp_path / "url").write_text(url + "\n")
    written = [{"url": url}, {"url-file": str(tmp_path / "url")}, {"url-env": "TEAM"}]
    for one, other in combinations(written, 2):
        configuration.write(sinks=[{"name": "a", "kind": "slack"} | one, {"name": "b", "kind": "slack"} | other])
        checked = check(configuration, TEAM=url)
        assert checked.returncode == 2 and "'b' has the Slack webhook that 'a' has" in checked.stderr
    for one, home in product(written, ({"PROCJON_SLACK_WEBHOOK": url}, {"PROCJON_SLACK_WEBHOOK_FILE": str(tmp_path / "url")})):
        configuration.write(sinks=[{"name": "a", "kind": "slack"} | one])
        for option in ("--check-config", f"--data={tmp_path}/data"):
            refused = run(option, "--endpoint=127.0.0.1:0", configuration.option, TEAM=url, **home)
            assert refused.returncode == 1 and f"{configuration.path}:3:5: sinks: 'a' has" in refused.stderr
            assert "that 'default' has" in refused.stderr and "secret" not in refused.stderr


def test_a_file_that_is_read_once_is_blamed_without_a_place(configuration):
    checked = shlex.join(command("--check-config", "--config=/dev/stdin"))
    refused = to_its_end(["sh", "-c", f"echo 'fallback: nobody' | {checked}"])
    assert (refused.returncode, refused.stderr.splitlines()[0]) == (2, "procjon: /dev/stdin: fallback: 'nobody' is no sink")


def test_an_empty_file_is_a_good_one(configuration):
    configuration.path.write_text("# nothing yet\n")
    assert check(configuration).returncode == 0


def test_check_config_reads_the_certificates_and_the_webhook(configuration, tmp_path):
    configuration.write()
    checked = run("--check-config", configuration.option, "--root-cert=/no/ca", "--cert=/no/c", "--key-cert=/no/k")
    assert checked.returncode == 1 and "/no/ca" in checked.stderr
    checked = check(configuration, PROCJON_SLACK_WEBHOOK_FILE=str(tmp_path / "none"))
    assert checked.returncode == 1 and str(tmp_path / "none") in checked.stderr


@pytest.mark.parametrize("variable", ["PROCJON_SLACK_WEBHOOK", "PROCJON_SLACK_WEBHOOK_FILE"])
def test_a_webhook_that_is_no_url_is_blamed_on_its_variable(tmp_path, variable):
    typo = "htps://hooks.example.org/secret"
    (tmp_path / "webhook").write_text(typo + "\n")
    environment = {variable: str(tmp_path / "webhook") if variable.endswith("FILE") else typo}
    for option in ("--check-config", f"--data={tmp_path}/data"):
        refused = run(option, "--endpoint=127.0.0.1:0", **environment)
        assert (refused.returncode, refused.stderr) == (1, f"procjon: {variable}: not an http or https URL\n")


def test_check_config_refuses_plaintext_beyond_loopback(configuration):
    configuration.write(server={"endpoint": ["0.0.0.0:8080"]})
    checked = check(configuration)
    assert checked.returncode == 1 and "0.0.0.0:8080" in checked.stderr and "--insecure" in checked.stderr


@pytest.mark.parametrize("options, complaint", [
    (["--http=0.0.0.0:8081"], "--insecure"),
    (["--http=no.such.host.invalid:8081"], "no.such.host.invalid"),
    (["--heartbeat-url=http://"], "--heartbeat-url"),
])
def test_check_config_refuses_what_a_start_refuses(tmp_path, options, complaint):
    for option in ("--check-config", f"--data={tmp_path}/data"):
        refused = run(option, "--endpoint=127.0.0.1:0", *options)
        assert refused.returncode in (1, 2) and complaint in refused.stderr


def test_a_bad_file_on_sighup_keeps_the_old_configuration_and_logs_why(configuration, start):
    with Slack() as team:
        configuration.write(sinks=[sink("team", team)], routes=[route("*", "team")])
        procjon = start(configuration.option)
        configuration.damage()
        procjon.reload()
        procjon.log.wait_until(lambda lines: any("not reloaded" in line for line in lines), 5, "a refusal")
        refusals = [line for line in procjon.log if " error " in line]
        assert len(refusals) == 1 and "pigeon" in refusals[0] and str(configuration.path) in refusals[0]
        with Agent(procjon.address) as agent:
            agent.register("db")
            agent.report(("db", 1))
            team.wait_line("db.*nok", 5)
        procjon.stop()


def test_a_webhook_that_another_sink_has_is_not_taken_over_on_sighup(configuration, start, slack, tmp_path):
    with Slack() as team:
        webhook = tmp_path / "team.url"
        webhook.write_text(team.webhook)
        configuration.write(sinks=[{"name": "team", "kind": "slack", "url-file": str(webhook)}], routes=[route("*", "team")])
        procjon = start(configuration.option)
        webhook.write_text(slack.webhook)
        procjon.reload()
        refusal = procjon.log.wait_until(lambda lines: [line for line in lines if "not reloaded" in line], 5, "a refusal")
        assert "'team' has the Slack webhook that 'default' has" in refusal[0] and slack.webhook not in refusal[0]
        with Agent(procjon.address) as agent:
            agent.register("db")
            agent.report(("db", 1))
            team.wait_line("db.*nok", 5)
        procjon.stop()


def test_sighup_brings_new_routes_and_says_what_only_a_start_can_change(configuration, start, slack):
    configuration.write()
    procjon = start(configuration.option)
    with Agent(procjon.address) as agent, Slack() as team:
        agent.register("db")
        agent.report(("db", 0))
        slack.wait_line("db is available", 5)
        configuration.write(sinks=[sink("team", team)], routes=[route("db", "team")],
                            server={"restart-grace": 5, "loglevel": "debug"})
        procjon.reload()
        procjon.log.wait_until(lambda lines: any("reloaded" in line for line in lines), 5, "a reload")
        assert any("options=restart-grace" in line for line in procjon.log)
        agent.report(("db", 1))
        team.wait_line("db.*nok", 5)
        assert not any("nok" in line for line in slack.lines())
        procjon.stop()
