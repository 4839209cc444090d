"""The first rules of a list as YAML for people: sections, words with their counts, examples."""

import re
from collections.abc import Iterator

from pipelines.tuning.bootstrap import FirstRules, Learned
from pipelines.tuning.phrases import Phrase

# Text that YAML takes as it is.
_PLAIN = re.compile(r"[A-Za-z](?:[A-Za-z0-9 .+*/'-]*[A-Za-z0-9.+*'-])?")
# Who reads the file refuses so many brackets in a row, even in quotes.
_BRACKETS = re.compile(r"[\[{]{9,}")


def first_rules(first: FirstRules, name: str, file: str) -> str:
    """The file, ready to be written."""
    return "\n".join([*_head(first, name, file), *_sections(first)]) + "\n"


def scalar(text: str) -> str:
    """A text as YAML has it on one line; in quotes where it could mean something else."""
    if _PLAIN.fullmatch(text):
        return text
    safe = _BRACKETS.sub(lambda match: "".join(map(_escape, match[0])), _quotable(text))
    return f'"{safe}"'


def _quotable(text: str) -> str:
    return "".join(
        f"\\{sign}" if sign in '"\\' else sign if sign.isprintable() else _escape(sign)
        for sign in text
    )


def _escape(sign: str) -> str:
    number = ord(sign)
    return f"\\x{number:02x}" if number < 0x100 else f"\\U{number:08x}"


def _head(first: FirstRules, name: str, file: str) -> Iterator[str]:
    titles = sum(one.titles for one in first.sections)
    yield f"# First rules, learned from the {titles} titles of papers that the list had."
    yield "# They are a beginning: take out words that are too general, add those you miss."
    yield "# Behind each word: how many titles of its section have it, and how many of the others."
    yield "# After a change: listkeeper rules check"
    yield ""
    yield f"list: {scalar(name)}"
    yield f"file: {scalar(file)}"
    yield ""
    if first.about:
        yield "# A paper must say one of these at all."
        yield "about:"
        yield from _lines((one.word, f"{one.inside} titles") for one in first.about)
        yield ""


def _lines(rows: Iterator[tuple[str, str]], indent: str = "  ") -> Iterator[str]:
    written = [(f"{indent}- {scalar(word)}", note) for word, note in rows]
    width = max((len(line) for line, _ in written), default=0)
    for line, note in written:
        yield f"{line:<{width}}  # {note}"


def _sections(first: FirstRules) -> Iterator[str]:
    yield "# In the order of the list."
    yield "sections:"
    for number, one in enumerate(first.sections):
        if number:
            yield ""
        yield f"  - name: {scalar(one.name)}  # {_titles(one)}"
        if one.words:
            yield "    in_title:"
            yield from _lines(((word.word, _counts(word)) for word in one.words), "      ")
        if one.examples:
            yield "    examples:"
            yield from (f"      - {scalar(title)}" for title in one.examples)


def _titles(one: Learned) -> str:
    number = "1 title" if one.titles == 1 else f"{one.titles} titles"
    if one.words:
        return number
    return f"{number}: too few to learn from" if one.too_small else f"{number}, no word tells them"


def _counts(word: Phrase) -> str:
    return f"{word.inside} here, {word.outside} elsewhere"
