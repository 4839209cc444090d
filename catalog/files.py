"""Atomic writes: a temporary file next to the target, flushed to disk, then renamed."""

import os
from contextlib import suppress
from pathlib import Path

from catalog.errors import StoreTrouble


def write_whole(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path``; on failure StoreTrouble, with the old file untouched."""
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
            str(path), f"could not be written ({trouble.strerror}); it is unchanged"
        ) from trouble
    finally:
        with suppress(OSError):  # without the folder there is nothing to clean up
            newborn.unlink(missing_ok=True)
