"""Where entries show how often their paper is cited, by the form of their list."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from catalog.forms.spelling.rows import BAR, with_first_bar
from catalog.markdown.item import Item
from catalog.markdown.listfile import ListFile
from catalog.paper import bare_key, is_paper_key
from config.form import Form

# So much of the text beside a count tells it from other numbers, in characters.
MAX_BESIDE_CHARS = 24
_SLOT = re.compile(r"(?P<before>[^{}%]*)\{\{ citations(?:\|[^{}]*)? \}\}(?P<after>[^{}%]*)")
_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_NUMBER = r"(?P<count>\d[\d,]*)"


@dataclass(frozen=True, slots=True)
class ShownCount:
    """A count of an entry: its paper, the number (None for the list's sign), its place in bytes."""

    arxiv_id: str
    count: int | None
    start: int
    end: int


def counts_in(parsed: ListFile, form: Form) -> Iterator[ShownCount]:
    """Every count that the entries show where their form has a place for one."""
    for item in parsed.items:
        if not item.keys or not is_paper_key(item.keys[0]):
            continue
        template = form.template(_section(item, form)).text
        place = _place(item.text, template, form.unknown, row=item.form.kind == "row")
        if place is None:
            continue
        start, end = (len(item.text[:at].encode("utf-8", "surrogateescape")) for at in place)
        digits = item.text[slice(*place)].replace(",", "")
        count = int(digits) if digits.isdecimal() else None
        yield ShownCount(bare_key(item.keys[0]), count, item.start + start, item.start + end)


def shows_counts(form: Form) -> bool:
    """Whether the form of any section has a place for a count."""
    texts = (form.entry, *(part.entry or "" for part in form.sections))
    return any(_SLOT.search(text) for text in texts)


def _section(item: Item, form: Form) -> str | None:
    """The name that the form has for the section of an entry, if it has one."""
    path = item.section.subject if item.section else ()
    names = {" > ".join(path[at:]) for at in range(len(path))}
    return next((part.name for part in form.sections if part.name in names), None)


def _place(text: str, template: str, sign: str, *, row: bool) -> tuple[int, int] | None:
    slot = _SLOT.search(template)
    if slot is None:
        return None
    start, end = 0, len(text)
    if row or template.lstrip().startswith("|"):
        bars = [bar.end() for bar in BAR.finditer(text)]
        bars = bars if text.lstrip().startswith("|") else [0, *bars]
        before = template[: slot.start("before")] + slot["before"]
        column = len(BAR.findall(_TAG.sub("", with_first_bar(before))))
        if not 0 < column <= len(bars):
            return None
        start = bars[column - 1]
        end = bars[column] - 1 if column < len(bars) else len(text)
    found = _pattern(slot["before"], slot["after"], sign).search(text, start, end)
    return found.span("shown") if found else None


@lru_cache(maxsize=256)
def _pattern(before: str, after: str, sign: str) -> re.Pattern[str]:
    """The number or sign between the texts that stand beside it in the template."""
    near = before.rpartition("|")[2].rpartition("\n")[2][-MAX_BESIDE_CHARS:].lstrip()
    far = after.partition("|")[0].partition("\n")[0][:MAX_BESIDE_CHARS].rstrip()
    shown = rf"{_NUMBER}|{re.escape(sign)}" if sign else _NUMBER
    return re.compile(
        rf"{re.escape(near)}\s*(?<![\d,.])(?P<shown>{shown})(?![\d,]){re.escape(far)}"
    )
