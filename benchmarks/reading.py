"""
How long a digest takes to read and tick in an editor: lines and words of each candidate, minutes.

    python -m benchmarks.reading [DIGEST.md] [--json]

Without a file it is the demo's week. A word is what stands between blanks and has a letter or
digit, the labels of the boxes too; what is folded, comments and the targets of links are no words.
A person reads 238 words a minute (Brysbaert 2019, silent reading of English non-fiction), and an
edit takes four seconds; nobody was timed. The head, titles that are only named, and the foot are
counted once. The second time is with the near misses and the abstract of every fourth candidate.
"""

import argparse
import json
import re
import tempfile
from contextlib import redirect_stdout
from dataclasses import asdict, dataclass
from io import StringIO
from pathlib import Path

WORDS_A_MINUTE, SECONDS_AN_EDIT = 238, 4
FULL = 25
# Each of these is cut out of what is left by those before it.
HIDDEN = (
    re.compile(r"<!--.*?-->", re.DOTALL),
    re.compile(r"<details>.*?</details>", re.DOTALL),
    re.compile(r"(?<=\])\([^()\s]*\)"),
    re.compile(r"</?[a-z][^<>]*>"),
)
WORD = re.compile(r"\S*[^\W_]\S*")
LABELS = re.compile(r"^- (?:\[.*|section: .*)$", re.MULTILINE)
ABSTRACT = re.compile(r"^<details><summary>[^<]*</summary>(.*)$", re.MULTILINE)
FOLD = re.compile(r"</?(?:details|summary)>")
# From its heading to the end of its folded part.
CANDIDATE = re.compile(r"^### \d+\. .*?^</details>$\n*", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Reading:
    """
    What there is to read: of each candidate the lines in the file and the visible words.

    ``labels`` are those of the visible words that stand beside each candidate (its boxes, and the
    section that may be changed), ``abstracts`` the words of the folded abstracts; ``around`` are
    the visible words that belong to no candidate, such as the head, and ``folded`` the others of
    that kind.
    """

    lines: tuple[int, ...]
    words: tuple[int, ...]
    labels: tuple[int, ...]
    abstracts: tuple[int, ...]
    around: int
    folded: int

    def minutes(self, candidates: int = FULL) -> float:
        """To read so many candidates of this kind once, and to make an edit for each."""
        read = self.around + candidates * sum(self.words) / len(self.words)
        return read / WORDS_A_MINUTE + candidates * SECONDS_AN_EDIT / 60

    def minutes_in_full(self, candidates: int = FULL, share: float = 1 / 4) -> float:
        """The same with the folded lines, and with this share of the abstracts."""
        more = self.folded + share * candidates * sum(self.abstracts) / len(self.words)
        return self.minutes(candidates) + more / WORDS_A_MINUTE


def measure(page: str) -> Reading:
    """What there is to read on a digest's page with candidates."""
    candidates = CANDIDATE.findall(page)
    rest = CANDIDATE.sub("", page)
    around = len(visible_words(rest))
    return Reading(
        lines=tuple(len(candidate.splitlines()) for candidate in candidates),
        words=tuple(len(visible_words(candidate)) for candidate in candidates),
        labels=words_in(LABELS, candidates),
        abstracts=words_in(ABSTRACT, candidates),
        around=around,
        folded=len(visible_words(FOLD.sub("", rest))) - around,
    )


def words_in(part: re.Pattern[str], candidates: list[str]) -> tuple[int, ...]:
    """The visible words of a part of each candidate."""
    return tuple(len(visible_words(" ".join(part.findall(text)))) for text in candidates)


def visible_words(text: str) -> list[str]:
    """The words that are neither folded nor hidden."""
    for pattern in HIDDEN:
        text = pattern.sub(" ", text)
    return WORD.findall(text)


def of_the_demo() -> str:
    """The digest of the demo's week, played anew."""
    from cli.main import code_of

    with tempfile.TemporaryDirectory() as folder:
        with redirect_stdout(StringIO()) as printed:
            code = code_of(["demo", "--dir", folder])
        assert code == 0, printed.getvalue()
        return min(Path(folder, "digests").glob("*.md")).read_text("utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("page", nargs="?", type=Path, metavar="DIGEST.md")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    reading = measure(asked.page.read_text("utf-8") if asked.page else of_the_demo())
    if asked.json:
        print(json.dumps(asdict(reading) | {"minutes": reading.minutes()}))
        return
    number = len(reading.words)
    for name, values in (("lines", reading.lines), ("visible words", reading.words)):
        print(f"{name} a candidate: {sum(values) / number:.1f} (most {max(values)}) of {number}")
    print(f"labels among these words: {sum(reading.labels) / number:.1f}")
    print(f"visible words around them: {reading.around}")
    print(f"words of an abstract: {sum(reading.abstracts) / number:.1f}; folded: {reading.folded}")
    print(f"{FULL} candidates read and ticked: {reading.minutes():.1f} min")
    print(f"with near misses, and every fourth abstract: {reading.minutes_in_full():.1f} min")


if __name__ == "__main__":
    main()
