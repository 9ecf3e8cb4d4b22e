# SPDX-License-Identifier: MIT
"""procjonsystemd before a real systemd: every change of a unit is told, and nothing that happens to systemd or its bus
stops the heartbeat.
"""

import os
import time
from itertools import count

import pytest

import database
import programs
from journal import eventually
from manager import BARE, SLEEPER, Manager
from measure import at_most
from probe import preferred
from programs import AGENTS, Program

# So long that an earlier report must have been caused by a signal.
SLOW = ["--period", 300, "--timeout", 600]
BRISK = ["--period", 1, "--timeout", 60]
SHORT = ["--period", 1, "--timeout", 5]  # where a test waits until a service is missed, or would be
GONE = "not available: no status for 5 s"

GATE = "/bin/sh -c 'read line <%t/{gate}'"  # a command that lasts until something is written to a FIFO


@pytest.fixture(scope="module")
def home():
    with Manager() as manager:
        yield manager


@pytest.fixture
def manager(home):
    """Without the units of the test before."""
    kept = set(home.units.iterdir())
    yield home
    added = set(home.units.iterdir()) - kept
    if added:
        home("stop", "--no-block", *(path.name for path in added if "@" not in path.name))
        home("reset-failed")
        for path in added:
            path.unlink()
        home("daemon-reload")


@pytest.fixture
def watch(procjon, manager):
    """Starts an agent."""
    agents = []

    def watch(*units, pace=SLOW, service="host", prefix=(), **environment):
        words = [word for unit in units for word in ("--unit", unit)]
        agents.append(Program(*prefix, AGENTS / "procjonsystemd", "--endpoint", procjon.address, "--service", service,
                              *pace, "--user", *words, **{**manager.environment, **environment}))
        return agents[-1]

    yield watch
    for agent in agents:
        with agent:
            assert agent.end() == 0, list(agent.log)


class Gate:
    """A command of a unit that waits until it is opened."""

    def __init__(self, manager, name):
        self.path = manager.home / name
        self.command = GATE.format(gate=name)
        os.mkfifo(self.path)

    def open(self):
        self.path.write_text("\n")


def cpu_seconds(pid):
    fields = programs.stat(pid)
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wait_last(history, service, happening, within=30):
    """Waits until this is the last that happened to the service; returns all."""
    def found():
        known = database.history(history.procjon.database, service)
        return known[-1:] == [happening] and known

    return eventually(found, within, f"{happening!r} for {service}")


# ---- one unit


def test_a_unit_that_starts_fails_and_stops_is_told_at_once(manager, watch, history):
    manager.add("a.service")
    watch("a.service")
    assert history.wait("host", 2, 30) == ["available", "status inactive"]
    manager("start", "a.service")
    assert history.wait("host", 3, 30)[2:] == ["status active"]
    manager("kill", "--signal=KILL", "a.service")
    assert history.wait("host", 4, 30)[3:] == ["status failed"]
    manager("start", "a.service")
    assert history.wait("host", 5, 30)[4:] == ["status active"]
    manager("stop", "a.service")
    assert wait_last(history, "host", "status inactive")[5:] in (["status inactive"],
                                                                 ["status deactivating", "status inactive"])


@pytest.mark.measured
def test_a_change_is_at_slack_in_less_than_a_second(manager, watch, slack):
    manager.add("a.service")
    manager("start", "a.service")
    watch("a.service", prefix=preferred())
    slack.wait_updates("host", 1, 30)
    told = count(2)

    def seconds_until(status, *words):
        before = time.time()
        manager(*words, "a.service")
        assert slack.wait_updates("host", next(told), 30)[-1] == f"status {status}"
        return list(slack.posts)[-1].at - before

    at_most(1, lambda: max(seconds_until("failed", "kill", "--signal=KILL"), seconds_until("active", "start")),
            "seconds until the later of two changes is told")


def test_activating_reloading_and_deactivating_are_seen(manager, watch, history):
    start, reload, stop = (Gate(manager, name) for name in ("start", "reload", "stop"))
    manager.add("slow.service", SLEEPER + f"ExecStartPre={start.command}\nExecReload={reload.command}\n"
                f"ExecStop={stop.command}\n")
    watch("slow")
    known = history.wait("host", 2, 30)
    for verb, gate, told in (("start", start, ["activating", "active"]), ("reload", reload, ["reloading", "active"]),
                             ("stop", stop, ["deactivating", "inactive"])):
        manager(verb, "--no-block", "slow.service")
        known.append(f"status {told[0]}")
        assert history.wait("host", len(known), 30) == known
        gate.open()
        known.append(f"status {told[1]}")
        assert history.wait("host", len(known), 30) == known


def test_a_unit_that_is_not_there_is_unknown_until_it_is(manager, watch, history):
    agent = watch("late.service", pace=BRISK)
    assert history.wait("host", 2, 30) == ["available", "status unknown"]
    agent.says("unit does not exist unit=late.service")
    assert agent.count("unit does not exist unit=late.service") == 1
    manager.add("late.service")
    assert history.wait("host", 3, 30)[2] == "status inactive"
    manager("start", "late.service")
    assert history.wait("host", 4, 30)[3] == "status active"
    manager("stop", "late.service")
    manager.remove("late.service")
    wait_last(history, "host", "status unknown")


def test_a_unit_is_followed_under_its_alias(manager, watch, history):
    manager.add("real.service")
    (manager.units / "alias.service").symlink_to("real.service")
    manager("daemon-reload")
    watch("alias.service")
    assert history.wait("host", 2, 30) == ["available", "status inactive"]
    manager("start", "real.service")
    assert history.wait("host", 3, 30)[2] == "status active"


def test_a_masked_unit_is_inactive(manager, watch, history):
    (manager.units / "masked.service").symlink_to("/dev/null")
    manager("daemon-reload")
    watch("masked.service")
    assert history.wait("host", 2, 30) == ["available", "status inactive"]


# ---- several units


def test_several_units_are_services_of_their_own(manager, watch, history):
    manager.add("a.service")
    manager.add("b.timer", BARE + "[Timer]\nOnCalendar=yearly\nUnit=a.service\n")
    manager("start", "b.timer")
    watch("a.service", "b.timer", "a")
    assert history.wait("host/a.service", 2, 30) == ["available", "status inactive"]
    assert history.wait("host/b.timer", 1, 30) == ["available"]
    manager("start", "a.service")
    assert history.wait("host/a.service", 3, 30)[2] == "status active"
    assert history.of("host/b.timer") == ["available"]
    assert history.of("host") == []


def test_a_glob_takes_in_a_unit_that_appears(manager, watch, history):
    manager.add("web1.service")
    manager.add("web2.service")
    manager("start", "web1.service")
    watch("web*.service")
    assert history.wait("host/web1.service", 1, 30) == ["available"]
    assert history.of("host/web2.service") == []
    manager("start", "web2.service")
    assert history.wait("host/web2.service", 1, 30) == ["available"]
    manager("kill", "--signal=KILL", "web2.service")
    assert history.wait("host/web2.service", 2, 30)[1] == "status failed"


def test_a_glob_that_matches_nothing_yet_is_said_once(manager, watch, history):
    agent = watch("misspelt-*.service", "right-*.service", pace=BRISK)
    agent.log.wait_until(lambda lines: sum("no unit matches yet" in line for line in lines) == 2, 30)
    manager.add("right-1.service")
    manager("start", "right-1.service")
    assert history.wait("host/right-1.service", 1, 30) == ["available"]
    assert sum("no unit matches yet" in line for line in agent.log) == 2


def test_a_stopped_unit_of_a_glob_is_inactive_although_systemd_forgets_it(manager, watch, history):
    manager.add("web1.service")
    manager("start", "web1.service")
    agent = watch("web*", pace=SHORT)
    history.wait("host/web1.service", 1, 30)
    manager("stop", "web1.service")
    wait_last(history, "host/web1.service", "status inactive")
    assert "web1.service" not in manager("list-units", "--all", "--plain", "web*")
    with programs.Ping(history.procjon.address, *SHORT, service="witness") as witness:  # ends when web1 would have to
        history.wait("witness", 1, 30)
        assert witness.end() == 0
    wait_last(history, "witness", GONE)
    assert history.of("host/web1.service")[-1] == "status inactive"
    assert agent.count("vanished") == 0


def test_the_reports_of_a_unit_of_a_glob_end_when_it_has_vanished(manager, watch, history):
    manager.add("web1.service")
    manager("start", "web1.service")
    agent = watch("web*", pace=SHORT)
    history.wait("host/web1.service", 1, 30)
    manager("stop", "web1.service")
    manager.remove("web1.service")
    agent.says("unit has vanished", "unit=web1.service")
    known = wait_last(history, "host/web1.service", GONE)
    manager.add("web1.service")
    manager("start", "web1.service")
    assert wait_last(history, "host/web1.service", "status active")[len(known):] == ["available again", "status active"]


# ---- systemd and its bus


def test_a_bus_that_restarts_is_found_again_and_nothing_is_told(manager, watch, history):
    manager.add("a.service")
    manager("start", "a.service")
    agent = watch("a.service", pace=BRISK)
    history.wait("host", 1, 30)
    manager("restart", "dbus.service")
    agent.says("systemd does not answer")
    agent.says("systemd answers again")
    manager("kill", "--signal=KILL", "a.service")
    assert history.wait("host", 2, 30) == ["available", "status failed"]


def test_a_manager_that_is_executed_anew_is_heard_again(manager, watch, history):
    manager.add("a.service")
    manager("start", "a.service")
    watch("a.service")
    history.wait("host", 1, 30)
    manager("daemon-reexec")
    manager("kill", "--signal=KILL", "a.service")
    assert history.wait("host", 2, 30) == ["available", "status failed"]


def test_without_systemd_a_unit_is_unknown_and_the_agent_available(manager, watch, history):
    manager.add("a.service")
    manager("start", "a.service")
    agent = watch("a.service", pace=SHORT)
    history.wait("host", 1, 30)
    manager.stop()
    try:
        wait_last(history, "host", "status unknown")
        assert cpu_seconds(agent.pid) < 1
    finally:
        manager.start()
    manager("start", "a.service")
    known = wait_last(history, "host", "status active")
    assert not any("not available" in happening for happening in known), known


def test_without_a_bus_from_the_beginning_a_unit_is_unknown_after_a_period(watch, history):
    agent = watch("a.service", pace=BRISK, XDG_RUNTIME_DIR="/nonexistent", DBUS_SESSION_BUS_ADDRESS="unix:path=/nonexistent")
    assert history.wait("host", 2, 30) == ["available", "status unknown"]
    agent.says("systemd does not answer")
    assert agent.count("systemd does not answer") == 1


# ---- the command line


@pytest.mark.parametrize("words, said", [
    ([], "no --unit is given"),
    (["--unit", ""], "'' is not the name of a unit"),
    (["--unit", "a b"], "'a b' is not the name of a unit"),
    (["--unit", "a@.service"], "'a@.service' is a template"),
    (["--unit", "a" * 250], "255 bytes"),
    (["--unit", "a", "--service", "s" * 257], "longer than 256 bytes"),
    (["--unit", "a", "operand"], "unexpected argument 'operand'"),
])
def test_a_mistake_is_named_and_ends_with_2(words, said):
    result = programs.run("procjonsystemd", *words)
    assert result.returncode == 2 and said in result.stderr


def test_a_service_whose_name_is_too_long_together_with_its_unit_ends_with_1(manager, procjon):
    result = programs.run("procjonsystemd", "--endpoint", procjon.address, "--user", "--service", "s" * 250,
                          "--unit", "a", "--unit", "b", **manager.environment)
    assert result.returncode == 1 and "longer than 256 bytes" in result.stderr
