"""
Look-alike letters: a word of a title that mixes scripts, as nobody types it.

A Cyrillic "а" in a Latin word makes a title that reads like another one and is found by no search.
"""

import re
import unicodedata
from collections.abc import Iterator

_WORD = re.compile(r"[^\W\d_]+")
# Scripts with letters that look like Latin ones and that no word of ours mixes with Latin.
_OTHER = frozenset({"CYRILLIC", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU"})
# Greek stands in words of the trade (μTransfer, kΩ, λNet): only its letters that cannot be told
# from Latin ones are odd there.
_GREEK_ALIKE = frozenset("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧονϲϳ")


def mixed_words(title: str) -> tuple[str, ...]:
    """Each word that mixes scripts, with the letters that are out of place."""
    return tuple(dict.fromkeys(_mixed(title)))


def _mixed(title: str) -> Iterator[str]:
    if title.isascii():
        return
    # Full-width, ligatures and mathematical letters are Latin here; accents are no letters.
    text = unicodedata.normalize("NFKC", title)
    text = "".join(sign for sign in text if not unicodedata.category(sign).startswith("M"))
    for word in _WORD.findall(text):
        scripts = {letter: _script(letter) for letter in word}
        if "LATIN" not in scripts.values():
            continue
        odd = [letter for letter, script in scripts.items() if _is_odd(letter, script)]
        if odd:
            told = ", ".join(f"{letter} is {scripts[letter].capitalize()}" for letter in odd)
            yield f"{word} ({told})"


def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]


def _is_odd(letter: str, script: str) -> bool:
    return script in _OTHER or letter in _GREEK_ALIKE
