"""Checks the content of a digest that comes from a file: whether it is one, field by field."""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import datetime
from functools import cache
from math import isfinite
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from catalog.facts import Evidence
from catalog.store.records import read_key
from output.digest.model import Candidate, Digest, SourceLine

# No number of a digest is as large.
MAX_NUMBER = 10**12
# Shelves that digests of older versions did not write.
OLDER_LACK = {"candidates", "near_misses", "second_chances", "kept_out", "routed"}


def check_json(body: Mapping[str, Any]) -> None:
    """ValueError that names the field where a body is not one that ``from_json`` can read."""
    plain = _Plain("body", body)
    plain.fields(
        Digest, made_at=str, candidates=list, near_misses=list, second_chances=list, sources=list
    )
    _aware(body["made_at"])
    for place, source in enumerate(body["sources"]):
        _Plain(f"body.sources[{place}]", source).fields(SourceLine, closed=True)
    numbers: set[int] = set()
    for shelf in ("candidates", "near_misses", "second_chances"):
        for place, item in enumerate(body.get(shelf, ())):
            _check_candidate(f"body.{shelf}[{place}]", item, numbers)


def _check_candidate(where: str, item: Any, numbers: set[int]) -> None:
    _Plain(where, item).fields(Candidate, why=list)
    for evidence in item["why"]:
        _Plain(f"{where}.why", evidence).fields(Evidence, closed=True)
    try:
        read_key(item["key"])
    except ValueError as must:
        raise ValueError(f"{where}.key is {item['key']!r:.60}, and must be {must}") from None
    if item["number"] < 1 or item["number"] in numbers:
        raise ValueError(f"{where}.number is {item['number']}, and must be new and above 0")
    numbers.add(item["number"])


@dataclass(frozen=True, slots=True)
class _Plain:
    """A JSON value that should be the fields of a dataclass, and where it stands."""

    where: str
    value: Any

    def fields(self, kind: type, *, closed: bool = False, **others: Any) -> None:
        """
        ValueError unless every field has its type, or the one of ``others``.

        With ``closed`` there may be no other fields.
        """
        if not isinstance(self.value, dict):
            raise ValueError(f"{self.where} is {self.value!r:.60}, and must be an object")
        types = {**_hints(kind), **others}
        if closed and (unknown := self.value.keys() - types.keys()):
            raise ValueError(f"{self.where} has {min(unknown)!r:.60}, which is not known")
        for field in fields(kind):
            if field.name not in self.value:
                if field.default is MISSING and field.name not in OLDER_LACK:
                    raise ValueError(f"{self.where} has no {field.name}")
            elif not _fits(self.value[field.name], types[field.name]):
                shown = f"{self.where}.{field.name} is {self.value[field.name]!r:.60}"
                raise ValueError(f"{shown}, and must be {_words(types[field.name])}")


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    return get_type_hints(kind)


def _fits(value: Any, kind: Any) -> bool:
    """Whether a JSON value can stand for a field of this type; an array stands for a tuple."""
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Literal:
        return value in parts
    if origin is UnionType:
        return any(_fits(value, part) for part in parts)
    if origin is tuple:
        if not isinstance(value, list | tuple):
            return False
        wanted = [parts[0]] * len(value) if parts[1:] == (Ellipsis,) else list(parts)
        return len(wanted) == len(value) and all(map(_fits, value, wanted))
    if kind is float:
        return type(value) in (int, float) and isfinite(value)
    if kind is int:
        return type(value) is int and abs(value) < MAX_NUMBER
    return value is None if kind is NoneType else isinstance(value, kind)


def _words(kind: Any) -> str:
    return getattr(kind, "__name__", str(kind)) if not get_args(kind) else str(kind)


def _aware(text: str) -> None:
    try:
        aware = datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        aware = False
    if not aware:
        raise ValueError(f"body.made_at is {text!r:.60}, and must be a date and time with zone")
