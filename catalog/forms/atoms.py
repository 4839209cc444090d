"""
Cuts an entry into atoms: the places of what is known of its paper, and everything between them.

What is known comes from arXiv, or, without it, from the entry's own parts. Places of known fields
are found first; the rest are words, signs, and groups such as a link, a picture or a bracket.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from catalog.arxiv_id import ArxivId
from catalog.forms.spelling.dates import Date, dates_in
from catalog.forms.spelling.facts import FACT
from catalog.forms.spelling.names import letters, same_names, styles_of
from catalog.forms.spelling.rows import BAR, end_of_cells
from catalog.forms.spelling.titles import Agreement, TitleMatch, find_title
from config.patterns import lazy_regex

# Fields: marker, title, address, authors, date, badge (an address that isn't a page but has the
# id), id. Between them: group, word, sign, break (of a line), cell (of a table row), end.
AtomKind = Literal[
    "marker",
    "title",
    "address",
    "badge",
    "id",
    "authors",
    "date",
    "group",
    "word",
    "sign",
    "break",
    "cell",
]
FIELDS = frozenset({"marker", "title", "address", "badge", "id", "authors", "date"})
# What identifies a paper in an entry.
ADDRESSES = frozenset({"address", "badge", "id"})
# An entry longer than this is an essay, and is not learned from.
MAX_ENTRY_CHARS = 6_000
# A paper appears no later than so many years after it was written.
MAX_YEARS_TO_APPEAR = 4

_MARKER = lazy_regex(
    r"(?P<indent>[ \t]*(?:#{1,6}[ \t]+(?=\d))?)"
    r"(?:(?P<number>\d{1,9})(?P<stop>[.)])|[-*+])(?P<gap>[ \t\u00a0]+)"
    r"(?:\[[ xX]\][ \t]+)?"
)
_DETAILS = lazy_regex(
    r"(?P<tags><(?P<tag>details|table)\b[^>]*>.*?</(?P=tag)>)|"
    r"\n[ \t]*(?P<code>(?P<fence>```|~~~)[^\n]*\n(?:[^\n]*\n)*?[ \t]*(?P=fence))(?=\s*?(?:\n|\Z))",
    re.IGNORECASE | re.DOTALL,
)
_FIRST_CELL = lazy_regex(r"[ \t]*\|?[ \t]*(?P<number>\d{1,5})(?=[ \t]*\|)")
# Headings of columns that count the rows.
_COUNTS = lazy_regex(
    r"\W*(?:no|nr|num(?:ber)?|idx|index|id|s\.?[ /]?no|rank|编号|序号)?\W*", re.IGNORECASE
)
_URL = lazy_regex(r"https?://[^\s<>\"'|\\]+", re.IGNORECASE)
_MASK = "\x00"
_PLACE = 0xE000
_P = "\ue000-\uf8ff"
_IN = rf"(?:\\[\[\]]|[^\[\]\n{_P}])"
_TO = rf"\((?:[^()\s{_P}]|\([^()\s{_P}]*\))*(?:[ \t]+\"[^\"\n{_P}]*\")?[ \t]*\)"
_GROUPS = (
    ("picture", rf"\[[ \t]*!\[{_IN}*\]{_TO}[ \t]*\]{_TO}"),
    ("picture", rf"!\[{_IN}*\](?:{_TO}|\[{_IN}*\])"),
    ("link", rf"\[\[{_IN}*\]{_TO}\]"),
    ("link", rf"\[\[{_IN}*\]\]{_TO}"),
    ("link", rf"\(\[{_IN}*\]{_TO}\)"),
    ("link", rf"\[{_IN}*\]{_TO}"),
    ("link", rf"<a\b[^>{_P}]*>(?:(?!</a>)[^{_P}])*</a>"),
    ("picture", rf"<img\b[^>{_P}]*>"),
    ("link", rf"<https?://[^>\s{_P}]*>"),
    ("bracket", rf"\[{_IN}+\]"),
    ("paren", rf"\((?:[^()\n{_P}]|\([^()\n{_P}]*\))+\)"),
    ("code", rf"`[^`\n{_P}]+`"),
    ("tag", rf"</?[a-zA-Z][^<>\n{_P}]*>"),
    ("link", rf"https?://[^\s<>\"|{_P}]+"),
    ("emoji", r":[a-z0-9_+-]+:"),
)
_LABELLED = lazy_regex(
    rf"(?P<break>[ \t]*\r?\n\s*)(?P<line>{FACT}[ \t]*[^\s{_P}][^\n{_P}]*?)(?=\s*?(?:\n|\Z))"
)
_TOKEN = lazy_regex(
    "|".join(f"(?P<g{number}>{pattern})" for number, (_, pattern) in enumerate(_GROUPS))
    + rf"|(?P<place>[{_P}])|(?P<br>[ \t]*\r?\n\s*)"
    + r"|(?P<word>\w+(?:[-'’.&/]\w+)*)|(?P<sign>\*\*|__|\S)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a paper; ``shaped`` says that the entry itself was the source."""

    title: str
    authors: tuple[str, ...] = ()
    arxiv_id: str | None = None
    day: date | None = None
    code: str | None = None
    urls: tuple[str, ...] = ()
    shaped: bool = False


@dataclass(frozen=True, slots=True)
class Atom:
    """
    A piece of an entry, ``space`` before it included.

    ``key`` is what makes two entries' atoms the same one. ``style`` is how a field is written, as
    a piece of a template, and ``agrees`` how the text agrees with what is known.
    """

    kind: AtomKind
    text: str
    key: str
    space: str = ""
    style: str = ""
    agrees: Agreement = "exact"
    date: Date | None = None


@dataclass(frozen=True, slots=True)
class Cut:
    """An entry in atoms. ``tail`` is the white space at its end; ``row`` says a table's row."""

    atoms: tuple[Atom, ...]
    known: Known
    text: str
    tail: str = ""
    row: bool = False
    order: int = 0
    line: int = 0
    section: tuple[str, ...] = ()
    key: str = ""
    columns: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(atom.key for atom in self.atoms)

    def has(self, kind: AtomKind) -> bool:
        return any(atom.kind == kind for atom in self.atoms)


@dataclass(slots=True)
class _Places:
    """The text with what is taken blanked out, and the fields found so far."""

    text: str
    fields: list[tuple[int, int, Atom]] = field(default_factory=list)

    def take(self, start: int, end: int, atom: Atom) -> None:
        self.fields.append((start, end, replace(atom, text=self.text[start:end])))

    def rest(self, *, urls: bool = False) -> str:
        """The text of the same length, without what is taken and without addresses."""
        signs = list(self.text)
        for start, end, _ in self.fields:
            signs[start:end] = chr(_PLACE) * (end - start)
        rest = "".join(signs)
        if urls:
            return rest
        return _URL.sub(lambda match: _MASK * len(match[0]), rest)

    def free(self, start: int, end: int) -> bool:
        return all(end <= taken or start >= stop for taken, stop, _ in self.fields)


def cut_entry(text: str, known: Known, columns: tuple[str, ...] | None = None) -> Cut | None:
    """
    Cut an entry; None where its title or its address is not in it.

    ``columns`` are the headings of the table that a row stands in; None for what is no row.
    """
    row = columns is not None
    body = text[: end_of_cells(text)] if row else text.rstrip()
    if len(body) > MAX_ENTRY_CHARS or re.search(f"[{_P}]", body):
        return None
    places = _Places(body)
    if columns is None:
        _take_marker(places)
        _take_details(places)
    elif columns:
        _take_row_number(places, columns[0], known)
    _take_addresses(places, known)
    match = find_title(places.rest(), known.title)
    if match:
        _take_other_address(places, match.end)
    if match is None or not any(atom.kind in ADDRESSES for _, _, atom in places.fields):
        return None
    _take_title(places, match)
    _take_authors(places, known)
    if not row:
        _take_publication(places)
    _take_dates(places, known)
    atoms = tuple(_atoms(places, row=row))
    return Cut(atoms, known, body, text[len(body) :], row)


def _take_marker(places: _Places) -> None:
    match = _MARKER.match(places.text)
    if match:
        marker = places.text[match.end("indent") : match.start("gap")]
        style = f"{{{{ number }}}}{match['stop']}" if match["number"] else marker
        rest = match[0][match.start("gap") :]
        key = f"marker {'1' if match['number'] else marker}"
        places.take(0, match.end(), Atom("marker", "", key, style=match["indent"] + style + rest))


def _take_details(places: _Places) -> None:
    """What folds open below an entry, a block of code or a table shows no field of the paper."""
    for match in _DETAILS.finditer(places.text, 1):
        span = match.span(match.lastgroup or "tags")
        if places.free(*span):
            places.take(*span, Atom("group", "", "details", style="details"))


def _take_row_number(places: _Places, column: str, known: Known) -> None:
    """The number in the first cell of a row, where that column counts the rows."""
    match = _FIRST_CELL.match(places.text)
    year = str(known.day.year) if known.day else ""
    if match and _COUNTS.fullmatch(column) and match["number"] != year:
        atom = Atom("marker", "", "marker 1", style="{{ number }}")
        places.take(*match.span("number"), atom)


def _take_addresses(places: _Places, known: Known) -> None:
    """Every address with the paper's id, and the id alone; or else the address of its work."""
    base = known.arxiv_id
    for start, url in addresses_in(places.text):
        end = start + len(url)
        if base and base in url:
            page = ArxivId.parse(url)
            kind: AtomKind = "address" if page and page.base == base else "badge"
            style = _address_style(url, base)
            agrees: Agreement = "exact" if kind == "address" else "equal"
            places.take(start, end, Atom(kind, "", kind, style=style, agrees=agrees))
        elif url in known.urls and not any(a.kind == "address" for *_, a in places.fields):
            places.take(start, end, Atom("address", "", "address", agrees="equal"))
    if base:
        for match in re.finditer(rf"(?<![\w.]){re.escape(base)}(?:v\d{{1,2}})?(?!\w)", places.text):
            if places.free(*match.span()):
                style = _address_style(match[0], base)
                places.take(*match.span(), Atom("id", "", "id", style=style))


def _take_other_address(places: _Places, end: int) -> None:
    """The address that a title's link leads to, and that of a badge of arXiv, if another one."""
    spots = [re.compile(r"[\s.*_\"'”]*\]\((?P<url>https?://[^\s()]+)\)").match(places.text, end)]
    spots += re.finditer(
        r"arxiv[^\s()]*\)\]\((?P<url>https?://arxiv\.org/[^\s()]+)\)", places.text, re.IGNORECASE
    )
    identified = any(atom.kind == "address" for _, _, atom in places.fields)
    for spot in spots:
        # Beside the paper's own address that of another paper is a slip, and any other a page.
        if spot and identified and not ArxivId.parse(spot["url"]):
            continue
        if spot and places.free(*spot.span("url")):
            places.take(*spot.span("url"), Atom("address", "", "address", agrees="differs"))


def addresses_in(text: str) -> Iterator[tuple[int, str]]:
    """Every address with its place; one ends where the bracket around it closes."""
    at = 0
    while match := _URL.search(text, at):
        url = _bounded(match[0])
        at = match.start() + len(url)
        yield match.start(), url


def _bounded(url: str) -> str:
    """An address in running text or in brackets, without the bracket that closes it."""
    depth = 0
    for at, sign in enumerate(url):
        depth += {"(": 1, ")": -1, "[": 1, "]": -1}.get(sign, 0)
        if depth < 0:
            return url[:at]
    return url.rstrip(".,;:*")


def _address_style(url: str, base: str) -> str:
    """``https://arxiv.org/abs/{{ arxiv_id }}``; a version is a field of its own."""
    return re.sub(
        rf"{re.escape(base)}(v\d{{1,2}})?",
        lambda match: "{{ arxiv_id }}" + ("v{{ version }}" if match[1] else ""),
        url,
    )


# A title whose beginning alone is emphasised: "**LoRA**: Low-Rank …", "***LoRA:*** Low-Rank …".
_CALLED = lazy_regex(
    r"[^*_:\n]{1,60}(?P<close>:(?P<in>[*_]{1,3})|(?P<out>[*_]{1,3}):)(?P<gap>[ \t]*)(?=[^*_\s])"
)


# A title that leads to a page of its own: notes on the paper, its project.
TITLE_WITH_PAGE = "[{{ title }}]({{ page }})"
_PAGE_OF_TITLE = lazy_regex(r"\]\(https?://[^\s()<>]+\)")


def _take_title(places: _Places, match: TitleMatch) -> None:
    """The title's place; with the mark before it, if that closes behind the title's nickname."""
    start, style = match.start, ""
    called = _CALLED.match(places.text, match.start, match.end)
    page = _PAGE_OF_TITLE.match(places.text, match.end)
    if page and places.text[:start].endswith("[") and places.free(*page.span()):
        # The paper's own address stands elsewhere: this page is one that somebody looked for.
        atom = Atom("title", "", "title", style=TITLE_WITH_PAGE, agrees=match.agreement)
        places.take(start - 1, page.end(), atom)
        return
    mark = (called["in"] or called["out"]) if called else ""
    inside = places.text[match.start : match.end]
    if called and inside.count(mark) == 1 and places.text[:start].endswith(mark):
        start -= len(mark)
        style = f"{mark}{{{{ nickname }}}}{called['close']}{called['gap']}{{{{ title_rest }}}}"
    atom = Atom("title", "", "title", style=style, agrees=match.agreement)
    places.take(start, match.end, atom)


# Affiliations and equal parts: "Ada Lovelace<sup>1</sup>". A name may have what stands for them.
_ABOVE = lazy_regex(r"<sup>[^<>\n]{0,20}</sup>", re.IGNORECASE)
_BESIDE = "’"
_STOPS_NAMES = lazy_regex(
    rf"[\n|<>\[\]()*`{_P}{_MASK}]|(?<!\w)_|_(?!\w)|(?<=[^\W\d_]{{3}})\.(?=\W|\Z)"
)
_MORE = lazy_regex(
    r",?\s*(?:\*et[ .]+al\b\.?\*|et[ .]+al\b\.?|\.\.\.|…|and others\b|etc\.)|,?\s*等", re.IGNORECASE
)
_JOINED = r"(?:\s*(?:,|;|&|\band\b|·)\s*)+"
_NAME = r"[^\W\d_][\w.'’-]*(?:\s+(?!and\b|et\b)[^\W\d_][\w.'’-]*){0,4}"
# A venue that follows the names is none of them.
_NO_NAME = r"et\b|and\b|[A-Z]{3,}\b|(?i:arxiv|preprint|neurips|in\b)"
_FURTHER = lazy_regex(rf"{_JOINED}(?!{_NO_NAME}){_NAME}")
_EARLIER = lazy_regex(rf"(?:{_NAME}{_JOINED}){{1,200}}\Z")


def _take_authors(places: _Places, known: Known) -> None:
    names = known.authors
    if not names:
        return
    # A mark above a name belongs to it, and has no letters of it.
    rest = _ABOVE.sub(lambda match: _BESIDE * len(match[0]), places.rest())
    best: tuple[int, int, int] | None = None
    at = 0
    for stop in [*_STOPS_NAMES.finditer(rest), None]:
        end = stop.start() if stop else len(rest)
        run = _run_of_names(rest, at, end, names)
        if run and (best is None or run[2] > best[2]):
            best = run
        at = stop.end() if stop else end
    if best is None:
        return
    start, end, _ = best
    if re.search(r"(?<!\bal)(?<!\b[JS]r)(?<=\w\w)\.\Z", places.text[start:end]):
        end -= 1
    text = places.text[start:end]
    plain = _ABOVE.sub("", text)
    style = next(styles_of(plain, names), None)
    agrees: Agreement = "exact" if style else "equal" if same_names(plain, names) else "differs"
    places.take(start, end, Atom("authors", "", "authors", agrees=agrees))


def _run_of_names(
    text: str, start: int, end: int, names: tuple[str, ...]
) -> tuple[int, int, int] | None:
    """The run of names inside a stretch: start, end, and how many of the names are in it."""
    inside = text[start:end]
    said = inside.casefold()
    spots: list[tuple[int, int]] = []
    for name in names:
        words = name.casefold().split()
        if not words or words[-1] not in said:
            continue
        found = re.finditer(rf"(?<!\w){re.escape(words[-1])}(?!\w)", said)
        stands = [(match.start(), _with_given(said, match, words[:-1])) for match in found]
        if stands:
            # Of two people of one surname each is where the given name stands, best before it.
            _, spot = max(stands, key=lambda one: (one[1][0] < one[0], one[1][1] - one[1][0]))
            spots.append(spot)
    first = names[0].casefold().split()[-1:] or [""]
    leads = bool(re.search(rf"(?<!\w){re.escape(first[0])}(?!\w)", said))
    if not spots or not (leads or len(spots) * 2 >= len(names)):
        return None
    begin, stop = min(spot[0] for spot in spots), max(spot[1] for spot in spots)
    while further := _FURTHER.match(inside, stop):
        stop = further.end()
    earlier = _EARLIER.search(inside, 0, begin)
    begin = earlier.start() if earlier else begin
    more = _MORE.match(text, start + stop)
    if len(spots) == 1 < len(names) and not more and " " not in inside[begin:stop]:
        # One word is the name of a group, or stands there by chance.
        return None
    return start + begin, more.end() if more else start + stop, len(spots)


def _with_given(said: str, surname: re.Match[str], given: list[str]) -> tuple[int, int]:
    """The place of a surname with the given names or initials before or after it."""
    start, end = surname.span()
    words = "|".join(re.escape(word) for word in given)
    initials = "|".join(re.escape(word[0]) + r"\." for word in given if word)
    if not given:
        return start, end
    before = re.search(rf"(?:(?:{words}|{initials}|[^\W\d_]\.)[ -]*)+\Z", said[:start])
    if before:
        return before.start(), end
    after = re.match(rf",?\s+(?:(?:{words}|{initials})[ -]*)+", said[end:])
    return start, end + len(after[0].rstrip()) if after else end


# Where a paper appeared, as citations say it: "ACME Transactions on X 32 (2024): 1-14", "arXiv
# preprint arXiv:2411.04965 (2024)". Volume, year, pages and id are a part of it.
_PUBLICATION = lazy_regex(rf"[\s.,;:\"”'’*_)]*(?P<said>[^\W\d_][^\n\[\]|<>*`\"“”{_P}]{{12,240}})")
_PUBLISHED = lazy_regex(
    r"\b(?:arxiv preprint|proceedings|transactions|conference|journal|advances in|letters|"
    r"symposium|workshop)\b",
    re.IGNORECASE,
)
_YEAR = lazy_regex(r"(?<!\d)(?:19|20)\d\d(?!\d)")


def _take_publication(places: _Places) -> None:
    """What a citation says behind title and authors of where its paper appeared, in one piece."""
    at = max(end for _, end, atom in places.fields if atom.kind in ("title", "authors"))
    match = _PUBLICATION.match(_without_ids(places), at)
    if match is None:
        return
    said = re.split(r"\s\(?https?:|\s\(\Z", match["said"])[0].rstrip(" .,;(")
    if not _PUBLISHED.search(said) or not _YEAR.search(said):
        return
    start = match.start("said")
    end = start + len(said)
    places.fields = [spot for spot in places.fields if spot[1] <= start or spot[0] >= end]
    places.take(start, end, Atom("group", "", "publication", style="publication"))


def _without_ids(places: _Places) -> str:
    """The text without what was found, but for ids that stand alone."""
    return _Places(places.text, [spot for spot in places.fields if spot[2].kind != "id"]).rest()


def _take_dates(places: _Places, known: Known) -> None:
    """Dates of the paper's year or the ones beside it; a year after a word is a venue's."""
    if known.day is None:
        return
    rest = places.rest()
    dates = list(dates_in(rest))
    near = [written for written in dates if abs(written.year - known.day.year) <= 1]
    for written in near or _published_later(rest, dates, known.day.year):
        if written.bare and re.search(r"[^\W\d_]['’.]?[ \t,]+\Z|['’]\Z", rest[: written.start]):
            continue
        written = _in_brackets(rest, written)
        same = written.year == known.day.year and written.month in (None, known.day.month)
        agrees: Agreement = "exact" if same else "differs"
        atom = Atom("date", "", "date", style=written.style, agrees=agrees, date=written)
        places.take(written.start, written.end, atom)


def _published_later(text: str, dates: Sequence[Date], year: int) -> Iterator[Date]:
    """A year in brackets, when a paper appeared years after it was written."""
    for written in dates:
        around = text[written.start - 1 : written.start] + text[written.end : written.end + 1]
        if written.bare and around == "()" and 0 < written.year - year <= MAX_YEARS_TO_APPEAR:
            yield written


def _in_brackets(text: str, written: Date) -> Date:
    """A date with the brackets that hold it alone: some entries have a venue in their place."""
    around = text[written.start - 1 : written.start] + text[written.end : written.end + 1]
    if around not in ("()", "[]") or text[written.end + 1 : written.end + 2] in ("(", "["):
        return written
    style = f"{around[0]}{written.style}{around[1]}"
    return replace(written, start=written.start - 1, end=written.end + 1, style=style)


def _atoms(places: _Places, *, row: bool) -> Iterator[Atom]:
    fields = sorted(places.fields, key=lambda spot: spot[0])
    text, at = [], 0
    for number, (start, end, _) in enumerate(fields):
        text += [places.text[at:start], chr(_PLACE + number)]
        at = end
    text.append(places.text[at:])
    atoms = [atom for _, _, atom in fields]
    joined = "".join(text)
    yield from _row(joined, atoms) if row else _cut_text(joined, atoms)


def _row(text: str, atoms: list[Atom]) -> Iterator[Atom]:
    """The cells of a row: one with a field is cut further, any other one is a single atom."""
    space = ""
    first = 0 if text.lstrip().startswith("|") else 1
    for number, cell in enumerate(BAR.split(text), first):
        if number > first:
            yield Atom("sign", "|", "|", space)
        inside = cell.rstrip()
        space = cell[len(inside) :] if inside else ""
        if re.search(f"[{_P}]", cell):
            yield from _cut_text(inside, atoms)
        elif inside or number:
            lead = cell[: len(cell) - len(cell.lstrip())]
            yield Atom("cell", inside.lstrip(), f"cell {number}", lead)


def _cut_text(text: str, atoms: list[Atom]) -> Iterator[Atom]:
    """The tokens of a text; a line with a label and no field is one, with the break before it."""
    at = 0
    for match in _LABELLED.finditer(text):
        yield from _tokens(text[: match.start()], at, atoms)
        yield Atom("group", match["line"], "fact", match["break"], style="fact")
        at = match.end()
    yield from _tokens(text, at, atoms)


def _tokens(text: str, at: int, atoms: list[Atom]) -> Iterator[Atom]:
    for match in _TOKEN.finditer(text, at):
        space = text[at : match.start()]
        at = match.end()
        yield _token(match, space, atoms)


def _token(match: re.Match[str], space: str, atoms: list[Atom]) -> Atom:
    said = match[0]
    if match["place"]:
        return replace(atoms[ord(said) - _PLACE], space=space)
    if match["br"] is not None:
        return Atom("break", said, "\n", "")
    if match["word"]:
        return Atom("word", said, said, space)
    if match["sign"]:
        if _is_emoji(said):
            return Atom("group", said, "emoji", space, style="emoji")
        return Atom("sign", said, said, space)
    number = next(index for index in range(len(_GROUPS)) if match[f"g{index}"])
    kind = _GROUPS[number][0]
    if kind == "tag":
        return Atom("sign", said, re.sub(r"[\s/]", "", said.lower()), space)
    return Atom("group", said, kind, space, style=kind)


def _is_emoji(sign: str) -> bool:
    return unicodedata.category(sign[0]) in ("So", "Sk", "Cf", "Mn") and not sign.isascii()


def like(text: str, other: str) -> bool:
    """Whether two texts have the same letters."""
    return letters(text) == letters(other)
