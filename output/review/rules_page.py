"""The page of rules: a word is tried beside the work that asked for it, and written if it helps."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlencode

from catalog.paper import Evidence
from output.review.errors import ReviewTrouble
from output.review.model import Focus
from output.review.rules_trial import RuleBook, TrialResult, TriedWord
from output.review.session import ReviewSession

# What a section's words do, in the order of the file; `over`, examples and order are for an editor.
KEYS: Mapping[str, str] = {
    "says": "says: one is enough",
    "in_title": "in_title: one is enough in the title",
    "hints": "hints: two together are enough",
    "beside": "beside: needed by in_title and hints",
    "unless": "unless: keeps out",
    "not_in_title": "not_in_title: keeps out from the title",
    "about": "about: a paper must say one",
    "helps": "helps: words of the field, up",
    "neighbours": "neighbours: fields close by, down",
}
MOST_MOVES = 20
Told = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class WordForm:
    """What a person typed, before anybody knows whether it can be meant."""

    list_name: str
    section: str
    key: str
    word: str
    add: bool
    item: str

    @classmethod
    def of(cls, told: Told, focus: Focus | None, books: Mapping[str, RuleBook]) -> Self:
        """What the address says; what it leaves out is of the work, or of the first list."""
        name = str(told.get("list") or (focus.line.list_name if focus else next(iter(books))))
        section = told.get("section")
        if section is None:
            section = focus.line.section if focus else next(iter(_sections(books[name])))
        return cls(
            name,
            str(section),
            str(told.get("key") or "says"),
            str(told.get("word") or ""),
            told.get("do") != "remove",
            str(told.get("item") or ""),
        )

    @property
    def tried(self) -> TriedWord:
        return TriedWord(self.list_name, self.section, self.key, self.word, self.add)


def tried_of(form: Told) -> TriedWord:
    """The change that a form asks to write."""
    name, section, key, word = (
        str(form.get(part, "")) for part in ("list", "section", "key", "word")
    )
    return TriedWord(name, section, key, word, add=form.get("do") != "remove")


def rules_page(
    desk: ReviewSession, told: Told, diff: str = "", problem: str = ""
) -> dict[str, Any]:
    """All that the template needs; a change that cannot be meant is said, and is no error."""
    books = {book.list_name: book for book in desk.bench.books()}
    focus = desk.focus(str(told.get("item") or ""))
    asked = WordForm.of(told, focus, books)
    if asked.list_name not in books:
        raise ReviewTrouble(f"no list is called {asked.list_name!r}")
    trial: TrialResult | None = None
    if asked.word.strip() and not diff:
        try:
            trial = desk.bench.try_(asked.tried)
        except ReviewTrouble as trouble:
            problem = problem or str(trouble)
    words = books[asked.list_name].words.get(asked.section, {})
    return {
        "asked": asked,
        "books": books,
        "key_words": KEYS,
        "words": words,
        "focus_item": focus,
        "chips": list(_chips(focus, asked, words)) if focus else [],
        "trial": trial,
        "diff": diff,
        "problem": problem,
        "most": MOST_MOVES,
        "way": _way,
        "moved_words": moved_words,
    }


def moved_words(trial: TrialResult) -> str:
    """What would move, in one sentence."""
    if not any(effect.changes for _, effect in trial.parts):
        return "Nothing would move."
    desk, labelled = len(trial.desk.changes), len(trial.labelled.changes)
    works, papers = ("work" if desk == 1 else "works"), ("paper" if labelled == 1 else "papers")
    return f"{desk} {works} on the desk and {labelled} labelled {papers} would move."


def _sections(book: RuleBook) -> list[str]:
    return [name for name in book.words if name]


def _chips(
    focus: Focus, asked: WordForm, words: Mapping[str, tuple[str, ...]]
) -> list[dict[str, str]]:
    """The words that spoke for the work, each as a change that takes it away."""
    found: dict[str, dict[str, str]] = {}
    evidence: tuple[Evidence, ...] = focus.candidate.why
    for one in evidence:
        key = next((key for key, some in words.items() if one.word in some), None)
        if key:
            found[one.word] = _way(asked, key=key, word=one.word, do="remove")
    return list(found.values())


def _way(asked: WordForm, **more: str) -> dict[str, str]:
    told = {
        "list": asked.list_name,
        "section": asked.section,
        "key": asked.key,
        "item": asked.item,
        **more,
    }
    return told | {"address": f"/rules?{urlencode(told)}"}
