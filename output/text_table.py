"""Tables on a terminal, without pandas: whoever asks for the status does not wait for it."""

from collections.abc import Mapping, Sequence
from typing import Any


def text_table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """Rows under their columns, as wide as what they hold, all to the right; or "(none)"."""
    if not rows:
        return "(none)"
    lines = [tuple(columns), *(tuple(str(row[name]) for name in columns) for row in rows)]
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    return "\n".join(
        " ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True))
        for line in lines
    )
