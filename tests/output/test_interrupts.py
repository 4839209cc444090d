"""A signal ends the process even where Python drops what is raised."""

import subprocess
import sys

import pytest

# The signal arrives while an object is destroyed, as it does while garbage is collected.
DROPPED = """
import os, signal, time, weakref
from output.interrupts import heed_signals

# As at a terminal: in the background or under nohup they would be ignored from the start.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
heed_signals()

def stop_this(_):
    os.kill(os.getpid(), signal.{name})
    time.sleep(0.01)

class Object:
    pass

one = Object()
reference = weakref.ref(one, stop_this)
try:
    del one
    for _ in range(500):
        time.sleep(0.01)
    print("went on")
except KeyboardInterrupt:
    print("stopped")
"""


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_interrupt_while_an_object_is_destroyed_is_not_lost(name):
    ended = subprocess.run(
        [sys.executable, "-c", DROPPED.format(name=name)],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )

    assert ("stopped\n", "") == (ended.stdout, ended.stderr)


def test_other_errors_that_are_dropped_are_still_shown():
    code = """
from output.interrupts import heed_signals
heed_signals()
class Broken:
    def __del__(self):
        raise ValueError("seen")
Broken()
"""
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True
    )

    assert "ValueError: seen" in ended.stderr
