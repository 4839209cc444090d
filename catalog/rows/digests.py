"""A digest as it is kept: with the version of the list that it was made against."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from catalog.rows.values import NamedValues

WEEK_CHARS = len("2024-W46")


@dataclass(frozen=True, slots=True)
class KeptDigest:
    """A digest: ``base`` are the list's bytes when it was made, ``body`` its content."""

    list_name: str
    name: str
    made_at: datetime
    base: bytes
    body: dict[str, Any]

    @property
    def items(self) -> list[dict[str, Any]]:
        """Every item that can be ticked; older digests have fewer shelves."""
        shelves = ("candidates", "near_misses", "second_chances")
        return [item for shelf in shelves for item in self.body.get(shelf, ())]

    @property
    def base_hash(self) -> str:
        return hash_of(self.base)


def digest_of(row: NamedValues) -> KeptDigest:
    """The digest in a row of the store."""
    return KeptDigest(row["list_name"], row["name"], row["made_at"], row["base"], row["body"])


def week_in(name: str) -> str:
    """The week of a digest's name: ``2024-W46`` for ``2024-W46-2``."""
    return name[:WEEK_CHARS]


def hash_of(data: bytes) -> str:
    """SHA-256, to distinguish versions of a file."""
    return hashlib.sha256(data).hexdigest()
