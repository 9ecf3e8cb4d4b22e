# SPDX-License-Identifier: MIT
"""After kill -9 at any moment, everything that was answered OK is stored."""

import random
import threading
import time

import pytest

import database
from agent import Agent
from journal import HANG, TIMEOUT_FACTOR

KILLS = 200
SEED = 20240229
SERVICES = [f"db{number}" for number in range(32)]
MOST_ANSWERS = 96  # registrations that are answered before the kill comes nearer
LONGEST_MOMENT = 0.06  # seconds from there to the kill


class Load:
    """Registers the same services again and again; the timeout counts up, so that it tells which one was stored."""

    def __init__(self):
        self.version = 0
        self.promised = dict.fromkeys(SERVICES, 0)
        self.sent = dict.fromkeys(SERVICES, 0)
        self.answers = threading.Semaphore(0)

    def run(self, agent, stop):
        calls = []
        while not stop.is_set():
            self.version += 1
            for service in SERVICES:
                self.sent[service] = self.version
                calls.append((service, self.version, agent.register_later(service, timeout=self.version)))
                calls[-1][2].add_done_callback(lambda _: self.answers.release())
            calls[-1][2].exception()  # one round in flight
        for service, version, call in calls:
            if call.exception() is None:
                self.promised[service] = version


def kill_under_load(procjon, load, answers, moment):
    stop = threading.Event()
    load.answers = threading.Semaphore(0)
    procjon.start()
    with Agent(procjon.address) as agent:
        loading = threading.Thread(target=load.run, args=(agent, stop))
        loading.start()
        for _ in range(answers):
            assert load.answers.acquire(timeout=HANG * TIMEOUT_FACTOR)
        time.sleep(moment)  # it is the test
        procjon.kill()
        stop.set()
        loading.join()


@pytest.mark.heavy("two hundred starts; what is tested is the disk")
def test_every_registration_that_was_answered_survives_200_kills(procjon):
    procjon.kill()
    load = Load()
    dice = random.Random(SEED)
    for _ in range(KILLS):
        kill_under_load(procjon, load, dice.randrange(MOST_ANSWERS), dice.uniform(0, LONGEST_MOMENT))
        with database.remains(procjon.data) as remains:
            stored = database.services(remains)
        broken = {service: (load.promised[service], stored.get(service)) for service in SERVICES
                  if not load.promised[service] <= stored.get(service, 0) <= load.sent[service]}
        assert not broken, f"seed {SEED}: promised and stored: {broken}"
    assert min(load.promised.values()) > KILLS / 10, "the load never got through"
