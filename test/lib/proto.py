# SPDX-License-Identifier: MIT
"""Message classes straight from .proto files: protoc describes them, each generation in a pool of its own.

The two wire generations use the same names, so they must not share a pool.
"""

import functools
import subprocess
import tempfile
from pathlib import Path

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

ROOT = Path(__file__).resolve().parents[2]


class Proto:
    """Messages are attributes: Proto(path).Service(...)."""

    def __init__(self, path):
        path = Path(path)
        with tempfile.NamedTemporaryFile() as described:
            subprocess.run(["protoc", f"-I{path.parent}", "--include_imports",
                            f"--descriptor_set_out={described.name}", path.name], check=True)
            files = descriptor_pb2.FileDescriptorSet.FromString(Path(described.name).read_bytes())
        pool = descriptor_pool.DescriptorPool()
        for file in files.file:
            pool.Add(file)
        factory = message_factory.MessageFactory(pool)
        for file in files.file:
            for message in file.message_type:
                full_name = f"{file.package}.{message.name}".lstrip(".")
                setattr(self, message.name, factory.GetPrototype(pool.FindMessageTypeByName(full_name)))


@functools.cache
def first_generation():
    """map<int32, string> statuses, int32: what this project's own agents speak."""
    return Proto(ROOT / "proto/procjon.proto")


@functools.cache
def second_generation():
    """repeated string statuses, uint32: what agents of the upstream release v0.4.0 speak."""
    return Proto(ROOT / "test/lib/second_generation.proto")


def registration(proto, service, statuses, timeout):
    """`statuses` is a list of texts whose codes are their positions, or for the first generation a dict."""
    message = proto.Service(serviceIdentifier=service, timeout=timeout)
    if proto is second_generation():
        message.statuses.extend(statuses)
    else:
        message.statuses.update(statuses if isinstance(statuses, dict) else dict(enumerate(statuses)))
    return message
