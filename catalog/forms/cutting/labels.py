"""Labels of the paper's own link that have a venue and a nickname: "[ICML23 - **LoRA**](…)"."""

from collections.abc import Iterator
from dataclasses import replace

from catalog.forms.cutting.atoms import Atom, Cut
from catalog.markdown.parts.wording import is_venue
from config.patterns import lazy_regex

# So many entries must have such a label.
MIN_ENTRIES = 2
_LABEL = lazy_regex(
    r"\[(?P<first>[^\[\]]*?\w[*_`]*)(?P<sign>[ ]*[:,|·][ ]+|[ ]+[-–—|·][ ]+)(?P<second>[^\[\]]+)\]"
)
# A venue with its year, as labels shorten it: "ICML23", "CVPR23W", "Arxiv2305".
_SHORTENED = lazy_regex(
    r"(?i:arxiv|preprint)(?:[ '’-]{0,2}\d[\d.]{0,9})?|"
    r"[A-Z][A-Za-z-]*[A-Z][A-Za-z]*[ '’]{0,2}(?:\d\d){1,2}W?"
)


def with_parted_labels(cuts: list[Cut | None]) -> list[Cut | None]:
    """The entries with venue and nickname apart, where several labels have both of them."""
    if sum(_parts(cut) is not None for cut in cuts if cut) < MIN_ENTRIES:
        return cuts
    return [cut and replace(cut, atoms=tuple(_parted(cut))) for cut in cuts]


def _parts(cut: Cut) -> tuple[int, Atom, Atom] | None:
    """Where the label stands, and its two parts; the nickname with the sign that parts them."""
    at = _label_of(cut)
    label = _LABEL.fullmatch(cut.atoms[at].text) if at is not None else None
    if at is None or label is None:
        return None
    first, second = label["first"], label["second"]
    if _says_where(first) == _says_where(second):
        return None
    sign = label["sign"].lstrip(" ")
    if _says_where(first):
        space = label["sign"][: len(label["sign"]) - len(sign)]
        return at, _word(first), _called(sign + second, space)
    return at, _called(first + label["sign"].rstrip(" ")), _word(second, " ")


def _label_of(cut: Cut) -> int | None:
    """The bracket whose link leads to the paper."""
    for at, atom in enumerate(cut.atoms[2:]):
        if atom.kind == "address":
            is_label = cut.atoms[at].style == "bracket" and cut.atoms[at + 1].text == "("
            return at if is_label else None
    return None


def _parted(cut: Cut) -> Iterator[Atom]:
    at, parts = _label_of(cut), _parts(cut)
    for number, atom in enumerate(cut.atoms):
        inside = atom.text[1:-1]
        if number != at or not (parts or _says_where(inside)):
            yield atom
            continue
        yield Atom("sign", "[", "[", atom.space)
        yield from parts[1:] if parts else (_word(inside),)
        yield Atom("sign", "]", "]")


def _says_where(text: str) -> bool:
    """Whether a text says no more than where, or when, a paper appeared."""
    return is_venue(text) or bool(_SHORTENED.fullmatch(text.strip("*_` ")))


def _word(text: str, space: str = "") -> Atom:
    return Atom("word", text, text, space)


def _called(text: str, space: str = "") -> Atom:
    return Atom("group", text, "called", space, style="called")
