# SPDX-License-Identifier: MIT
"""Nothing is lost, nothing is invented: holds what the channel was told against the record, and the record against the model."""

from collections import defaultdict

import database
from model import AVAILABLE, LATE, STATUS, UNAVAILABLE, Contradiction, Event, Model
from reader import read
from world import Lie, shown


def judge(world, gaps=False):
    """What is wrong, in sentences. `gaps`: the disk failed, so what was told may be missing in the record."""
    return Judge(world, gaps).complaints


class Judge:
    def __init__(self, world, gaps):
        self.world, self.complaints = world, list(world.surprises)
        self.told = [(post, read(post)) for post in world.slack.posts if shown(post)]
        self.events, self.fates = defaultdict(list), {}
        for service, event, fate in world.events():
            self.events[service].append(event)
            self.fates[event.id] = fate
        self.complain_of(f"Slack refused {refused}" for refused in world.slack.refused)
        self.fill_gaps() if gaps else self.complain_of(self.gaps())
        for post, message in self.told:
            self.complain_of(self.inventions(message))
        self.complain_of(self.losses())
        self.complain_of(() if gaps else self.repetitions())
        for service in world.definitions:
            self.complain_of(self.wrongs(service))

    def complain_of(self, sentences):
        self.complaints += sentences

    # ---- the record

    def missing(self):
        last = max([0, *self.fates, *(message.last for _, message in self.told)])
        return [number for number in range(1, last + 1) if number not in self.fates]

    def gaps(self):
        """Every event has a number of its own, and is on the disk."""
        yield from (f"event {number} is not on the disk" for number in self.missing())

    def fill_gaps(self):
        for number in self.missing():
            for _, message in self.told:
                for said in message.said:
                    if message.first <= number <= message.last:
                        self.events[said.service] = sorted({Event(number), *self.events[said.service]})

    # ---- messages against the record

    def behind(self, message, service):
        return [event for event in self.events[service] if message.first <= event.id <= message.last]

    def inventions(self, message):
        """A message says what the events behind it say, and counts them."""
        if message.count != sum(said.count for said in message.said):
            yield f"{message} is about {message.count} events, and says so of {sum(said.count for said in message.said)}"
        for said in message.said:
            events = self.behind(message, said.service)
            if any(event.kind is None for event in events):
                continue
            statuses = [event.text for event in events if event.kind == STATUS]
            turns = [event.kind == AVAILABLE for event in events if event.kind in (AVAILABLE, UNAVAILABLE)]
            owed = [event for event in events if self.fates[event.id] != "merged"]
            if (not len(owed) <= said.count <= len(events) or said.status is not None and said.status not in statuses[-1:]
                    or said.available is not None and said.available not in turns[-1:]):
                yield f"{said} is not what happened: {list(map(str, events))}"

    def losses(self):
        """Every event has found its end, and what is called delivered was taken."""
        taken = {event.id for post, message in self.told if post.answer.body == "ok"
                 for said in message.said for event in self.behind(message, said.service)}
        for number, fate in self.fates.items():
            if fate not in ("delivered", "merged"):
                yield f"the fate of event {number} is {fate}"
            elif fate == "delivered" and number not in taken:
                yield f"event {number} is called delivered, and was not"

    def repetitions(self):
        """Nothing is told twice, but around an answer that nobody can be sure of."""
        for (post, message), (_, later) in ((one, other) for position, one in enumerate(self.told)
                                            for other in self.told[position + 1:]):
            twice = [event.id for said in message.said for event in self.behind(message, said.service)
                     if any(again in self.behind(later, other.service) for other in later.said for again in [event])]
            if twice and not self.ambiguous(post):
                yield f"told twice: events {twice} in {message} and {later}"

    def ambiguous(self, post):
        """Whether the server cannot know that this message was taken."""
        return isinstance(post.answer, Lie) or any(
            given.kind == "kill" and given.hi + LATE >= post.at and given.lo <= post.at + post.answer.delay + LATE
            for given in self.world.inputs)

    # ---- the record against the model, and the last word

    def wrongs(self, service):
        options = self.world.schedule.options
        model = Model(service, self.world.inputs, self.events[service], options["restart-grace"],
                      options.get("disconnect-grace"))
        try:
            states = {run.state for run in model.follow()}
        except Contradiction as contradiction:
            yield str(contradiction)
            return
        available, status = self.last_word(service)
        if not any(state is None and available is None or state and state.available == available and self.agrees(service, state, status)
                   for state in states):
            yield f"{service}: the channel believes {available, status}, the truth is {states}"
        stored = database.rows(self.world.procjon.database, "SELECT presence, code FROM service WHERE name = ?", service)
        if not any(state is None and not stored or state and stored == [(PRESENCES[state.available], state.code)]
                   or state and not state.code and stored in ([(PRESENCES[state.available], None)], [(PRESENCES[state.available], 0)])
                   for state in states):
            yield f"{service}: stored is {stored}, the truth is {states}"

    def agrees(self, service, state, status):
        """Whether this text means the last code, in this registration or one before: those change without a word."""
        if status is None:
            return not state.code  # well from the beginning
        return any(dict(given.texts).get(state.code or 0) == status for given in self.world.inputs if given.service == service)

    def last_word(self, service):
        available = status = None
        for _, message in self.told:
            for said in message.said:
                if said.service == service:
                    available = available if said.available is None else said.available
                    status = status if said.status is None else said.status
        return available, status


PRESENCES = {None: 0, True: 1, False: 2}
