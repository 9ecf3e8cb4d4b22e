# SPDX-License-Identifier: MIT
"""How much of the source one status passes through, from its bytes to Slack: what somebody has to read who follows it."""

import re
import subprocess

import pytest

import database
from agent import Agent
from attempts import TooLate, until_in_time
from journal import eventually

FILES_MAX = 30
EACH_TURN = {"engine/stall_detector.c"}  # runs in each turn of the loop, whatever it is for
SOURCE = re.compile(r"(c?)f[lie]=\((\d+)\)(?: (\S+))?")  # of a function, or (c) of one that it calls
ROOM = re.compile(r".*/src/(?!base/)(\w+/.+\.c)$")  # base is the vocabulary that every room uses


def control(procjon, *arguments):
    subprocess.run(["callgrind_control", *arguments, str(procjon.process.pid)], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


def files_of(profile):
    """The files of src/ whose functions ran, by callgrind's account."""
    names, seen = {}, set()
    for match in filter(None, map(SOURCE.match, profile.read_text().splitlines())):
        if match[3]:
            names[match[2]] = match[3]
        if not match[1]:
            seen.add(match[2])
    return {room[1] for number in seen if (room := ROOM.match(names.get(number, "")))}


def checkpoint(procjon):
    return database.rows(procjon.database, "SELECT value FROM meta WHERE name = 'last_alive_ms'")


def delivered(procjon):
    return database.rows(procjon.database, "SELECT count(*) FROM event WHERE outcome = 'delivered'")[0][0]


@pytest.mark.measured
@pytest.mark.beside
def test_a_status_passes_through_few_files(start, slack, tmp_path):
    procjon = start(prefix=["valgrind", "-q", "--tool=callgrind", "--instr-atstart=no",
                            f"--callgrind-out-file={tmp_path}/profile"])

    def attempt(number):
        last = checkpoint(procjon)
        eventually(lambda: checkpoint(procjon) != last, 30, "a checkpoint, after which there is none for a while")
        last = checkpoint(procjon)
        control(procjon, "--instr=on")
        stream.send("db", 1 + number % 2)
        eventually(lambda: delivered(procjon) == 2 + number, 30, "the message is settled")
        control(procjon, "--dump=part")
        control(procjon, "--instr=off")
        if checkpoint(procjon) != last:
            raise TooLate
        return files_of(tmp_path / f"profile.{1 + number}") - EACH_TURN

    with Agent(procjon.address) as agent:
        agent.register("db", ["ok", "nok", "late"], timeout=3600)
        stream = agent.stream()
        stream.send("db", 0)
        eventually(lambda: delivered(procjon) == 1, 30, "the first message is settled")
        files = sorted(until_in_time(attempt))
    procjon.stop()
    print(*files, sep="\n")
    assert {"net/stream.c", "engine/decision.c", "store/store.c", "notify/sinks/slack.c"} <= set(files)
    assert len(files) <= FILES_MAX, files
