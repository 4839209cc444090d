"""
The pieces of an entry's text, each with what it may be: title, names, venue, date, label and more.

A piece is a stretch between marks; what stands in brackets at its ends, before the title with a
year, or after a dash is taken off as a piece of its own.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

from catalog.arxiv_id import ArxivId
from catalog.markdown.parts.inline import Inline, TextRun
from catalog.markdown.parts.labels import LABELLED, ROLE_OF_LABEL, Role
from catalog.markdown.parts.sentences import joined_runs
from catalog.markdown.parts.wording import (
    DATE,
    date_value,
    is_label,
    is_venue,
    read_date,
    read_names,
    words,
)
from config.patterns import lazy_regex

_FIRST = lazy_regex(r"(?:[^\w\[({\"“‘'$«<\\+@.-]|[-.+](?=\s))+")
_LAST = lazy_regex(r"[^\w\])}\"”’'$»>?!%+*°²³…。.™®-]+$")
_IN_PARENS_LAST = lazy_regex(r"[((](?P<inner>[^()()]{1,200})[))]\s*[.,;:]?\s*$")
_IN_PARENS_FIRST = lazy_regex(r"\s*[((](?P<inner>[^()()]{1,120})[))]\s*[:.,-]?\s*")
_IN_BRACKETS_FIRST = lazy_regex(r"\s*[\[【](?P<inner>[^\[\]【】]{1,120})[\]】]\s*[:.,-]?\s*")
_DASH = lazy_regex(r"\s+(?:[-–—|·•‖~@]|--+|//)\s+|\s*[|‖]\s*|\s{3,}|\s*;\s+")
_SENTENCE = lazy_regex(
    r"(?:(?<!\b[A-Z])|(?<=&[A-Z]))(?<!\bal)(?<!\bvs)(?<!\bSt)(?<!\bDr)(?<!\bJr)(?<!\be\.g)(?<!\bi\.e)(?<!\bProc)"
    r"(?P<stop>[.。])(?:\s+(?=[^\W\d_a-z]|[\d\"“(\['’])|(?<=。))"
)
_QUESTION = lazy_regex(r"[?!]\.?\s+(?=[^\W\d_a-z]|[\d\"“(\['’])")
_BY = lazy_regex(r",?\s+(?:by|from)\s+(?=[^\W\d_a-z])")
_ENDS_SENTENCE = lazy_regex(r"[^\W\d_]{3}\.\s+[^\W\d_]")
_QUOTED = lazy_regex(r"\s*[\"“«](?P<title>[^\"“”«»]{8,400})[\"”»]")
_LEADING_DATE = lazy_regex(rf"\s*(?:{DATE.pattern})\s*(?:[-–—:|.,]+\s*|\s(?=\w))", re.I)
_SHORT_TITLE = lazy_regex(r"(?:[^\W\d_a-z][\w&’'.-]*|of|and|the|on|in|for|&|[-–,])(?:\s+|$)")

# "Faroß, 2024, Quantum Automorphism …".
_SURNAME = lazy_regex(r"[^\W\d_a-z][\w'’-]+(?: [^\W\d_a-z][\w.'’-]*){0,2}")
_ET_AL = lazy_regex(r"(?P<names>[^:]{2,160}?\bet\.? al)\.?\s+(?=[^\W\d_a-z]\S*\s\S+)")
_YEAR = lazy_regex(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_KEEPS_STOP = lazy_regex(r"(?:\bal|\b[^\W\d_]|\betc|\bJr|\.\.)\.$")
_SINGLE_NAME = lazy_regex(
    r",\s+(?P<name>[^\W\d_a-z][\w.'’-]*(?:\s(?:[^\W\d_a-z][\w.'’-]*|de|van|von|der|la|bin|al)){1,3})"
    r"\s*\Z"
)
# A name of a model or method: one word with a capital inside, or a digit behind a capital.
_NAMED = lazy_regex(r"[A-Z][\w+.-]{0,20}[A-Z0-9][\w+.-]{0,20}|[a-z][\w.-]{0,20}[A-Z][\w.-]{0,20}")
MIN_QUOTED_WORDS = 3
_MAX_NAME_WORDS = 3
# So many commas are tried from the end of a text for the start of a run of names.
_MAX_COMMAS = 40


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the text; ``role`` is empty for what may be a title or a remark."""

    start: int
    end: int
    value: str
    role: Role
    run: TextRun
    # It stood behind another piece of the same run, or before it.
    tail: bool = False
    quoted: bool = False


def read_pieces(inline: Inline, columns: tuple[str, ...] = ()) -> list[Piece]:
    """All pieces of the text, in its order, with the roles that they show by themselves."""
    pieces: list[Piece] = []
    for run in joined_runs(inline):
        pieces += _Taker(inline, run).pieces()
    return sorted(pieces, key=lambda piece: piece.start)


class _Taker:
    """Takes what it recognises off both ends of one run."""

    def __init__(self, inline: Inline, run: TextRun) -> None:
        self.inline = inline
        self.run = run
        self.start, self.end = run.start, run.end
        self.done: list[Piece] = []
        self.hint: Role = ""

    def pieces(self) -> list[Piece]:
        self._field()
        role = self.hint or self._whole(self.start, self.end)
        if role and role not in ("title",):
            return [*self.done, *self._one(self.start, self.end, role)]
        self._quoted()
        taken = True
        while taken and self.start < self.end:
            role = self._whole(self.start, self.end)
            if role:
                return [*self.done, *self._one(self.start, self.end, role)]
            taken = self._parens_last() or self._first() or self._dash() or self._by()
            self.start, self.end = self.inline.trimmed(self.start, self.end, " \t\r\n,;|")
        self._sentences()
        return self.done

    def _text(self) -> str:
        return self.inline.shadow[self.start : self.end]

    def _one(
        self, start: int, end: int, role: Role, *, tail: bool = False, quoted: bool = False
    ) -> list[Piece]:
        start, end = self.inline.trimmed(start, end, " \t\r\n,;:|·•")
        if role in ("", "title"):
            start, end = self._bare_ends(start, end)
        elif role != "label":
            start, end = known_ends(self.inline, start, end)
        if start >= end:
            return []
        value = self.inline.value(start, end)
        return [Piece(start, end, value, role, self.run, tail, quoted)] if value else []

    def _bare_ends(self, start: int, end: int) -> tuple[int, int]:
        """Without flames, stars and dashes before and after the words."""
        text = self.inline.shadow[start:end]
        first = _FIRST.match(text)
        last = _LAST.search(text[-12:])
        start += first.end() if first else 0
        end -= len(last[0]) if last else 0
        for opening, closing in ("[]", "()"):
            inside = self.inline.shadow[start:end]
            if inside.endswith(closing) and inside.count(closing) > inside.count(opening):
                end -= 1
        return self.inline.trimmed(start, end)

    def _field(self) -> None:
        """A word before a colon that says what the rest is."""
        match = LABELLED.match(self._text())
        if match is None:
            return
        role = ROLE_OF_LABEL.get(match["name"].casefold(), "")
        # "Models: A Survey" and "Method: …" may begin a title; only what stands alone is a name.
        first = self.run.start == self.inline.runs[0].start
        if role == "label" and first and len(words(self._text()[match.end() :])) > 2:
            # "CODE: Confident Ordinary Differential Editing": an entry begins with no label.
            return
        if role and (role not in ("remark", "label") or self.run.link is None):
            self.hint = role if role != "title" else ""
            self.start += match.end()
            self.start, self.end = self.inline.trimmed(self.start, self.end)

    def _whole(self, start: int, end: int) -> Role:
        """What the whole stretch is by itself."""
        text = self.inline.shadow[start:end]
        if read_date(text):
            return "date"
        if text.lstrip("(").startswith("@"):
            return "affiliation"
        if is_venue(text):
            return "venue"
        if is_label(text):
            return "label"
        names = read_names(text) if not _YEAR.search(text) else None
        if names and (len(names.names) > 1 or names.elided) and not self.run.bold:
            return "authors"
        return ""

    def _quoted(self) -> None:
        match = _QUOTED.match(self._text()) or _QUOTED.search(self._text())
        if match is None or len(words(match["title"])) < MIN_QUOTED_WORDS:
            return
        if self._is_in_title(match):
            return
        start, end = self.start + match.start("title"), self.start + match.end("title")
        self.done += self._one(start, end, "title", quoted=True)
        rest = self.end
        before, self.end = self.start, self.start + match.start()
        self._rest(before, self.end)
        self.start, self.end = self.start + match.end(), rest
        if self.start > self.end:
            self.start = self.end

    def _is_in_title(self, quoted: re.Match[str]) -> bool:
        """Whether words around the quotation belong to the same title: "Beyond "More Data"…"."""
        text = self._text()
        before, after = text[: quoted.start()].strip(), text[quoted.end() :].lstrip()
        if after[:1] in ("?", ":", ":"):
            return True
        if not before or not before[-1].isalnum():
            return False
        if before.endswith(" al") or read_names(before):
            return False
        return not self._whole(self.start, self.start + quoted.start()) and len(words(before)) > 1

    def _rest(self, start: int, end: int) -> None:
        start, end = self.inline.trimmed(start, end, " \t\r\n,;:.|")
        if start < end:
            self.done += self._one(start, end, self._whole(start, end))

    def _parens_last(self) -> bool:
        """What stands in brackets at the end: a venue, a date, an affiliation, names."""
        text = self._text()
        match = _IN_PARENS_LAST.search(text, max(0, len(text) - 220))
        if match is None or match.start() == 0:
            return self._parens_whole()
        start, end = self.start + match.start("inner"), self.start + match.end("inner")
        if _is_said_again(text[: match.start()], match["inner"]):
            self.done += self._one(start, end, "nickname", tail=True)
        elif not self._inner(start, end):
            if self._whole(self.start, self.start + match.start()) in ("", "label"):
                return False
            # "NeurIPS, 2023 (UW)": what follows something known is where the authors work.
            self.done += self._one(start, end, "affiliation", tail=True)
        self.end = self.start + match.start()
        return True

    def _parens_whole(self) -> bool:
        match = _IN_PARENS_FIRST.fullmatch(self._text())
        if match is None:
            return False
        start, end = self.start + match.start("inner"), self.start + match.end("inner")
        if not self._inner(start, end):
            self.done += self._one(start, end, "", tail=True)
        self.start = self.end
        return True

    def _inner(self, start: int, end: int) -> bool:
        """Take in the words of a bracket: one thing, or several with commas between."""
        role = self._whole(start, end)
        if role and (role != "label" or ArxivId.parse(self.inline.shadow[start:end].strip())):
            self.done += self._one(start, end, role, tail=True)
            return True
        parts = list(re.finditer(r"[^,;|]+", self.inline.shadow[start:end]))
        roles = [self._whole(start + part.start(), start + part.end()) for part in parts]
        if len(parts) > 1 and all(roles) and "label" not in roles:
            for part, inner in zip(parts, roles, strict=True):
                place = start + part.start(), start + part.end()
                self.done += self._one(*place, inner, tail=True)
            return True
        date = DATE.search(self.inline.shadow, start, end)
        names = read_names(self.inline.shadow[start : date.start()]) if date else None
        if date and names and date.end() == end:
            self.done += self._one(start, date.start(), "authors", tail=True)
            self.done += self._one(date.start(), end, "date", tail=True)
            return True
        return False

    def _first(self) -> bool:
        """A date, a venue or names with a year before the title."""
        text = self._text()
        inner = _IN_PARENS_FIRST.match(text) or _IN_BRACKETS_FIRST.match(text)
        if inner and inner.end() < len(text):
            start, end = self.start + inner.start("inner"), self.start + inner.end("inner")
            if self._inner(start, end):
                self.start += inner.end()
                return True
            if (
                "(" in inner[0]
                and text[inner.end() - 1] == " "
                and _NAMED.fullmatch(inner["inner"])
            ):
                self.done += self._one(start, end, "nickname")
                self.start += inner.end()
                return True
        date = _LEADING_DATE.match(text)
        if date and date.end() < len(text) and not text[date.end()].islower():
            self.done += self._one(self.start, self.start + date.end(), "date")
            self.start += date.end()
            return True
        return self._first_names(text) or self._first_venue(text)

    def _first_names(self, text: str) -> bool:
        """Take in names: "Poe et al., 2024, Title", "Poe & Roe (2024). Title"."""
        date = DATE.search(text, 0, 160)
        if date and date.end() < len(text):
            before = text[: date.start()].strip(" ,([")
            names = read_names(before) or (_SURNAME.fullmatch(before) and not is_venue(before))
            after = re.match(r"[)\]]?\s*[.,:;)–—-]+\s*", text[date.end() :])
            if names and after and date.start() > 1:
                self.done += self._one(self.start, self.start + date.start(), "authors")
                place = self.start + date.start(), self.start + date.end()
                self.done += self._one(*place, "date")
                self.start += date.end() + after.end()
                return True
        match = re.match(
            r"(?P<names>[^,:.]{2,80}(?:&|\bet al\b)[^,:.]{0,60}|[^,:.]{2,60}, [^,:]{2,60}\bet al\b)"
            r"\.?,\s+(?=\S+\s\S+)",
            text,
        )
        match = match or _ET_AL.match(text)
        if match and read_names(match["names"]) and not self.run.bold:
            self.done += self._one(self.start, self.start + match.end("names"), "authors")
            self.start += match.end()
            return True
        return False

    def _first_venue(self, text: str) -> bool:
        match = re.match(r"\s*(?P<venue>[^:|,]{2,40}?)\s*(?:[:|]\s+|,\s+(?=[^\W_a-z]))", text)
        if match and is_venue(match["venue"]) and re.search(r"\d\d", match["venue"]):
            self.done += self._one(self.start, self.start + match.end("venue"), "venue")
            self.start += match.end()
            return True
        return False

    def _dash(self) -> bool:
        """The last part after a dash, a bar or a comma, if it is something known."""
        text = self._text()
        cuts = list(_DASH.finditer(text))
        for cut in reversed(cuts[-3:]):
            place = self.start + cut.end(), self.end
            role = self._whole(*place)
            if cut.start() > 0 and (role not in ("", "label") or self._name_like(*place)):
                self.done += self._one(*place, role or "authors", tail=True)
                self.end = self.start + cut.start()
                return True
        return self._last_after_comma(text)

    def _name_like(self, start: int, end: int) -> bool:
        """One name of two or three words, after a dash; surely one where a venue follows it."""
        text = self.inline.shadow[start:end]
        if len(words(text)) > _MAX_NAME_WORDS or read_names(text) is None:
            return False
        dated = any(piece.tail and piece.role in ("venue", "date") for piece in self.done)
        return "." in text or (dated and len(words(text)) > 1)

    def _last_after_comma(self, text: str) -> bool:
        commas = list(re.finditer(r"[,.]\s+", text))[-_MAX_COMMAS:]
        if not commas:
            return False
        last = commas[-1]
        role = self._whole(self.start + last.end(), self.end)
        written = self.inline.shadow[self.start + last.end() : self.end]
        if role in ("venue", "date") or (role == "label" and ArxivId.parse(written)):
            self.done += self._one(self.start + last.end(), self.end, role, tail=True)
            self.end = self.start + last.start()
            return True
        if self._is_followed_by_names():
            return False
        for comma in commas[:-1] if len(commas) > 1 else commas:
            if len(words(text[: comma.start()])) < 3:
                continue
            rest = text[comma.end() :].rstrip(" .")
            names = read_names(rest) if comma[0][0] == "," or "," in rest else None
            if names and len(names.names) > 1 and _full_names(names.names):
                return self._take_names(*comma.span())
        if name := self._single_name(text):
            return self._take_names(name.start(), name.start("name"))
        shortened = read_names(text[last.end() :])
        if shortened and shortened.elided and len(words(text[: last.start()])) >= MIN_QUOTED_WORDS:
            # "Title, Poe et al."
            return self._take_names(*last.span())
        return False

    def _is_followed_by_names(self) -> bool:
        """Whether a bold text or a link has its authors in italics behind it, and none inside."""
        if not self.run.bold and self.run.link is None:
            return False
        later = (run for run in self.inline.runs if run.start >= self.run.end and run.italic)
        following = next(later, None)
        if following is None or following.bold or following.link is not None:
            return False
        text = self.inline.shadow[following.start : following.end]
        return "et al" in text or read_names(text) is not None

    def _single_name(self, text: str) -> re.Match[str] | None:
        """The comma before one full name, where a year behind it was taken already."""
        dated = any(piece.tail and piece.role in ("venue", "date") for piece in self.done)
        match = _SINGLE_NAME.search(text) if dated and self.run.link is None else None
        if match is None or len(words(text[: match.start()])) < MIN_QUOTED_WORDS:
            return None
        # "et al." makes a single name certain to the reader of names; the words must be names.
        return match if read_names(f"{match['name']} et al.") else None

    def _take_names(self, end: int, names: int) -> bool:
        """Take the names that stand from a place in the text to its end; the rest ends before."""
        self.done += self._one(self.start + names, self.end, "authors", tail=True)
        self.end = self.start + end
        return True

    def _by(self) -> bool:
        if self.run.link is not None:
            return False
        for match in _BY.finditer(self._text()):
            names = read_names(self._text()[match.end() :])
            # "Walks by Random Agents. Ada Poe and Bo Roe": a sentence ends before the names.
            if names is None or _ENDS_SENTENCE.search(self._text(), match.end()):
                continue
            sure = names.elided or "." in names.names[0] or _all_full(names.names)
            if match.start() and sure:
                self.done += self._one(self.start + match.end(), self.end, "authors", tail=True)
                self.end = self.start + match.start()
                return True
        return False

    def _sentences(self) -> None:
        """What is left: one title, or sentences of which some are names or a venue."""
        text = self._text()
        ends = [match.start("stop") for match in _SENTENCE.finditer(text)]
        if self.run.link is not None or not ends:
            ends = [] if self.run.link is not None else self._questions(text)
        limits = [-1, *ends, len(text)]
        first = True
        for before, after in pairwise(limits):
            start, end = self.start + before + 1, self.start + after
            role = self._whole(start, end)
            piece = self._one(
                start, end, role if not (first and role == "label") else "", tail=not first
            )
            self.done += piece
            first = first and not piece

    def _questions(self, text: str) -> list[int]:
        """A question is the end of a title only where names or a venue follow."""
        for match in _QUESTION.finditer(text):
            at = self.start + match.end()
            if self._whole(at, self.end) in ("authors", "venue", "date"):
                return [match.end() - 1]
        return []


def known_ends(inline: Inline, start: int, end: int) -> tuple[int, int]:
    """Without the dashes and brackets around something known, and the stop after it."""
    start, end = inline.trimmed(start, end, " \t\r\n,;:|·•@–—-")
    if inline.shadow[start : start + 1] == ".":
        start, end = inline.trimmed(start + 1, end)
    inside = inline.shadow[start:end]
    stop = inside.endswith(".") and not _KEEPS_STOP.search(inside)
    start, end = inline.trimmed(start, end - stop)
    for opening, closing in ("[]", "()", "【】", "()"):
        inside = inline.shadow[start:end]
        if inside.startswith(opening) and inside.count(closing) <= inside.endswith(closing):
            start, end = inline.trimmed(start + 1, end - inside.endswith(closing))
        elif inside.endswith(opening) or (inside.endswith(closing) and opening not in inside):
            start, end = inline.trimmed(start, end - 1)
    return start, end


def _is_said_again(title: str, name: str) -> bool:
    """Whether a name in brackets behind a title begins it, too: "LoRA: Low-Rank … (LoRA)"."""
    return bool(_NAMED.fullmatch(name)) and title.strip().startswith(f"{name}:")


def _full_names(names: tuple[str, ...]) -> bool:
    """Names of two words or more, mostly: "Attention, Memory and Planning" are none."""
    return sum(len(name.split()) > 1 for name in names) * 2 > len(names)


def _all_full(names: tuple[str, ...]) -> bool:
    return len(names) > 1 and all(" " in name for name in names)


def date_of(text: str) -> str | None:
    match = DATE.search(text)
    return date_value(match) if match else None


def is_name_of_venue(text: str) -> bool:
    """A few words with capitals: "Machine Intelligence Research"."""
    return 1 <= len(words(text)) <= 8 and bool(re.fullmatch(rf"(?:{_SHORT_TITLE.pattern})+", text))
