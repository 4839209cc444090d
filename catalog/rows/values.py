"""Values of the store's columns, as Python has them; ``catalog/tables.py`` has their types."""

import json
import zlib
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol

import orjson

FIRST_DAY = date(1970, 1, 1)


class NamedValues(Protocol):
    """A row, of whatever reads it: its values by the names of their columns."""

    def __getitem__(self, name: str, /) -> Any: ...


def moment(value: str | None) -> datetime | None:
    """A point in time, from ISO text."""
    return None if value is None else datetime.fromisoformat(value)


def day(value: str | None) -> date | None:
    """A day, from ISO text."""
    return None if value is None else date.fromisoformat(value)


def day_of_number(value: int | None) -> date | None:
    """A day, from its number since 1970."""
    return None if value is None else FIRST_DAY + timedelta(value)


def moment_of_second(value: int | None) -> datetime | None:
    """A point in time, from its second since 1970."""
    return None if value is None else datetime.fromtimestamp(value, UTC)


def long_text(value: str | bytes | None) -> str | None:
    """A text that may be packed."""
    if not isinstance(value, bytes):
        return None if value is None else str(value)
    return zlib.decompress(value).decode("utf-8", "surrogatepass")


def json_value(text: str) -> Any:
    """JSON, fast; what only Python's reader takes, like half a character, by that."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)
