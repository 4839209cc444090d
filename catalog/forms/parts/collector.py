"""What entries have besides the fields: nicknames, badges, venues, ratings; each part named."""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from catalog.forms.alignment import Alignment
from catalog.forms.cutting.atoms import Cut
from catalog.forms.habits import is_sign
from catalog.forms.parts.names import (
    LABEL,
    PartText,
    calls,
    instead_of_venue,
    is_preprint,
    labels_paper,
    most_common,
    name_of_aside,
    settled_name,
)
from catalog.forms.parts.runs import runs_of
from catalog.forms.parts.templates import (
    EMPTY_LINK,
    general,
    is_link,
    of_code,
    usual_preprint,
    wrapped,
)
from catalog.forms.skeleton import FEWEST
from catalog.forms.spelling.facts import lead_of
from catalog.forms.spelling.names import letters
from catalog.markdown.parts.wording import is_venue
from config.patterns import lazy_regex

# A part that fewer entries than this share have is an exception, and no part of the form.
RARE, RARE_WORDS = 0.04, 0.15
# A part that more than this share has is shown, if it has a usual value, where it isn't known.
USUAL = 0.5
# A venue that so many show must not be missing: a paper without one is on arXiv.
ALWAYS = 0.9
_AFTER_NAME = lazy_regex(r"\[\W*[\w'’-]+(?P<more>[^\[\]*_]*)")

_YEAR_FIRST = lazy_regex(r"\A(?P<year>(?:19|20)\d\d)[ ._-]?(?P<venue>[^\W\d].*)\Z")


@dataclass(frozen=True, slots=True)
class Part:
    """
    A part of a gap: ``share`` of the entries have it; ``piece`` is its text as a template.

    ``usual`` is what stands there where the value isn't known, empty if the part is left out then.
    ``own`` says that no service knows it. ``holders`` are the entries that have it, by number;
    ``beside`` names another part that the same ones have. ``unknown`` is the list's own word for
    a value that somebody hasn't filled in yet.
    """

    name: str
    share: float
    piece: str
    own: bool = True
    usual: str = ""
    holders: frozenset[int] = frozenset()
    beside: str = ""
    unknown: str = ""


def parts_of(
    aligned: Sequence[tuple[Cut, Alignment]], gap: int, *, before_title: bool
) -> list[Part]:
    """The parts that entries have in this gap, in their usual order."""
    samples: defaultdict[str, list[tuple[Cut, PartText]]] = defaultdict(list)
    order: defaultdict[str, dict[int, int]] = defaultdict(dict)
    filled = [
        (number, cut, atoms)
        for number, (cut, alignment) in enumerate(aligned)
        if (atoms := alignment.extra[gap])
    ]
    if len(filled) < FEWEST:
        return []
    for number, cut, atoms in filled:
        seen: set[str] = set()
        for rank, run in enumerate(runs_of(cut, atoms, before_title=before_title)):
            if run.name not in seen:
                samples[run.name].append((cut, run))
                order[run.name][number] = rank
                seen.add(run.name)
    total = len(aligned)
    last = gap + 1 == len(aligned[0][1].extra)
    names = [
        name
        for name, runs in samples.items()
        if len(runs) >= max(FEWEST, _fewest(name, last=last) * total)
    ]
    names = _in_order(names, order)
    parts = [
        replace(_part(name, samples[name], total), holders=frozenset(order[name])) for name in names
    ]
    return [_with_date(part, aligned, gap) for part in parts]


def _in_order(names: Sequence[str], ranks: Mapping[str, Mapping[int, int]]) -> list[str]:
    """
    The parts in the order that most entries with two of them have.

    ``ranks`` has the place of each part by the number of the entry. Of parts that never stand
    together the one that is further in front comes first.
    """
    left = sorted(names, key=lambda name: sum(ranks[name].values()) / len(ranks[name]))
    ordered: list[str] = []
    while left:
        behind = [sum(_is_before(ranks[other], ranks[name]) for other in left) for name in left]
        ordered.append(left.pop(behind.index(min(behind))))
    return ordered


def _is_before(one: Mapping[int, int], other: Mapping[int, int]) -> bool:
    """Whether the first part stands before the second one in most entries that have both."""
    both = one.keys() & other.keys()
    return sum(one[number] < other[number] for number in both) * 2 > len(both)


def further_links(
    aligned: Sequence[tuple[Cut, Alignment]], gap: int, parts: Sequence[Part]
) -> list[tuple[Cut, PartText]]:
    """The first link of each entry in this gap that is none of these parts."""
    taken = {part.name.rstrip("_2345") for part in parts}
    codes = {_label_of(part.piece) for part in parts if part.name == "code"}
    found = []
    for cut, alignment in aligned:
        atoms = alignment.extra[gap]
        if not atoms or not any(cut.atoms[at].style in ("link", "picture") for at in atoms):
            continue
        runs = runs_of(cut, atoms, before_title=False)
        links = [run for run in runs if is_link(run.text)]
        found += [(cut, run) for run in links if not _is_taken(run, taken, codes)][:1]
    return found


def _is_taken(run: PartText, taken: Collection[str], codes: Collection[str]) -> bool:
    """Whether it is one of the parts; a repository by another label than most have is none."""
    if run.name in ("code", "stars_badge"):
        return bool(codes) and (run.name == "stars_badge" or _label_of(run.text) in codes)
    return run.name in taken


def _label_of(text: str) -> str:
    label = LABEL.search(text)
    return label["label"].casefold() if label else ""


def _with_date(part: Part, aligned: Sequence[tuple[Cut, Alignment]], gap: int) -> Part:
    """A venue in whose place preprints show their date: "(Poe, ICML 2024)", "(Roe, 2024)"."""
    if part.name != "venue":
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
    if part.usual and len(dates) <= _preprints(part, aligned, gap):
        return part
    return replace(part, usual=most_common([atom.space + atom.style for atom in dates]))


def _preprints(part: Part, aligned: Sequence[tuple[Cut, Alignment]], gap: int) -> int:
    """How many of the entries with a part say with it that they are preprints."""
    rows = (aligned[number] for number in part.holders)
    return sum(
        any(is_preprint(cut.atoms[at].text) for at in alignment.extra[gap])
        for cut, alignment in rows
    )


def _fewest(name: str, *, last: bool) -> float:
    """
    Words that stand in a few entries only are remarks about these, and no part of the form.

    At the end of an entry there is a place for remarks where several have one.
    """
    if name == "note" and last:
        return RARE
    return RARE_WORDS if name in ("note", "venue", "sign", "label", "bracket", "aside") else RARE


def _part(name: str, samples: Sequence[tuple[Cut, PartText]], total: int) -> Part:
    name = settled_name(name, samples)
    share = len(samples) / total
    space = most_common([run.space for _, run in samples])
    if lead := most_common([lead_of(run.text) for _, run in samples]):
        space += lead
        samples = [(cut, _without_lead(run)) for cut, run in samples]
        if name not in ("code", "venue"):
            texts = [run.text.strip() for _, run in samples]
            return Part(name, share, f"{space}{{{{ {name} }}}}", unknown=_word_for_unknown(texts))
    if share >= ALWAYS and (label := _usual_label(samples)):
        return Part("label", share, f"{space}[{{{{ label }}}}]", usual=space + label)
    if name == "aside":
        name = settled_name(name_of_aside(samples), samples)
        if name == "note" and (plain := instead_of_venue(samples)):
            others = [run.text for _, run in samples if run.text != plain]
            return Part(
                "venue", share, space + wrapped("venue", others), own=False, usual=space + plain
            )
    if name in ("code", "stars_badge"):
        return _code(share, space, samples)
    if name == "venue":
        preprint = usual_preprint((cut, run.text) for cut, run in samples)
        texts = [run.text for _, run in samples]
        plain = wrapped(name, [text for text in texts if not is_preprint(text)] or texts)
        usual = space + preprint if preprint else ""
        if not usual and share >= ALWAYS:
            usual = space + plain.replace("{{ venue }}", "arXiv")
        return Part(name, share, space + plain, own=False, usual=usual)
    if name == "sign":
        return Part(name, share, space + most_common([run.text for _, run in samples]), own=False)
    label = (
        _label_without_name(name, share, samples)
        or _empty_link(samples)
        or _own_page(share, samples)
    )
    piece = _with_remark(_filled_in(name, samples), samples)
    return Part(
        name, share, space + piece, own=name != "nickname", usual=space + label if label else ""
    )


def _with_remark(piece: str, samples: Sequence[tuple[Cut, PartText]]) -> str:
    """A name with the remark that several have before its colon: "**LoRA** (adapters): "."""
    remarks = [run.remark for _, run in samples if run.remark]
    head, colon, tail = piece.rpartition(":")
    if len(remarks) < FEWEST or not colon:
        return piece
    space = most_common([text[: len(text) - len(text.lstrip())] for text in remarks])
    said = wrapped("remark", [text.strip() for text in remarks])
    return f"{head}{{% if remark %}}{space}{said}{{% endif %}}{colon}{tail}"


def _code(share: float, space: str, samples: Sequence[tuple[Cut, PartText]]) -> Part:
    """The repository, with what stands where a work has none: "[code]()"."""
    made = [of_code(cut, run.text) for cut, run in samples]
    piece = most_common([text for text in made if text]) if any(made) else "{{ code }}"
    empty = _empty_link(samples)
    return Part("code", share, space + piece, own=False, usual=space + empty if empty else "")


def _filled_in(name: str, samples: Sequence[tuple[Cut, PartText]]) -> str:
    """The part as those have it that know its value."""
    texts = [run.text for _, run in samples if not EMPTY_LINK.search(run.text)]
    if texts:
        return _with_venue_for_label(wrapped(name, texts), texts)
    return EMPTY_LINK.sub(f"]({{{{ {name} }}}})", samples[0][1].text)


def _with_venue_for_label(piece: str, texts: Sequence[str]) -> str:
    """A link whose label says where each work appeared: "[2025-ICLR](…)", "[CVPR 2024](…)"."""
    labels = [label["label"] for text in texts if (label := LABEL.search(text))]
    if not is_link(texts[0]) or len(labels) < len(texts):
        return piece
    said = [_YEAR_FIRST.sub(r"\g<venue> \g<year>", label.strip()) for label in labels]
    venues = sum(is_venue(text) or is_preprint(text) for text in said)
    if labels.count(most_common(labels)) * 2 >= len(labels) or venues * 2 < len(labels):
        return piece
    shown = "[{% if venue %}{{ venue }}{% else %}link{% endif %}]"
    return LABEL.sub(lambda match: match[0].replace(f"[{match['label']}]", shown), piece, count=1)


def _empty_link(samples: Sequence[tuple[Cut, PartText]]) -> str:
    """The link without an address that several show where they know none: "[site]()"."""
    empty = [run.text for _, run in samples if EMPTY_LINK.search(run.text)]
    return most_common(empty) if len(empty) >= FEWEST else ""


def _own_page(share: float, samples: Sequence[tuple[Cut, PartText]]) -> str:
    """The link to arXiv that preprints show where others link the page of their venue."""
    texts = [(cut, run.text) for cut, run in samples if is_link(run.text)]
    own = [general(cut, text) for cut, text in texts if (cut.known.arxiv_id or "\n") in text]
    usual = most_common(own) if share >= ALWAYS and own else ""
    return usual if "{{ arxiv_id }}" in usual and own.count(usual) * 2 >= len(own) >= FEWEST else ""


def _word_for_unknown(texts: Sequence[str]) -> str:
    """The word that most show where they know nothing: "Unknown"."""
    usual = most_common(texts)
    return usual if is_sign(usual) and texts.count(usual) * 2 >= len(texts) else ""


def _usual_label(samples: Sequence[tuple[Cut, PartText]]) -> str:
    """The label that most links to the paper have, if some have another one: "[PDF](…)"."""
    texts = [run.text for _, run in samples]
    label = most_common(texts)
    usual = label.startswith("[") and texts.count(label) * 2 >= len(texts)
    if instead_of_venue(samples):
        return ""
    return label if usual and labels_paper(*_first(samples)) and "{" not in label else ""


def _label_without_name(name: str, share: float, samples: Sequence[tuple[Cut, PartText]]) -> str:
    """What stands for a nickname that is the label of a link: without a label it is no link."""
    label = name == "nickname" and share >= ALWAYS and labels_paper(*_first(samples))
    if not label:
        return ""
    plain = [(cut, run.text) for cut, run in samples if not calls(cut, run.text)]
    names = [text for cut, text in plain if _names_first(cut, text)]
    if not names or len(names) * 2 < len(plain):
        return "[Paper]"
    more = most_common([match["more"] for text in names if (match := _AFTER_NAME.search(text))])
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
