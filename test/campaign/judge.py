# SPDX-License-Identifier: MIT
"""Compares the messages in the channel with the server's record, and the record with the model."""

from collections import defaultdict

import database
from model import AVAILABLE, LATE, STATUS, UNAVAILABLE, Contradiction, Model
from reader import read
from world import Lie, shown

AVAILABILITIES = [None, True, False]  # as on the disk


def judge(world):
    """What is wrong, in sentences."""
    return Judge(world).complaints


class Judge:
    def __init__(self, world):
        self.world, self.complaints = world, list(world.surprises)
        self.told = [(post, read(post)) for post in world.slack.posts if shown(post)]
        self.events, self.outcomes = defaultdict(list), {}
        for service, event, outcome in world.events():
            self.events[service].append(event)
            self.outcomes[event.id] = outcome
        self.complain_of(f"Slack refused {refused}" for refused in world.slack.refused)
        self.complain_of(self.gaps())
        for post, message in self.told:
            self.complain_of(self.inventions(message))
        self.complain_of(self.losses())
        self.complain_of(self.repetitions())
        for service in world.definitions:
            self.complain_of(self.wrongs(service))

    def complain_of(self, sentences):
        self.complaints += sentences

    # ---- the record

    def gaps(self):
        """Every event is on the disk."""
        last = max([0, *self.outcomes, *(message.last for _, message in self.told)])
        yield from (f"event {number} is not on the disk" for number in range(1, last + 1) if number not in self.outcomes)

    # ---- messages against the record

    def behind(self, message, service):
        """The events of the service that the message may be about; merged ones may be among them by their numbers."""
        return [event for event in self.events[service] if message.first <= event.id <= message.last]

    def inventions(self, message):
        """A message says what the events behind it say, and counts them."""
        if message.count != sum(said.count for said in message.said):
            yield f"{message} does not add up"
        for said in message.said:
            events = self.behind(message, said.service)
            statuses = [event.text for event in events if event.kind == STATUS]
            turns = [event.kind == AVAILABLE for event in events if event.kind in (AVAILABLE, UNAVAILABLE)]
            owed = [event for event in events if self.outcomes[event.id] != "merged"]
            if (not len(owed) <= said.count <= len(events) or said.status not in (None, *statuses[-1:])
                    or said.available not in (None, *turns[-1:])):
                yield f"{said} is not what happened: {list(map(str, events))}"

    def losses(self):
        """Every event has found its end, and what is called delivered was taken."""
        taken = {event.id for post, message in self.told if post.answer.body == "ok"
                 for said in message.said for event in self.behind(message, said.service)}
        for number, outcome in self.outcomes.items():
            if outcome not in ("delivered", "merged"):
                yield f"the outcome of event {number} is {outcome}"
            elif outcome == "delivered" and number not in taken:
                yield f"event {number} is called delivered, and was not"

    def repetitions(self):
        """No event is told twice, except where the server cannot know whether a message was received."""
        told = {}
        for post, message in self.told:
            events = {event.id for said in message.said for event in self.behind(message, said.service)
                      if self.outcomes[event.id] != "merged"}
            twice = [number for number in events if number in told and not self.ambiguous(told[number])]
            if twice:
                yield f"told twice: events {twice}, now in {message}"
            told |= dict.fromkeys(events, post)

    def ambiguous(self, post):
        """Whether the server cannot know that this message was taken."""
        late = LATE + self.world.late
        return isinstance(post.answer, Lie) or any(
            given.kind == "kill" and given.hi + late >= post.at and given.lo <= post.at + post.answer.delay + late
            for given in self.world.inputs)

    # ---- the record against the model, and the last message

    def wrongs(self, service):
        options = self.world.schedule.options
        model = Model(service, self.world.inputs, self.events[service], options["restart-grace"],
                      options.get("disconnect-grace"), self.world.late)
        try:
            states = {run.state for run in model.follow()}
        except Contradiction as contradiction:
            yield str(contradiction)
            return
        told, stored = self.last_word(service), self.stored(service)
        if not any(self.agrees(service, state, *told) for state in states):
            yield f"{service}: the channel believes {told}, the truth is {states}"
        if not any(stored == (state and (state.available, state.code or 0)) for state in states):
            yield f"{service}: stored is {stored}, the truth is {states}"

    def agrees(self, service, state, available, status):
        if state is None or state.available != available:
            return state is None and available is None
        if status is None:
            return not state.code  # good from the beginning
        # A text of this registration or of one before: they change without a message.
        return any(dict(given.texts).get(state.code or 0) == status
                   for given in self.world.inputs if given.service == service)

    def stored(self, service):
        """Availability and code on the disk; no code counts as 0."""
        rows = database.rows(self.world.procjon.database, "SELECT availability, code FROM service WHERE name = ?", service)
        return next(((AVAILABILITIES[availability], code or 0) for availability, code in rows), None)

    def last_word(self, service):
        available = status = None
        for _, message in self.told:
            for said in message.said:
                if said.service == service:
                    available = available if said.available is None else said.available
                    status = status if said.status is None else said.status
        return available, status
