# SPDX-License-Identifier: MIT
"""What is on the disk, read with SQLite's own tools beside the server or after its end."""

import shutil
import sqlite3
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path


def rows(database, query, *parameters):
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return connection.execute(query, parameters).fetchall()


def services(database):
    """Registered timeouts by name."""
    return dict(rows(database, "SELECT name, timeout_s FROM service"))


def statuses(database, service):
    return dict(rows(database, "SELECT status.code, text FROM status JOIN service ON service = id WHERE name = ?", service))


def history(database, service):
    """What happened to a service, oldest first: `available`, `status nok`, `not available: no status for 1 s`, ..."""
    return [happening(*row) for row in
            rows(database, "SELECT kind, text, since_ms FROM event WHERE service = ? ORDER BY id", service)]


def happening(kind, text, since_ms):
    """One event in words; the numbers are those of enum transition_kind, which never change."""
    return [f"status {text}", "available again" if since_ms else "available", f"not available: {text}"][kind]


def owed(database):
    """Messages that were not delivered yet."""
    return rows(database, "SELECT count(*) FROM event WHERE outcome IS NULL")[0][0]


@contextmanager
def remains(directory):
    """The file that a killed server left, in a copy: opening the original would do the recovery in its place."""
    with tempfile.TemporaryDirectory() as copy:
        for file in Path(directory).glob("procjon.db*"):
            shutil.copy(file, copy)
        database = Path(copy, "procjon.db")
        with closing(sqlite3.connect(database)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        yield database


@contextmanager
def locked(database):
    """Another program writes meanwhile: the server's own writes wait, and fail after two seconds."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")
