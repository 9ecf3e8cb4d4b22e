# SPDX-License-Identifier: MIT
"""A few seconds drawn from a seed: which agent reports what when, and what happens to the server and to Slack."""

import random
from dataclasses import dataclass, field, replace

LENGTH = 5  # seconds
SERVICES = ["db", "web & co", "<!channel>", "höhe/π", "host-1/ssh.service", "a;b=c|d", "backup@example", "x"]
LINES = ["one", "two", "three"]  # connections
TABLES = [((0, "ok"), (1, "nok")), ((0, "ok"), (1, "nok"), (2, "warning"), (-7, "<down> & out")),
          ((1, "bad"), (3, "worse")), ()]
UNREGISTERED = 9  # a code in none of them
ANSWERS = {"ok": 6, "slow": 4, "limited": 1, "broken": 2, "other": 1, "hang_up": 2, "lying_500": 2, "lying_hang_up": 2,
           "lying_other": 1, "invalid": 1, "gone": 0.3}
LONG_SLEEPS = 20  # one schedule in so many suspends the server for longer than STALL


@dataclass(frozen=True, order=True)
class Step:
    at: float  # seconds from the beginning
    verb: str
    args: tuple = ()

    def __str__(self):
        return f"{self.at:6.3f} {self.verb}{self.args}"


@dataclass
class Schedule:
    seed: int
    options: dict  # of the server
    steps: list = field(default_factory=list)
    answers: list = field(default_factory=list)  # Slack's, before it accepts messages again

    def __str__(self):
        return "\n".join([f"seed {self.seed} options {self.options}", f"answers {self.answers}", *map(str, self.steps)])

    def without(self, steps):
        return replace(self, steps=[step for step in self.steps if step not in steps])


def draw(seed):
    dice = random.Random(seed)
    options = {"restart-grace": dice.choice([0, 1, 1, 2])}
    if dice.random() < 0.5:
        options["disconnect-grace"] = dice.choice([0, 1])
    schedule = Schedule(seed, options)
    lives = [Life(dice, name) for name in dice.sample(SERVICES, dice.randint(2, len(SERVICES)))]
    for life in lives:
        schedule.steps += life.steps
    schedule.steps += end_of_server(dice, lives, long=seed % LONG_SLEEPS == 7)
    schedule.steps.sort()
    schedule.answers = dice.choices(list(ANSWERS), list(ANSWERS.values()), k=dice.choice([0, 2, 5, 10]))
    return schedule


class Life:
    """One service: phases of reports, of silence and of trouble with its connection."""

    def __init__(self, dice, name):
        self.dice, self.name = dice, name
        self.line, self.stream = dice.choice(LINES), dice.choice(["a", "b"])
        self.code, self.version, self.steps = 0, 0, []
        self.now = dice.uniform(0, 0.5)
        self.define()
        phases = [self.alive] * 5 + [self.burst, self.silence, self.once, self.stranger, self.reset, self.half_close,
                                     self.drop, self.define]
        while self.now < LENGTH:
            dice.choice(phases)()

    def add(self, verb, *args):
        self.steps.append(Step(round(self.now, 3), verb, args))

    def wait(self, low, high):
        self.now += self.dice.uniform(low, high)

    def report(self, line=None, stream=None):
        if self.dice.random() < 0.3:
            self.code = self.dice.choice([0, 1, 1, 2, 3, -7, UNREGISTERED])
        self.add("report", self.name, line or self.line, stream or self.stream, self.code)

    def define(self):
        """Registers, or registers anew with other texts."""
        self.timeout = self.dice.choice([1, 1, 2, 3, 30])
        self.version += 1
        texts = tuple((code, f"{text} v{self.version}") for code, text in self.dice.choice(TABLES))
        self.add("register", self.name, self.line, self.timeout, texts)
        self.wait(0, 0.5)

    def alive(self):
        end = self.now + self.dice.uniform(0.5, 3)
        while self.now < end:
            self.report()
            self.wait(0.1, 0.8 * min(self.timeout, 2))

    def burst(self):
        for _ in range(self.dice.randint(5, 20)):
            self.report()
            self.wait(0, 0.02)

    def silence(self):
        self.wait(0.2, 2 * min(self.timeout, 2))

    def once(self):
        """As a cron job: one report on a stream of its own."""
        self.report(stream="once")
        self.add("half_close", self.line, "once")
        self.wait(0, 1)

    def stranger(self):
        """Another stream reports for it, and ends in one way or the other."""
        line = self.dice.choice([line for line in LINES if line != self.line])
        self.report(line, "stranger")
        self.wait(0, 0.3)
        if self.dice.random() < 0.5:
            self.report()
        self.add(self.dice.choice(["reset", "half_close"]), line, "stranger")
        self.wait(0, 0.5)

    def reset(self):
        self.add("reset", self.line, self.stream)
        self.wait(0, 1.5)

    def half_close(self):
        self.add("half_close", self.line, self.stream)
        self.wait(0, 1.5)

    def drop(self):
        self.add("drop", self.line, self.dice.choice(["close", "abort"]))
        self.wait(0, 1.5)


def end_of_server(dice, lives, long):
    """Kills, stops and suspensions, one after the other."""
    steps, now = [], dice.uniform(0.3, LENGTH)
    if long:
        return [Step(round(now, 3), "suspend"), Step(round(now + 8.5, 3), "resume")]
    while now < LENGTH and dice.random() < 0.8:
        verb = dice.choice(["kill", "kill", "stop", "suspend", "reload"])
        length = dice.uniform(0, 1.5)
        if verb == "suspend":
            steps += [Step(round(now, 3), "suspend"), Step(round(now + length, 3), "resume")]
        elif verb == "reload":
            steps.append(Step(round(now, 3), verb))
        else:
            # What is on its way when the end comes, and how long (ms) before it.
            last_words = tuple((life.name, life.line, life.stream, dice.choice([0, 1]))
                               for life in lives if dice.random() < 0.4)
            steps.append(Step(round(now, 3), verb, (round(length, 3), last_words, round(dice.expovariate(0.2), 3))))
        now += length + dice.uniform(0.5, 3)
    return steps
