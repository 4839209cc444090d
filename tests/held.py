"""A child process that stops at a chosen call, as a busy machine may stop it for a while."""

import os
import signal
from collections.abc import Callable
from contextlib import contextmanager


@contextmanager
def held(owner: object, name: str, work: Callable[[], object]):
    """
    ``work`` runs in a child that stops before its first call of ``owner.name``, while the block
    runs, and then goes on to its end.
    """
    child = os.fork()
    if child == 0:
        code = 1
        try:
            _stop_before(owner, name)
            code = 0 if work() in (None, 0) else 2
        finally:
            os._exit(code)
    _, status = os.waitpid(child, os.WUNTRACED)
    assert os.WIFSTOPPED(status), f"it ended before it called {name}"
    try:
        yield
    finally:
        os.kill(child, signal.SIGCONT)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert 0 == code


def _stop_before(owner: object, name: str) -> None:
    real = getattr(owner, name)

    def stopped(*args, **kwargs):
        setattr(owner, name, real)
        os.kill(os.getpid(), signal.SIGSTOP)
        return real(*args, **kwargs)

    setattr(owner, name, stopped)
