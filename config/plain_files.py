"""
Opens the files that people name, to read them.

A pipe with a name would be waited for, perhaps for ever with the lock held, and a device has no
end, so both are refused. What the shell has opened (``/dev/stdin``, ``<(command)``) is read, and
``/dev/null`` is an empty file.
"""

import errno
import os
import re
import stat
from pathlib import Path
from typing import BinaryIO, cast

# A list or a digest of this size is read for some ten seconds, and takes 300 MB of memory.
MAX_READ_BYTES = 12_000_000
PIECE_BYTES = 1 << 20
_OPEN_ALREADY = re.compile(r"/dev/stdin|/dev/fd/\d+|/proc/self/fd/\d+")


def open_file(path: Path) -> BinaryIO:
    """A plain file, open without a buffer; OSError for anything else that stands there."""
    return cast(BinaryIO, open(path, "rb", buffering=0, opener=_opener))


def read_file(path: Path, most: int = MAX_READ_BYTES) -> bytes:
    """
    The bytes of a plain file; OSError for anything else, and where there are more than ``most``.

    A file that grows while it is read, or has no end, as some in /proc, is left at that size.
    """
    with open_file(path) as file:
        return read_whole(file, most, str(path))


def read_whole(file: BinaryIO, most: int, name: str) -> bytes:
    """All bytes of an open file; OSError where there are more than ``most``."""
    pieces, size = [], 0
    # A file of the kernel's has nothing for the moment (None), and might have for ever.
    while piece := file.read(min(PIECE_BYTES, most + 1 - size)):
        pieces.append(piece)
        size += len(piece)
        if size > most:
            raise OSError(errno.EFBIG, f"it is larger than {most:,} bytes", name)
    return b"".join(pieces)


def _opener(path: str, flags: int) -> int:
    try:
        handle = os.open(path, flags | os.O_NONBLOCK)
    except OSError as trouble:
        if trouble.errno == errno.ENXIO:
            raise _no_file(path) from trouble
        raise
    try:
        if _OPEN_ALREADY.fullmatch(str(path)):
            os.set_blocking(handle, True)
        elif str(path) != os.devnull and not _is_file_or_folder(os.fstat(handle).st_mode):
            raise _no_file(path)
    except OSError:
        os.close(handle)
        raise
    return handle


def _is_file_or_folder(mode: int) -> bool:
    """Whether opening it does no harm; of a folder Python says better what it is."""
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode)


def _no_file(path: str) -> OSError:
    return OSError(errno.EINVAL, "it is a pipe, socket or device, not a file", str(path))
