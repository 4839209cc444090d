"""What entries have besides the fields: nicknames, badges, venues, ratings; each part named."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from catalog.address import repository
from catalog.forms.alignment import EMPHASIS, MAX_BLANK_CHARS, Alignment
from catalog.forms.cutting.atoms import FIELDS, Atom, Cut
from catalog.forms.prose import around
from catalog.forms.spelling.facts import FACT_FIELDS, lead_of, name_of_fact
from catalog.forms.spelling.names import letters
from catalog.markdown.parts.wording import is_venue
from config import form
from config.patterns import lazy_regex

# A part that fewer entries than this share have is an exception, and no part of the form.
RARE, RARE_WORDS = 0.04, 0.15
# A part that more than this share has is shown, if it has a usual value, where it isn't known.
USUAL = 0.5
# A venue that so many show must not be missing: a paper without one is on arXiv.
ALWAYS = 0.9
_TAG = lazy_regex(r"</?[a-z][^<>]*>", re.IGNORECASE)
_LABEL = lazy_regex(r"\[\[?(?P<label>[^\[\]]*)\]")
_ADDRESS = lazy_regex(r"https?://[^\s()<>\"'\]]+")
# "arXiv preprint arXiv:2411.04965" has no more atoms than this.
MAX_PREPRINT = 6
# A label before a long text has no more atoms than this: a mark, words, a colon.
MAX_LABEL_ATOMS = 9
_SUMMARY = lazy_regex(r"<summary\b[^>]*>\W*(?P<label>[\w ;]{2,24})\W*</summary>", re.IGNORECASE)
_OF_TEXT = lazy_regex(r"(?:\A|\n)\W*(?P<label>\w[\w ;]{1,22}\w)\W*[:\uff1a]\W*\Z")
_LABEL_BEFORE = lazy_regex(r"\W*\w[\w ]{0,20}[:\uff1a]\W*")
_LEAD = lazy_regex(r"(?:<[a-z]+[^<>]*>|\W)*", re.IGNORECASE)
_TAIL = lazy_regex(r"\s*(?:</[a-z]+>|[^\w\s<])*>*\Z", re.IGNORECASE)
_SEPARATORS = frozenset("|/·•,;-–—")
_SEPARATED = lazy_regex(r"\A[|/·•,;–—-]+\s*")
_LAST_ADDRESS = lazy_regex(
    r"\((?P<url>[^()\s]+)\)\]?(?:\s*(?:<br[^<>]*>|[|/·•,;–—-]))*\Z|href=\"(?P<other>[^\"]+)\"",
    re.IGNORECASE,
)
_VENUE = lazy_regex(
    r"(?i:arxiv|preprint)|[A-Z][A-Za-z]*[A-Z][A-Za-z]*|"
    r"(?i:.*\b(?:workshop|conference|journal|transactions|nature|science|findings)\b.*)"
)
_AWARD = lazy_regex(r"\s*\([^()]*\)\Z")
_AFTER_NAME = lazy_regex(r"\[\W*[\w'’-]+(?P<more>[^\[\]*_]*)")
_PREPRINT = lazy_regex(r"[\W_]*(?:arxiv|preprint)", re.IGNORECASE)
_BLOCKS = ("```", "~~~", "<details", "<table")
_BADGE = lazy_regex(r"shields\.io|badge|stars", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PartText:
    """One part as one entry has it: its name, the space before it, and its text."""

    name: str
    space: str
    text: str


@dataclass(frozen=True, slots=True)
class Part:
    """
    A part of a gap: ``share`` of the entries have it; ``piece`` is its text as a template.

    ``usual`` is what stands there where the value isn't known, empty if the part is left out then.
    ``own`` says that no service knows it. ``holders`` are the entries that have it, by number;
    ``beside`` names another part that the same ones have.
    """

    name: str
    share: float
    piece: str
    own: bool = True
    usual: str = ""
    holders: frozenset[int] = frozenset()
    beside: str = ""


def runs_of(cut: Cut, gap: Sequence[int], *, before_title: bool) -> Iterator[PartText]:
    """The parts of a gap in one entry: every group for itself, and words that stand together."""
    words: list[Atom] = []
    space = ""
    group: PartText | None = None
    atoms = [cut.atoms[place] for place in gap if cut.atoms[place].style != EMPHASIS]
    for atom in atoms if before_title else _led(atoms):
        if atom.kind in ("word", "sign"):
            words.append(atom)
            continue
        if atom.kind == "id" and words and _PREPRINT.match(_joined(words)):
            # "arXiv:2411.04965" stands where others have a venue.
            words.append(replace(atom, kind="word", text=atom.style))
            continue
        is_group = atom.kind not in FIELDS and atom.kind != "break"
        before, lead = _parted(words, atom) if is_group else (words, [])
        if group:
            group, before = _closed(group, before)
            yield group
            group = None
        if before:
            yield _words(before, space, before_title=before_title)
            space = ""
        words = []
        if atom.kind == "break":
            space = atom.text
        elif is_group:
            text = _joined([*lead, atom]) if lead else atom.text
            name = _name_of(atom, cut, before_title=before_title)
            group = PartText(name, space + (lead[0] if lead else atom).space, text)
            space = ""
    if group:
        group, words = _closed(group, words)
        yield group
    if words:
        yield _words(words, space, before_title=before_title)


def _led(atoms: Iterable[Atom]) -> Iterator[Atom]:
    """The atoms, with an emoji just before a link as a part of it: "| 💻 [Code](…)"."""
    held: Atom | None = None
    for atom in atoms:
        if held and atom.style in ("link", "picture"):
            yield replace(atom, space=held.space, text=held.text + atom.space + atom.text)
            held = None
            continue
        if held:
            yield held
        held = atom if atom.style == "emoji" else None
        if held is None:
            yield atom
    if held:
        yield held


def _parted(words: list[Atom], group: Atom) -> tuple[list[Atom], list[Atom]]:
    """Words before a group, and those that belong to it: "Code: [name](address)", "| [code](…)"."""
    if words and (_is_label(words) or group.style == "prose"):
        return [], words
    at = len(words)
    while at and _is_separator(words[at - 1]):
        at -= 1
    return words[:at], words[at:]


def _is_label(words: Sequence[Atom]) -> bool:
    """Whether words end in a colon: "Code:", "**Code:**"."""
    return next((word.text for word in reversed(words) if not _is_emphasis(word)), "") == ":"


def _closed(group: PartText, words: list[Atom]) -> tuple[PartText, list[Atom]]:
    """A group with the bar or break that follows it, if nothing else does."""
    closing = len(group.text) > MAX_BLANK_CHARS and all(map(_is_emphasis, words))
    if not words or not (closing or all(map(_is_separator, words))):
        return group, words
    return PartText(group.name, group.space, group.text + words[0].space + _joined(words)), []


def _is_separator(atom: Atom) -> bool:
    return atom.kind == "sign" and (atom.text in _SEPARATORS or atom.text[:3].lower() == "<br")


def _is_emphasis(atom: Atom) -> bool:
    return atom.kind == "sign" and atom.text in ("*", "**", "_", "__")


def _joined(words: Sequence[Atom]) -> str:
    return words[0].text + "".join(atom.space + atom.text for atom in words[1:])


def _words(words: Sequence[Atom], space: str, *, before_title: bool) -> PartText:
    text = _joined(words)
    stop = text.rstrip(" .,;:|-")
    year = re.search(r"(?:19|20)\d\d\b|['’]\d\d\b", text)
    if not re.search(r"\w", _TAG.sub("", text)):
        return PartText("sign", space + words[0].space, text)
    if before_title and not year and len(words) == 2 and words[-1].text == ":":
        # "GraspNet: **A Large Benchmark …**"
        return PartText("short_name", space + words[0].space, text)
    said = _AWARD.sub("", stop)
    # Before a title capitals are what the work is called, but for venues that are known.
    known = (
        year
        or (is_venue(said) if before_title else _VENUE.fullmatch(said))
        or (_PREPRINT.match(text) and len(words) <= MAX_PREPRINT)
    )
    name = "venue" if known else "note"
    return PartText(name, space + words[0].space, text)


def _name_of(atom: Atom, cut: Cut, *, before_title: bool) -> str:
    kind = atom.style
    if kind == "fact":
        return _not_filled_in(name_of_fact(atom.text))
    if kind == "prose":
        return _not_filled_in(_name_of_text(_OF_TEXT.search(_before(atom, cut)), "summary"))
    if kind == "details":
        named = _name_of_text(_SUMMARY.search(atom.text), _name_of_block(atom.text))
        return _not_filled_in(named)
    if kind == "publication":
        return "venue"
    if kind == "emoji":
        return "mark"
    if kind in ("picture", "link"):
        return _name_of_link(atom.text, picture=kind == "picture")
    if kind == "code":
        return "venue" if _VENUE.match(atom.text.strip("`")) else "label"
    if atom.text.startswith("(@"):
        return "affiliation"
    if kind == "bracket" and before_title:
        return "bracket"
    return "aside"


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
    called = sum(_calls(cut, run.text) for cut, run in samples)
    inside = [run.text.strip("[]*_ ") for _, run in samples]
    venues = sum(bool(_VENUE.match(text)) for text in inside)
    if sum(_labels_paper(cut, run.text) for cut, run in samples) * 2 > len(samples):
        venues = sum(is_venue(text) or is_preprint(text) for text in inside)
        return "venue" if venues * 2 >= len(samples) else "nickname"
    if called * 2 >= len(samples):
        return "nickname"
    return "venue" if venues * 2 >= len(samples) else "tag"


def _labels_paper(cut: Cut, text: str) -> bool:
    """Whether a bracket is the label of the link to the paper: "[LoRA](https://arxiv.org/…)"."""
    return bool(cut.known.arxiv_id) and bool(
        re.search(
            rf"{re.escape(text)}\(https?://[^\s()]*{re.escape(cut.known.arxiv_id or '')}", cut.text
        )
    )


def _name_of_aside(samples: Sequence[tuple[Cut, PartText]]) -> str:
    """What stands in brackets after the title: where it appeared, or a remark."""
    inside = [run.text.strip("()[]*_ |,;") for _, run in samples]
    venues = sum(is_venue(text) or bool(_PREPRINT.match(text)) for text in inside)
    return "venue" if venues * 2 >= len(samples) else "note"


def _instead_of_venue(samples: Sequence[tuple[Cut, PartText]]) -> str:
    """The text that most show where others have a venue: "[Website]" beside "[ICML 2024]"."""
    texts = [run.text for _, run in samples]
    plain = _most(texts)
    others = [text for text in texts if text != plain]
    venues = sum(is_venue(text.strip("()[]*_ |,;")) for text in others)
    return plain if others and venues * 2 >= len(others) else ""


def _calls(cut: Cut, text: str) -> bool:
    said = letters(text)
    return bool(said) and said in letters(cut.known.title)


def _name_of_link(text: str, *, picture: bool) -> str:
    urls = _ADDRESS.findall(text)
    page = urls[-1] if urls else ""
    if picture and any(
        "img.shields.io/github/stars" in url or "shields.io/github/stars" in url for url in urls
    ):
        return "stars_badge"
    if repository(page) and not (picture and len(urls) == 1):
        return "code"
    label = _LABEL.search(text)
    name = re.sub(r"[^a-z0-9]+", "_", label["label"].lower()).strip("_") if label else ""
    if not re.match(r"[a-z]", name) or len(name) > 24:
        return "picture" if picture else "link"
    return name


def parts_of(
    aligned: Sequence[tuple[Cut, Alignment]], gap: int, *, before_title: bool
) -> list[Part]:
    """The parts that entries have in this gap, in their usual order."""
    samples: defaultdict[str, list[tuple[Cut, PartText]]] = defaultdict(list)
    order: defaultdict[str, list[int]] = defaultdict(list)
    holders: defaultdict[str, set[int]] = defaultdict(set)
    for number, (cut, alignment) in enumerate(aligned):
        seen: set[str] = set()
        for rank, run in enumerate(runs_of(cut, alignment.extra[gap], before_title=before_title)):
            if run.name not in seen:
                samples[run.name].append((cut, run))
                order[run.name].append(rank)
                holders[run.name].add(number)
                seen.add(run.name)
    total = len(aligned)
    last = gap + 1 == max(len(row.extra) for _, row in aligned)
    names = [
        name
        for name, runs in samples.items()
        if len(runs) >= max(2, _fewest(name, last=last) * total)
    ]
    names.sort(key=lambda name: sum(order[name]) / len(order[name]))
    parts = [
        replace(_part(name, samples[name], total), holders=frozenset(holders[name]))
        for name in names
    ]
    return [_with_date(part, aligned, gap) for part in parts]


def further_links(
    aligned: Sequence[tuple[Cut, Alignment]], gap: int, parts: Sequence[Part]
) -> list[tuple[Cut, PartText]]:
    """The first link of each entry in this gap that is none of these parts."""
    taken = {part.name.rstrip("_2345") for part in parts}
    codes = {_label_of(part.piece) for part in parts if part.name == "code"}
    found = []
    for cut, alignment in aligned:
        if not any(cut.atoms[at].style in ("link", "picture") for at in alignment.extra[gap]):
            continue
        runs = runs_of(cut, alignment.extra[gap], before_title=False)
        links = [run for run in runs if _is_link(run.text)]
        found += [(cut, run) for run in links if not _is_taken(run, taken, codes)][:1]
    return found


def _is_taken(run: PartText, taken: Collection[str], codes: Collection[str]) -> bool:
    """Whether it is one of the parts; a repository by another label than most have is none."""
    if run.name in ("code", "stars_badge"):
        return bool(codes) and (run.name == "stars_badge" or _label_of(run.text) in codes)
    return run.name in taken


def _label_of(text: str) -> str:
    label = _LABEL.search(text)
    return label["label"].casefold() if label else ""


def _is_link(text: str) -> bool:
    bare = _SEPARATED.sub("", text)
    return bare.startswith(("[", "![", "<", "(")) and _ADDRESS.search(bare) is not None


def _with_date(part: Part, aligned: Sequence[tuple[Cut, Alignment]], gap: int) -> Part:
    """A venue in whose place preprints show their date: "(Poe, ICML 2024)", "(Roe, 2024)"."""
    if part.name != "venue" or part.usual:
        return part
    others = [row for number, row in enumerate(aligned) if number not in part.holders]
    dates = [
        cut.atoms[alignment.extra[gap][0]]
        for cut, alignment in others
        if len(alignment.extra[gap]) == 1
    ]
    dates = [atom for atom in dates if atom.kind == "date"]
    if len(dates) < 2 or len(dates) * 2 < len(others):
        return part
    return replace(part, usual=_most([atom.space + atom.style for atom in dates]))


def _fewest(name: str, *, last: bool) -> float:
    """
    Words that stand in a few entries only are remarks about these, and no part of the form.

    At the end of an entry there is a place for remarks where several have one.
    """
    if name == "note" and last:
        return RARE
    return RARE_WORDS if name in ("note", "venue", "sign", "label", "bracket", "aside") else RARE


def _settled_name(name: str, samples: Sequence[tuple[Cut, PartText]]) -> str:
    """What brackets or words show, by what most of them say."""
    if name == "bracket":
        return _name_of_bracket(samples)
    called = name in ("note", "short_name") and [
        cut for cut, run in samples if _calls(cut, run.text)
    ]
    return "nickname" if called and len(called) * 2 >= len(samples) else name


def _part(name: str, samples: Sequence[tuple[Cut, PartText]], total: int) -> Part:
    name = _settled_name(name, samples)
    share = len(samples) / total
    space = _most([run.space for _, run in samples])
    if lead := _most([lead_of(run.text) for _, run in samples]):
        space += lead
        samples = [(cut, _without_lead(run)) for cut, run in samples]
        if name not in ("code", "venue"):
            return Part(name, share, f"{space}{{{{ {name} }}}}")
    if share >= ALWAYS and (label := _usual_label(samples)):
        return Part("label", share, f"{space}[{{{{ label }}}}]", usual=space + label)
    if name == "aside":
        name = _name_of_aside(samples)
        if name == "note" and (plain := _instead_of_venue(samples)):
            others = [run.text for _, run in samples if run.text != plain]
            return Part(
                "venue", share, space + _wrapped("venue", others), own=False, usual=space + plain
            )
    if name in ("code", "stars_badge"):
        made = [of_code(cut, run.text) for cut, run in samples]
        piece = _most([text for text in made if text]) if any(made) else "{{ code }}"
        return Part("code", share, space + piece, own=False)
    if name == "venue":
        preprint = usual_preprint((cut, run.text) for cut, run in samples)
        texts = [run.text for _, run in samples]
        plain = _wrapped(name, [text for text in texts if not is_preprint(text)] or texts)
        usual = space + preprint if preprint else ""
        if not usual and share >= ALWAYS:
            usual = space + plain.replace("{{ venue }}", "arXiv")
        return Part(name, share, space + plain, own=False, usual=usual)
    if name == "sign":
        return Part(name, share, space + _most([run.text for _, run in samples]), own=False)
    piece = _wrapped(name, [run.text for _, run in samples])
    label = _label_without_name(name, share, samples)
    return Part(
        name, share, space + piece, own=name != "nickname", usual=space + label if label else ""
    )


def _usual_label(samples: Sequence[tuple[Cut, PartText]]) -> str:
    """The label that most links to the paper have, if some have another one: "[PDF](…)"."""
    texts = [run.text for _, run in samples]
    label = _most(texts)
    usual = label.startswith("[") and texts.count(label) * 2 >= len(texts)
    if _instead_of_venue(samples):
        return ""
    return label if usual and _labels_paper(*_first(samples)) and "{" not in label else ""


def _label_without_name(name: str, share: float, samples: Sequence[tuple[Cut, PartText]]) -> str:
    """What stands for a nickname that is the label of a link: without a label it is no link."""
    label = name == "nickname" and share >= ALWAYS and _labels_paper(*_first(samples))
    if not label:
        return ""
    plain = [(cut, run.text) for cut, run in samples if not _calls(cut, run.text)]
    names = [text for cut, text in plain if _names_first(cut, text)]
    if not names or len(names) * 2 < len(plain):
        return "[Paper]"
    more = _most([match["more"] for text in names if (match := _AFTER_NAME.search(text))])
    style = f'|et_al(1, 1, "{more}")' if more not in ("", " et al.") else "|et_al(1)"
    return f"[{{{{ authors|surnames{style} }}}}]"


def _names_first(cut: Cut, text: str) -> bool:
    """Whether a label says the first author: "[Lovelace et al.](…)"."""
    said = re.match(r"\[[^\w]*([^\W\d_][\w'’-]*)", text)
    first = cut.known.authors[0].split()[-1:] if cut.known.authors else []
    return said is not None and bool(first) and letters(said[1]) == letters(first[0])


def _first(samples: Sequence[tuple[Cut, PartText]]) -> tuple[Cut, str]:
    cut, run = samples[0]
    return cut, run.text


def _without_lead(run: PartText) -> PartText:
    return replace(run, text=run.text.removeprefix(lead_of(run.text)))


def is_preprint(text: str) -> bool:
    return bool(_PREPRINT.match(text))


def usual_preprint(texts: Iterable[tuple[Cut, str]]) -> str:
    """What a list shows as the venue of a preprint; empty where it shows nothing."""
    preprints = [_general(cut, text) for cut, text in texts if _PREPRINT.match(text)]
    return _most(preprints) if preprints else ""


def _most(texts: Sequence[str]) -> str:
    return Counter(texts).most_common(1)[0][0]


def of_code(cut: Cut, text: str) -> str:
    """The text with the repository's parts as fields; empty if it has none."""
    pages = [url for url in _ADDRESS.findall(text) if repository(url)]
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
    label = _LABEL.match(said)
    if label and letters(label["label"]) == letters(name):
        return said.replace(f"[{label['label']}]", "[{{ code_name }}]", 1)
    if label and len(label["label"]) > 3 and letters(label["label"]) in letters(cut.known.title):
        return said.replace(f"[{label['label']}]", "[{{ code_name }}]", 1)
    return said


def _general(cut: Cut, text: str) -> str:
    """A venue with the paper's own year as a field: "Arxiv {{ year }}"."""
    base = cut.known.arxiv_id
    if base and len(base) > 6:
        text = re.sub(rf"{re.escape(base)}(?:v\d{{1,2}})?(?!\w)", "{{ arxiv_id }}", text)
    year = str(cut.known.day.year) if cut.known.day else ""
    if not year:
        return text
    text = re.sub(rf"\b{year}\b", "{{ year }}", text)
    return re.sub(rf"(?<=['’]){year[2:]}\b", "{{ year_short }}", text)


def _around_text(name: str, texts: Sequence[str]) -> str:
    """A long text with its label, and the tags that fold it, as most entries have them."""
    ends = [around(text) for text in texts]
    lead, tail = _most([lead for lead, _ in ends]), _most([tail for _, tail in ends])
    return f"{lead}{{{{ {name} }}}}{tail}"


def _wrapped(name: str, texts: Sequence[str]) -> str:
    """The field with the signs that most entries have around it."""
    blocks = sum(text.startswith(_BLOCKS) for text in texts)
    if max(blocks, sum(map(_is_long, texts))) * 2 > len(texts):
        return _around_text(name, texts)
    if any(map(_is_link, texts)):
        return _most([_link_of(name, text) for text in texts])
    if name == "mark":
        return f"{{{{ {name} }}}}"
    tail = _most([_TAIL.search(text)[0] for text in texts])  # type: ignore[index]
    return f"{_lead_of(texts)}{{{{ {name} }}}}{tail}"


def _lead_of(texts: Sequence[str]) -> str:
    """The signs before the words, with a label where most have one: "· **Venue:** "."""
    labels = [label[0] if (label := _LABEL_BEFORE.match(text)) else "" for text in texts]
    most = _most(labels)
    if most and labels.count(most) * 2 > len(texts):
        return most
    return _most([_LEAD.match(text)[0] for text in texts])  # type: ignore[index]


def _is_long(text: str) -> bool:
    return len(text) > MAX_BLANK_CHARS and not text.startswith(("[", "!", "<a", "<img", "("))


def _link_of(name: str, text: str) -> str:
    last = _LAST_ADDRESS.search(text)
    if last is None:
        return f"{{{{ {name} }}}}"
    group = "url" if last["url"] else "other"
    start, end = last.span(group)
    return f"{text[:start]}{{{{ {name} }}}}{text[end:]}"
