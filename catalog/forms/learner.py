"""Learns the form of a list's entries from them: a template for a section."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product

from catalog.forms.alignment import EMPHASIS
from catalog.forms.cutting.atoms import Cut
from catalog.forms.habits import Habits, habits_of
from catalog.forms.listed import age
from catalog.forms.matching import gives, masked, share_given
from catalog.forms.parts.pairs import are_paired, keeps_pairs, without_cut_parts
from catalog.forms.skeleton import FEWEST, Skeleton, View, skeleton_of
from catalog.forms.template_writer import NEWEST, TemplateWriter
from config.template import Template, WrongTemplate, parse_template

# A section with fewer entries takes the form of the whole list.
FEWEST_OF_SECTION = 4
# A section of whose entries the list's template gives so many has no form of its own.
ENOUGH_GIVEN = 0.7
# A section whose entries its template gives nearly all has one form.
MOSTLY = 0.8
# The newest form of a section is learned from so many entries: more of them show rarer parts.
_SIZES = (4, 6, 9, 14, 21, 32)
# A template that gives so many of the newest entries is good; no other one is looked for.
WELL_GIVEN = 0.95
# A template that shows a venue twice or as arXiv's, or lacks parts, must give so many more of them.
OF_FAULT = 0.2
# How the entries may be read, the usual way first: the best template of these is learned.
_VIEWS = (
    View(),
    View(early=True),
    View(from_end=True),
    View(from_end=True, whole=True),
    View(alike=True),
    View(from_end=True, whole=True, alike=True),
    View(bracketed=True),
)
_LABEL_LINE = re.compile(
    r"(?P<breaks>\n(?:[ \t]*\n)*)(?P<lead>[^\n{}]*)"
    r"\{% if (?P<name>\w+) %\}(?P<piece>[^\n%]*?)\{% endif %\}(?P<tail>[^\n{}]*)(?=\n|\Z)"
)
# "**{% if nickname %}{{ nickname }}{% endif %}**: ", "<u>{% if name %}{{ name }}{% endif %}</u>: ".
_MARKED = re.compile(
    r"(?P<open>(?<![*\w])(?:\*\*|\*|__|`)|<(?P<tag>[a-z]{1,8})>)"
    r"\{% if (?P<name>\w+) %\}"
    r"(?P<piece>[^\s%{}*_`<>]*\{\{ (?P=name) \}\}[^\s%{}*_`<>]*)\{% endif %\}"
    r"(?P<close>(?(tag)</(?P=tag)>|(?P=open)(?!\*)))(?P<tail>[:\uff1a]?[ ]?)"
)
# "**{% if note %}{{ note }}{% endif %}{% if venue %}{{ venue }}{% endif %}**": one of two.
_MARKED_TWO = re.compile(
    r"(?P<open>(?<![*\w])\*\*)\{% if (?P<name>\w+) %\}(?P<piece>[^\s%{}*]*\{\{ \w+ \}\}[^\s%{}*]*)"
    r"\{% endif %\}\{% if (?P<other>\w+) %\}(?P<second>[^\s%{}*]*\{\{ \w+ \}\}[^\s%{}*]*)"
    r"(?P<usual>(?:\{% else %\}[^%*]*)?)\{% endif %\}\*\*(?!\*)"
)
# "_Why it matters:_{% if summary %} {{ summary }}{% endif %}" at the end.
_LABELLED_END = re.compile(
    r"(?P<label>[ ]*(?P<mark>\*\*|\*|__|_)[^*_{}%\n]{2,30}(?::(?P=mark)|(?P=mark):))"
    r"\{% if (?P<name>\w+) %\}(?P<piece>[ ]?\{\{ (?P=name) \}\}[^{}]*)\{% endif %\}\Z"
)
# A link of HTML with nothing but a picture: "<a href=…>{% if picture %}…{% endif %}</a>".
_LINKED_PICTURE = re.compile(
    r"(?P<open>[ ]?<a\b[^<>%]*>)\{% if (?P<name>picture\w*) %\}(?P<piece>\{\{ (?P=name) \}\})"
    r"\{% endif %\}</a>"
)
# "### {% if nickname %}**{{ nickname }}**{% endif %}": a heading says something in every entry.
_NAMED_HEADING = re.compile(
    r"\A(?P<marks>#{1,6} )\{% if nickname %\}(?P<open>[^%{}]*)\{\{ nickname \}\}(?P<close>[^%{}]*)"
    r"\{% endif %\}(?=\n)"
)
# "[{% if short_name %}{{ short_name }},{% endif %}{% if venue %} {{ venue }}{% else %} arXiv": the
# blank goes with the name, since none stands just inside a bracket.
_NAME_AND_VENUE = re.compile(
    r"(?<=\[)(?P<name>\{% if (?:nickname|short_name) %\}[^%]*)(?P<end>\{% endif %\})"
    r"(?P<venue>\{% if venue %\}) (?P<said>[^%]*\{% else %\}) "
)
# A line's end with its bullet, and what stands behind it: one part.
_TWICE = re.compile(
    r"(?P<start>\{% if (?P<name>\w+) %\}\s*[-*+>•])\{% endif %\}\{% if (?P=name) %\}"
)
# A dash before a remark at the end: "[paper](…) — on caches", "(2024) - Core."
_DASHED = re.compile(
    r"(?P<dash>[ ]*(?:[-–—:·])[ ]?)\{% if (?P<name>\w+) %\}"
    r"(?P<piece>[ ]?\{\{ (?P=name) \}\}[^{}]*)\{% endif %\}(?P<stop>\.?)"
    r"(?P<rest>(?:\{% if \w+ %\}[^%]*\{% endif %\})?)\Z"
)
# An entry that a heading begins: "### A Title", "<h3>A Title</h3>".
_HEADING = re.compile(r"[ \t]*(?:#{1,6}[ \t]|<h[1-6]\b)")
# A mark before a link that some entries lack goes with it: " | {% if code %}[code](…){% endif %}".
_PARTED_LINK = re.compile(
    r"[ ]?(?P<mark>[|/·])(?:[ ]\{% if (?P<name>\w+) %\}|\{% if (?P<inside>\w+) %\}[ ])"
    r"(?P<piece>[^{}%\n]*\]\([^{}%\n]*\{\{ \w+ \}\}[^{}%\n]*?)[ ]?\{% endif %\}"
    r"(?=[ ]?[|/·]|[ ]*(?:\n|\Z)|\{% if \w+ %\}\s*\n)"
)
# A label and what it says, between one pair of marks at a line's end: " | *Keywords: …*".
_LABELLED_IN_MARKS = re.compile(
    r"(?P<lead>(?:[ ][|·])?[ ]?)(?P<open>\*\*|\*|__|_)(?P<label>[^\W\d_][^*_{}%\n:]{1,28}:)"
    r"\{% if (?P<name>\w+) %\}(?P<piece>[ ]?\{\{ (?P=name) \}\}[^{}*_]*)\{% endif %\}"
    r"(?P=open)(?=[ ]*(?:\n|\Z))"
)
# What says "arXiv" before a venue took a part of the archive's own number for one.
_ARXIV_VENUE = re.compile(r"\{% if venue %\}[^%{]*arxiv[^%{]*\{\{ venue", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Learned:
    """
    A form of entries: its template, its skeleton, and its own fields with what stands there.

    ``lacks_parts``: some have parts that it leaves out, as they would cut a pair of marks in two.
    """

    template: Template
    skeleton: Skeleton
    months: tuple[str, ...] = ()
    sign: str = ""
    own: Mapping[str, str] = field(default_factory=dict)
    lacks_parts: bool = False


def learn(
    cuts: Sequence[Cut], section: Sequence[Cut] = (), habits: Habits | None = None
) -> Learned | None:
    """
    The form of a section among these entries, newest first; None where they have none.

    A section has a form of its own where its template gives more of its entries than the list's.
    """
    habits = habits or habits_of(cuts)
    whole = _of_list(tuple(cuts), habits)
    like = whole is not None and _emphasises(whole) == _emphasised(section)
    if not section or (whole and like and share_given(whole.template, section) >= ENOUGH_GIVEN):
        return whole
    own = _best(cuts, section, habits)
    if own is None or whole is None:
        return whole or own
    if not like and _emphasises(own) == _emphasised(section):
        return own
    better = _worth(own, section) > _worth(whole, section)
    return own if better else whole


@lru_cache(maxsize=16)
def _of_list(cuts: tuple[Cut, ...], habits: Habits) -> Learned | None:
    """The form of all these entries; the sections of a list ask for the same one."""
    return _best(cuts, (), habits)


def _emphasises(learned: Learned) -> bool:
    """Whether a form has its titles in bold, or in italics."""
    return any(element.kind == EMPHASIS for element in learned.skeleton.elements)


def _emphasised(cuts: Sequence[Cut]) -> bool:
    """Whether most of these entries have their titles so."""
    bold = sum(any(atom.style == EMPHASIS for atom in cut.atoms) for cut in cuts)
    return bold * 2 > len(cuts)


def _best(cuts: Sequence[Cut], section: Sequence[Cut], habits: Habits) -> Learned | None:
    """
    Of the templates that these entries may be read as, the one that gives most of the newest.

    Like entries of other sections say more about a section, or lead away from its own form.
    """
    newest = (section or cuts)[:NEWEST]
    best, most = None, -1.0
    for view, own in product(_VIEWS, (False, True) if section else (False,)):
        learned = _learned(skeleton_of(section if own else cuts, section, view), habits)
        worth = _worth(learned, newest) if learned else -1.0
        if worth > most:
            best, most = learned, worth
        if most >= WELL_GIVEN:
            break
    return best


def _worth(learned: Learned, cuts: Sequence[Cut]) -> float:
    """The share of these entries that a form gives; less where it has a fault of some kind."""
    text = learned.template.text
    faults = (
        text.count("{% if venue %}") > 1,
        _ARXIV_VENUE.search(text) is not None,
        learned.lacks_parts,
    )
    return share_given(learned.template, cuts) - OF_FAULT * sum(faults)


def _learned(skeleton: Skeleton | None, habits: Habits) -> Learned | None:
    """The form with this skeleton; None where its template is none, or cuts a pair in two."""
    if skeleton is None:
        return None
    writer = TemplateWriter(skeleton, habits)
    text = _without_empty_marks(_without_empty_lines(writer.text(), writer.own))
    text = _LINKED_PICTURE.sub(r"{% if \g<name> %}\g<open>\g<piece></a>{% endif %}", text)
    text = _LABELLED_END.sub(r"{% if \g<name> %}\g<label>\g<piece>{% endif %}", text)
    text = _NAMED_HEADING.sub(_with_title_for_name, text)
    text = _NAME_AND_VENUE.sub(r"\g<name> \g<end>\g<venue>\g<said>", text)
    text = _TWICE.sub(r"\g<start>", text)
    text = _DASHED.sub(r"{% if \g<name> %}\g<dash>\g<piece>\g<stop>{% endif %}\g<rest>", text)
    if not skeleton.aligned[0][0].row:
        text = _PARTED_LINK.sub(_with_mark, text)
        text = _LABELLED_IN_MARKS.sub(
            r"{% if \g<name> %}\g<lead>\g<open>\g<label>\g<piece>\g<open>{% endif %}", text
        )
    if "{{ title" not in text or any(mark in text for mark in ("{{{{", "{#")):
        return None
    try:
        template = parse_template(text)
    except WrongTemplate:
        # Texts with braces of their own: what they would say as a template isn't what they are.
        return None
    whole = _whole(template, [cut for cut, _ in skeleton.aligned[:NEWEST]])
    if whole is None:
        return None
    names = dict(whole.names)
    own = {name: sign for name, sign in writer.own.items() if name in names}
    return Learned(whole, skeleton, habits.months, habits.sign, own, whole != template)


def _whole(template: Template, cuts: Sequence[Cut]) -> Template | None:
    """
    The template without parts that cut a pair of marks in two; None where other pieces do.

    What most entries themselves leave open is how the list is written.
    """
    if keeps_pairs(template):
        return template
    if sum(not are_paired(masked(cut)) for cut in cuts) * 2 > len(cuts):
        return template
    left = without_cut_parts(template)
    return left if keeps_pairs(left) else None


def _with_title_for_name(match: re.Match[str]) -> str:
    """A heading that shows the nickname shows the title of a work that has none."""
    name, title = (
        f"{match['open']}{{{{ {field} }}}}{match['close']}" for field in ("nickname", "title")
    )
    return f"{match['marks']}{{% if nickname %}}{name}{{% else %}}{title}{{% endif %}}"


def _with_mark(match: re.Match[str]) -> str:
    """A link with the mark that parts it from the one before."""
    name = match["name"] or match["inside"]
    return f"{{% if {name} %}} {match['mark']} {match['piece']}{{% endif %}}"


def _without_empty_lines(text: str, own: Mapping[str, str]) -> str:
    """A line that has nothing but a label and a field of the list's own is left out with it."""

    def with_line(match: re.Match[str]) -> str:
        if match["name"] not in own or match["piece"].count("{{") != 1:
            return match[0]
        line = f"{match['breaks']}{match['lead']}{match['piece']}{match['tail']}"
        return f"{{% if {match['name']} %}}{line}{{% endif %}}"

    return _LABEL_LINE.sub(with_line, text)


def _without_empty_marks(text: str) -> str:
    """Marks around nothing but a field, and the colon behind them, are left out with it."""
    text = _MARKED_TWO.sub(
        r"{% if \g<name> %}**\g<piece>**{% endif %}"
        r"{% if \g<other> %}**\g<second>**\g<usual>{% endif %}",
        text,
    )
    return _MARKED.sub(
        r"{% if \g<name> %}\g<open>\g<piece>\g<close>\g<tail>{% endif %}",
        text,
    )


def learn_like(cuts: Sequence[Cut], like: Cut, habits: Habits) -> Learned | None:
    """The form of the section that an entry stands in, among all entries of the list."""
    alike = [cut for cut in cuts if are_alike(cut, like)]
    alike = _marked_alike(alike, like) or alike
    # Rows of other columns are never like a row, however few there are of its own.
    if not alike or (len(alike) < FEWEST_OF_SECTION and not like.row):
        alike = list(cuts)
    own = [cut for cut in alike if cut.section == like.section]
    if len(own) >= FEWEST_OF_SECTION:
        return _of_its_time(learn(alike, own, habits), tuple(own), like, habits)
    whole = learn(alike, (), habits)
    return _of_few(own, whole, habits) or whole


def _of_its_time(
    usual: Learned | None, section: tuple[Cut, ...], like: Cut, habits: Habits
) -> Learned | None:
    """
    The form of the entries that are as new as this one, where a section took another one some day.

    So a new entry is written like the newest ones, and an older one is tried with the form that
    the section had before.
    """
    newest = section[:FEWEST_OF_SECTION]
    template = usual.template if usual else None
    if template and share_given(template, newest) and share_given(template, section) >= MOSTLY:
        return usual
    changed = _changed(section, habits)
    last = _best_of(changed[0], habits) if changed else None
    if changed is None or last is None:
        return usual
    late, early = changed
    newer = sum(age(cut.known) > age(like.known) for cut in section)
    if newer < len(late) or gives(last.template, like):
        return last
    return _best_of(early, habits) or usual


@lru_cache(maxsize=512)
def _best_of(cuts: tuple[Cut, ...], habits: Habits) -> Learned | None:
    return _best(cuts, (), habits)


@lru_cache(maxsize=512)
def _changed(
    section: tuple[Cut, ...], habits: Habits
) -> tuple[tuple[Cut, ...], tuple[Cut, ...]] | None:
    """
    The entries of a section since its form changed, and those before; None where it didn't.

    Nearly all of the newer ones are in one form, and hardly any of the others is.
    """
    ends = range(FEWEST_OF_SECTION, len(section) - FEWEST_OF_SECTION + 1)
    best, most = None, 0
    for size in _SIZES:
        first = _best_of(section[:size], habits) if size in ends else None
        given = [gives(first.template, cut) for cut in section] if first else []
        for end in ends if first else ():
            late, others = sum(given[:end]), sum(given[end:])
            parted = late >= MOSTLY * end and others <= (1 - MOSTLY) * (len(section) - end)
            if parted and late - others > most:
                best, most = (section[:end], section[end:]), late - others
    return best


def _of_few(section: Sequence[Cut], whole: Learned | None, habits: Habits) -> Learned | None:
    """The form of a section with few entries, if all of them have it and none has the list's."""
    if len(section) < FEWEST or (whole and share_given(whole.template, section)):
        return None
    own = _best(section, (), habits)
    return own if own and share_given(own.template, section) == 1 else None


def _marked_alike(cuts: Sequence[Cut], like: Cut) -> list[Cut]:
    """The entries with the marker of a section's, if all of the section have it, and enough do."""
    own = [cut for cut in cuts if cut.section == like.section]
    markers = {_marker(cut) for cut in own}
    if len(own) < FEWEST or len(markers) > 1:
        return []
    marked = [cut for cut in cuts if _marker(cut) in markers]
    return marked if len(marked) >= FEWEST_OF_SECTION else []


def _marker(cut: Cut) -> str:
    return next((atom.key for atom in cut.atoms if atom.kind == "marker"), "")


def are_alike(cut: Cut, other: Cut) -> bool:
    """Whether both are rows of as many columns, begin with a heading, or do neither."""
    return (
        cut.row == other.row
        and _bars(cut) == _bars(other)
        and bool(_HEADING.match(cut.text)) == bool(_HEADING.match(other.text))
    )


def _bars(cut: Cut) -> int:
    return sum(atom.key == "|" for atom in cut.atoms) if cut.row else 0
