"""The Rules page: try a word next to the work that made you want it, and save it if it helps."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlencode

from catalog.facts import Evidence
from output.review.errors import ReviewTrouble
from output.review.model import Focus
from output.review.rules_trial import RuleBook, TrialResult, TriedWord
from output.review.session import ReviewSession

# What the words of each key do, in the file's order; `over` and examples need a text editor.
KEYS: Mapping[str, str] = {
    "says": "says: any one of these is enough",
    "in_title": "in_title: any one is enough, in the title",
    "hints": "hints: any two together are enough",
    "beside": "beside: needed along with in_title and hints",
    "unless": "unless: keeps a paper out",
    "not_in_title": "not_in_title: keeps a paper out, in the title",
    "about": "about: every paper needs one of these",
    "helps": "helps: raises the score",
    "neighbours": "neighbours: other fields, lowers the score",
}
MAX_MOVES = 20
Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class WordForm:
    """The fields of the form as typed, not checked yet."""

    list_name: str
    section: str
    key: str
    word: str
    add: bool
    item: str

    @classmethod
    def of(cls, given: Fields, focus: Focus | None, books: Mapping[str, RuleBook]) -> Self:
        """The form from an address; defaults come from the work, or from the first list."""
        name = str(given.get("list") or (focus.line.list_name if focus else next(iter(books))))
        section = given.get("section")
        if section is None:
            section = focus.line.section if focus else next(iter(_sections(books[name])))
        return cls(
            name,
            str(section),
            str(given.get("key") or "says"),
            str(given.get("word") or ""),
            given.get("do") != "remove",
            str(given.get("item") or ""),
        )

    @property
    def tried(self) -> TriedWord:
        return TriedWord(self.list_name, self.section, self.key, self.word, self.add)


def word_from_form(form: Fields) -> TriedWord:
    """The change in a submitted form."""
    name, section, key, word = (
        str(form.get(part, "")) for part in ("list", "section", "key", "word")
    )
    return TriedWord(name, section, key, word, add=form.get("do") != "remove")


def rules_page(
    session: ReviewSession, given: Fields, diff: str = "", problem: str = ""
) -> dict[str, Any]:
    """The template's values; a change that makes no sense becomes a message on the page."""
    books = {book.list_name: book for book in session.trial.books()}
    focus = session.focus(str(given.get("item") or ""))
    asked = WordForm.of(given, focus, books)
    if asked.list_name not in books:
        raise ReviewTrouble(f"there is no list {asked.list_name!r}")
    trial: TrialResult | None = None
    if asked.word.strip() and not diff:
        try:
            trial = session.trial.try_word(asked.tried)
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
        "max_moves": MAX_MOVES,
        "rules_link": _rules_link,
        "moved_words": moved_words,
    }


def moved_words(trial: TrialResult) -> str:
    """The effect of a change in one sentence."""
    if not any(effect.changes for _, effect in trial.parts):
        return "Nothing would change."
    works, labelled = len(trial.candidates.changes), len(trial.labelled.changes)
    candidates = "candidate" if works == 1 else "candidates"
    papers = "paper" if labelled == 1 else "papers"
    return f"{works} {candidates} and {labelled} labelled {papers} would change."


def _sections(book: RuleBook) -> list[str]:
    return [name for name in book.words if name]


def _chips(
    focus: Focus, asked: WordForm, words: Mapping[str, tuple[str, ...]]
) -> list[dict[str, str]]:
    """The rules' words that matched the work, each as a change that removes it."""
    chips: dict[str, dict[str, str]] = {}
    evidence: tuple[Evidence, ...] = focus.candidate.why
    for match in evidence:
        key = next((key for key, listed in words.items() if match.word in listed), None)
        if key:
            chips[match.word] = _rules_link(asked, key=key, word=match.word, do="remove")
    return list(chips.values())


def _rules_link(asked: WordForm, **more: str) -> dict[str, str]:
    fields = {
        "list": asked.list_name,
        "section": asked.section,
        "key": asked.key,
        "item": asked.item,
        **more,
    }
    return fields | {"address": f"/rules?{urlencode(fields)}"}
