# SPDX-License-Identifier: MIT
"""Parses the messages in the channel by their wording alone, as a person reads them."""

import re
from dataclasses import dataclass

from slack import unescape

DURATION = r"(?:less than 1 s|\d+ (?:d|h|min|s)(?: \d+ (?:h|min|s))?)"
LATE = re.compile(rf" \([\d :-]+ UTC, delivered {DURATION} later\)$")
EVENTS = re.compile(r"event (\d+)|events (\d+)–(\d+) \((\d+)\)")
QUESTION = re.compile(r".+: is procjon itself cut off\?")  # about many services, and none by name
HEADLINE = re.compile(r"\d+ services (?:changed|are available|are not available):")

# A message about one event.
SENTENCES = [
    (re.compile(r"Service (.+) changed its status to: (.+)"), lambda said: (None, said[2])),
    (re.compile(rf"Agent (.+) is available(?: again after {DURATION})?\."), lambda said: (True, None)),
    (re.compile(r"Agent (.+) is not available: .+\."), lambda said: (False, None)),
]
# What a line about several events of one service is made of.
CLAUSES = [
    (re.compile(rf"available(?: again after {DURATION}| as before)?"), lambda said: (True, None)),
    (re.compile(r"not available(?:: .+| as before)"), lambda said: (False, None)),
    (re.compile(r"status (.+?)(?: as before)?"), lambda said: (None, said[1])),
    (re.compile(r".+ → (.+)"), lambda said: (None, said[1])),
]
COUNT = re.compile(r"(\d+) changes")
BETWEEN = re.compile(rf"not available for {DURATION} in between")


@dataclass
class Said:
    """The net effect of `count` events on one service; None: not mentioned."""
    service: str
    available: bool | None
    status: str | None
    count: int


@dataclass
class Message:
    at: float
    first: int  # event ids
    last: int
    count: int
    said: list


def read(post):
    text, footer = post.text, post.payload.get("attachments", [{}])[0].get("footer")
    if footer is None:  # the plain form
        text, footer = re.fullmatch(r"(?s)(.*) \[(event.*)\]", text).groups()
    return Message(post.at, *read_events(footer), [read_line(line) for line in lines_of(unescape(text))])


def read_events(footer):
    one, first, last, count = EVENTS.fullmatch(footer).groups()
    return (int(one), int(one), 1) if one else (int(first), int(last), int(count))


def lines_of(text):
    return [line.removeprefix("• ") for line in text.splitlines() if not HEADLINE.fullmatch(line)]


def read_line(line):
    line = LATE.sub("", line)
    for shape, meaning in SENTENCES:
        if said := shape.fullmatch(line):
            return Said(said[1], *meaning(said), 1)
    if QUESTION.fullmatch(line):
        return Said("", None, None, 1)
    service, _, rest = line.partition(": ")
    told, count, available, status = 0, None, None, None
    for clause in rest.split(", "):
        if said := COUNT.fullmatch(clause):
            count = int(said[1])
        elif not BETWEEN.fullmatch(clause):
            turned, word = read_clause(clause, line)
            available = available if turned is None else turned
            status = status if word is None else word
            told += 1
    return Said(service, available, status, told if count is None else count)


def read_clause(clause, line):
    for shape, meaning in CLAUSES:
        if said := shape.fullmatch(clause):
            return meaning(said)
    raise ValueError(f"cannot be read: {clause!r} in {line!r}")
