"""What the parts of entries are called, by what most of them say: nickname, venue, code."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from catalog.address import repository
from catalog.forms.cutting.atoms import FIELDS, Atom, Cut
from catalog.forms.habits import is_sign
from catalog.forms.spelling.facts import FACT_FIELDS, name_of_fact
from catalog.forms.spelling.names import letters
from catalog.markdown.parts.wording import is_venue
from config import form
from config.patterns import lazy_regex

LABEL = lazy_regex(r"\[\[?(?P<label>[^\[\]]*)\]")
ADDRESS = lazy_regex(r"https?://[^\s()<>\"'\]]+")
_OF_KIND = {
    "publication": "venue",
    "anchor": "anchor",
    "emoji": "mark",
    "called": "short_name",
    "bibtex": "bibtex",
    "citation": "citation",
    "remarks": "note",
    "affiliations": "affiliation",
}
# A label before a long text has no more atoms than this: a mark, words, a colon.
MAX_LABEL_ATOMS = 9
_SUMMARY = lazy_regex(r"<summary\b[^>]*>\W*(?P<label>[\w ;]{2,24})\W*</summary>", re.IGNORECASE)
_OF_TEXT = lazy_regex(r"(?:\A|\n|[|·])\W*(?P<label>\w[\w ;]{1,22}\w)\W*[:\uff1a]\W*\Z")
VENUE = lazy_regex(
    r"(?i:arxiv|preprint)|[A-Z][A-Za-z]*[A-Z][A-Za-z]*|"
    r"(?i:(?!.*\b(?:university|institute|academy|college)\b)"
    r".*\b(?:workshop|conference|journal|transactions|nature|science|findings)\b.*)"
)
PREPRINT = lazy_regex(r"[\W_]*(?:arxiv|preprint)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PartText:
    """
    One part as one entry has it: its name, the space before it, and its text.

    ``remark`` stands in brackets before its colon: "**LoRA** (adapters): ".
    """

    name: str
    space: str
    text: str
    remark: str = ""


def name_of_atom(atom: Atom, cut: Cut, *, before_title: bool) -> str:
    kind = atom.style
    if kind == "fact":
        return _not_filled_in(name_of_fact(atom.text))
    if kind == "prose":
        return _not_filled_in(_name_of_text(_OF_TEXT.search(_before(atom, cut)), "summary"))
    if kind == "details":
        named = _name_of_text(_SUMMARY.search(atom.text), _name_of_block(atom.text))
        return _not_filled_in(named)
    if kind in _OF_KIND:
        return _OF_KIND[kind]
    if kind in ("picture", "link"):
        return _name_of_link(atom.text, picture=kind == "picture")
    if kind == "code" and is_sign(atom.text):
        return "sign"
    if kind == "code":
        return "venue" if VENUE.match(atom.text.strip("`")) else "label"
    if atom.text.startswith("(@") or (kind == "paren" and _is_among_names(atom, cut)):
        return "affiliation"
    if kind == "bracket" and before_title:
        return "bracket"
    return "aside"


def _is_among_names(atom: Atom, cut: Cut) -> bool:
    """Whether brackets stand behind a name, and before "et al."."""
    at = next(number for number, other in enumerate(cut.atoms) if other is atom)
    behind = at > 0 and cut.atoms[at - 1].kind == "authors"
    return behind and [other.text for other in cut.atoms[at + 1 : at + 3]] == ["et", "al"]


def _not_filled_in(name: str) -> str:
    """
    The name of a part that somebody has to write.

    "Authors:" before names that no service has told, as in an `init` without a network, is no
    field that the program fills in.
    """
    return f"{name}_text" if name in form.FIELDS and name not in FACT_FIELDS else name


def _name_of_block(text: str) -> str:
    if text[:6].lower() == "<table":
        return "table"
    if text[:1] == "<":
        return "details"
    return "bibtex" if text.partition("\n")[2].lstrip().startswith("@") else "summary"


def _name_of_text(label: re.Match[str] | None, otherwise: str) -> str:
    """A long text by its own label: "TL;DR", "Abstract"."""
    name = re.sub(r"[^a-z0-9]+", "_", label["label"].lower()).strip("_") if label else ""
    return name if re.match(r"[a-z]", name) and len(name) <= 24 else otherwise


def _before(atom: Atom, cut: Cut) -> str:
    """The words just before an atom, with the break of the line."""
    at = next(number for number, other in enumerate(cut.atoms) if other is atom)
    near = cut.atoms[max(0, at - MAX_LABEL_ATOMS) : at]
    return "".join(other.space + other.text for other in near if other.kind not in FIELDS)


def _name_of_bracket(samples: Sequence[tuple[Cut, PartText]]) -> str:
    """What stands in brackets before the title: what it is called, where it appeared, or else."""
    called = sum(calls(cut, run.text) for cut, run in samples)
    inside = [run.text.strip("[]*_ :") for _, run in samples]
    venues = sum(_may_be_venue(text, inside) for text in inside)
    if sum(labels_paper(cut, run.text) for cut, run in samples) * 2 > len(samples):
        venues = sum(is_venue(text) or is_preprint(text) for text in inside)
        return "venue" if venues * 2 >= len(samples) else "nickname"
    if called * 2 >= len(samples):
        return "nickname"
    return "venue" if venues * 2 >= len(samples) else "tag"


def _may_be_venue(text: str, others: Sequence[str]) -> bool:
    """Capitals before a title are a venue where several entries have them, or with a year."""
    if not VENUE.match(text):
        return False
    return is_venue(text) or is_preprint(text) or others.count(text) > 1 or " " in text


def labels_paper(cut: Cut, text: str) -> bool:
    """Whether a bracket is the label of the link to the paper: "[LoRA](https://arxiv.org/…)"."""
    return bool(cut.known.arxiv_id) and bool(
        re.search(
            rf"{re.escape(text)}\(https?://[^\s()]*{re.escape(cut.known.arxiv_id or '')}", cut.text
        )
    )


def name_of_aside(samples: Sequence[tuple[Cut, PartText]]) -> str:
    """What stands in brackets after the title: where it appeared, or a remark."""
    inside = [run.text.strip("()[]*_ |,;") for _, run in samples]
    venues = sum(is_venue(text) or bool(PREPRINT.match(text)) for text in inside)
    return "venue" if venues * 2 >= len(samples) else "note"


def instead_of_venue(samples: Sequence[tuple[Cut, PartText]]) -> str:
    """The text that most show where others have a venue: "[Website]" beside "[ICML 2024]"."""
    texts = [run.text for _, run in samples]
    plain = most_common(texts)
    if says_own_number(plain, texts):
        return ""
    others = [text for text in texts if text != plain]
    venues = sum(is_venue(text.strip("()[]*_ |,;")) for text in others)
    return plain if others and venues * 2 >= len(others) else ""


def calls(cut: Cut, text: str) -> bool:
    said = letters(text)
    return bool(said) and said in letters(cut.known.title)


def _name_of_link(text: str, *, picture: bool) -> str:
    urls = ADDRESS.findall(text)
    page = urls[-1] if urls else ""
    if picture and any(
        "img.shields.io/github/stars" in url or "shields.io/github/stars" in url for url in urls
    ):
        return "stars_badge"
    if repository(page) and not (picture and len(urls) == 1):
        return "code"
    label = LABEL.search(text)
    name = re.sub(r"[^a-z0-9]+", "_", label["label"].lower()).strip("_") if label else ""
    if not re.match(r"[a-z]", name) or len(name) > 24:
        return "picture" if picture else "link"
    # "![PDF](…)" of a few entries is theirs, and not what the program knows by this name.
    is_known = name in form.FIELDS and name not in ("code", "venue")
    return f"{name}_link" if is_known else name


def settled_name(name: str, samples: Sequence[tuple[Cut, PartText]]) -> str:
    """What brackets or words show, by what most of them say."""
    if name == "bracket":
        return _name_of_bracket(samples)
    called = name in ("note", "short_name") and [
        cut for cut, run in samples if calls(cut, run.text)
    ]
    return "nickname" if called and len(called) * 2 >= len(samples) else name


def is_preprint(text: str) -> bool:
    return bool(PREPRINT.match(text))


def says_own_number(text: str, texts: Sequence[str]) -> bool:
    """Whether a text has a number that most of these texts don't have: it is of one paper."""
    number = texts.count(text)
    usual = number > 1 and number * 2 >= len(texts)
    return not usual and any(map(str.isdigit, re.sub(r"\{\{.*?\}\}", "", text)))


def most_common(texts: Sequence[str]) -> str:
    return Counter(texts).most_common(1)[0][0]
