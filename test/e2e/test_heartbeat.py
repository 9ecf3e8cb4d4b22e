# SPDX-License-Identifier: MIT
"""The heartbeat: the server tells a monitor elsewhere that it works."""

import pytest

import server
from journal import Journal
from standin import Answering, StandIn

SECRET = "/ping/5d1c0a3e"


@pytest.fixture
def watcher():
    """What it was asked for, and where it is."""
    beats = Journal("the watcher")

    class Handler(Answering):
        def do_GET(self):
            beats.add(self.path)
            self.answer(200)

    with StandIn(Handler) as stand_in:
        beats.url = f"http://127.0.0.1:{stand_in.port}{SECRET}"
        yield beats


@pytest.mark.parametrize("how", ["the environment", "an option"])
def test_the_first_beat_comes_right_after_the_start(start, watcher, how):
    given = ({"environment": {"PROCJON_HEARTBEAT_URL": watcher.url}} if how == "the environment" else {})
    procjon = start(*([] if given else [f"--heartbeat-url={watcher.url}"]), **given)
    assert watcher.wait_count(1, 5) == [SECRET]
    procjon.stop()
    assert any("heartbeat" in line for line in procjon.log)
    assert not any(SECRET in line for line in procjon.log)


def test_a_watcher_that_is_away_is_one_line_and_stops_nothing(start):
    procjon = start("--heartbeat-url=http://127.0.0.1:1/secret")
    procjon.log.wait_until(lambda lines: any("beat was not taken" in line for line in lines), 5)
    procjon.stop()


@pytest.mark.parametrize("url", ["ftp://example/secret", "secret", ""])
def test_what_is_no_url_is_a_usage_error_that_does_not_show_it(url):
    ended = server.run(f"--heartbeat-url={url}")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "heartbeat-url" in ended.stderr and "secret" not in ended.stderr


@pytest.mark.parametrize("days", ["-1", "36526", "some"])
def test_history_days_that_make_no_sense_are_a_usage_error(days):
    ended = server.run(f"--history-days={days}")
    assert ended.returncode == 2
    assert "history-days" in ended.stderr and days in ended.stderr
