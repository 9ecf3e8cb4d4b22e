# SPDX-License-Identifier: MIT
"""The images of Containerfile, built and run. No registry is needed: the base is made from Debian's packages."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from journal import HANG
from proto import ROOT
from server import Procjon

pytestmark = pytest.mark.images

BASE = "docker.io/library/debian:bookworm-slim"
LARGEST = 60 << 20
NOBODY = 65532  # the user of the images


class Store:
    """Images and containers in a folder of their own."""

    def __init__(self, folder):
        self.buildah = ["buildah", "--storage-driver", "vfs", "--root", str(folder / "root"),
                        "--runroot", str(folder / "run")]

    def __call__(self, *command):
        done = subprocess.run([*self.buildah, *map(str, command)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"buildah {command}:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        return done.stdout.strip()

    def make_base(self, tarball):
        """What Containerfile installs is in the base already: the tools are fetched once."""
        packages = (ROOT / "Containerfile").read_text().split("--no-install-recommends", 1)[1].split("RUN", 1)[0]
        packages = packages.split("\nCOPY", 1)[0].replace("\\", " ").split()
        subprocess.run(["mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join(packages)}", "bookworm",
                        str(tarball)], check=True)
        container = self("from", "scratch")
        self("add", "-q", container, tarball, "/")
        self("commit", "-q", container, BASE)
        self("rm", container)

    def build(self, target):
        self("build", "--layers", "--isolation", "chroot", "--pull=never", "--target", target, "-t", target, ROOT)

    def run(self, image, environment):
        """The command that runs a program of the image as the image says, on this machine's network."""
        container = self("from", image)
        variables = [word for name, value in environment.items() for word in ("--env", f"{name}={value}")]
        return [*self.buildah, "run", "--isolation", "chroot", *variables, container, "--"]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("images")
    store = Store(folder)
    store.make_base(folder / "base.tar")
    for target in ("procjon", "procjonping"):
        store.build(target)
    return store


@pytest.mark.parametrize("image", ["procjon", "procjonping"])
def test_an_image_is_small_has_no_shell_and_is_nobodys_root(store, image):
    container = store("from", image)
    root = Path(store("mount", container))
    size = sum(file.lstat().st_size for file in root.rglob("*"))
    assert size < LARGEST, f"{size >> 20} MiB"
    assert not list(root.glob("**/sh")) and not list(root.glob("**/bash"))
    user, _, group = store("inspect", "--format", "{{.OCIv1.Config.User}}", container).partition(":")
    assert (user, group) == (str(NOBODY), str(NOBODY))
    store("umount", container)


def processes_of(parent):
    """The process and all that came of it."""
    found = [parent]
    for pid in found:
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            found += map(int, task.read_text().split())
    return found


def named(parent, name):
    return next(pid for pid in processes_of(parent) if Path(f"/proc/{pid}/comm").read_text().strip() == name)


def test_the_server_and_an_agent_run_from_their_images(store, slack, tmp_path):
    run = store.run("procjon", {"PROCJON_SLACK_WEBHOOK": slack.webhook})
    server = Procjon("/var/lib/procjon", prefix=run)
    server.program = ["/usr/sbin/procjon"]
    server.start()
    inside = named(server.pid, "procjon")
    assert os.stat(f"/proc/{inside}").st_uid == NOBODY

    ping = subprocess.Popen([*store.run("procjonping", {}), "/usr/bin/procjonping", "--service=boxed",
                             f"--endpoint={server.address}", "--period=1", "--timeout=3"])
    slack.wait_line("Agent boxed is available.", 20)
    os.kill(named(ping.pid, "procjonping"), signal.SIGTERM)
    assert ping.wait(HANG) == 0
    slack.wait_line("Agent boxed is not available: no status for 3 s.", 20)

    os.kill(inside, signal.SIGTERM)
    assert server.process.wait(HANG) == 0
