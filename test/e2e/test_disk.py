# SPDX-License-Identifier: MIT
"""A disk that is full: what it refuses is answered with an error."""

import resource
import subprocess

import grpc
import pytest

import database
from agent import Agent


@pytest.fixture
def small_disk(tmp_path):
    """A file system of its own, with 400 KiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=400k", "procjon-test", disk]
    if refusal := subprocess.run(mount, capture_output=True, text=True, check=False).stderr:
        pytest.skip(f"may not mount: {refusal}")
    yield disk
    subprocess.run(["umount", disk], check=True)


def register_until_refused(agent):
    for number in range(1000):
        try:
            agent.register(f"db{number}", ["x" * 256] * 100)
        except grpc.RpcError as refusal:
            return number, refusal
    raise AssertionError("the disk was never full")


def expect_truth_after_refusal(procjon, agent):
    stored, refusal = register_until_refused(agent)
    assert refusal.code() is grpc.StatusCode.UNAVAILABLE
    assert set(database.services(procjon.database)) == {"first", *(f"db{number}" for number in range(stored))}
    with pytest.raises(grpc.RpcError):
        agent.register("first", ["y" * 256] * 200, timeout=5)
    assert database.services(procjon.database)["first"] == 3600  # the old registration stands
    agent.report(("first", 1))  # and still works


def test_a_full_disk_refuses_registrations_until_there_is_room(small_disk, start, slack):
    procjon = start(data=small_disk / "data")
    filler = small_disk / "filler"
    filler.write_bytes(bytes(100 * 1024))
    with Agent(procjon.address) as agent:
        agent.register("first", ["ok", "nok"])
        expect_truth_after_refusal(procjon, agent)
        slack.wait_updates("first", 1, 10)
        filler.unlink()
        agent.register("later")
    assert "later" in database.services(procjon.database)
    procjon.stop()


def test_a_file_size_limit_refuses_registrations_too(start):
    # A limit is announced by a signal that kills, unless it is ignored from the start.
    procjon = start(prefix=["sh", "-c", "trap '' XFSZ; exec \"$@\"", "--"])
    with Agent(procjon.address) as agent:
        agent.register("first", ["ok", "nok"])
        resource.prlimit(procjon.pid, resource.RLIMIT_FSIZE, (400 * 1024, resource.RLIM_INFINITY))
        expect_truth_after_refusal(procjon, agent)
        resource.prlimit(procjon.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        agent.register("later")
    assert "later" in database.services(procjon.database)
