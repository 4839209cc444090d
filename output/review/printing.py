"""How a page is put together: the templates, and the helpers that they all use."""

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from jinja2 import Environment

from catalog.paper import Act
from output.review.charts import spark
from output.review.model import REASONS, SHELVES, WorklistLine
from output.review.view import leading
from output.sparkline import spoken
from output.templates import environment

# Address, name and key of each page that the head of every page leads to.
PAGES = (
    ("/", "Review", ""),
    ("/write", "Write", "w"),
    ("/rules", "Rules", ""),
    ("/pictures", "Pictures", "p"),
    ("/help", "Help", "?"),
)
DONE_AS: dict[Act, str] = {
    "pick": "accepted",
    "accept": "in the list",
    "reject": "rejected",
    "later": "later",
    "move": "moved",
    "star": "starred",
}
SOURCES = {"semanticscholar": "Semantic Scholar", "openalex": "OpenAlex"}
# Letters that a line of the entry's field holds; the browser makes it fit where it can.
LETTERS = 95

HERE = Path(__file__).parent


def said(act: Act) -> str:
    """What a person said, as others would put it."""
    return "accept" if act == "pick" else act


def done_as(act: Act) -> str:
    return DONE_AS.get(act, act)


def source_of(name: str | None) -> str:
    return SOURCES.get(name or "", name or "")


def seen_in(line: WorklistLine) -> list[str]:
    """The sources that named a work; that a paper was on arXiv is said by its number."""
    return [name for name in line.sources if line.kind != "paper" or not name.startswith("arxiv")]


def day_of(text: str) -> str:
    """A day as people write it, with the month as a word."""
    return f"{date.fromisoformat(text):%-d %b %Y}"


def some_choice(choices: Iterable[list[str]]) -> bool:
    return any(len(values) > 1 for values in choices)


def rows_of(text: str) -> int:
    """Lines that a text takes in its field, long ones folded."""
    return sum(max(1, -(-len(line) // LETTERS)) for line in text.split("\n")) + 1


def diff_lines(diff: str) -> Iterator[tuple[str, str]]:
    """Each line of a unified diff with what it is; the two names above it are no change."""
    kinds = {"+": "add", "-": "del", "@": "at"}
    for number, line in enumerate(diff.removesuffix("\n").split("\n")):
        yield "name" if number < 2 else kinds.get(line[:1], ""), line


def page_environment() -> Environment:
    """The templates of the review page, and the helpers that only they use."""
    made = environment(HERE / "templates")
    made.filters["some_choice"] = some_choice
    made.globals |= {
        "pages": PAGES,
        "shelves": SHELVES,
        "reasons": REASONS,
        "leading": leading,
        "rows_of": rows_of,
        "diff_lines": diff_lines,
        "said": said,
        "done_as": done_as,
        "source_of": source_of,
        "seen_in": seen_in,
        "day_of": day_of,
        "spark": spark,
        "spoken": spoken,
    }
    return made
