"""
Runs a command line and kills this process before its n-th durable call.

Usage: crash_driver.py N ARGUMENTS...   Ends by itself, with the command's code, when the command
makes fewer durable calls than N.
"""

import os
import signal
import sqlite3.dbapi2
import sys

state = {"seen": 0, "n": int(sys.argv[1])}


def count() -> None:
    state["seen"] += 1
    if state["seen"] == state["n"]:
        os.kill(os.getpid(), signal.SIGKILL)


def guard(call):
    def wrapper(*args, **kwargs):
        count()
        return call(*args, **kwargs)

    return wrapper


class Guarded(sqlite3.Connection):
    def commit(self) -> None:
        if self.in_transaction:
            count()
        super().commit()


def connect(*args, **kwargs):
    return original(*args, **{**kwargs, "factory": Guarded})


original = sqlite3.dbapi2.connect
sqlite3.dbapi2.connect = sqlite3.connect = connect
for name in ("write", "fsync", "replace", "unlink"):
    setattr(os, name, guard(getattr(os, name)))

from cli.main import code_of  # noqa: E402 - after the guards are up

sys.exit(code_of(sys.argv[2:]))
