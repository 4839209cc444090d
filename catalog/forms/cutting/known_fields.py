"""Finds in an entry the marker, title, addresses and dates of its paper, and where it appeared."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from catalog.arxiv_id import ArxivId
from catalog.forms.cutting.atoms import Atom, AtomKind, Known
from catalog.forms.cutting.blanked_text import PLACES, BlankedText
from catalog.forms.spelling.addresses import address_style, addresses_in
from catalog.forms.spelling.dates import Date, dates_in
from catalog.forms.spelling.numbers import in_tag, number_of
from catalog.forms.spelling.titles import Agreement, TitleMatch
from catalog.markdown.parts.wording import is_venue
from config.patterns import lazy_regex

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
# A figure of the paper, which is no page of it.
_FIGURE = lazy_regex(
    r"https?://(?:[\w-]+\.)?arxiv\.org/[^\s?#]*\.(?:png|jpe?g|gif|svg|webp)\Z", re.IGNORECASE
)
_FIRST_CELL = lazy_regex(r"[ \t]*\|?[ \t]*(?P<number>\d{1,5})(?=[ \t]*\|)")
# Headings of columns that count the rows.
_COUNTS = lazy_regex(
    r"\W*(?:no|nr|num(?:ber)?|idx|index|id|s\.?[ /]?no|rank|编号|序号)?\W*", re.IGNORECASE
)


def take_marker(places: BlankedText) -> None:
    match = _MARKER.match(places.text)
    if match:
        marker = places.text[match.end("indent") : match.start("gap")]
        style = f"{{{{ number }}}}{match['stop']}" if match["number"] else marker
        rest = match[0][match.start("gap") :]
        key = f"marker {'1' if match['number'] else marker}"
        places.take(0, match.end(), Atom("marker", "", key, style=match["indent"] + style + rest))


def take_tag_number(places: BlankedText) -> None:
    """The number in the first cell of a row of HTML, or in a tag's name, if it is no year."""
    match = number_of(places.text, row=False) if in_tag(places.text) else None
    if match and not _YEAR.fullmatch(match["number"]):
        places.take(*match.span("number"), Atom("marker", "", "marker 1", style="{{ number }}"))


def take_details(places: BlankedText) -> None:
    """What folds open below an entry, a block of code or a table shows no field of the paper."""
    for match in _DETAILS.finditer(places.text, 1):
        span = match.span(match.lastgroup or "tags")
        if places.free(*span):
            places.take(*span, Atom("group", "", "details", style="details"))


# The places that marks above the names stand for: "<sup>1</sup>UC Berkeley, <sup>2</sup>MIT".
_AFFILIATIONS = lazy_regex(
    rf"\n[ \t]*(?P<line><sup>[^<>\n{PLACES}]{{1,9}}</sup>[^\n{PLACES}]*[^\s{PLACES}])"
    r"(?=\s*?(?:\n|\Z))",
    re.IGNORECASE,
)


def take_affiliations(places: BlankedText) -> None:
    """A line below the names that says what the marks above them stand for."""
    if not any(atom.kind == "authors" for _, _, atom in places.fields):
        return
    for match in _AFFILIATIONS.finditer(places.text):
        if places.free(*match.span("line")):
            atom = Atom("group", "", "affiliations", style="affiliations")
            places.take(*match.span("line"), atom)


def take_row_number(places: BlankedText, column: str, known: Known) -> None:
    """The number in the first cell of a row, where that column counts the rows."""
    match = _FIRST_CELL.match(places.text)
    year = str(known.day.year) if known.day else ""
    if match and _COUNTS.fullmatch(column) and match["number"] != year:
        atom = Atom("marker", "", "marker 1", style="{{ number }}")
        places.take(*match.span("number"), atom)


def take_addresses(places: BlankedText, known: Known) -> None:
    """Every address with the paper's id, and the id alone; or else the address of its work."""
    base = known.arxiv_id
    figures: list[tuple[int, int]] = []
    for start, url in addresses_in(places.text):
        end = start + len(url)
        if _FIGURE.match(url):
            figures.append((start, end))
        elif base and base in url:
            page = ArxivId.parse(url)
            kind: AtomKind = "address" if page and page.base == base else "badge"
            style = address_style(url, base)
            agrees: Agreement = "exact" if kind == "address" else "equal"
            places.take(start, end, Atom(kind, "", kind, style=style, agrees=agrees))
        elif url in known.urls and not any(a.kind == "address" for *_, a in places.fields):
            places.take(start, end, Atom("address", "", "address", agrees="equal"))
    if base:
        for match in re.finditer(rf"(?<![\w.]){re.escape(base)}(?:v\d{{1,2}})?(?!\w)", places.text):
            drawn = any(start <= match.start() < end for start, end in figures)
            if not drawn and places.free(*match.span()):
                style = address_style(match[0], base)
                places.take(*match.span(), Atom("id", "", "id", style=style))


def take_other_address(places: BlankedText, end: int) -> None:
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


# A title whose beginning alone is emphasised: "**LoRA**: Low-Rank …", "***LoRA:*** Low-Rank …".
_CALLED = lazy_regex(
    r"[^*_:\n]{1,60}(?P<close>:(?P<in>[*_]{1,3})|(?P<out>[*_]{1,3}):)(?P<gap>[ \t]*)(?=[^*_\s])"
)

# A title whose beginning stands in brackets: "[LoRA]: Low-Rank …", "[LoRA] Low-Rank …".
_IN_BRACKETS = lazy_regex(r"[^\[\]:\n]{1,60}(?P<close>\]:?)(?P<gap>[ \t]+)(?=[^\s\[\]()])")

# A title that leads to a page of its own: notes on the paper, its project.
TITLE_WITH_PAGE = "[{{ title }}]({{ page }})"
_PAGE_OF_TITLE = lazy_regex(r"\]\(https?://[^\s()<>]+\)")


# What a table shows that calls each work by its name.
TITLE_BY_NAME = "{% if nickname %}{{ nickname }}{% else %}{{ title }}{% endif %}"


def take_title(places: BlankedText, match: TitleMatch, *, by_name: bool = False) -> None:
    """The title's place; with the mark before it, if that closes behind the title's nickname."""
    start, style = match.start, ""
    if by_name:
        atom = Atom("title", "", "title", style=TITLE_BY_NAME, agrees=match.agreement)
        places.take(start, match.end, atom)
        return
    if match.rest:
        atom = Atom("title", "", "title", style="{{ title_rest }}", agrees=match.agreement)
        places.take(start, match.end, atom)
        return
    called = _CALLED.match(places.text, match.start, match.end)
    page = _PAGE_OF_TITLE.match(places.text, match.end)
    if page and places.text[:start].endswith("[") and places.free(*page.span()):
        # The paper's own address stands elsewhere: this page is one that somebody looked for.
        atom = Atom("title", "", "title", style=TITLE_WITH_PAGE, agrees=match.agreement)
        places.take(start - 1, page.end(), atom)
        return
    mark = (called["in"] or called["out"]) if called else ""
    bracketed = _IN_BRACKETS.match(places.text, match.start, match.end)
    if bracketed and not called:
        called, mark = bracketed, "["
    inside = places.text[match.start : match.end]
    alone = mark == "[" or inside.count(mark) == 1
    if called and alone and places.text[:start].endswith(mark):
        start -= len(mark)
        style = f"{mark}{{{{ nickname }}}}{called['close']}{called['gap']}{{{{ title_rest }}}}"
    atom = Atom("title", "", "title", style=style, agrees=match.agreement)
    places.take(start, match.end, atom)


# Where a paper appeared, as citations say it: "ACME Transactions on X 32 (2024): 1-14", "arXiv
# preprint arXiv:2411.04965 (2024)". Volume, year, pages and id are a part of it.
_PUBLICATION = lazy_regex(
    rf"[\s.,;:\"”'’*_)]*(?P<said>[^\W\d_][^\n\[\]|<>*`\"“”{PLACES}]{{12,240}})"
)
_PUBLISHED = lazy_regex(
    r"\b(?:arxiv preprint|proceedings|transactions|conference|journal|advances in|letters|"
    r"symposium|workshop)\b",
    re.IGNORECASE,
)
_YEAR = lazy_regex(r"(?<!\d)(?:19|20)\d\d(?!\d)")


def take_publication(places: BlankedText) -> None:
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


def _without_ids(places: BlankedText) -> str:
    """The text without what was found, but for ids that stand alone."""
    return BlankedText(places.text, [spot for spot in places.fields if spot[2].kind != "id"]).rest()


def take_dates(places: BlankedText, known: Known) -> None:
    """Dates of the paper's year or the ones beside it; a year after a word is a venue's."""
    if known.day is None:
        return
    rest = places.rest()
    dates = list(dates_in(rest))
    near = [written for written in dates if abs(written.year - known.day.year) <= 1]
    for written in near or _published_later(rest, dates, known.day.year):
        if written.bare and re.search(r"[^\W\d_]['’.]?[ \t,]+\Z|['’]\Z", rest[: written.start]):
            continue
        written = _in_brackets(rest, _with_archive(rest, written))
        same = written.year == known.day.year and written.month in (None, known.day.month)
        agrees: Agreement = "exact" if same else "differs"
        atom = Atom("date", "", "date", style=written.style, agrees=agrees, date=written)
        places.take(written.start, written.end, atom)


_ARCHIVE = lazy_regex(r"(?<![\w.])[Aa]r[Xx]iv,?[ ]+\Z")


def _with_archive(text: str, written: Date) -> Date:
    """A month with the archive before it, as others have a venue: "arXiv 2023.10"."""
    match = _ARCHIVE.search(text, max(0, written.start - 10), written.start)
    if written.bare or match is None:
        return written
    return replace(written, start=match.start(), style=match[0] + written.style)


def _published_later(text: str, dates: Sequence[Date], year: int) -> Iterator[Date]:
    """A year in brackets, when a paper appeared years after it was written."""
    for written in dates:
        around = text[written.start - 1 : written.start] + text[written.end : written.end + 1]
        if written.bare and around == "()" and 0 < written.year - year <= MAX_YEARS_TO_APPEAR:
            yield written


# A venue beside a date, in the same brackets: "(May, 2025 | SIGGRAPH 2025)".
_BESIDE_DATE = lazy_regex(
    rf"(?P<beside>[ ]*[|,;/·][ ]*(?P<venue>[^()\[\]|\n{PLACES}]{{2,60}}))[)\]]"
)


def _in_brackets(text: str, written: Date) -> Date:
    """A date with the brackets that hold it: some have a venue in its place or beside it."""
    end, beside = written.end, ""
    match = None if written.bare else _BESIDE_DATE.match(text, end)
    if match and is_venue(match["venue"]):
        end, beside = match.end("beside"), match["beside"]
    around = text[written.start - 1 : written.start] + text[end : end + 1]
    if around not in ("()", "[]") or text[end + 1 : end + 2] in ("(", "["):
        return written
    style = f"{around[0]}{written.style}{around[1]}"
    return replace(written, start=written.start - 1, end=end + 1, style=style, beside=beside)
