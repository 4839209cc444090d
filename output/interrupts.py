"""
Signals that stop a process: each ends it as Ctrl-C does, wherever it arrives.

Python drops an exception that is raised while an object is destroyed or a weak reference dies,
and only tells ``sys.unraisablehook``. An interrupt that is dropped so is raised again.
"""

import signal
import sys
from types import FrameType
from typing import NoReturn

# Seconds. By then the code that drops exceptions has returned.
AGAIN_AFTER = 0.02


def heed_signals() -> None:
    """Whoever stops this process or closes its terminal interrupts it, as Ctrl-C does."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        # `nohup` and some supervisors ask that one is ignored.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)
    signal.signal(signal.SIGALRM, _interrupt)
    sys.unraisablehook = _dropped


def _interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _dropped(error: "sys.UnraisableHookArgs") -> None:
    if issubclass(error.exc_type, KeyboardInterrupt):
        signal.setitimer(signal.ITIMER_REAL, AGAIN_AFTER)
    else:
        sys.__unraisablehook__(error)
