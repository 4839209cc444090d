"""
A server of crawls that outlives those who are killed while they ask it for one.

Loaded by a server that several commands share; a command's own server may die with it.
"""

import errno
from multiprocessing import reduction

_received = reduction.recvfds


def recvfds(sock, size):
    """An asker that is gone counts as a connection that was broken off, which a server survives."""
    try:
        return _received(sock, size)
    except (EOFError, RuntimeError) as gone:
        raise ConnectionAbortedError(errno.ECONNABORTED, "the asker died") from gone


reduction.recvfds = recvfds
