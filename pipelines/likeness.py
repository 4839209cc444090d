"""
What a list's model says of the works sighted lately, stored between runs in the state folder.

``rank`` writes it, and candidates follow from it. A missing or damaged file says nothing: the rules
decide alone then, and the next ``rank`` writes it again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path
from typing import Any, Literal, NamedTuple

import orjson

from catalog.facts import Verdict
from catalog.files import write_whole
from config.plain_files import read_file
from config.rules import short_name

By = Literal["words", "likeness", "both"]
# Raised when the file changes.
FORM = 4
# Of millions of works.
MAX_LIKENESS_BYTES = 1 << 30
# What only the words let in needs this part of the line. From there on even poor words let in as
# many listed papers as the model does just above its line; below, hardly any.
WORDS_NEED = 0.5


class Likeness(NamedTuple):
    """
    How alike one work is to the papers of a list.

    ``chance`` (0 to 1) is how likely such a paper is listed. ``sections`` are the list's, each with
    its chance, the likeliest first; ``words`` what speaks most for it, ``nearest`` titles of the
    list; these three are empty for a work that is no candidate. ``text`` is a digest of the text
    that was judged, ``points`` are what its text gives it in the order, and ``authors`` what its
    authors add to them, None where they count nothing or are not known.
    """

    text: str
    chance: float
    sections: tuple[tuple[str, float], ...] = ()
    words: tuple[str, ...] = ()
    nearest: tuple[str, ...] = ()
    points: float = 0.0
    authors: float | None = None


@dataclass(frozen=True, slots=True)
class Likenesses:
    """
    Likeness by work. ``model`` is the fingerprint of the model that judged.

    A chance of ``line`` or more makes a candidate; None where no line could be set.
    ``words_decide`` says whether the rules' words let in what is less alike, from ``words_line``
    on, and ``section_share`` is their part in choosing sections. ``seen_until`` is the newest
    sighting that was looked at. ``init_words`` let nothing in alone: ``init`` counted them out of
    titles, and no label has shown yet that they are right. ``older`` are proposed works that wait
    since before the days of ``of``: they stay candidates whatever it says, which only orders them.
    """

    model: str
    line: float | None
    words_decide: bool
    section_share: float
    seen_until: str = ""
    of: Mapping[str, Likeness] = field(default_factory=dict)
    init_words: frozenset[str] = frozenset()
    older: Mapping[str, Likeness] = field(default_factory=dict)

    @property
    def words_line(self) -> float | None:
        """The chance from which words let in; the line itself where they don't decide."""
        if self.line is None or not self.words_decide:
            return self.line
        return WORDS_NEED * self.line

    def is_alike(self, key: str) -> bool:
        likeness = self.of.get(key)
        return self.line is not None and likeness is not None and likeness.chance >= self.line

    def least_for(self, verdict: Verdict) -> float | None:
        """The chance from which the words of a verdict let in; the line for words of ``init``."""
        if self.init_words and self.init_words.issuperset(it.word for it in verdict.evidence):
            return self.line
        return self.words_line

    def by(self, key: str, verdict: Verdict) -> By | None:
        """What makes a work a candidate, by the verdict of the words; None if nothing does."""
        if self.is_alike(key):
            return "both" if verdict.section else "likeness"
        if not verdict.section:
            return None
        likeness, least = self.of.get(key), self.least_for(verdict)
        return "words" if likeness is None or least is None or likeness.chance >= least else None


def model_path(state: Path, list_file: str) -> Path:
    return state / "order" / f"{short_name(list_file)}.json"


def likeness_path(state: Path, list_file: str) -> Path:
    return state / "order" / f"{short_name(list_file)}.likeness.json"


def read_likenesses(path: Path) -> Likenesses | None:
    try:
        body = orjson.loads(read_file(path, MAX_LIKENESS_BYTES))
        return _read(body) if body["form"] == FORM else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _read(body: Mapping[str, Any]) -> Likenesses:
    line = body["line"]
    return Likenesses(
        str(body["model"]),
        None if line is None else float(line),
        bool(body["words_decide"]),
        float(body["section_share"]),
        str(body["seen_until"]),
        _of(body),
        frozenset(map(str, body["init_words"])),
        _rows(body["older"]) if "older" in body else {},
    )


def _of(body: Mapping[str, Any]) -> dict[str, Likeness]:
    of = _rows(body)
    for key, (sections, words, nearest) in body["reasons"].items():
        of[key] = of[key]._replace(
            sections=tuple((str(name), float(value)) for name, value in sections),
            words=tuple(map(str, words)),
            nearest=tuple(map(str, nearest)),
        )
    return of


def _rows(body: Mapping[str, Any]) -> dict[str, Likeness]:
    """Tens of thousands of works: column by column that takes a tenth of the time of rows."""
    keys, text = _column(body["keys"], str), _column(body["text"], str)
    chance, points = _column(body["chance"], float), _column(body["points"], float)
    authors = _column(body["authors"], float, type(None))
    if len({len(keys), len(text), len(chance), len(points), len(authors)}) != 1:
        raise ValueError("columns of several lengths")
    none: repeat[tuple[()]] = repeat(())
    rows = zip(text, chance, none, none, none, points, authors, strict=False)
    return dict(zip(keys, map(Likeness._make, rows), strict=True))


def _column(values: list[Any], *kinds: type) -> list[Any]:
    if wrong := set(map(type, values)) - {*kinds}:
        raise ValueError(f"values of the kind {wrong}")
    return values


def write_likenesses(path: Path, likenesses: Likenesses) -> None:
    """In columns, and with reasons for the few that have any: most works are no candidates."""
    pairs = sorted(likenesses.of.items())
    body = {
        "form": FORM,
        "model": likenesses.model,
        "line": likenesses.line,
        "words_decide": likenesses.words_decide,
        "section_share": likenesses.section_share,
        "seen_until": likenesses.seen_until,
        "init_words": sorted(likenesses.init_words),
        **_columns(pairs),
        "reasons": dict(_reasons(pairs)),
        "older": _columns(sorted(likenesses.older.items())),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, orjson.dumps(body) + b"\n")


def _columns(pairs: Sequence[tuple[str, Likeness]]) -> dict[str, list[Any]]:
    return {
        "keys": [key for key, _ in pairs],
        "text": [likeness.text for _, likeness in pairs],
        "chance": [likeness.chance for _, likeness in pairs],
        "points": [likeness.points for _, likeness in pairs],
        "authors": [likeness.authors for _, likeness in pairs],
    }


def _reasons(pairs: Iterable[tuple[str, Likeness]]) -> Iterable[tuple[str, object]]:
    for key, likeness in pairs:
        reasons = (likeness.sections, likeness.words, likeness.nearest)
        if any(reasons):
            yield key, reasons
