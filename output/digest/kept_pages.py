"""Digests as they are kept, for whoever only looks at them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.rows.digests import KeptDigest
from catalog.rows.glance import Glance
from config.rules import ListRules
from output.digest.model import digest_path

if TYPE_CHECKING:
    from catalog.store import Store


@dataclass(frozen=True, slots=True)
class KeptPages:
    """The stored digests of one list, and where their files are."""

    store: "Store | Glance"
    root: Path
    lists: Sequence[ListRules]
    rules: ListRules

    def path(self, name: str) -> Path:
        return digest_path(self.root, self.lists, self.rules, name)

    def get(self, name: str) -> KeptDigest | None:
        return self.store.digests.get(self.rules.list, name)
