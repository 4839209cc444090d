"""Translates a word of another notation: ``imag(e|ing)`` was meant as image and imaging."""

import re
import unicodedata
from collections.abc import Sequence
from itertools import product

from config.patterns import lazy_regex
from config.words import is_word

# So many forms are named; with more of them a star says it better.
MAX_FORMS = 4
# Longer than any word; expansion works on short text only.
MAX_CHARS = 100

# What is replaced, in this order.
REPLACED = (
    (lazy_regex(r"^/(.*)/[a-z]*$"), r"\1"),
    (lazy_regex(r"\(\?[a-z:]*\)?"), ""),
    (lazy_regex(r"\\[bBAZ]|[\^$]"), ""),
    (lazy_regex(r"\\[wS][*+]?|\.[*+]|\.{2,}$|…$|(?<=\w)[%?]$"), "*"),
    (lazy_regex(r"\\([^A-Za-z])"), r"\1"),
    (lazy_regex(r"[“”„«»`\"]|^[‘’']|[‘’']$"), ""),
    (lazy_regex(r"^(?:ti|abs|au|cat|all|title|abstract|author):"), ""),
    (lazy_regex(r"\s(?i:near)[/:~]?\d*\s|\s[Ww]/\d+\s|\sNEAR\s|\s(?:AND|&&)\s"), " near "),
    (lazy_regex(r"^(?:NOT\s|AND\s|OR\s|[-+!#~])"), ""),
    (lazy_regex(r"\s(?:OR|\|\|)\s|[,;，、；]\s*"), "|"),
    (lazy_regex(r"~\d*$|[.!:。]$"), ""),
)
# A group of alternatives, a set of letters, or one letter; perhaps with a ? after it.
PIECE = lazy_regex(r"\(([^()]*)\)(\??)|\[([A-Za-z0-9]{1,4})\](\??)|([A-Za-z0-9])\?|(.)", re.DOTALL)


def meant(word: str) -> tuple[str, ...]:
    """The words that somebody probably meant; empty if nobody can tell."""
    text = unicodedata.normalize("NFKC", word)[:MAX_CHARS]
    for pattern, new in REPLACED:
        text = pattern.sub(new, text)
    forms = [" ".join(form.split()) for part in _parts(text) for form in _expanded(part)]
    unique = tuple(dict.fromkeys(form for form in forms if form))
    return unique if len(unique) <= MAX_FORMS and all(map(is_word, unique)) else ()


def _parts(text: str) -> Sequence[str]:
    """The alternatives of a text, by | outside of brackets."""
    return re.split(r"\|(?![^(]*\))", text)


def _expanded(part: str) -> list[str]:
    choices: list[Sequence[str]] = []
    total = 1
    for group, maybe_group, letters, maybe_letters, letter, other in PIECE.findall(part):
        options = list(letters) if letters else group.split("|") if group else [letter or other]
        if maybe_group or maybe_letters or letter:
            options = ["", *options]
        total *= len(options)
        choices.append(options)
    return ["".join(form) for form in product(*choices)] if total <= MAX_FORMS else []
