# SPDX-License-Identifier: MIT
"""
Random schedules against a real server: agents that report, fall silent and break connections, a server that is killed,
stopped and suspended, a Slack that is slow, unreachable and gives wrong answers. Afterwards no event may be lost, and
none told that did not happen.

    campaign.py [--seed N] [--schedules N] [--jobs N]    SEED, SEED + 1, ..., and those that failed before
"""

import argparse
import os
import sys
import tempfile
import time
import traceback
from concurrent.futures import ProcessPoolExecutor, as_completed

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

from judge import judge  # noqa: E402
from schedule import draw  # noqa: E402
from world import MoodySlack, World  # noqa: E402

JOBS = 6 * (os.cpu_count() or 1)  # most of a schedule is waiting
FOUND = (36, 48, 1442, 1505, 2311, 20906, 90202)  # seeds that once failed
SHRINK_WITHIN = 60  # seconds


def play(schedule, kind=World):
    """What is wrong with this schedule's outcome, and what happened."""
    with tempfile.TemporaryDirectory() as directory, MoodySlack() as slack:
        world = kind(schedule, directory, slack)
        try:
            world.play()
            return judge(world), story(world)
        except Exception:
            return [traceback.format_exc()], story(world)


def story(world):
    inputs = [(given.lo, str(given)) for given in world.inputs if given.hi]
    posts = [(post.at, f"{post.at:.3f} message {post.payload} answered {post.answer}") for post in world.slack.posts]
    try:
        events = [(event.at, f"{event} of {service}, {outcome}") for service, event, outcome in world.events()]
    except Exception as error:
        events = [(0, f"no record: {error}")]
    return [line for _, line in sorted(inputs + posts + events)] + ["log of the server's last life:"] + world.log[-60:]


def report(name, schedule, complaints, happened):
    print(f"\n==== {name} failed", *complaints, "---- schedule", schedule, "---- what happened", *happened, sep="\n",
          flush=True)


def fails(schedule):
    return bool(play(schedule)[0])


def shrink(pool, schedule):
    """Leaves out halves, quarters, ... for as long as what remains still fails."""
    deadline = time.monotonic() + SHRINK_WITHIN
    size = len(schedule.steps) // 2
    while size and time.monotonic() < deadline:
        parts = [schedule.steps[start:start + size] for start in range(0, len(schedule.steps), size)]
        smaller = [schedule.without(part) for part in parts]
        failing = [one for one, failed in zip(smaller, pool.map(fails, smaller)) if failed]
        if failing:
            schedule = failing[0]
        size = min(size, len(schedule.steps) // 2) if failing else size // 2
    return schedule


def main():
    options = argparse.ArgumentParser(usage=__doc__)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--schedules", type=int, default=50)
    options.add_argument("--jobs", type=int, default=JOBS)
    options = options.parse_args()
    failed, first = 0, None
    seeds = dict.fromkeys([*range(options.seed, options.seed + options.schedules), *FOUND[:options.schedules - 1]])
    with ProcessPoolExecutor(options.jobs) as pool:
        schedules = {pool.submit(play, schedule): schedule for schedule in map(draw, seeds)}
        for done in as_completed(schedules):
            complaints, happened = done.result()
            if complaints:
                failed += 1
                report(f"seed {schedules[done].seed}", schedules[done], complaints, happened)
                first = first or schedules[done]
        if first:
            print("\n==== and this is what it takes:", shrink(pool, first), sep="\n", flush=True)
    print(f"{len(seeds) - failed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
