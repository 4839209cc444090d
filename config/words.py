"""
Validates a word of the rules.

A word is what a person would type into a search box: ``pruning``, ``low-bit``, ``quantiz*``
(any ending), ``LLM`` (capitals count), ``bits near weights``.
"""

import unicodedata
from typing import Annotated

from config.patterns import lazy_regex
from config.strict import Check, JsonSchema, Limits
from config.validation import Wrong

MAX_WORD_CHARS = 100
NEAR = " near "
# A star that does not follow letters, or that letters follow.
BAD_STAR = lazy_regex(r"(?<![^\s/*-])\*|\*(?![\s/-]|$)")


def check_word(text: str) -> str:
    word = " ".join(text.split())
    _refuse_length(word)
    for side in word.split(NEAR):
        _refuse_stars(side)
        _refuse_letters(side)
    if word.count(NEAR) > 1:
        raise Wrong('"near" joins two words, not three', "write two words:  a near b, b near c")
    return word


def is_word(text: str) -> bool:
    """Whether a text may be a word of the rules."""
    try:
        check_word(text)
    except Wrong:
        return False
    return True


def _refuse_length(word: str) -> None:
    if len(word) > MAX_WORD_CHARS:
        raise Wrong(f"has {len(word):,} characters, more than {MAX_WORD_CHARS}", "shorten the word")


def _refuse_stars(side: str) -> None:
    if BAD_STAR.search(side):
        raise Wrong(
            "a * only stands for the end of a word, after its first letters",
            "write letters, then *, like  quantiz*",
        )


def _refuse_letters(side: str) -> None:
    plain = unicodedata.normalize("NFKD", side)
    strange = next((sign for sign in plain if sign.isalnum() and not sign.isascii()), "")
    if strange:
        raise Wrong(f'"{strange}" is not a Latin letter', "write the word in Latin letters")
    visible = plain.replace("*", "").replace(" ", "")
    if len(visible) < 2 or not any(sign.isalnum() for sign in visible):
        raise Wrong("a word needs at least two letters or digits", "write a longer word")


# Editors take 1.58 for a number and on for true; here everything is text.
_SHAPE = {
    "type": ["string", "number", "boolean", "null"],
    "minLength": 2,
    "maxLength": MAX_WORD_CHARS,
    "description": "A word; * is any ending, CAPITALS stay, `a near b` is within six words.",
}

Word = Annotated[str, Check(check_word), JsonSchema(_SHAPE)]
Words = Annotated[tuple[Word, ...], Limits(min_length=1)]
