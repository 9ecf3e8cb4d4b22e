# SPDX-License-Identifier: MIT
"""How much of the source one status passes through, from its bytes to Slack: what somebody has to read who follows it."""

import re
import subprocess

import pytest

import database
from agent import Agent
from journal import eventually

FILES_MAX = 30
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
    with Agent(procjon.address) as agent:
        agent.register("db", ["ok", "nok"], timeout=3600)
        stream = agent.stream()
        stream.send("db", 0)
        eventually(lambda: delivered(procjon) == 1, 30, "the first message is settled")
        control(procjon, "--instr=on")
        last = checkpoint(procjon)
        eventually(lambda: checkpoint(procjon) != last, 30, "a checkpoint: what runs without a status")
        control(procjon, "--dump=idle")
        stream.send("db", 1)
        slack.wait_line("Service db changed its status to: nok", 30)
        eventually(lambda: delivered(procjon) == 2, 30, "the second message is settled")
        control(procjon, "--dump=status")
        control(procjon, "--instr=off")
    procjon.stop()
    files = sorted(files_of(tmp_path / "profile.2") - files_of(tmp_path / "profile.1"))
    print(*files, sep="\n")
    assert "api/agents.c" in files and "notify/sinks/slack.c" in files and "http/curl_transfer.c" in files
    assert len(files) <= FILES_MAX, files
