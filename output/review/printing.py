"""The Jinja environment of the review page: its templates and their helpers."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from jinja2 import Environment
from jinja2.ext import Extension

from catalog.facts import Act
from config.patterns import lazy_regex
from output.digest.markdown import SUMMARY_BY
from output.digest.quotes import matched_words
from output.digest.reasons import why_not
from output.review.charts import spark
from output.review.model import REASONS, SHELVES, WorklistLine
from output.review.preview import preview
from output.review.view import leading
from output.sparkline import spoken
from output.templates import environment

# Address, name and key of each page in the navigation.
PAGES = (
    ("/", "Review", ""),
    ("/write", "Write", "w"),
    ("/rules", "Rules", ""),
    ("/charts", "Charts", "p"),
    ("/help", "Help", "?"),
)
DONE_AS: dict[Act, str] = {
    "pick": "accepted",
    "accept": "in the list",
    "reject": "rejected",
    "later": "postponed",
    "move": "moved",
    "star": "starred",
}
SOURCES = {"semanticscholar": "Semantic Scholar", "openalex": "OpenAlex"}
# Letters per line of the entry's field; browsers that can resize the field do.
LETTERS_PER_LINE = 95

FOLDER = Path(__file__).parent
_INDENT = lazy_regex(r"^[ \t]+", re.MULTILINE)


def verb_of(act: Act) -> str:
    """The act as a reader knows it: "pick" is how the store names an acceptance."""
    return "accept" if act == "pick" else act


def done_as(act: Act) -> str:
    return DONE_AS.get(act, act)


def source_of(name: str | None) -> str:
    return SOURCES.get(name or "", name or "")


def seen_in(line: WorklistLine) -> list[str]:
    """The sources that named a work; without arXiv for papers, whose number shows it."""
    return [name for name in line.sources if line.kind != "paper" or not name.startswith("arxiv")]


def day_of(text: str) -> str:
    """An ISO date as people write it: 5 Nov 2024."""
    return f"{date.fromisoformat(text):%-d %b %Y}"


def rows_of(text: str) -> int:
    """The height of the text's field in lines, long ones folded."""
    return sum(max(1, -(-len(line) // LETTERS_PER_LINE)) for line in text.split("\n")) + 1


def diff_lines(diff: str) -> Iterator[tuple[str, str]]:
    """Each line of a unified diff with its CSS class; the first two lines are file names."""
    kinds = {"+": "add", "-": "del", "@": "at"}
    for number, line in enumerate(diff.removesuffix("\n").split("\n")):
        yield "name" if number < 2 else kinds.get(line[:1], ""), line


class Unindented(Extension):
    """Templates without the blanks that lines begin with: they are a twentieth of a page."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        return _INDENT.sub("", source)


def page_environment(base: str = "", *, team: bool = False) -> Environment:
    """
    The environment of the review page's templates; every address begins with ``base``.

    Where a ``team`` uses the page it shows everybody under which name they decide.
    """
    jinja = environment(FOLDER / "templates")
    jinja.add_extension(Unindented)
    jinja.globals |= {
        "base": base,
        "team": team,
        "pages": PAGES,
        "shelves": SHELVES,
        "reasons": REASONS,
        "leading": leading,
        "matched_words": matched_words,
        "why_not": why_not,
        "rows_of": rows_of,
        "diff_lines": diff_lines,
        "verb_of": verb_of,
        "done_as": done_as,
        "source_of": source_of,
        "seen_in": seen_in,
        "day_of": day_of,
        "preview": preview,
        "spark": spark,
        "spoken": spoken,
        "summary_by": SUMMARY_BY,
    }
    return jinja
