# SPDX-License-Identifier: MIT
"""Plays a schedule to a real server, with agents and a Slack of its own, and writes down what was done to it when."""

import select
import signal
import time

import database
import proto
from journal import TIMEOUT_FACTOR
from model import Event, Input
from pulse import Polite, Pulse
from rawh2 import data, message, reset
from server import Procjon
from slack import BROKEN, GONE, HANG_UP, INVALID, OK, Answer, Slack, after, rate_limited
from wire import abort

NOTICED = 1.5  # seconds within which a server that runs sees the end of a connection
DRAINED = 60  # seconds until a Slack that accepts messages has been told everything
END_OF = {"kill": "start", "stop": "start", "suspend": "resume"}
RELOAD_EVERY = 1  # seconds: an operator who wants it at once


class Lie(Answer):
    """The message was shown all the same."""


ANSWERS = {
    "ok": OK, "slow": after(0.6), "limited": rate_limited(1), "broken": BROKEN, "other": Answer(body="<html>"),
    "hang_up": HANG_UP, "invalid": INVALID, "gone": GONE,
    "lying_500": Lie(500, "rollup_error"), "lying_hang_up": Lie(hang_up=True), "lying_other": Lie(body="thanks"),
}


class MoodySlack(Slack):
    def choose(self, payload):
        answer = super().choose(payload)
        if answer is INVALID and "attachments" not in payload:
            return OK  # the plainest form is never wrong
        return answer


def shown(post):
    """Whether the channel has this message."""
    return isinstance(post.answer, Lie) or post.answer.body == "ok" and not post.answer.hang_up


class Line(Polite):
    """One agent's connection, with its streams by name."""

    serial = 0

    def __init__(self, address):
        super().__init__(address)
        Line.serial += 1
        self.name, self.streams, self._next = Line.serial, {}, 1

    def key(self, stream):
        return (self.name, self.streams[stream])

    def keys(self):
        return tuple((self.name, number) for number in self.streams.values())

    def open(self, path):
        number, self._next = self._next, self._next + 2
        self.send(self.call(number, path))
        return number

    def request(self, path, payload=b""):
        """The grpc-status of a call, or None if the connection ended before it."""
        number = self.open(path)
        self.send(message(number, payload, end=True))
        response = self.response(number)
        return response.grpc if response.ended else None

    def met(self):
        """A round trip: the server has met what was sent. False: the connection ended."""
        return self.request("/grpc.health.v1.Health/Check") is not None


class World:
    commits = True  # the disk may be asked how fast it is

    def __init__(self, schedule, directory, slack):
        self.schedule, self.slack = schedule, slack
        options = [f"--{name}={value}" for name, value in schedule.options.items()] + ["--loglevel=debug"]
        self.procjon = Procjon(directory, slack, options)
        self.proto = proto.first_generation()
        self.inputs, self.surprises, self.log = [], [], []
        self.lines, self.definitions, self.registered = {}, {}, {}
        self.pending = None  # (line, input) pairs that a suspended server has not met; None: it runs
        self.pulse = Pulse(lambda: self.procjon.address, self.commits)
        self.late = 0  # seconds by which this machine was later than an idle one

    # ---- the whole of it

    def play(self):
        self.slack.script(*(ANSWERS[name] for name in self.schedule.answers))
        self.start()
        self.pulse.start()
        try:
            begin = time.time()
            for step in self.schedule.steps:
                time.sleep(max(0, begin + step.at - time.time()))
                getattr(self, step.verb)(*step.args)
            self.resume()
            self.settle()
        finally:
            self.pulse.stop()
            if self.procjon.running:
                self.procjon.kill()
        self.reckon()
        return self

    def reckon(self):
        """How late the machine was: inputs that were not waited for may have been met by so much later."""
        away = [(given.lo, next((after.hi for after in self.inputs[position:] if after.kind == END_OF[given.kind]),
                                time.time())) for position, given in enumerate(self.inputs) if given.kind in END_OF]
        answers = [given.hi - given.lo for given in self.inputs if given.kind == "register" and given.sure]
        self.late = max([0, self.pulse.late(away), *answers])
        for given in self.inputs:
            if given.unseen:
                given.hi += self.late

    def settle(self):
        """Slack accepts messages again: waits until everything is told, and stops the server."""
        self.slack.recover()
        while True:
            self.drain()
            self.stop(None)
            if database.owed(self.procjon.database) == 0:
                return
            self.start()

    def drain(self):
        reloaded = 0
        deadline = time.time() + DRAINED * TIMEOUT_FACTOR
        while owed := database.owed(self.procjon.database):
            assert time.time() < deadline, f"{owed} messages are still owed after {DRAINED} s: {self.tail()}"
            if time.time() - reloaded > RELOAD_EVERY:
                self.reload()
                reloaded = time.time()
            time.sleep(0.05)

    def tail(self):
        return "\n".join(list(self.procjon.log)[-20:])

    def events(self):
        rows = database.rows(self.procjon.database, "SELECT service, id, kind, text, at_ms, since_ms, outcome FROM event")
        return [(service, Event(number, kind, text, at / 1000, kind == 1 and since != 0), outcome)
                for service, number, kind, text, at, since, outcome in rows]

    # ---- the server

    def note(self, kind, lo=None, **about):
        given = Input(kind, time.time() if lo is None else lo, **about)
        self.inputs.append(given)
        return given

    def start(self):
        given = self.note("start")
        self.procjon.start()
        given.hi = time.time()
        self.lines.clear()

    def end(self, kind, how, downtime):
        given = self.note(kind)
        try:
            how()
        finally:
            given.hi = time.time()
        self.lose_all()
        self.log += list(self.procjon.log or [])
        if downtime is not None:
            time.sleep(downtime)
            self.start()

    def lose_all(self):
        for line in self.lines.values():
            line.sock.close()
        self.lines.clear()
        for _, given in self.pending or ():
            given.sure, given.hi = False, time.time()
        self.pending = None

    def kill(self, downtime, last_words=(), moments=0):
        self.say(last_words)
        time.sleep(moments / 1000)
        self.end("kill", self.procjon.kill, downtime)

    def stop(self, downtime, last_words=(), moments=0):
        self.resume()
        self.say(last_words)

        def stop():
            self.procjon.signal(signal.SIGTERM)
            time.sleep(moments / 1000)
            self.say(last_words)
            self.hang_on()
            self.procjon.ended()

        self.end("stop", stop, downtime)

    def hang_on(self):
        """Agents that listen until the server has gone."""
        poll = select.poll()
        lines = {line.sock.fileno(): line for line in self.lines.values()}
        for number in lines:
            poll.register(number, select.POLLIN)
        while lines and self.procjon.process.poll() is None:
            for number, _ in poll.poll(100):
                lines[number].receive()
                if lines[number].closed:
                    poll.unregister(number)
                    del lines[number]

    def say(self, last_words):
        """Reports without waiting for the server."""
        for service, line, stream, code in last_words:
            if line in self.lines and self.registered.get(service):
                given = self.send(service, self.lines[line], stream, code)
                given.sure, given.hi, given.unseen = False, given.lo + NOTICED, True

    def suspend(self):
        if self.pending is None:
            given = self.note("suspend")
            self.procjon.signal(signal.SIGSTOP)
            given.hi = time.time()
            self.pending = []

    def resume(self):
        if self.pending is None:
            return
        pending, self.pending = self.pending, None
        given = self.note("resume")
        self.procjon.signal(signal.SIGCONT)
        given.hi = time.time()
        for line, sent in pending:
            sent.lo = given.lo
            self.meet(line, sent)

    def reload(self):
        self.procjon.reload()

    # ---- the agents

    def line(self, name):
        """The connection of this name; None if there is none and the server cannot accept one now."""
        if name not in self.lines and self.pending is None:
            self.lines[name] = Line(self.procjon.address)
        return self.lines.get(name)

    def meet(self, line, given):
        """Waits until the server has met this input, unless it is suspended."""
        if self.pending is not None:
            self.pending.append((line, given))
            return
        met = line.met()
        given.hi = time.time()
        if not met:
            given.sure = False
            self.broken(line)
        for stream, number in list(line.streams.items()):
            if line.responses.get(number) and line.responses[number].over:
                self.surprises.append(f"{given}: the server ended the stream: {line.responses[number]}")
                del line.streams[stream]

    def broken(self, line):
        """The server hung up, which nothing in a schedule asks it to do."""
        self.surprises.append(f"the server hung up: {line.goaway()}")
        self.forget(line)

    def forget(self, line):
        self.lines = {name: other for name, other in self.lines.items() if other is not line}

    def register(self, service, line, timeout, texts):
        self.definitions[service] = (timeout, texts)
        if line := self.line(line):
            self.registered[service] = False
            if self.pending is None:
                self.introduce(service, line)

    def introduce(self, service, line):
        timeout, texts = self.definitions[service]
        given = self.note("register", service=service, timeout=timeout, texts=texts)
        registration = proto.registration(self.proto, service, dict(texts), timeout)
        status = line.request("/Procjon/RegisterService", registration.SerializeToString())
        given.hi = time.time()
        given.sure = status is not None
        self.registered[service] = status == 0
        if status is None:
            self.broken(line)
        elif status != 0:
            self.refused(given, status)

    def refused(self, given, status):
        self.inputs.remove(given)
        self.surprises.append(f"{given}: status {status}")

    def send(self, service, line, stream, code):
        if stream not in line.streams:
            line.streams[stream] = line.open("/Procjon/SendServiceStatus")
        given = self.note("report", service=service, streams=(line.key(stream),), code=code)
        report = self.proto.ServiceStatus(serviceIdentifier=service, statusCode=code)
        line.send(message(line.streams[stream], report.SerializeToString()))
        return given

    def report(self, service, line, stream, code):
        line = self.line(line)
        if line and not self.registered.get(service) and self.pending is None and service in self.definitions:
            self.introduce(service, line)
        if not line or not self.registered.get(service):
            return
        # To a suspended server all inputs go over one connection: otherwise it is not known which it reads first.
        if self.pending is None or all(other is line for other, _ in self.pending):
            self.meet(line, self.send(service, line, stream, code))

    def half_close(self, line, stream):
        line = self.lines.get(line)
        if line and stream in line.streams and self.pending is None:
            given = self.note("leave", streams=(line.key(stream),))
            number = line.streams.pop(stream)
            line.send(data(number, end=True))
            response = line.response(number)
            given.hi = time.time()
            if not response.ended:
                given.sure = False
                self.broken(line)
            elif response.grpc:
                self.refused(given, response.grpc)

    def reset(self, line, stream):
        line = self.lines.get(line)
        if line and stream in line.streams and self.pending is None:
            given = self.note("error", streams=(line.key(stream),))
            line.send(reset(line.streams.pop(stream)))
            self.meet(line, given)

    def drop(self, line, how):
        line = self.lines.get(line)
        if line and self.pending is None:
            self.forget(line)
            given = self.note("error", streams=line.keys())
            abort(line.sock) if how == "abort" else line.sock.close()
            given.hi, given.unseen = given.lo + NOTICED, True
