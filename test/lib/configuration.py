# SPDX-License-Identifier: MIT
"""A configuration file for a server under test. JSON is YAML."""

import json


class Configuration:
    """`write` replaces the file; what is not given is not in it."""

    def __init__(self, directory):
        self.path = directory / "procjon.yaml"

    @property
    def option(self):
        return f"--config={self.path}"

    def write(self, **sections):
        self.path.write_text(json.dumps(sections, indent=2))
        return self.option

    def damage(self):
        self.path.write_text("sinks:\n  - name: team\n    kind: pigeon\n")


def sink(name, receiver, kind="slack"):
    return {"name": name, "kind": kind, "url": receiver.webhook if kind == "slack" else receiver.url}


def route(match, to, **more):
    return {"match": match, "sink": to} | {key.replace("_", "-"): value for key, value in more.items()}
