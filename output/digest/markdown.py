"""
Writes a digest as Markdown, to be read in a pull request, ticked, and applied.

Every candidate is a block with a marker comment; ``ticks.py`` reads these blocks back. Text from
outside is escaped; the entry is in a fence, byte for byte.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from catalog.address import label_for
from catalog.arxiv_id import ArxivId
from catalog.markdown.contents import slug
from catalog.paper import Evidence
from output.digest.model import Candidate, Digest, SourceLine
from output.escape import address, markdown, mixed_words, piece
from pipelines.rank.explain import share_in_words

SOURCE_NAMES = {
    "semanticscholar": "[Semantic Scholar](https://www.semanticscholar.org/?utm_source=api)",
    "openalex": "[OpenAlex](https://openalex.org)",
}
THANKS = "Thank you to arXiv for use of its open access interoperability."
# A digest with this many candidates begins with an overview.
OVERVIEW_FROM = 10
CLOSED = "<!-- end of candidates -->"


def page(digest: Digest) -> str:
    """The digest as Markdown, with its sections in the order of the list."""
    return "\n".join([*_head(digest), *_body(digest), CLOSED, "", *_foot(digest)]) + "\n"


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
    yield from (_source(line) for line in digest.sources)
    if digest.sources:
        yield ""
    yield _counts(digest)
    yield ""
    if digest.candidates:
        yield (
            "Tick one box per candidate (`[x]`), edit its section or entry if needed, then run "
            f"`listkeeper apply digests/{digest.name}.md`. "
            "Candidates without a tick come back."
        )
        yield ""
    yield from _overview(digest)


def _source(line: SourceLine) -> str:
    return f"- **{line.word}** {markdown(line.source)}: {markdown(line.reason)}"


def _counts(digest: Digest) -> str:
    if not digest.candidates:
        return "No new candidates."
    more = f" {len(digest.waiting)} more in the next digest." if digest.waiting else ""
    number = len(digest.candidates)
    plural = "" if number == 1 else "s"
    return f"{number} candidate{plural}, about {digest.minutes} min.{more}"


def _overview(digest: Digest) -> Iterator[str]:
    """The number of candidates per section, with links, if there are many."""
    if len(digest.candidates) >= OVERVIEW_FROM:
        counted = Counter(candidate.section or "" for candidate in digest.candidates)
        parts = (f"[{markdown(name)}](#{slug(name)}) {n}" for name, n in counted.items())
        yield f"**Sections:** {' · '.join(parts)}"
        yield ""
    if digest.balance:
        yield f"**Balance:** {'; '.join(map(markdown, digest.balance))}."
        yield ""


def _body(digest: Digest) -> Iterator[str]:
    for section, group in groupby(digest.candidates, key=lambda c: c.section):
        yield f"## {markdown(section or '')}"
        yield ""
        for candidate in group:
            yield from _candidate(candidate)
    if digest.second_chances:
        yield "<details>"
        number = len(digest.second_chances)
        yield f"<summary>Second chances: {number} rejected earlier, changed since</summary>"
        yield ""
        for candidate in digest.second_chances:
            yield from _second_chance(candidate)
        yield "</details>"
        yield ""
    if digest.near_misses:
        yield "<details>"
        yield f"<summary>Near misses: {len(digest.near_misses)} just below the threshold</summary>"
        yield ""
        for candidate in digest.near_misses:
            yield from _near_miss(candidate)
        yield "</details>"
        yield ""
    if digest.watch:
        yield "<details>"
        findings = "1 finding" if len(digest.watch) == 1 else f"{len(digest.watch)} findings"
        yield f"<summary>Watch: {findings} about listed entries</summary>"
        yield ""
        for line in digest.watch:
            yield f"- {markdown(line)}"
        yield ""
        yield "</details>"
        yield ""


def _candidate(candidate: Candidate) -> Iterator[str]:
    yield f"### {candidate.number}. {markdown(candidate.title)}"
    yield ""
    yield _marker(candidate)
    yield ""
    yield f"{_people(candidate)} · {_link(candidate)}  "
    yield from _mixed(candidate)
    if told := proposed(candidate):
        yield f"*Proposed:* {markdown(told)}  "
    yield f"*Why here:* {_why(candidate.why)}  "
    if candidate.by == "likeness":
        if candidate.runner_up:
            yield f"*Second choice:* {markdown(candidate.runner_up)}  "
    elif candidate.runner_up:
        yield f"*Why not {markdown(candidate.runner_up)}:* {markdown(candidate.lacked)}  "
    if candidate.other_sections:
        yield f"*Or in:* {markdown(', '.join(candidate.other_sections))}  "
    yield f"{_score(candidate)}  "
    yield _facts(candidate)
    if candidate.blanks:
        yield ""
        yield f"*To fill in:* {', '.join(markdown(name) for name in candidate.blanks)}"
    yield ""
    yield from _abstract(candidate)
    yield from _boxes(candidate.section)
    yield ""
    yield from _fenced(candidate.entry)
    yield ""


def _marker(candidate: Candidate) -> str:
    return f"<!-- candidate {candidate.number} {key_in_comment(candidate.key)} -->"


def key_in_comment(key: str) -> str:
    """A key without blanks that cannot end the comment; ``ticks.py`` reads it back."""
    return _in_comment(key.replace("--", "%2D%2D").replace(" ", "%20"))


def _people(candidate: Candidate) -> str:
    if candidate.kind != "paper":
        return candidate.kind
    names = [markdown(name) for name in candidate.authors[:3]]
    more = f" and {len(candidate.authors) - 3} more" if len(candidate.authors) > 3 else ""
    return f"{', '.join(names)}{more}"


def _link(candidate: Candidate) -> str:
    """A link built from the parsed id or the canonical address, never from outside text."""
    if candidate.kind != "paper":
        return f"[{markdown(label_for(candidate.url))}](<{address(candidate.url)}>)"
    arxiv_id = ArxivId.parse(candidate.key.partition(":")[2])
    when = f", announced {candidate.announced}" if candidate.announced else ""
    categories = ", ".join(markdown(name) for name in candidate.categories)
    where = f" ({categories}{when})" if categories else ""
    return f"[arXiv:{arxiv_id}](https://arxiv.org/abs/{arxiv_id}){where}"


def _mixed(candidate: Candidate) -> Iterator[str]:
    words = mixed_words(candidate.title)
    if words:
        yield f"*Mixed letters:* {markdown(', '.join(words))}  "


def _why(evidence: Sequence[Evidence]) -> str:
    """The matching words, each with the fields it is in."""
    if not evidence:
        return "no matching word"
    places: dict[str, dict[str, None]] = {}
    for item in _widest(evidence):
        places.setdefault(item.word, {})[item.field] = None
    return ", ".join(
        f"`{_in_code(word)}` ({' and '.join(fields)})" for word, fields in places.items()
    )


def _widest(evidence: Sequence[Evidence]) -> Iterator[Evidence]:
    """The matches that are not inside a longer match: ``1.58-bit``, not its ``bit``."""
    for item in evidence:
        if not any(wider is not item and _holds(wider, item) for wider in evidence):
            yield item


def _holds(outer: Evidence, item: Evidence) -> bool:
    longer = outer.end - outer.start > item.end - item.start
    inside = outer.start <= item.start <= item.end <= outer.end
    return outer.field == item.field and longer and inside


def _in_code(text: str) -> str:
    return text.replace("`", "'")


def _score(candidate: Candidate) -> str:
    return f"*Score:* {arithmetic(candidate)}"


def arithmetic(candidate: Candidate) -> str:
    """The score and how it was computed, in one line."""
    if candidate.learned is None or candidate.rules is None:
        return f"{candidate.score:.2f} (rules only)"
    share = candidate.share_of_rules
    return (
        f"{candidate.score:+.2f} = {share_in_words(share)} of rules"
        f" {candidate.rules_above:+.2f} ({candidate.rules:.2f})"
        f" + {share_in_words(1 - share)} of learned"
        f" {candidate.learned_above:+.2f} ({candidate.learned:.2f})"
    )


def proposed(candidate: Candidate) -> str:
    """Who proposes a candidate, and what the model finds alike; empty without a model's line."""
    if candidate.likeness is None or candidate.line is None:
        return ""
    enough = f"{candidate.likeness:.2f} where {candidate.line:.2f} is enough"
    if candidate.by == "words":
        return f"by its words alone; likeness {enough}"
    who = "by its words and by likeness" if candidate.by == "both" else "by likeness"
    parts = [f"{who} {enough}"]
    if candidate.telling:
        parts.append(f"it says {', '.join(candidate.telling)}")
    if candidate.nearest:
        titles = " and ".join(f"“{title}”" for title in candidate.nearest)
        parts.append(f"nearest in the list: {titles}")
    return "; ".join(parts)


def _facts(candidate: Candidate) -> str:
    facts = [_cited(candidate)] if candidate.kind == "paper" else []
    if candidate.code:
        archived = ", archived" if candidate.archived else ""
        address = f"https://github.com/{candidate.code}"
        facts.append(f"*Code:* [{markdown(candidate.code)}]({address}){archived}")
    elif candidate.lost:
        facts.append(f"*Code:* {markdown(candidate.lost)}, named in the paper, no longer exists")
    if candidate.stars is not None:
        facts.append(f"*Stars:* {_stars(candidate)}")
    if candidate.venue:
        facts.append(f"*Venue:* {markdown(candidate.venue)}")
    if candidate.upvotes is not None:
        facts.append(f"*Upvotes:* {candidate.upvotes:,} (Hugging Face)")
    return " · ".join(facts)


def _cited(candidate: Candidate) -> str:
    source = SOURCE_NAMES.get(candidate.citations_source or "", "")
    if candidate.citations is None:
        cited = "unknown"
    else:
        unshown = ", listed from 1 on" if candidate.citations == 0 else ""
        trend = f" {candidate.trend}" if candidate.trend else ""
        cited = f"{candidate.citations}{trend} ({source}, {candidate.citations_as_of}{unshown})"
    return f"*Citations:* {cited}"


def _stars(candidate: Candidate) -> str:
    """The stars of a repository, and the number of new ones."""
    if candidate.stars_gained is None:
        return f"{candidate.stars:,}"
    gain, days = candidate.stars_gained
    return f"{candidate.stars:,}, +{gain:,} in {f'{days} days' if days > 1 else 'a day'}"


def _abstract(candidate: Candidate) -> Iterator[str]:
    if not candidate.abstract:
        return
    spans = sorted({(e.start, e.end) for e in candidate.why if e.field == "abstract"})
    yield "<details>"
    yield f"<summary>{'Abstract' if candidate.kind == 'paper' else 'Description'}</summary>"
    yield ""
    yield "".join(_marked(candidate.abstract, spans))
    yield ""
    yield "</details>"
    yield ""


def _marked(text: str, spans: Iterable[tuple[int, int]]) -> Iterator[str]:
    """The text, escaped, with the matching words in bold."""
    done = 0
    for start, end in spans:
        if start < done:
            continue
        yield _piece(text[done:start])
        yield f"**{markdown(text[start:end])}**"
        done = end
    yield _piece(text[done:])


def _piece(text: str) -> str:
    """A part of a line, escaped, with the blanks at its ends."""
    visible = piece(text)
    left, right = (" " if end == " " else "" for end in (visible[:1], visible[1:][-1:]))
    return f"{left}{markdown(text)}{right}"


def _boxes(section: str | None) -> Iterator[str]:
    yield "- [ ] accept"
    yield "- [ ] accept with 🌟"
    yield "- [ ] later"
    yield "- [ ] reject, because:"
    yield f"- section: {section or ''}"


def _fenced(entry: str) -> Iterator[str]:
    fence = "```"
    while fence in entry:
        fence += "`"
    yield f"{fence}markdown"
    yield entry
    yield fence


def _second_chance(candidate: Candidate) -> Iterator[str]:
    yield f"{candidate.number}. {markdown(candidate.title)} · {_link(candidate)}  "
    yield f"   *Changed:* {markdown(candidate.changed)}"
    yield ""
    yield _marker(candidate)
    yield ""
    yield "- [ ] accept"
    yield "- [ ] reject, because:"
    yield f"- section: {candidate.section or candidate.runner_up or ''}"
    yield ""


def _near_miss(candidate: Candidate) -> Iterator[str]:
    yield f"{candidate.number}. {markdown(candidate.title)} · {_link(candidate)}  "
    lacked = markdown(candidate.lacked)
    why = f"   {_why(candidate.why)}; {lacked}" if lacked else f"   {_why(candidate.why)}"
    yield f"{why}  "
    yield f"   {_score(candidate)}"
    yield ""
    yield _marker(candidate)
    yield ""
    yield "- [ ] accept"
    yield "- [ ] reject, because:"
    yield f"- section: {candidate.runner_up or ''}"
    yield ""


def _foot(digest: Digest) -> Iterator[str]:
    yield from _folded("Excluded", digest.kept_out)
    yield from _folded("Fits another list better", digest.routed)
    yield f"{THANKS} Citation counts come from {SOURCE_NAMES['semanticscholar']}."


def _folded(title: str, lines: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Works that need no decision, each with the reason."""
    if not lines:
        return
    yield "<details>"
    yield f"<summary>{title}: {len(lines)}</summary>"
    yield ""
    yield from (f"- {markdown(what)}: {markdown(why)}" for what, why in lines)
    yield ""
    yield "</details>"
    yield ""


def _in_comment(text: str) -> str:
    return text.replace("--", "- -").replace(">", "")
