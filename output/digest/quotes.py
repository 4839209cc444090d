"""
The words of the rules as a reader of a work sees them: quoted from its title and abstract.

The rules' own notation (``quantiz*``, ``fast near decoding``) is for those who edit the rules.
"""

import re
from collections.abc import Iterable, Iterator

from catalog.facts import Evidence
from output.digest.model import Candidate
from output.marked_text import ends_of, is_begun_by
from pipelines.rules.fold import fold
from pipelines.rules.words import NEAR
from pipelines.rules.words import word as rule_word

# So many words between the two of "a near b" are quoted with them.
MAX_WORDS_BETWEEN = 2


def matched_words(candidate: Candidate) -> list[tuple[str, str]]:
    """
    Each word of the rules that matched, as the work has it, and where, those of the title first.

    ("“4-bit”", "title and abstract"). One that stands within another is not said twice.
    """
    said: dict[str, str] = {}
    places: dict[str, dict[str, None]] = {}
    for match in sorted(candidate.why, key=lambda match: match.field != "title"):
        said.setdefault(match.word, _quoted(candidate, match) or described(match.word))
        places.setdefault(said[match.word], {})[match.field] = None
    return [
        (words, " and ".join(fields))
        for words, fields in places.items()
        if _is_widest(words, places)
    ]


def _is_widest(words: str, all_words: Iterable[str]) -> bool:
    """Whether no other quoted words have these among them."""
    bare = words.casefold().strip("“”")
    within = re.compile(rf"\b{re.escape(bare)}\b")
    others = (other.casefold() for other in all_words if other != words)
    return not any(within.search(other) and bare != other.strip("“”") for other in others)


def quote(word: str, candidate: Candidate) -> str:
    """A word of the rules in quotation marks: as the work has it, or else what it stands for."""
    matches = sorted(
        (match for match in candidate.why if match.word == word),
        key=lambda match: match.field != "title",
    )
    quoted = [said for match in matches if (said := _quoted(candidate, match))]
    return (quoted or [*_found(word, (candidate.title, candidate.abstract)), described(word)])[0]


def described(word: str) -> str:
    """What a word of the rules stands for, without a work that has it."""
    return NEAR.join(map(_side, word.split(NEAR)))


def _side(side: str) -> str:
    bare = side.replace("*", "")
    if bare == side:
        return f"“{side}”"
    return f"“{bare}…”" if " " in side or "-" in side else f"words beginning with “{bare}”"


def _quoted(candidate: Candidate, match: Evidence) -> str:
    """A match in the work's own words; empty where its text isn't there."""
    text = {"title": candidate.title, "abstract": candidate.abstract}[match.field]
    return _said(match.word, text, match.start, match.end) if text[match.start : match.end] else ""


def _found(word: str, texts: Iterable[str]) -> Iterator[str]:
    """A word that is no evidence for the work, wherever its texts have it."""
    for text in texts:
        folded = fold(text)
        for place in rule_word(word).spans(folded.text):
            yield _said(word, text, *folded.original(*place))


def _said(word: str, text: str, start: int, end: int) -> str:
    """
    What stands at a place, quoted: of "a near b" only a and b, in this order.

    What is between them stays where it is little and a comes first.
    """
    whole = text[start:end]
    left, near, _ = word.partition(NEAR)
    ends = [text[first:last] for first, last in ends_of(Evidence("title", word, start, end), whole)]
    is_turned = bool(near) and not is_begun_by(left, whole)
    between = len(whole.split()) - sum(len(part.split()) for part in ends)
    if len(ends) == 1 or (between <= MAX_WORDS_BETWEEN and not is_turned):
        return f"“{whole}”"
    return NEAR.join(f"“{part}”" for part in (reversed(ends) if is_turned else ends))
