# SPDX-License-Identifier: MIT
"""A real systemd, as a user's service manager with a bus of its own. It lives in namespaces and a control group of
its own, so that it neither sees nor touches the systemd of the machine, if there is one. Needs root.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path

from journal import TIMEOUT_FACTOR, eventually
from server import clean_environment

# Its first process; each line that it reads is one life of the manager. systemd believes in a /run of systemd's.
HOLDER = """
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/system
mount -t cgroup2 cgroup2 /sys/fs/cgroup
parent=/sys/fs/cgroup$(sed -n s/^0:://p /proc/self/cgroup)
mkdir "$parent/$1"
echo 0 >"$parent/$1/cgroup.procs"
while read -r line; do /lib/systemd/systemd --user --log-target=null || true; done
kill -KILL -1 || true
echo 0 >"$parent/cgroup.procs"
find "$parent/$1" -depth -type d -exec rmdir {} +
"""

BARE = "[Unit]\nDefaultDependencies=no\n"
EXIT = "Requires={0}\nAfter={0}\n"
UNITS = {
    "basic.target": "",
    "default.target": "Wants=dbus.socket\n",
    "shutdown.target": "",
    "exit.target": EXIT.format("systemd-exit.service") + "AllowIsolate=yes\n",
    "systemd-exit.service": EXIT.format("shutdown.target") + "SuccessAction=exit-force\n[Service]\nSlice=-.slice\n"
                            "Type=oneshot\nExecStart=/bin/true\n",
    "dbus.socket": "[Socket]\nListenStream=%t/bus\n",
    "dbus.service": "[Service]\nType=notify\nExecStart=/usr/bin/dbus-daemon --session --address=systemd: --nofork "
                    "--nopidfile --syslog-only\n",
}
SLEEPER = BARE + "[Service]\nExecStart=/bin/sleep infinity\n"


class Manager:
    """Use as a context manager: it runs. `start` and `stop` are for another life."""

    def __init__(self):
        self.home = Path(tempfile.mkdtemp(prefix="procjon-"))  # short: the paths of sockets are
        self.units = self.home / "units"
        self.units.mkdir()
        for name, text in UNITS.items():
            self.write(name, BARE + text)
        self.holder = None

    @property
    def environment(self):
        """With it a program finds this manager for its user's."""
        return {"XDG_RUNTIME_DIR": str(self.home), "DBUS_SESSION_BUS_ADDRESS": f"unix:path={self.home}/bus"}

    def __enter__(self):
        environment = {**clean_environment(preload=None), "XDG_RUNTIME_DIR": str(self.home), "SYSTEMD_UNIT_PATH": str(self.units)}
        environment.pop("DBUS_SESSION_BUS_ADDRESS", None)
        self.holder = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--ipc", "--fork", "--kill-child", "--mount-proc", "sh", "-euc", HOLDER,
             "holder", self.home.name],
            env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.start()
        return self

    def __exit__(self, *_):
        self._control("exit")
        self.holder.stdin.close()
        try:
            self.holder.wait(10 * TIMEOUT_FACTOR)
        except subprocess.TimeoutExpired:
            self.holder.kill()  # and with its first process everything in the namespace
            self.holder.wait()
        shutil.rmtree(self.home)

    def start(self):
        print("start", file=self.holder.stdin, flush=True)
        eventually(lambda: self._control("is-active", "dbus.socket").returncode == 0, 60, "a manager with a bus")

    def stop(self):
        self("exit")
        eventually(lambda: self._control("is-active", "dbus.socket").returncode != 0, 60, "the end of the manager")

    def write(self, name, text=SLEEPER):
        (self.units / name).write_text(text)

    def add(self, name, text=SLEEPER):
        """The manager knows the unit when this returns, and has it in memory only if another unit wants it."""
        self.write(name, text)
        self("daemon-reload")

    def remove(self, name):
        (self.units / name).unlink()
        self("daemon-reload")

    def _control(self, *words):
        """From inside: systemd wants to know which process asks."""
        inside = Path(f"/proc/{self.holder.pid}/task/{self.holder.pid}/children").read_text().strip()
        return subprocess.run(["nsenter", f"--target={inside}", "--mount", "--pid", "systemctl", "--user", *words], env={**clean_environment(preload=None), **self.environment}, text=True,
                              capture_output=True, timeout=30 * TIMEOUT_FACTOR, check=False)

    def __call__(self, *words):
        """systemctl, for what must succeed."""
        result = self._control(*words)
        assert result.returncode == 0, result.stderr
        return result.stdout
