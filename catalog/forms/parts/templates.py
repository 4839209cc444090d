"""The text of a part as a piece of a template: its value a field, the signs around it kept."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from catalog.address import repository
from catalog.forms.alignment import MAX_BLANK_CHARS
from catalog.forms.cutting.atoms import Cut
from catalog.forms.parts.names import ADDRESS, LABEL, PREPRINT, most_common, says_own_number
from catalog.forms.prose import around
from catalog.forms.spelling.names import letters
from config.patterns import lazy_regex

_LABEL_BEFORE = lazy_regex(r"\W*\w[\w ]{0,20}[:\uff1a]\W*")
_LEAD = lazy_regex(r"(?:<[a-z]+[^<>]*>|\W)*", re.IGNORECASE)
_TAIL = lazy_regex(r"\s*(?:</[a-z]+>|[^\w\s<])*>*\Z", re.IGNORECASE)
_OF_LINE = lazy_regex(r"(?:[-*+>–—]+[ \t]+)*")
_SEPARATED = lazy_regex(r"\A[|/·•,;–—-]+\s*")
_LAST_ADDRESS = lazy_regex(
    r"\((?P<url>[^()\s]+)\)\]?(?:\s*(?:<br[^<>]*>|[|/·•,;–—-]))*\Z|href=\"(?P<other>[^\"]+)\"",
    re.IGNORECASE,
)
_ANCHORED = lazy_regex(r"(?P<open>(?:id|name)=[\"'])[^\"']*(?P<close>[\"'])")
# A file of the list's own: "[notes](./notes/lora.md)".
_RELATIVE = lazy_regex(r"\[?\[[^\[\]]*\]\(\.{0,2}[\w/#][^\s()]*\)\]?\s*\Z")
# A picture's address; a badge of the repository's stars is one, too.
_SHOWN = lazy_regex(r"(?:<img\b[^>]*?\bsrc=[\"']|!\[[^\[\]]*\]\()(https?://[^\s()\"'<>]+)")
# A link that waits for its address: "[site]()". A picture that leads nowhere waits for nothing.
EMPTY_LINK = lazy_regex(r"(?<!\))\]\([ ]*\)")
_WORDED = lazy_regex(r"\w")
_BRACKETED = lazy_regex(r"\A(?P<open>[\[(]*).*?(?P<close>[\])]*)\Z", re.DOTALL)
_NUMBER = lazy_regex(r"[\s,'’]*\d[\d./-]*(?!\w)")
_STOPS = " .。!?\uff01\uff1f"
_BLOCKS = ("```", "~~~", "<details", "<table")


def is_link(text: str) -> bool:
    bare = _SEPARATED.sub("", text)
    if _RELATIVE.match(bare):
        return True
    return bare.startswith(("[", "![", "<", "(")) and ADDRESS.search(bare) is not None


def usual_preprint(texts: Iterable[tuple[Cut, str]]) -> str:
    """What a list shows as the venue of a preprint; empty where it shows nothing."""
    preprints = [general(cut, text) for cut, text in texts if PREPRINT.match(text)]
    usual = most_common(preprints) if preprints else ""
    if says_own_number(usual, preprints):
        # "(ArXiv 25.09)" is true of one paper, and "(ArXiv)" of each.
        plain = [text for text in preprints if not _NUMBER.search(text)]
        return most_common(plain) if plain else _NUMBER.sub("", usual)
    return usual


@lru_cache(maxsize=10_000)
def of_code(cut: Cut, text: str) -> str:
    """The text with the repository's parts as fields; empty if it has none."""
    shown = [match[1] for match in _SHOWN.finditer(text)]
    pages = [url for url in ADDRESS.findall(text) if repository(url) and url not in shown]
    badge = re.search(
        r"shields\.io/github/stars/(?P<owner>[\w.-]+)/(?P<name>[\w.-]+?)(?=\.svg|[?)\"]|\Z)", text
    )
    owner, name = (repository(pages[-1]) if pages else None) or (
        (badge["owner"], badge["name"]) if badge else ("", "")
    )
    if not owner:
        return ""
    said = text
    for url in pages:
        said = re.sub(rf"(?<=[(\"<\s]){re.escape(url)}(?=[)\">\s]|\Z)", "{{ code }}", f" {said}")[
            1:
        ]
    said = said.replace(f"{owner}/{name}", "{{ code_owner }}/{{ code_name }}")
    label = LABEL.match(said)
    if label and letters(label["label"]) == letters(name):
        return said.replace(f"[{label['label']}]", "[{{ code_name }}]", 1)
    if label and len(label["label"]) > 3 and letters(label["label"]) in letters(cut.known.title):
        return said.replace(f"[{label['label']}]", "[{{ code_name }}]", 1)
    return said


def general(cut: Cut, text: str) -> str:
    """A venue with the paper's own year as a field: "Arxiv {{ year }}"."""
    base = cut.known.arxiv_id
    if base and len(base) > 6:
        text = re.sub(rf"{re.escape(base)}(?:v\d{{1,2}})?(?!\w)", "{{ arxiv_id }}", text)
    day = cut.known.day
    if day is None:
        return text
    year = str(day.year)
    text = re.sub(rf"(?<!\d){year}(?!\d)", "{{ year }}", text)
    # "Arxiv2405".
    text = re.sub(rf"(?<=[a-zA-Z]){day:%y%m}\Z", "{{ year_short }}{{ month }}", text)
    # "arXiv'24", "arXiv' 24", "arXiv 24", "arXiv24".
    return re.sub(
        rf"(?:(?<=['’])|(?<=['’] )){year[2:]}\b|(?:(?<=[a-z] )|(?<=[a-zA-Z])){year[2:]}\Z",
        "{{ year_short }}",
        text,
    )


def _around_text(name: str, texts: Sequence[str]) -> str:
    """A long text with its label, and the tags that fold it, as most entries have them."""
    ends = [around(text) for text in texts]
    lead, tail = most_common([lead for lead, _ in ends]), most_common([tail for _, tail in ends])
    return f"{lead}{{{{ {name} }}}}{tail}"


def wrapped(name: str, texts: Sequence[str]) -> str:
    """The field with the signs that most entries have around it."""
    if name == "mark" or all(text.startswith("<sup>") for text in texts):
        return f"{{{{ {name} }}}}"
    cited = name == "citation" and not any(map(is_link, texts))
    if cited or all(text.startswith("@") for text in texts):
        # Its own signs belong to it; those of the line don't.
        return f"{most_common([_OF_LINE.match(text)[0] for text in texts])}{{{{ {name} }}}}"  # type: ignore[index]
    blocks = sum(text.startswith(_BLOCKS) for text in texts)
    if max(blocks, sum(map(_is_long, texts))) * 2 > len(texts):
        return _around_text(name, texts)
    if any(map(is_link, texts)):
        return most_common([_link_of(name, text) for text in texts])
    if name == "anchor":
        return _ANCHORED.sub(rf"\g<open>{{{{ {name} }}}}\g<close>", most_common(texts))
    if not any(map(_WORDED.search, texts)):
        # "[⭐️]" has no word inside its brackets.
        return _BRACKETED.sub(rf"\g<open>{{{{ {name} }}}}\g<close>", most_common(texts))
    tail = most_common([_TAIL.search(text)[0] for text in texts])  # type: ignore[index]
    if not tail.strip(_STOPS):
        # A stop ends the sentence that somebody writes, and no other one.
        tail = ""
    return f"{_lead_of(texts)}{{{{ {name} }}}}{tail}"


def _lead_of(texts: Sequence[str]) -> str:
    """The signs before the words, with a label where most have one: "· **Venue:** "."""
    labels = [label[0] if (label := _LABEL_BEFORE.match(text)) else "" for text in texts]
    most = most_common(labels)
    if most and labels.count(most) * 2 > len(texts):
        return most
    return most_common([_LEAD.match(text)[0] for text in texts])  # type: ignore[index]


def _is_long(text: str) -> bool:
    return len(text) > MAX_BLANK_CHARS and not text.startswith(("[", "!", "<a", "<img", "("))


def _link_of(name: str, text: str) -> str:
    last = _LAST_ADDRESS.search(text)
    if last is None:
        return f"{{{{ {name} }}}}"
    group = "url" if last["url"] else "other"
    start, end = last.span(group)
    return f"{text[:start]}{{{{ {name} }}}}{text[end:]}"
