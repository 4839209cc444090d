"""Atomic writes: a temporary file next to the target, flushed to disk, then renamed."""

import os
from contextlib import suppress
from pathlib import Path

from catalog.errors import StoreTrouble


def write_whole(path: Path, data: bytes) -> None:
    """Put ``data`` at ``path``; StoreTrouble, and the old file untouched, if that fails."""
    newborn = path.with_name(f".{path.name}.{os.getpid()}.listkeeper-tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with newborn.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        newborn.replace(path)
    except OSError as trouble:
        raise StoreTrouble(
            str(path), f"could not be written ({trouble.strerror}); it is as it was"
        ) from trouble
    finally:
        with suppress(OSError):  # where there is no folder, there is nothing to clean up
            newborn.unlink(missing_ok=True)
