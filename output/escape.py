"""
Escapes text from outside for Markdown, HTML, tables and terminals.

White space is folded; control and format characters (bidi overrides, zero width, soft hyphens,
tags) are dropped; then everything that would be structure in that place is escaped.

``mixed_words`` finds look-alike letters: a title with a Cyrillic "а" in a Latin word reads like
another title, and no search finds it.
"""

import html
import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import quote

from config.patterns import lazy_regex

# Backslashed in Markdown prose: everything that can open a construct inside a line. Brackets of a
# link, and what opens a construct at the start of a line, are told by other signs than ( ) # + !;
# an underscore inside a word opens nothing.
_SPECIAL = lazy_regex(r"([\\`*{}\[\]|~$]|(?<![^\W_])_|_(?![^\W_]))")
# Addresses that GitHub links by itself: an entity in them stops that, and reads the same.
# Wherever they stand: GitHub also links them behind a digit or an underscore.
_AUTOLINK = lazy_regex(r"(?i)(https?|ftp|mailto)(:)|(www)(\.)")
# Mentions and issue numbers are found in the finished page, behind every escape: only a letter
# of no width keeps "@name", "#12" and "GH-12" from notifying somebody or being a link.
_MENTION = lazy_regex(r"(@(?=\S)|#(?=\w)|\b[Gg][Hh](?=-\d))")
_JOINER = "\u2060"
# A dash, a plus or a number and a dot at the start of a line would begin a list or a rule, where
# a blank follows; "4-bit" and "2411.04965" would not, and are easier to read as they are.
_LINE_START = lazy_regex(r"^(?:(\d+)(?=[.)](?:\s|$))|(?=[-+](?:\s|$)|#{1,6}(?:\s|$)|--|=))")
# Behind a heading they would close it and vanish.
_LINE_END = lazy_regex(r"(?<=\s)(?=#+$)")
_UNSEEN = frozenset({"Cc", "Cf", "Co", "Zl", "Zp", "Zs"})
_COMMAND = lazy_regex(r"^(\s*:)(?=:)|(##)(?=\[)")
_FORMULA = lazy_regex(r"^[=+\-@\t\r\0]")

_WORD = lazy_regex(r"[^\W\d_]+")
# Scripts with letters that look like Latin ones and that no word of ours mixes with Latin.
_OTHER = frozenset({"CYRILLIC", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU"})
# Greek stands in words of the trade (μTransfer, kΩ, λNet): only its letters that cannot be told
# from Latin ones are odd there.
_GREEK_ALIKE = frozenset("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧονϲϳ")


def plain(text: str) -> str:
    """One line of visible text: no control or format characters, white space folded."""
    # Folded last: blanks around what was dropped would open a code block.
    return " ".join(_visible(text).split())


def piece(text: str) -> str:
    """A stretch of a line, like ``plain``, but a blank at its end stays."""
    visible = _visible(text)
    left = " " if visible[:1].isspace() else ""
    right = " " if visible[-1:].isspace() and visible.strip() else ""
    return f"{left}{' '.join(visible.split())}{right}"


def _visible(text: str) -> str:
    # Nearly every text: nothing in it could be dropped, and a page has thousands of them.
    if text.isprintable():
        return text
    return "".join(
        letter
        for letter in text
        if letter.isspace() or unicodedata.category(letter) not in {"Cc", "Cf", "Cs", "Co"}
    )


def markdown(text: str) -> str:
    """Text inside a line of Markdown: rendered, it reads as it was written."""
    safe = _MENTION.sub(rf"\1{_JOINER}", plain(text))
    safe = _SPECIAL.sub(r"\\\1", html.escape(safe, quote=False))
    safe = _AUTOLINK.sub(_unlink, safe)
    return _LINE_END.sub(r"\\", _LINE_START.sub(r"\1\\", safe))


def markdown_with_code(text: str) -> str:
    """Text of ours inside a line of Markdown; what stands between backticks is code there too."""
    parts = text.split("`")
    codes = [plain(part) for part in parts[1::2]]
    if len(parts) % 2 == 0 or not all(codes):
        return markdown(text)
    others = [_spaced(part) for part in parts[::2]]
    return others[0] + "".join(
        f"`{code}`{other}" for code, other in zip(codes, others[1:], strict=True)
    )


def _spaced(text: str) -> str:
    """Escaped, with a blank where it began or ended with one."""
    if not text.strip():
        return text and " "
    return f"{' ' * text[0].isspace()}{markdown(text)}{' ' * text[-1].isspace()}"


def _unlink(match: re.Match[str]) -> str:
    return f"{match[1]}&#58;" if match[1] else f"{match[3]}&#46;"


def markup(text: str) -> str:
    """Text inside an HTML element or a quoted attribute."""
    return html.escape(plain(text), quote=True)


def folded(text: str) -> str:
    """Text of an HTML element in a Markdown file, on one line; its quotes stand as they are."""
    return html.escape(_MENTION.sub(rf"\1{_JOINER}", piece(text)), quote=False)


def address(url: str) -> str:
    """A canonical address between ``<`` and ``>``: what nobody can see is written as a code."""
    return "".join(
        quote(sign) if sign in "<> " or unicodedata.category(sign) in _UNSEEN else sign
        for sign in url
        if unicodedata.category(sign) != "Cs"
    )


def cell(value: object) -> object:
    """A cell of a table file: text that a spreadsheet would take for a formula gets a quote."""
    if isinstance(value, str):
        text = plain(value)
        return f"'{text}" if _FORMULA.match(value) or _FORMULA.match(text) else text
    return value


def terminal(text: str, *, blanks: bool = False) -> str:
    """
    Text on a terminal or in a log: one line, no escape sequences, and no command to a CI runner.

    Runs of blanks are one, unless ``blanks`` says that they count, as in a template.

    GitHub Actions obeys `::stop-commands::x` at the start of a line, and `##[add-mask]x` anywhere.
    """
    parts = re.split("( +)", text) if blanks else [text]
    said = "".join(part if blanks and part[:1] == " " else plain(part) for part in parts)
    return _COMMAND.sub(lambda found: found[0] + _JOINER, said)


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
            letters = ", ".join(f"{letter} is {scripts[letter].capitalize()}" for letter in odd)
            yield f"{word} ({letters})"


def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]


def _is_odd(letter: str, script: str) -> bool:
    return script in _OTHER or letter in _GREEK_ALIKE
