# SPDX-License-Identifier: MIT
"""A process whose output is listened to, line by line, until it is killed at the end of the block."""

import subprocess
import threading

from server import clean_environment


class Talker:
    """`hear` is called for each line from `listen` on, on a thread of its own; until then `process` is there to be read."""

    def __init__(self, *command, stdin=subprocess.DEVNULL):
        self.process = subprocess.Popen([str(word) for word in command], text=True, stdin=stdin, stdout=subprocess.PIPE,
                                        env=clean_environment(preload=None))
        self._reader = threading.Thread(target=self._read, daemon=True)

    def listen(self):
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.hear(line)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self._reader.join()
        for pipe in filter(None, (self.process.stdin, self.process.stdout)):
            pipe.close()
