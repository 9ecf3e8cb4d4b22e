# SPDX-License-Identifier: MIT
"""Slack is slow, limits, fails and is unreachable. No event is lost, and the last message about each service is right."""

import time
from itertools import combinations

import pytest

import database
from agent import Agent
from journal import eventually
from slack import BROKEN, GONE, HANG_UP, INVALID, NEVER, OK, Slack, rate_limited


CLOCKS = 0.01  # seconds: the difference between the server's clock, in milliseconds, and ours


def all_delivered(procjon, within):
    eventually(lambda: database.owed(procjon.database) == 0, within, "everything delivered")


def test_a_message_has_its_meaning_in_text_and_its_context_in_one_attachment(agent, slack):
    agent.register("db")
    agent.report(("db", 1))
    slack.posts.wait_count(2, 10)
    agent.register("db", timeout=1)  # not earlier: a first report may be late
    posts = slack.posts.wait_count(3, 10)
    assert [post.text for post in posts] == ["Agent db is available.", "Service db changed its status to: nok",
                                             "Agent db is not available: no status for 1 s."]
    attachments = [attachment for post in posts for attachment in post.payload["attachments"]]
    assert len(attachments) == 3
    assert [attachment["color"] for attachment in attachments][::2] == ["good", "danger"]
    assert all("event" in str(attachment) for attachment in attachments)


@pytest.mark.parametrize("answer", [BROKEN, HANG_UP], ids=["500", "a closed connection"])
def test_a_message_that_failed_is_sent_again(procjon, agent, slack, answer):
    slack.script(answer, answer)
    agent.register("db")
    agent.report(("db", 0))
    slack.wait_line("^Agent db is available\\.", 15)
    assert len({post.text.split(" (")[0] for post in slack.posts}) == 1
    all_delivered(procjon, 5)


def test_after_429_nothing_is_sent_for_as_long_as_slack_asked(procjon, agent, slack):
    services = [f"db{number}" for number in range(100)]
    agent.register_all(services)
    slack.script(OK, rate_limited(5))
    agent.report(*((service, 0) for service in services))
    slack.posts.wait_count(2, 5)
    agent.report(*((service, code) for code in (1, 0, 1) for service in services))
    limited, following = slack.posts.wait_count(3, 15)[1:3]
    assert following.at - limited.at >= 4  # whatever the difference between two clocks
    all_delivered(procjon, 20)
    later = list(slack.posts)[2:]
    assert len(later) <= 1 + later[-1].at - (limited.at + 4)  # one each second; a late stand-in only adds seconds


def test_changes_while_slack_is_away_become_one_line_with_the_last_word(procjon, agent, slack, history):
    agent.register("db")
    agent.report(("db", 0))
    slack.wait_lines(1, 5)
    slack.always = BROKEN
    agent.report(*(("db", code % 2) for code in range(1, 52)))
    assert len(history.of("db")) == 52
    slack.always = OK
    procjon.reload()  # is another try at once
    all_delivered(procjon, 15)
    told = [line for line in slack.lines() if "db" in line][1:]
    assert len(told) <= 2 and "nok" in told[-1]


def test_a_poisonous_message_is_set_aside_and_blocks_nobody(procjon, agent, slack):
    slack.script(INVALID, INVALID)
    agent.register_all(["rejected", "db"])
    agent.report(("rejected", 0))
    slack.posts.wait_count(2, 10)
    agent.report(("db", 0))
    slack.wait_line("Agent db is available", 10)
    all_delivered(procjon, 5)


def test_sixty_services_at_once_are_a_valid_digest_that_counts_them_all(procjon, agent, slack):
    services = [f"db{number}" for number in range(60)]
    agent.register_all(services)
    slack.always = BROKEN
    agent.report(*((service, 0) for service in services))
    eventually(lambda: database.owed(procjon.database) == 60, 10, "all of it waits")
    slack.posts.wait_count(1, 10)  # the first alone was refused, and waits with the others
    slack.always = OK
    procjon.reload()  # is another try at once
    slack.wait_line("60 services are available", 15)
    all_delivered(procjon, 15)
    delivered = [post for post in slack.posts if post.answer is OK]
    assert len(delivered) <= 3
    assert "60 services are available" in delivered[-1].text and "more" in delivered[-1].text


def test_a_webhook_that_is_gone_keeps_its_messages_for_the_next_one(start, slack, tmp_path):
    secret = tmp_path / "webhook"
    secret.write_text(slack.webhook + "\n")
    slack.always = GONE
    procjon = start(slack=None, environment={"PROCJON_SLACK_WEBHOOK_FILE": str(secret)})
    with Agent(procjon.address) as agent, Slack() as successor:
        agent.register("db")
        agent.report(("db", 1))
        slack.posts.wait_count(1, 5)
        secret.write_text(successor.webhook + "\n")
        procjon.reload()
        successor.wait_line("db.*nok", 10)
        assert not successor.refused
        all_delivered(procjon, 5)
        procjon.stop()


def test_slack_gets_a_small_burst_and_then_a_message_a_second(procjon, agent, slack):
    services = [f"db{number}" for number in range(20)]
    agent.register_all(services)
    begun = time.time()
    for service in services:
        agent.report((service, 0))
        time.sleep(0.1)  # each is a message of its own, if it is not merged
    all_delivered(procjon, 10)
    # A message leaves after the one before it was answered, and comes here whenever this machine has time for it.
    times = [begun, *(post.at for post in slack.posts)]
    for first, last in combinations(range(1, len(times)), 2):
        assert last - first + 1 <= 5 + CLOCKS + times[last] - times[first - 1]


def test_a_slack_that_does_not_answer_is_asked_again_after_ten_seconds(procjon, agent, slack):
    slack.script(NEVER)
    agent.register("db")
    begun = time.time()
    agent.report(("db", 0))
    first, second = slack.posts.wait_count(2, 15)
    assert first.text == second.text and 10 <= second.at - begun  # the pause before another try is longer than any error
    all_delivered(procjon, 5)


def test_a_slack_that_never_answers_does_not_delay_the_end(procjon, agent, slack):
    slack.always = NEVER
    agent.register("db")
    agent.report(("db", 0))
    slack.posts.wait_count(1, 5)
    procjon.stop()  # within its ten seconds
