"""Reads files that people name; what is no plain file is refused."""

import errno
import os
import stat
from pathlib import Path


def read_file(path: Path) -> bytes:
    """
    The bytes of a file; OSError for anything else that stands there.

    A pipe would be waited for, perhaps for ever with the lock held, and a device has no end.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        if not stat.S_ISREG(mode := os.fstat(handle).st_mode):
            what = os.strerror(errno.EISDIR) if stat.S_ISDIR(mode) else "a pipe or device"
            raise OSError(errno.EISDIR, what, str(path))
        with os.fdopen(handle, "rb", closefd=False) as file:
            return file.read()
    finally:
        os.close(handle)
