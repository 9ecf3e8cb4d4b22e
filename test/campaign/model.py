# SPDX-License-Identifier: MIT
"""What a status means: the table of the manual once more, written from its text and not from the program.

The world is told as Inputs, each with the span of time in which the server must have met it; the server's own record is
told as Events. Between two readings of a clock several things may be true, so the model follows every course that the
inputs allow, and keeps those that the events bear out. When none is left, the server did what it must not, or did not
do what it must.

Times are seconds on the wall clock.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

STATUS, AVAILABLE, UNAVAILABLE = range(3)  # as on the disk
LOST_GRACE = 5  # disconnect-grace is min(timeout, this) by default
CHECKPOINT = 5  # the last checkpoint is at most this old
STALL = 7  # a loop that did not run for so long was stalled; for less than STALL - CHECKPOINT it was not
BASIS_PART = 1 / 4  # of a timeout: by so much the basis on disk may be older than the last status before a crash
EARLY = 0.005  # clocks are cut to milliseconds
LATE = 1.5  # on an idle machine a timer or a commit comes by then; how much later this one was is told to the model


class Span(NamedTuple):
    lo: float
    hi: float

    def after(self, seconds, most=None):
        return Span(self.lo + seconds, self.hi + (seconds if most is None else most))

    def earlier(self, other):
        return Span(min(self.lo, other.lo), min(self.hi, other.hi)) if other else self

    def later(self, other):
        return Span(max(self.lo, other.lo), max(self.hi, other.hi)) if other else self


@dataclass
class Input:
    """kind: register, report, leave, error (of streams), kill, stop, start, suspend or resume (of the server)."""
    kind: str
    lo: float
    hi: float = None
    sure: bool = True  # False: the server may not have met it
    service: str = None
    streams: tuple = ()
    code: int = 0
    timeout: int = 0
    texts: tuple = ()  # pairs of code and text
    unseen: bool = False  # when the server met it is not known: `hi` is a guess

    @property
    def span(self):
        return Span(self.lo, self.hi)

    def __str__(self):
        about = {"report": f" {self.service} code {self.code} on {self.streams}",
                 "register": f" {self.service} timeout {self.timeout} {dict(self.texts)}",
                 "leave": f" {self.streams}", "error": f" {self.streams}"}.get(self.kind, "")
        return f"{self.lo:.3f}..{self.hi:.3f} {self.kind}{about}{'' if self.sure else ' (perhaps)'}"


class Event(NamedTuple):
    """A row of the server's record."""
    id: int
    kind: int
    text: str
    at: float
    again: bool  # AVAILABLE: not for the first time

    def __str__(self):
        words = [f"status {self.text}", "available again" if self.again else "available", f"not available: {self.text}"]
        word = words[self.kind] if self.kind < len(words) else self.text  # of a remark, about no service
        return f"{self.at:.3f} event {self.id}: {word}"


@dataclass(frozen=True)
class State:
    timeout: int
    texts: tuple
    basis: Span  # silence is counted from here
    stored: float  # the basis that is surely on the disk
    available: bool = None  # None: never reported yet
    reported: bool = False
    code: int = None
    word: str = None  # the text of the code when it was told
    not_due_before: Span = None  # nothing is due before
    lost: Span = None  # when a lost connection counts
    owner: tuple = None  # the stream that reported last
    unstored: bool = False  # what happens from here to the kill is lost

    def deadline(self):
        if self.available is False:
            return None
        return self.silent().earlier(self.lost).later(self.not_due_before)

    def silent(self):
        return self.basis.after(self.timeout)

    def reasons(self):
        if not self.reported:
            return {"never reported"}
        silence = f"no status for {self.timeout} s"
        if self.lost is None or self.lost.lo >= self.silent().hi:
            return {silence}
        return {"connection lost"} if self.lost.hi < self.silent().lo else {"connection lost", silence}


class Demand(NamedTuple):
    """An event that must follow, and the state after it."""
    kind: int
    texts: set
    span: Span
    again: bool
    state: State

    def met_by(self, event, stood_still):
        return (event.kind == self.kind and event.text in self.texts and event.again == self.again
                and self.span.lo - EARLY - stood_still <= event.at <= self.span.hi + LATE + stood_still)


class Run(NamedTuple):
    state: State  # None: not registered
    met: int  # events


class Model:
    """One service."""

    def __init__(self, service, inputs, events, restart_grace, disconnect_grace=None, stood_still=0):
        self.service, self.events = service, events
        self.stood_still, self.late = stood_still, LATE + stood_still
        self.inputs = [i for i in inputs if i.service in (None, service)]
        self.restart_grace, self.disconnect_grace = restart_grace, disconnect_grace
        self.awake = 0  # since then
        self.down = None  # the input that ended the server
        self.asleep = None

    def follow(self):
        """Returns the courses that explain everything, or raises Contradiction."""
        runs = {Run(None, 0)}
        for position, given in enumerate(self.inputs):
            before = runs
            runs = {late for run in runs for late in self.expire(run, given)}
            runs = {after for run in runs for after in self.meet(run, position, given)}
            self.note(given)
            if not runs:
                raise Contradiction(self, before, given)
        complete = {run for run in runs if run.met == len(self.events)}
        if not complete:
            raise Contradiction(self, runs, None)
        return complete

    def note(self, given):
        """Whether the server runs from here on."""
        if given.kind in ("kill", "stop"):
            self.down, self.asleep = given, None
        elif given.kind == "suspend":
            self.asleep = given
        elif given.kind in ("start", "resume"):
            self.awake, self.down, self.asleep = given.hi, None, None

    # ---- silence

    def expire(self, run, given):
        """What the clock may have done by the time of this input."""
        state, due = run.state, run.state and run.state.deadline()
        if not due or state.unstored or self.down:
            return {run}
        away = replace(state, available=False, not_due_before=None, lost=None)
        demand = Demand(UNAVAILABLE, state.reasons(), due, False, away)
        runs = {late for late in self.demand(run, [demand]) if self.events[run.met].at <= given.hi}
        if max(due.hi, self.awake) + self.late >= given.lo or self.asleep:
            runs.add(run)
        return runs

    def demand(self, run, demands, rest=None):
        """All of them met: at most one course. `rest`: the state if there is nothing to demand."""
        met = run.met
        for demand in demands:
            if met == len(self.events) or not demand.met_by(self.events[met], self.stood_still):
                return set()
            met += 1
        return {Run(demands[-1].state if demands else rest, met)}

    # ---- inputs

    def meet(self, run, position, given):
        if given.kind in ("kill", "stop", "start", "suspend", "resume"):
            return getattr(self, given.kind)(run, given)
        if run.state and run.state.unstored:
            return {run}
        states = getattr(self, given.kind)(run.state, position, given)
        runs = set()
        for state, demands in states:
            runs |= self.demand(run, demands, state)
            if self.volatile(position, given):
                runs.update(self.forgotten(run, demands))
        return runs if given.sure else runs | {run}

    def volatile(self, position, given):
        """Whether a kill follows so soon that what this caused may not have reached the disk."""
        return any(later.kind == "kill" and later.lo - given.hi < self.late for later in self.inputs[position:])

    def forgotten(self, run, demands):
        """Only the first of the demands, or none, were written when the kill came."""
        state = run.state
        for count, demand in enumerate(demands):
            yield from self.demand(run, demands[:count], replace(state, unstored=True))
            state = demand.state

    def register(self, state, position, given):
        if state is None:
            return [(State(given.timeout, given.texts, given.span, given.lo), [])]
        return [(replace(state, timeout=given.timeout, texts=given.texts), [])]

    def report(self, state, position, given):
        if state is None:
            return [(None, [])]
        text = dict(state.texts).get(given.code)
        now = replace(state, basis=given.span, stored=state.stored if self.volatile(position, given) else given.lo,
                      not_due_before=None, lost=None, owner=given.streams[0])
        demands = []
        if text and state.code is None and given.code == 0:
            now = replace(now, code=0, word=text)
        if not state.available:
            now = replace(now, available=True, reported=True)
            demands.append(Demand(AVAILABLE, {""}, given.span, state.reported, now))
        if text and now.code != given.code:
            now = replace(now, code=given.code, word=text)
            demands.append(Demand(STATUS, {text}, given.span, False, now))
        return [(now, demands)]

    def leave(self, state, position, given):
        mine = state and state.owner in given.streams
        return [(replace(state, owner=None) if mine else state, [])]

    def error(self, state, position, given):
        if not state or state.owner not in given.streams:
            return [(state, [])]
        grace = min(state.timeout, LOST_GRACE) if self.disconnect_grace is None else self.disconnect_grace
        gone = replace(state, owner=None)
        if state.available:
            gone = replace(gone, lost=given.span.after(grace).earlier(state.lost))
        # A new stream may have reported before the end of the old one was noticed.
        spoken = any(i.kind == "report" and i.lo < given.hi for i in self.inputs[position + 1:])
        return [(gone, []), *([(replace(state, owner=None), [])] if spoken else [])]

    # ---- the server's own life

    def kill(self, run, given):
        return {run._replace(state=run.state and replace(run.state, unstored=False))}

    def stop(self, run, given):
        return {run}

    def start(self, run, given):
        down = self.down or given
        if not run.state:
            return {run}
        state = replace(run.state, lost=None, owner=None)
        away = Span(given.lo - down.hi, given.hi - down.lo)
        oldest = state.basis.lo
        if down.kind == "kill":
            away = away.after(0, CHECKPOINT + self.late)
            if state.reported:
                oldest = state.stored - state.timeout * BASIS_PART
        newest = min(state.basis.hi + away.hi, given.hi)
        if state.timeout <= self.restart_grace:
            newest = given.hi  # it has the whole grace in any case
        return {run._replace(state=replace(state, basis=Span(oldest + away.lo, newest), stored=oldest + away.lo,
                                           not_due_before=given.span.after(self.restart_grace)))}

    def suspend(self, run, given):
        return {run}

    def resume(self, run, given):
        if not run.state or not self.asleep:
            return {run}
        length = given.lo - self.asleep.hi
        extended = run._replace(state=self.extend(run.state, given, length))
        # A report that was sent meanwhile is read before the server notices the stall, or after it has extended.
        reported = run.state.basis.lo >= given.lo
        if length >= STALL and not reported:
            return {extended}
        return {run, extended} if length > STALL - CHECKPOINT - self.late else {run}

    def extend(self, state, given, length):
        def moved(span):
            return span.after(length, length + CHECKPOINT + self.late)

        basis = Span(min(state.basis.lo + length, given.lo), min(moved(state.basis).hi, given.hi + self.late))
        not_due_before = given.span.after(self.restart_grace)
        if state.not_due_before:
            not_due_before = not_due_before.later(moved(state.not_due_before))
        grace = min(state.timeout, LOST_GRACE) if self.disconnect_grace is None else self.disconnect_grace
        return replace(state, basis=basis, not_due_before=not_due_before,
                       lost=state.lost and moved(state.lost).earlier(given.span.after(grace)))


class Contradiction(Exception):
    def __init__(self, model, runs, given):
        furthest = max(run.met for run in runs)
        events = [str(event) for event in model.events]
        states = "\n    ".join(str(run.state) for run in runs if run.met == furthest)
        super().__init__(f"{model.service}: no course of events explains the record\n  at input: {given}\n"
                         f"  met so far: {events[:furthest]}\n  then: {events[furthest:][:4]}\n  states:\n    {states}")
