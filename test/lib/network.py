# SPDX-License-Identifier: MIT
"""A cable that a test can pull: a network namespace with one interface, whose other end is on this machine."""

import ipaddress
import itertools
import os
import subprocess

# Of the range for benchmarks (RFC 2544); each process has four addresses of its own, so that suites run side by side.
_FOUR = ipaddress.ip_address("198.18.0.0") + 4 * (os.getpid() % (1 << 15))
HERE, THERE = str(_FOUR + 1), str(_FOUR + 2)
_numbers = itertools.count()


def ip(*words, check=True):
    return subprocess.run(["ip", *words], capture_output=True, text=True, check=check, timeout=10)


def forbidden():
    """Why there can be no namespaces, or None."""
    name = f"procjon-{os.getpid()}-try"
    try:
        tried = ip("netns", "add", name, check=False)
        if tried.returncode == 0:
            ip("netns", "delete", name)
        return tried.stderr.strip() or None
    except FileNotFoundError as error:
        return str(error)


class Cable:
    """Use as a context manager. A server binds to `HERE`; what is run with `prefix` has the far end."""

    def __init__(self):
        self.name = f"procjon-{os.getpid()}-{next(_numbers)}"
        self.near = f"pj{os.getpid()}"
        self.prefix = ["ip", "netns", "exec", self.name]

    def __enter__(self):
        ip("netns", "add", self.name)
        ip("link", "add", self.near, "type", "veth", "peer", "name", "far", "netns", self.name)
        ip("address", "add", f"{HERE}/30", "dev", self.near)
        ip("-n", self.name, "address", "add", f"{THERE}/30", "dev", "far")
        ip("-n", self.name, "link", "set", "lo", "up")
        for end in ("near", "far"):
            self.mend(end)
        return self

    def __exit__(self, *_):
        ip("link", "delete", self.near)
        ip("netns", "delete", self.name)

    def _set(self, end, state):
        if end == "near":
            ip("link", "set", self.near, state)
        else:
            ip("-n", self.name, "link", "set", "far", state)

    def cut(self, end):
        """`far`: the agents' machine knows that it has no network. `near`: what it sends is lost."""
        self._set(end, "down")

    def mend(self, end):
        self._set(end, "up")
