"""
Writes a digest as Markdown, to be read in a pull request, ticked, and applied.

Every candidate is a block with a marker comment; ``ticks.py`` reads these blocks back. Text from
outside is escaped; the entry is in a fence, byte for byte.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby

from catalog.address import label_for
from catalog.arxiv_id import ArxivId
from catalog.markdown.contents import slug
from output.digest.blocks import LINE_END
from output.digest.model import Candidate, Digest
from output.digest.reasons import (
    NOTHING_CAME,
    UNREAD,
    WORDS_ALONE,
    against_section,
    evidence_line,
    other_sections,
    proposer,
    why_not,
)
from output.escape import address, folded, markdown, markup, mixed_words
from pipelines.candidates import MIN_IN_SECTION

# Where a count is not of the service that the foot of the page names.
CITED_BY = {"openalex": " ([OpenAlex](https://openalex.org))"}
# What the words of sources that are well mean.
WELL = {"OK": "OK", "QUIET": "QUIET (nothing new)"}
STAR_BOX = "  [ ] ★"
BOXES = f"- [ ] accept{STAR_BOX}  [ ] later  [ ] no:"
SEMANTIC_SCHOLAR = "[Semantic Scholar](https://www.semanticscholar.org/?utm_source=api)"
HUGGING_FACE = "[Hugging Face](https://huggingface.co/papers)"
SUMMARY_BY = "Semantic Scholar, machine-made"
THANKS = "Thank you to arXiv for use of its open access interoperability."
# Of more authors than this, the first and the last are named.
MAX_AUTHORS = 2
A_WEEK = timedelta(days=7)
# A digest with this many candidates begins with an overview.
OVERVIEW_FROM = 10
CLOSED = "<!-- end of candidates -->"
# The box that rejects every candidate without a tick; known by its comment.
REST = "<!-- rest -->"
SHOWN_BEFORE = "Shown before"
NOT_FOR_US = "not for us: every candidate without a tick; near misses stay open"
COMES_BACK = (
    "What you leave without a tick goes to the shelf once the digest is applied, and comes back "
    "only if something changes. A digest that nobody applies shows it twice more."
)


def page(digest: Digest) -> str:
    """The digest as Markdown, with its sections in the order of the list."""
    lines = [*_head(digest), *_body(digest), CLOSED, "", *_rest_box(digest), *_foot(digest)]
    return "\n".join(lines) + "\n"


def boxes_of(digest: Digest) -> str:
    """The line of boxes under each work; one for a star only where the list has stars."""
    return BOXES if digest.has_stars else BOXES.replace(STAR_BOX, "")


def _head(digest: Digest) -> Iterator[str]:
    yield f"# {markdown(digest.list_name)}: candidates for {digest.name}"
    yield ""
    yield (
        f"<!-- listkeeper digest {digest.name} of {_in_comment(digest.list_name)}; "
        f"base {digest.base_hash} -->"
    )
    yield ""
    yield f"**{digest.word}**, written on {digest.made_at:%A, %-d %B %Y}."
    yield ""
    yield from _sources(digest)
    if digest.candidates and not digest.has_model:
        yield WORDS_ALONE
        yield ""
    yield guide(digest)
    yield ""
    yield from _overview(digest)


def guide(digest: Digest) -> str:
    """What there is to do, and how; a digest that is done says instead how it ended."""
    if not digest.candidates:
        return _counts(digest)
    star = "`[x] ★` accepts with a star; " if digest.has_stars else ""
    has_ends = any("\n" in candidate.entry for candidate in digest.candidates)
    line_end = f" ({LINE_END} is a line end)" if has_ends else ""
    return (
        f"{_counts(digest)}\n\n"
        f"Tick one box of each candidate: `[x]`; {star}`later` shows it again next week; a reason"
        f" behind `no:` rejects it, also without a tick. Change its section, to any of the list's,"
        f" or its entry{line_end} if needed. Then run `listkeeper apply digests/{digest.name}.md`."
        f" {COMES_BACK}"
    )


def _sources(digest: Digest) -> Iterator[str]:
    """One line for the sources that are well, and one for each that needs a look."""
    bad = [line for line in digest.sources if line.look or line.word not in WELL]
    well = Counter(line.word for line in digest.sources if line not in bad)
    yield from (
        f"- **{line.word}** {markdown(line.source)}: {markdown(line.reason)}" for line in bad
    )
    if well:
        told = ", ".join(f"{number} {WELL[word]}" for word, number in sorted(well.items()))
        yield f"{'- Others' if bad else 'Sources'}: {told}."
    if digest.sources:
        yield ""


def _counts(digest: Digest) -> str:
    if not digest.candidates:
        return UNREAD if digest.word == "BROKEN" else NOTHING_CAME
    number = len(digest.candidates)
    new = sum(candidate.is_new for candidate in digest.candidates)
    plural = "" if number == 1 else "s"
    parts = [f"{number} candidate{plural}, about {digest.minutes} min"]
    if new < number:
        parts.append(f"{new} new, {number - new} shown before")
    if digest.waiting:
        parts.append(f"{len(digest.waiting)} more by title below")
    text = "; ".join(parts) + "."
    if digest.unattended:
        since = "the last digest" if digest.unattended == 1 else f"{digest.unattended} digests"
        text += f" Nobody has decided anything from {since}."
    return text


def standing(candidate: Candidate) -> str:
    """What people have seen of a candidate, and what is new since."""
    told = seen_in_words(candidate.times_shown, candidate.times_named)
    return f"{told}; {candidate.changed}" if candidate.times_shown and candidate.changed else told


def seen_in_words(times_shown: int, times_named: int) -> str:
    """New, named before, or shown before and how often."""
    if times_shown:
        return f"shown before ({_ordinal(times_shown + 1)} time)"
    return "named before" if times_named else "new"


def _ordinal(number: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if number in (11, 12, 13) else ending}"


def _overview(digest: Digest) -> Iterator[str]:
    """The number of candidates per section, with links, if there are many."""
    if len(digest.candidates) >= OVERVIEW_FROM:
        counted = Counter(
            candidate.section or "" if candidate.is_new else SHOWN_BEFORE
            for candidate in digest.candidates
        )
        parts = (f"[{markdown(name)}](#{slug(name)}) {n}" for name, n in counted.items())
        yield f"**Sections:** {' · '.join(parts)}"
        yield ""
    if digest.balance:
        lines = "; ".join(map(markdown, digest.balance))
        yield f"Sections with fewer than {MIN_IN_SECTION} entries: {lines}."
        yield ""


def _body(digest: Digest) -> Iterator[str]:
    rest = _by_section(digest)
    new = [candidate for candidate in digest.candidates if candidate.is_new]
    for section, group in groupby(new, key=lambda c: c.section or ""):
        yield f"## {markdown(section)}"
        yield ""
        for candidate in group:
            yield from _candidate(candidate, digest)
        yield from _more_in(section, rest.pop(section, []))
    if len(new) < len(digest.candidates):
        yield f"## {SHOWN_BEFORE}"
        yield ""
        for candidate in digest.candidates:
            if not candidate.is_new:
                yield from _candidate(candidate, digest)
    for section, titles in rest.items():
        yield from _more_in(section, titles)
    yield from _shelved(digest)
    number = len(digest.second_chances)
    yield from _folded(
        f"Second chances: {number} rejected earlier, changed since",
        [
            line
            for one in digest.second_chances
            for line in _small(one, _changed(one), one.section or one.runner_up, digest)
        ],
    )
    yield from _folded(
        f"Near misses: {len(digest.near_misses)} just below the threshold",
        [
            line
            for one in digest.near_misses
            for line in _small(one, _missed(one), one.runner_up, digest)
        ],
    )
    findings = "1 finding" if len(digest.watch) == 1 else f"{len(digest.watch)} findings"
    yield from _folded(
        f"Watch: {findings} about listed entries", [f"- {markdown(line)}" for line in digest.watch]
    )


def _folded(summary: str, lines: Sequence[str]) -> Iterator[str]:
    """Lines that are folded under a summary; nothing without lines."""
    if lines:
        yield f"<details><summary>{summary}</summary>"
        yield ""
        yield from lines
        yield "</details>"
        yield ""


def _by_section(digest: Digest) -> dict[str, list[str]]:
    """The titles that are only named, by section, linked."""
    rest: dict[str, list[str]] = {}
    for key, section, title in digest.named:
        where = key.partition(":")[2]
        link = f"https://arxiv.org/abs/{where}" if key.startswith("arxiv:") else address(where)
        rest.setdefault(section, []).append(f"[{markdown(title)}](<{link}>)")
    return rest


def _more_in(section: str, titles: Sequence[str]) -> Iterator[str]:
    """One folded line with the titles of a section for which there is no room."""
    summary = f"{len(titles)} more in {markup(section)}, for the next digest"
    yield from _folded(summary, [" · ".join(titles)] if titles else [])


def _shelved(digest: Digest) -> Iterator[str]:
    """One folded line with what won't come back by itself."""
    told = " · ".join(f"{markdown(title)} ({markdown(why)})" for title, why in digest.shelved)
    summary = f"{len(digest.shelved)} went to the shelf: nobody ticked them"
    yield from _folded(summary, [told] if told else [])


def _rest_box(digest: Digest) -> Iterator[str]:
    if digest.candidates:
        yield f"- [ ] {NOT_FOR_US} {REST}"
        yield ""


def _candidate(candidate: Candidate, digest: Digest) -> Iterator[str]:
    yield f"### {candidate.number}. {markdown(candidate.title)}"
    yield _marker(candidate)
    yield f"{' · '.join(_facts(candidate, digest))}  "
    yield from _mixed(candidate)
    yield f"{proposer(candidate)}{evidence_line(candidate)}{other_sections(candidate)}"
    if candidate.tldr:
        yield f"> {markdown(candidate.tldr)} *({SUMMARY_BY})*"
    if candidate.blanks:
        names = ", ".join(markdown(name) for name in candidate.blanks)
        yield f"> To fill in, in the entry below: {names}"
    yield boxes_of(digest)
    yield f"- section: {candidate.section or ''}"
    yield from _entry(candidate)
    yield ""


def _marker(candidate: Candidate) -> str:
    return f"<!-- candidate {candidate.number} {key_in_comment(candidate.key)} -->"


def key_in_comment(key: str) -> str:
    """A key without blanks that cannot end the comment; ``ticks.py`` reads it back."""
    return _in_comment(key.replace("--", "%2D%2D").replace(" ", "%20"))


def _facts(candidate: Candidate, digest: Digest) -> Iterator[str]:
    """What is known about a work; numbers only where they say something."""
    yield f"*{markdown(standing(candidate))}*"
    yield _people(candidate)
    yield _link(candidate, digest)
    if candidate.venue:
        yield f"*{markdown(candidate.venue)}*"
    if candidate.citations:
        source = CITED_BY.get(candidate.citations_source or "", "")
        trend = f" {candidate.trend}" if candidate.trend else ""
        citations = "citation" if candidate.citations == 1 else "citations"
        yield f"{candidate.citations:,} {citations}{source}{trend}"
    if candidate.code:
        archived = ", archived" if candidate.archived else ""
        yield f"[code](https://github.com/{candidate.code}){archived}"
    elif candidate.lost:
        yield f"{markdown(candidate.lost)}, named in the paper, no longer exists"
    yield from popularity(candidate, source="")


def _people(candidate: Candidate) -> str:
    if candidate.kind != "paper":
        return candidate.kind
    if not candidate.authors:
        return "no authors named"
    names = [markdown(name) for name in candidate.authors]
    if len(names) > MAX_AUTHORS:
        names = [names[0], "…", names[-1]]
    where = f" ({markdown(candidate.affiliations)})" if candidate.affiliations else ""
    return f"{', '.join(names)}{where}"


def _link(candidate: Candidate, digest: Digest) -> str:
    """A link built from the parsed id or the canonical address, never from outside text."""
    if candidate.kind != "paper":
        return f"[{markdown(label_for(candidate.url))}](<{address(candidate.url)}>)"
    arxiv_id = ArxivId.parse(candidate.key.partition(":")[2])
    parts = [markdown(name) for name in candidate.categories[:1]]
    if candidate.announced:
        announced = date.fromisoformat(candidate.announced)
        parts += [f"{announced:%-d %b}"] if _is_older(announced, digest) else []
    where = f" ({', '.join(parts)})" if parts else ""
    return f"[arXiv:{arxiv_id}](https://arxiv.org/abs/{arxiv_id}){where}"


def _is_older(announced: date, digest: Digest) -> bool:
    """Whether a paper came before the week of the digest, whose days say nothing."""
    return digest.made_at.date() - announced >= A_WEEK


def _mixed(candidate: Candidate) -> Iterator[str]:
    words = mixed_words(candidate.title)
    if words:
        yield f"*Mixed letters:* {markdown(', '.join(words))}  "


def popularity(candidate: Candidate, *, source: str = " (Hugging Face)") -> Iterator[str]:
    """The stars of a work's repository and its upvotes, where there are any."""
    if candidate.stars:
        yield _stars(candidate)
    if candidate.upvotes:
        yield f"{candidate.upvotes:,} upvote{'' if candidate.upvotes == 1 else 's'}{source}"


def _stars(candidate: Candidate) -> str:
    """The stars of a repository, and the number of new ones."""
    stars = f"{candidate.stars:,} star{'' if candidate.stars == 1 else 's'}"
    if candidate.stars_gained is None:
        return stars
    gain, days = candidate.stars_gained
    return f"{stars}, +{gain:,} in {f'{days} days' if days > 1 else 'a day'}"


def _entry(candidate: Candidate) -> Iterator[str]:
    """The abstract and the entry, folded: on one line each, where that loses nothing."""
    what = "Abstract" if candidate.kind == "paper" else "Description"
    spans = sorted({(e.start, e.end) for e in candidate.why if e.field == "abstract"})
    abstract = "".join(_marked(candidate.abstract, spans)).strip()
    words = f"{what} and entry" if abstract else "Entry"
    yield f"<details><summary>{words}</summary>{abstract}"
    yield ""
    if candidate.blanks or LINE_END in candidate.entry or "\r" in candidate.entry:
        yield from _fenced(candidate.entry)
    else:
        longest = max(map(len, re.findall("`+", candidate.entry)), default=0)
        ticks = "`" * (longest + 1)
        yield f"- entry: {ticks} {candidate.entry.replace(chr(10), LINE_END)} {ticks}"
    yield "</details>"


def _marked(text: str, spans: Iterable[tuple[int, int]]) -> Iterator[str]:
    """The text as HTML on one line, with the matching words in bold."""
    done = 0
    for start, end in spans:
        if start < done:
            continue
        yield folded(text[done:start])
        yield f"<b>{folded(text[start:end])}</b>"
        done = end
    yield folded(text[done:])


def _fenced(entry: str) -> Iterator[str]:
    fence = "```"
    while fence in entry:
        fence += "`"
    yield f"{fence}markdown"
    yield entry
    yield fence


def _small(candidate: Candidate, why: str, section: str | None, digest: Digest) -> Iterator[str]:
    """A work in few lines, with the boxes of a candidate."""
    number = f"{candidate.number}. "
    indent = " " * len(number)
    yield _marker(candidate)
    yield f"{number}{markdown(candidate.title)} · {_link(candidate, digest)} · {why}"
    yield f"{indent}{boxes_of(digest)}"
    yield f"{indent}- section: {section or ''}"


def _changed(candidate: Candidate) -> str:
    return f"*Changed:* {markdown(candidate.changed)}"


def _missed(candidate: Candidate) -> str:
    words, why = evidence_line(candidate), why_not(candidate)
    if not why:
        return words
    told = against_section(candidate) or markdown(why)
    # Words that the reason names needn't stand before it as well.
    if all(word in why for word in re.findall("“[^”]*”", words)):
        return told
    return f"{words} · {told}"


def _foot(digest: Digest) -> Iterator[str]:
    for title, pairs in (
        ("Excluded", digest.kept_out),
        ("Fits another list better", digest.routed),
    ):
        yield from _folded(
            f"{title}: {len(pairs)}",
            [f"- {markdown(what)}: {markdown(why)}" for what, why in pairs],
        )
    yield f"{THANKS} Citation counts come from {SEMANTIC_SCHOLAR}, upvotes from {HUGGING_FACE}."


def _in_comment(text: str) -> str:
    return text.replace("--", "- -").replace(">", "")
