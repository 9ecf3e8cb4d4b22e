# SPDX-License-Identifier: MIT
"""The mail sink."""

import pytest

import pki
from agent import Agent
from configuration import Configuration, route
from smtp import Smtp


@pytest.fixture
def configuration(tmp_path):
    return Configuration(tmp_path)


def mail_sink(smtp, **more):
    return {"name": "mail", "kind": "smtp", "url": smtp.url, "from": "procjon@example.org",
            "to": ["ops@example.org", "boss@example.org"], "starttls": "never"} | more


def test_a_mail_says_in_its_subject_what_happened(configuration, start):
    with Smtp() as smtp:
        configuration.write(sinks=[mail_sink(smtp)], routes=[route("*", "mail")])
        procjon = start(configuration.option)
        with Agent(procjon.address) as agent:
            agent.register("Bücher → Regal", statuses=("ok", "kaputt: ÄÖÜ " + "x" * 200))
            agent.report(("Bücher → Regal", 0))
            mail = smtp.mails.wait_count(1, 5)[0]
            assert (mail.sender, mail.recipients) == ("procjon@example.org", ["ops@example.org", "boss@example.org"])
            assert mail.message["Subject"] == "Agent Bücher → Regal is available."
            assert mail.text.startswith("Agent Bücher → Regal is available.\n") and "event 1" in mail.text
            assert mail.message["Message-ID"].endswith("@example.org>") and not mail.message.defects
            agent.report(("Bücher → Regal", 1))
            mail = smtp.mails.wait_count(2, 5)[1]
            assert mail.message["Subject"].endswith("…") and "ÄÖÜ " + "x" * 200 in mail.text
        procjon.stop()


@pytest.mark.parametrize("command, reply", [("MAIL", "451 later"), (".", "452 full"), (".", ""), ("RCPT", "")])
def test_a_mail_that_was_not_taken_is_sent_again(configuration, start, command, reply):
    with Smtp() as smtp:
        smtp.replies[command] = reply
        configuration.write(sinks=[mail_sink(smtp)], routes=[route("*", "mail")])
        procjon = start(configuration.option)
        with Agent(procjon.address) as agent:
            agent.register("db")
            agent.report(("db", 0))
            smtp.commands.wait_until(lambda commands: commands.count("MAIL") >= 1, 5)
            procjon.log.wait_until(lambda lines: any("sink fails" in line for line in lines), 15)
            smtp.replies.clear()
            assert "db is available" in smtp.mails.wait_count(1, 10)[0].text
        procjon.stop()


def test_a_server_that_takes_no_mail_of_ours_is_dead_and_the_fallback_hears_of_it(configuration, start, slack):
    with Smtp() as smtp:
        smtp.replies["RCPT"] = "550 relaying denied"
        configuration.write(sinks=[mail_sink(smtp)], routes=[route("*", "mail")], fallback="default")
        procjon = start(configuration.option)
        with Agent(procjon.address) as agent:
            agent.register("db")
            agent.report(("db", 0))
            assert "status 550" in slack.wait_line("^sink mail: takes no messages", 5)
        procjon.stop()


def test_without_starttls_nothing_is_said_to_the_server(configuration, start, slack, tmp_path):
    (tmp_path / "password").write_text("secret\n")
    with Smtp(accounts={"procjon": "secret"}) as smtp:
        configuration.write(sinks=[mail_sink(smtp, starttls="required", user="procjon",
                                             **{"password-file": str(tmp_path / "password")})],
                            routes=[route("*", "mail")], fallback="default")
        procjon = start(configuration.option)
        with Agent(procjon.address) as agent:
            agent.register("db")
            agent.report(("db", 0))
            slack.wait_line("^sink mail: takes no messages", 5)
        assert "AUTH" not in list(smtp.commands) and "MAIL" not in list(smtp.commands)
        procjon.stop()


@pytest.mark.parametrize("implicit", [False, True], ids=["STARTTLS", "smtps"])
def test_under_tls_a_server_that_the_ca_vouches_for_gets_password_and_mail(configuration, start, tmp_path, implicit):
    authority = pki.Authority(tmp_path / "pki")
    (tmp_path / "password").write_text("secret\n")
    with Smtp(authority.server, {"procjon": "secret"}, implicit) as smtp:
        configuration.write(sinks=[mail_sink(smtp, starttls="required", user="procjon",
                                             **{"password-file": str(tmp_path / "password"),
                                                "ca-file": str(authority.root_cert)})], routes=[route("*", "mail")])
        procjon = start(configuration.option)
        with Agent(procjon.address) as agent:
            agent.register("db")
            agent.report(("db", 0))
            mail = smtp.mails.wait_count(1, 10)[0]
        assert (mail.encrypted, mail.user) == (True, "procjon") and "db is available" in mail.text
        procjon.stop()


@pytest.mark.parametrize("implicit", [False, True], ids=["STARTTLS", "smtps"])
@pytest.mark.parametrize("trusted", ["the system", "another"])
def test_a_server_that_nobody_vouches_for_gets_nothing(configuration, start, tmp_path, implicit, trusted):
    more = {}
    if trusted == "another":
        more["ca-file"] = str(pki.Authority(tmp_path / "other").root_cert)
    with Smtp(pki.Authority(tmp_path / "pki").server, implicit=implicit) as smtp:
        configuration.write(sinks=[mail_sink(smtp, starttls="required", **more)], routes=[route("*", "mail")])
        procjon = start(configuration.option)
        with Agent(procjon.address) as agent:
            agent.register("db")
            agent.report(("db", 0))
            line = procjon.log.wait_until(lambda lines: next((line for line in lines if "sink=mail" in line), None), 10)
        assert "certificate" in line
        assert "MAIL" not in list(smtp.commands)
        procjon.stop()


@pytest.mark.parametrize("command", ["EHLO", "."])
def test_a_mail_server_that_never_answers_delays_nobody_and_not_the_end(configuration, start, slack, command):
    with Smtp() as smtp:
        smtp.silent_at = command
        configuration.write(sinks=[mail_sink(smtp)], routes=[route("db", "mail")])
        procjon = start(configuration.option)
        with Agent(procjon.address) as agent:
            agent.register_all(["db", "web"])
            agent.report(("db", 0))
            smtp.commands.wait_until(lambda commands: command in commands, 5)
            agent.report(("web", 0))
            slack.wait_line("web is available", 5)
            assert not any("sink fails" in line for line in procjon.log)  # the mail server is still waited for
        procjon.stop()
        assert not any("was away" in line for line in procjon.log)
