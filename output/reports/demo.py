"""What the demo shows of the output of its commands: the lines that matter, none too long."""

from collections.abc import Callable, Iterator
from typing import Any

from catalog.plural import counted

# What the short output shows of a line, in characters.
LINE_CHARS = 100
# What it shows of somebody's own list.
MAX_SECTIONS, MAX_CANDIDATES = 4, 10
# The week of the demo has too few papers to learn from, as a newcomer's first days have.
CHOSEN_BY_WORDS = (
    "chosen by words alone: 100 papers beside yours are needed to learn what yours are like"
)
Brief = Callable[[str], list[str]]


def day_in_brief(report: dict[str, Any]) -> str:
    counts: dict[str, int] = report["counts"]
    read, new = (
        sum(number for name, number in counts.items() if name.endswith(end))
        for end in ("/found", "/new")
    )
    candidates = counts.get("digest/candidates")
    # A noun of one is a letter shorter: what follows it stays below that of the other days.
    page = (
        "digest unchanged"
        if candidates is None
        else f"{counted(candidates, 'candidate'):>13} in the digest"
    )
    sources, items = counted(len(report["sources"]), "source"), counted(read, "item")
    return f"{report['word']}  {sources}: {items:>8}, {new:>2} new; {page}"


def job_in_brief(report: dict[str, Any]) -> Iterator[str]:
    for step in report.get("steps", [report]):
        if step["command"] == "run":
            yield f"run: {day_in_brief(step)}"
        elif step["command"] in ("sync", "publish"):
            yield from (f"{step['command']}: {note}" for note in step["notes"])


def learned(text: str) -> list[str]:
    """Of what `init` prints: entries and sections, the first words, and how the form fits."""
    lines = text.splitlines()
    words = [line.strip() for line in lines if line.startswith("    ") and " titles: " in line]
    return [
        *(line.strip() for line in lines[1:2]),
        *words[:MAX_SECTIONS],
        *(line.strip() for line in lines if " in this form" in line or "read-only: " in line),
    ]


def proposed(page: str) -> list[str]:
    """The first candidates of a digest's page, how many more there are, and who chose them."""
    # The help of `demo` needs no page.
    from output.digest.reasons import WORDS_ALONE

    titles = [line.removeprefix("### ") for line in page.splitlines() if line.startswith("### ")]
    more = len(titles) - MAX_CANDIDATES
    if not titles:
        return ["none: no paper of that week fits this list"]
    shown = titles[:MAX_CANDIDATES] + ([f"and {more} more"] if more > 0 else [])
    return shown + ([CHOSEN_BY_WORDS] if WORDS_ALONE in page.splitlines() else [])


def added(text: str) -> list[str]:
    """The lines that a diff adds, and what was decided."""
    lines = text.splitlines()
    new = [line for line in lines if line.startswith("+") and not line.startswith("+++")]
    return [line for line in new if line.strip("+ \t")] + [
        line for line in lines if line.startswith("decided: ")
    ]


def said(*words: str) -> Brief:
    """Choose the lines that hold one of these."""
    return lambda text: [line for line in text.splitlines() if any(w in line for w in words)]


def shortened(line: str) -> str:
    return line if len(line) <= LINE_CHARS else f"{line[:LINE_CHARS]}…"
