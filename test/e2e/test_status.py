# SPDX-License-Identifier: MIT
"""What a status means: the table of procjon(8), line by line."""

import pytest


def test_a_first_status_of_zero_is_one_availability_update(agent, history, slack):
    agent.register("db")
    agent.report(("db", 0))
    assert history.of("db") == ["available"]
    assert slack.wait_lines(1, 5) == ["Agent db is available."]


def test_a_first_status_that_is_not_zero_is_a_status_update_as_well(agent, history, slack):
    agent.register("db")
    agent.report(("db", 1))
    assert history.of("db") == ["available", "status nok"]
    assert slack.wait_lines(2, 5) == ["Agent db is available.", "Service db changed its status to: nok"]


def test_a_status_that_stays_the_same_is_not_told_again(agent, history):
    agent.register("db")
    agent.report(("db", 1), ("db", 1), ("db", 1))
    assert history.of("db") == ["available", "status nok"]


def test_codes_need_not_be_consecutive_and_may_be_negative(agent, history):
    agent.register("db", {-7: "frozen", 0: "ok", 2**31 - 1: "molten"})
    agent.report(("db", -7), ("db", 2**31 - 1))
    assert history.of("db") == ["available", "status frozen", "status molten"]


def test_an_unregistered_code_is_a_sign_of_life_and_is_warned_about_once(agent, procjon, history):
    agent.register("db")
    agent.report(("db", 4), ("db", 4), ("db", 4))
    assert history.of("db") == ["available"]
    procjon.stop()
    warnings = [line for line in procjon.log if " warning " in line and "service=db" in line]
    assert len(warnings) == 1 and "code=4" in warnings[0]


def test_so_many_unregistered_codes_as_a_service_can_register_are_warned_about(agent, procjon):
    agent.register("db")
    agent.report(*(("db", code) for code in range(2, 302)), *(("db", code) for code in range(2, 302)))
    procjon.stop()
    warnings = [line for line in procjon.log if " warning " in line and "service=db" in line]
    assert [f"code={code}" in line for code, line in enumerate(warnings[:-1], 2)] == [True] * 256
    assert "more unregistered status codes are not logged" in warnings[-1]


@pytest.mark.parametrize("code", [2, 2**31 - 1, -(2**31)])
def test_a_code_outside_the_table_leaves_the_server_alive(agent, history, code):
    agent.register("db", ["ok", "nok"])
    agent.report(("db", code))
    agent.report(("db", 1))
    assert history.of("db") == ["available", "status nok"]


def silence(agent, service):
    """From now on a second of silence is too long, from the last report on; before, no report could be late for it."""
    agent.register(service, timeout=1)


def test_silence_makes_a_service_unavailable_after_its_timeout(agent, history, slack):
    agent.register("db", timeout=5)
    agent.report(("db", 0))  # the half-close is no error: only the timeout counts
    assert history.wait("db", 2, 10) == ["available", "not available: no status for 5 s"]
    slack.wait_line("^Agent db is not available: no status for 5 s\\.$", 5)


def test_a_service_that_never_reports_is_unavailable_after_its_timeout(agent, history):
    agent.register("db", timeout=1)
    assert history.wait("db", 1, 5) == ["not available: never reported"]


def test_a_service_that_comes_back_says_how_long_it_was_away(agent, history, slack):
    agent.register("db")
    agent.report(("db", 1))
    silence(agent, "db")
    history.wait("db", 3, 5)
    slack.wait_line("not available", 5)  # what is told of the return is not merged with it
    agent.report(("db", 1))
    assert history.wait("db", 4, 5)[3] == "available again"
    slack.wait_line(r"db.* is available again after (less than 1|\d+) s\.$", 10)


def test_the_code_after_an_absence_is_compared_with_the_one_before(agent, history):
    agent.register("db")
    agent.report(("db", 1))
    silence(agent, "db")
    history.wait("db", 3, 5)
    agent.register("db")
    agent.report(("db", 0))
    assert history.wait("db", 5, 5)[3:] == ["available again", "status ok"]
