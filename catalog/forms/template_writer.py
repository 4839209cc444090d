"""Writes the template of a form from its skeleton."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from catalog.forms.alignment import EMPHASIS, Alignment, Element
from catalog.forms.cutting.atoms import Atom, Cut
from catalog.forms.cutting.authors import without_marks
from catalog.forms.cutting.known_fields import TITLE_BY_NAME, TITLE_WITH_PAGE
from catalog.forms.habits import SIGNS, Habits, is_sign
from catalog.forms.parts.choices import (
    Placed,
    named,
    with_code_once,
    with_nickname_once,
    with_sign,
)
from catalog.forms.parts.collector import ALWAYS, USUAL, Part, further_links, parts_of
from catalog.forms.parts.names import PartText, is_preprint
from catalog.forms.parts.templates import EMPTY_LINK, of_code, usual_preprint
from catalog.forms.skeleton import EVERYWHERE, FEWEST, Skeleton
from catalog.forms.spelling.dates import Date, style_with_venue
from catalog.forms.spelling.dates import common_style as common_date
from catalog.forms.spelling.names import common_style, filters_of, letters
from catalog.forms.values import nickname_of
from config.form import FIELDS, MORE_LINKS

_NEVER_INSTEAD = frozenset(("title", "address", "authors", "marker", EMPHASIS))
# Habits change: how an address is spelled is learned from so many of the newest entries.
NEWEST = 40
# A part stands instead of another one if so many entries have just one of the two.
EITHER = 0.8
# A word for "none" is no longer.
MAX_SIGN_CHARS = 12
# The first author alone, whatever the number.
_FIRST_ALONE = re.compile(r"\|et_al\(\d+, 1, \"\"\)")
BULLETS = ("-", "*", "+")
_COLUMNS = {
    "venue": "venue",
    "publication": "venue",
    "conference": "venue",
    "published_in": "venue",
    "pub": "venue",
    "journal": "venue",
    "publisher": "venue",
    "citations": "citations",
    "citation": "citations",
    "cited": "citations",
    "cited_by": "citations",
    "code": "code",
    "github": "code",
    "repo": "code",
    "repository": "code",
    "category": "category",
}


class TemplateWriter:
    """Writes the template of a skeleton, element by element, with the parts between them."""

    def __init__(self, skeleton: Skeleton, habits: Habits) -> None:
        self.skeleton, self.habits = skeleton, habits
        self.own: dict[str, str] = {}
        self.parts: dict[int, list[Part]] = {}
        self.title = next(
            n for n, element in enumerate(skeleton.elements) if element.kind == "title"
        )
        self._settle_parts()
        self._settle_either()
        self._settle_links()

    def text(self) -> str:
        text = ""
        stop = False
        skipped = 0
        for number, element in enumerate(self.skeleton.elements):
            if number < skipped:
                continue
            if number in self.instead:
                piece, skipped = self._either(number)
                text, stop = text + piece, False
                continue
            if element.key == "\n" and (broken := self._broken(number)):
                text, stop = text + broken, False
                continue
            text += self._gap(number)
            if element.key == "\n" and self._goes_with_part(number + 1):
                continue
            if element.key == "\n" and self._is_line_of_part(number):
                skipped = number + 2
                continue
            if stop and element.key == "." and text.endswith("{{ title }}"):
                text, stop = f"{text.removesuffix(' }}')}|stop }}}}", False
                continue
            text += self._element(number, element)
            stop = element.kind == "title" and self._stops()
        text += self._gap(len(self.skeleton.elements))
        return text + _most([cut.tail for cut, _ in self.skeleton.aligned[:NEWEST]])

    def _settle_parts(self) -> None:
        """
        Where each part stands, by its text without the space before it, and what it is called.

        Some entries have a part elsewhere: it stands where most have it. A field of the list's own
        that most have in two places is two fields.
        """
        shares: dict[str, list[Placed]] = {}
        for gap in range(len(self.skeleton.elements) + 1):
            for part in parts_of(self.skeleton.aligned, gap, before_title=gap <= self.title):
                shares.setdefault(part.piece.strip(), []).append((part.share, gap, part))
        for found in with_code_once(list(shares.values())):
            best = max(found, key=lambda place: place[0])
            usual = [place for place in found if place[0] > USUAL and place[2].own]
            for _, gap, part in usual if len(usual) > 1 else [best]:
                self.parts.setdefault(gap, []).append(part)
        self.parts = {
            gap: with_sign(with_nickname_once(parts)) for gap, parts in self.parts.items()
        }
        self._settle_signs()
        self._settle_empty_links()
        times: Counter[str] = Counter()
        for gap in sorted(self.parts):
            for at, part in enumerate(self.parts[gap]):
                if part.own:
                    times[part.name] += 1
                    self.parts[gap][at] = named(part, times[part.name])

    def _settle_signs(self) -> None:
        """A sign that the same entries have as another part goes with it: "<br>" below a badge."""
        rows = len(self.skeleton.aligned)
        others = [
            part
            for parts in self.parts.values()
            for part in parts
            if part.name != "sign" and not part.usual and part.share < 1
        ]
        for parts in self.parts.values():
            for at, sign in enumerate(parts):
                if sign.name == "sign" and sign.piece != "." and others and sign.share < 1:
                    near = min(others, key=lambda part: len(part.holders ^ sign.holders))
                    if len(near.holders ^ sign.holders) <= (1 - EVERYWHERE) * rows:
                        parts[at] = replace(sign, beside=near.name)

    def _settle_empty_links(self) -> None:
        """Where some links wait for their address, "[site]()", those that all have do, too."""
        if not any(
            EMPTY_LINK.search(part.usual) for parts in self.parts.values() for part in parts
        ):
            return
        for parts in self.parts.values():
            for at, part in enumerate(parts):
                empty = part.piece.replace(f"({{{{ {part.name} }}}})", "()")
                if part.own and not part.usual and part.share >= ALWAYS and "{{" not in empty:
                    parts[at] = replace(part, usual=empty if EMPTY_LINK.search(empty) else "")

    def _settle_links(self) -> None:
        """
        Where links stand that only a few entries have, each of its own kind: one field for all.

        It is behind the title, where most of these entries have them.
        """
        self.links_at, self.links = -1, ""
        if self.skeleton.aligned[0][0].row:
            return
        most: list[tuple[Cut, PartText]] = []
        for gap in range(self.title + 1, len(self.skeleton.elements) + 1):
            found = further_links(self.skeleton.aligned, gap, self.parts.get(gap, ()))
            if gap not in self.taken and len({cut.key for cut, _ in found}) > len(most):
                self.links_at, most = gap, found
        if len({cut.key for cut, _ in most}) >= FEWEST:
            space = _most([run.space for _, run in most if run.space]) or " "
            self.links = f"{{% if {MORE_LINKS} %}}{space}{{{{ {MORE_LINKS} }}}}{{% endif %}}"

    def _stops(self) -> bool:
        """Whether a title that ends in a mark of its own gets no stop after it."""
        marked = [
            alignment.at[self.title + 1] is None
            for cut, alignment in self.skeleton.aligned
            if self.title + 1 < len(alignment.at) and cut.known.title[-1:] in "?!"
        ]
        return not marked or sum(marked) * 2 >= len(marked)

    def _settle_either(self) -> None:
        """Where a venue stands instead of something else: "(ICML 2024)" or "(2024)"."""
        self.instead: dict[int, tuple[int, int]] = {}
        self.taken: set[int] = set()
        for gap, parts in self.parts.items():
            if len(parts) != 1 or parts[0].name != "venue":
                continue
            stretch = self._of_preprints(gap) if parts[0].usual else self._lacking_with(gap)
            if not stretch and parts[0].usual and parts[0].share <= USUAL:
                # What a few preprints have in a venue's place isn't what the others have there.
                stretch = self._lacking_with(gap)
                parts[0] = replace(parts[0], usual="") if stretch else parts[0]
            if stretch:
                self.instead[stretch[0]] = stretch[1], gap
                self.taken.add(gap)

    def _lacking_with(self, gap: int) -> tuple[int, int] | None:
        """The elements beside a gap that entries have if, and only if, they have nothing in it."""
        rows = [alignment for _, alignment in self.skeleton.aligned]
        filled = [alignment for alignment in rows if alignment.extra[gap]]
        empty = [alignment for alignment in rows if not alignment.extra[gap]]
        if not empty:
            return None

        def is_other(number: int) -> bool:
            if self.skeleton.elements[number].kind in _NEVER_INSTEAD:
                return False
            lacking = sum(alignment.at[number] is None for alignment in filled)
            having = sum(alignment.at[number] is not None for alignment in empty)
            return lacking >= EITHER * len(filled) and having >= EITHER * len(empty)

        start = end = gap
        while start and is_other(start - 1):
            start -= 1
        while end < len(self.skeleton.elements) and is_other(end):
            end += 1
        return (start, end) if start < end else None

    def _of_preprints(self, gap: int) -> tuple[int, int] | None:
        """The id after a gap, if preprints alone have it: "arXiv:2411.04965" or "ICML 2024"."""
        elements = self.skeleton.elements
        if gap == len(elements) or elements[gap].kind != "id":
            return None
        rows = [
            (is_preprint("".join(cut.atoms[at].text for at in row.extra[gap])), row.at[gap])
            for cut, row in self.skeleton.aligned
            if row.extra[gap]
        ]
        right = sum(preprint == (at is not None) for preprint, at in rows)
        return (gap, gap + 1) if right >= EITHER * len(rows) else None

    def _either(self, number: int) -> tuple[str, int]:
        """The piece for a venue and what stands there without one; the element to go on with."""
        end, gap = self.instead[number]
        part = self.parts[gap][0]
        plain = "".join(self._element(at, self.skeleton.elements[at]) for at in range(number, end))
        plain = part.usual + plain
        either = f"{{% if {part.name} %}}{part.piece}{{% else %}}{plain}{{% endif %}}"
        return self._gap(number) + either, end

    def _gap(self, gap: int) -> str:
        parts = () if gap in self.taken else self.parts.get(gap, ())
        plain = [part for part in parts if part.usual or part.beside or part.name == "sign"]
        if len(parts) > 1 and not plain and (after := self._space_after(gap)):
            # What any of them has behind it is a blank, and nothing where all are left out.
            parts = [replace(part, piece=part.piece.strip(" ") + after) for part in parts]
        text = "".join(map(self._part, parts))
        if len(parts) == 1 and text.endswith("{% endif %}") and not parts[0].usual:
            text = f"{text.removesuffix('{% endif %}')}{self._space_after(gap)}{{% endif %}}"
        return text + self._further_links(gap)

    def _further_links(self, gap: int) -> str:
        if gap != self.links_at or not self.links:
            return ""
        self.own.setdefault(MORE_LINKS, "")
        return self.links

    def _is_line_of_part(self, number: int) -> bool:
        """Put a line's end and a bullet into the part behind it, if the line has nothing else."""
        elements, gap = self.skeleton.elements, number + 2
        if gap > len(elements) or elements[number + 1].key not in BULLETS:
            return False
        parts = self.parts.get(gap, [])
        last = gap == len(elements) or elements[gap].key == "\n"
        if not last or not parts or gap in self.taken or self.parts.get(number + 1):
            return False
        if any(part.usual or part.beside for part in parts):
            return False
        lead = "".join(self._element(at, elements[at]) for at in (number, number + 1))
        parts[0] = replace(parts[0], piece=lead + parts[0].piece)
        return True

    def _goes_with_part(self, gap: int) -> bool:
        """Put a line's end into the part on the next line, if that line has nothing else."""
        parts = self.parts.get(gap, [])
        last = gap == len(self.skeleton.elements) or self.skeleton.elements[gap].key == "\n"
        if not last or not parts or gap in self.taken:
            return False
        if parts[0].usual or parts[0].beside or parts[0].share < ALWAYS:
            return False
        space = _most([atom.text for _, _, atom in self._atoms(gap - 1, newest=NEWEST)])
        parts[0] = replace(parts[0], piece=space + parts[0].piece)
        return True

    def _space_after(self, gap: int) -> str:
        """The space after an optional part, where what follows has none without it."""
        if gap == len(self.skeleton.elements):
            return ""
        rows = self._atoms(gap, newest=NEWEST)
        plain = [atom.space for _, row, atom in rows if not row.extra[gap]]
        filled = [atom.space for _, row, atom in rows if row.extra[gap]]
        return _most(filled) if plain and filled and not _most(plain) else ""

    def _broken(self, number: int) -> str:
        """A line's end that is another one where the optional part before it is left out."""
        parts = [part for part in self.parts.get(number, ()) if part.name != "sign"]
        if len(parts) != 1 or parts[0].usual:
            return ""
        rows = [
            (cut.atoms[at].text, bool(alignment.extra[number]))
            for cut, alignment in self.skeleton.aligned
            if (at := alignment.at[number]) is not None
        ]
        after = _most([text for text, extra in rows if extra])
        plain = _most([text for text, extra in rows if not extra])
        if not after or not plain or after == plain:
            return ""
        part = self._further_links(number) + self._part(parts[0]).removesuffix("{% endif %}")
        return f"{part}{after}{{% else %}}{plain}{{% endif %}}"

    def _part(self, part: Part) -> str:
        name = part.name
        if part.beside:
            return f"{{% if {part.beside} %}}{part.piece}{{% endif %}}"
        if name == "sign":
            return part.piece if part.share > USUAL else ""
        if part.own:
            self.own.setdefault(name, part.unknown)
        if "{% if remark %}" in part.piece:
            self.own.setdefault("remark", "")
        otherwise = f"{{% else %}}{part.usual}" if part.usual and part.share > USUAL else ""
        return f"{{% if {name} %}}{part.piece}{otherwise}{{% endif %}}"

    def _atoms(
        self, number: int, *, newest: int | None = None
    ) -> list[tuple[Cut, Alignment, Atom]]:
        rows = self.skeleton.aligned[:newest]
        found = [
            (cut, alignment, cut.atoms[at])
            for cut, alignment in rows
            if (at := alignment.at[number]) is not None
        ]
        return found or (self._atoms(number) if newest else [])

    def _element(self, number: int, element: Element) -> str:
        rows = self._atoms(number, newest=NEWEST)
        space = self._space(number, rows)
        atoms = [atom for _, _, atom in rows]
        if element.kind in ("text", EMPHASIS):
            return space + _most([atom.text for atom in atoms])
        if element.kind in ("marker", "badge", "id", "address"):
            return space + _short(_most([atom.style for atom in atoms if atom.style] or [""]))
        if element.kind == "title":
            return space + self._title_piece(rows)
        if element.kind == "authors":
            rows = self._atoms(number)
            style = common_style([(without_marks(a.text), cut.known.authors) for cut, _, a in rows])
            return f"{space}{{{{ {self._names(number, filters_of(style))} }}}}"
        if element.kind == "date":
            return space + self._date([a.date for _, _, a in self._atoms(number) if a.date])
        return space + self._cell(element, [(cut, atom) for cut, _, atom in rows])

    def _names(self, number: int, filters: str) -> str:
        """The authors; where "et al." stands behind the first one in all entries, that one."""
        behind = [element.key for element in self.skeleton.elements[number + 1 : number + 4]]
        alone = _FIRST_ALONE.sub("", filters)
        if "et" in behind and alone != filters:
            return f"first_author{alone}"
        return f"authors{filters}"

    def _date(self, dates: Sequence[Date]) -> str:
        """The date, with the venue that some have beside it, unless that has a place of its own."""
        placed = any(part.name == "venue" for parts in self.parts.values() for part in parts)
        return common_date(dates) if placed else style_with_venue(dates)

    def _title_piece(self, rows: Sequence[tuple[Cut, Alignment, Atom]]) -> str:
        """The title, with its nickname set off where most that have one are written so."""
        paged = sum(atom.style == TITLE_WITH_PAGE for _, _, atom in rows)
        if paged * 2 >= len(rows):
            self.own.setdefault("page", "")
            return f"{{% if page %}}{TITLE_WITH_PAGE}{{% else %}}{{{{ title }}}}{{% endif %}}"
        if sum(atom.style == TITLE_BY_NAME for _, _, atom in rows) * 2 >= len(rows):
            return TITLE_BY_NAME
        called = [
            atom.style
            for cut, _, atom in rows
            if nickname_of(cut.known.title) and atom.style not in (TITLE_WITH_PAGE, TITLE_BY_NAME)
        ]
        style = _most(called)
        if not style:
            return "{{ title }}"
        return f"{{% if nickname %}}{style}{{% else %}}{{{{ title }}}}{{% endif %}}"

    def _space(self, number: int, rows: Sequence[tuple[Cut, Alignment, Atom]]) -> str:
        shown = number not in self.taken and any(
            part.usual or (part.name == "sign" and not part.beside and part.share > USUAL)
            for part in self.parts.get(number, ())
        )
        plain = [
            _space_before(cut, row, number)
            for cut, row, _ in rows
            if any(cut.atoms[at].kind != "break" for at in row.extra[number]) == shown
        ]
        return _most(plain or [atom.space for _, _, atom in rows])

    def _cell(self, element: Element, rows: Sequence[tuple[Cut, Atom]]) -> str:
        column = int(element.key.removeprefix("cell "))
        names = {cut.columns[column - 1] for cut, _ in rows if len(cut.columns) >= column}
        name = column_name(names.pop()) if len(names) == 1 else ""
        codes = [code for cut, atom in rows if (code := of_code(cut, atom.text))]
        if codes and len(codes) * 5 >= len(rows):
            plain = _either("code", _most(codes), self._no_code(rows))
            bare = sum(text == _most(codes) for text in codes)
            bare += sum(not of_code(cut, atom.text) and "](" not in atom.text for cut, atom in rows)
            if bare >= EITHER * len(rows):
                return plain
            # Pages beside the code are no service's: somebody fills in the whole cell.
            name = name if name and name not in FIELDS else f"column_{column}"
            self.own.setdefault(name, "")
            return _either(name, f"{{{{ {name} }}}}", plain)
        name = _COLUMNS.get(name, name) or f"column_{column}"
        if name not in FIELDS and (called := _nickname(rows)):
            self.own.setdefault(name, "")
            return _either(name, f"{{{{ {name} }}}}", _either("nickname", called, self._sign(rows)))
        if name == "venue" and (usual := usual_preprint((cut, atom.text) for cut, atom in rows)):
            return f"{{% if venue %}}{{{{ venue }}}}{{% else %}}{usual}{{% endif %}}"
        texts = [atom.text for _, atom in rows]
        if name == "code" and texts.count(_most(texts)) >= EITHER * len(texts):
            piece = _most(codes) or "{{ code }}"
            return _either("code", piece, self._no_code(rows))
        if name in ("code", "links"):
            return f"{{{{ {name} }}}}"
        if len(set(texts)) == 1 and len(texts) > 1:
            return texts[0]
        if name not in FIELDS:
            self.own.setdefault(name, self._sign(rows))
        return f"{{{{ {name} }}}}"

    def _no_code(self, rows: Sequence[tuple[Cut, Atom]]) -> str:
        """What the column shows without code: the same short word in most rows, else a sign."""
        plain = [atom.text for cut, atom in rows if not of_code(cut, atom.text)]
        word = _most(plain)
        short = len(word) <= MAX_SIGN_CHARS and not re.search(r"[{}%]|://", word)
        usual = len(plain) > 1 and plain.count(word) >= EITHER * len(plain)
        return word if short and usual else self._sign(rows)

    def _sign(self, rows: Sequence[tuple[Cut, Atom]]) -> str:
        """What the list shows in this column where it doesn't know, else anywhere."""
        signs = Counter(atom.text for _, atom in rows if is_sign(atom.text))
        own = {
            text: n
            for text, n in signs.items()
            if text.lower() in SIGNS or text == self.habits.sign
        }
        return max(own, key=lambda text: own[text]) if own else self.habits.sign


def _either(name: str, piece: str, otherwise: str) -> str:
    """A piece of a field that is known, and what stands there otherwise."""
    rest = f"{{% else %}}{otherwise}" if otherwise else ""
    return f"{{% if {name} %}}{piece}{rest}{{% endif %}}"


def _nickname(rows: Sequence[tuple[Cut, Atom]]) -> str:
    """How a column shows what each title begins with; empty where most rows show something else."""
    named = [
        (nickname, atom.text) for cut, atom in rows if (nickname := nickname_of(cut.known.title))
    ]
    shown = [
        text.replace(name, "{{ nickname }}")
        for name, text in named
        if letters(text) == letters(name)
    ]
    shown = [text for text in shown if "{{ nickname }}" in text]
    return _most(shown) if len(shown) >= FEWEST and len(shown) * 2 >= len(named) else ""


def _space_before(cut: Cut, row: Alignment, number: int) -> str:
    """The white space before an element of an entry: blanks, or the end of a line."""
    at = row.at[number] or 0
    before = cut.atoms[at - 1] if at and at - 1 in row.extra[number] else None
    return before.text if before and before.kind == "break" else cut.atoms[at].space


def column_name(header: str) -> str:
    """A column's header as the name of a field."""
    name = re.sub(r"[^a-z0-9]+", "_", header.lower()).strip("_")[:40]
    return name if re.match(r"[a-z]", name) else ""


def _most(texts: Sequence[str]) -> str:
    return Counter(texts).most_common(1)[0][0] if texts else ""


def _short(style: str) -> str:
    """An address by its own name where it has one."""
    for name in ("abs", "pdf"):
        if style == f"https://arxiv.org/{name}/{{{{ arxiv_id }}}}":
            return f"{{{{ {name} }}}}"
    return style
