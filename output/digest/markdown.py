"""
Writes a digest as Markdown: to be read in a pull request, ticked, and applied.

Every candidate is a block that begins with a marker comment; ``ticks.py`` reads these blocks
back. Prose from outside is escaped; the entry stands in a fence, to the byte.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from catalog.address import label_for
from catalog.arxiv_id import ArxivId
from catalog.markdown.contents import slug
from catalog.paper import Evidence, bare_key
from output.digest.model import Candidate, Digest, SourceLine
from output.escape import address, markdown, mixed_words, piece
from pipelines.rank.score import RULES_SHARE

SOURCE_NAMES = {
    "semanticscholar": "[Semantic Scholar](https://www.semanticscholar.org/?utm_source=api)",
    "openalex": "[OpenAlex](https://openalex.org)",
}
THANKS = "Thank you to arXiv for use of its open access interoperability."
# A digest of so many candidates begins with an overview.
LARGE = 10
CLOSED = "<!-- end of candidates -->"


def page(digest: Digest) -> str:
    """The whole digest, sections in the order their first candidate has in the list."""
    return "\n".join([*_head(digest), *_body(digest), CLOSED, "", *_foot(digest)]) + "\n"


def _head(digest: Digest) -> Iterator[str]:
    yield f"# {markdown(digest.list_name)}: candidates of {digest.name}"
    yield ""
    yield (
        f"<!-- listkeeper digest {digest.name} of {_in_comment(digest.list_name)}; "
        f"base {digest.base_hash} -->"
    )
    yield ""
    yield f"**{digest.word}**, made on {digest.made_at:%A, %-d %B %Y}."
    yield ""
    yield from (_source(line) for line in digest.sources)
    if digest.sources:
        yield ""
    yield _counts(digest)
    yield ""
    if digest.candidates:
        yield (
            "Tick one box of a candidate (`[x]`); change the section or the entry where you know "
            f"better; then run `listkeeper apply digests/{digest.name}.md`. "
            "What has no tick comes again."
        )
        yield ""
    yield from _overview(digest)


def _overview(digest: Digest) -> Iterator[str]:
    """How many candidates each section has, with links, where they are too many to see at once."""
    if len(digest.candidates) >= LARGE:
        counted = Counter(candidate.section or "" for candidate in digest.candidates)
        parts = (f"[{markdown(name)}](#{slug(name)}) {n}" for name, n in counted.items())
        yield f"**Sections:** {' · '.join(parts)}"
        yield ""
    if digest.balance:
        yield f"**Balance:** {'; '.join(map(markdown, digest.balance))}."
        yield ""


def _source(line: SourceLine) -> str:
    return f"- **{line.word}** {markdown(line.source)}: {markdown(line.reason)}"


def _counts(digest: Digest) -> str:
    if not digest.candidates:
        return "No new candidates."
    more = f" {len(digest.waiting)} more wait for the next digest." if digest.waiting else ""
    number = len(digest.candidates)
    plural = "" if number == 1 else "s"
    return f"{number} candidate{plural}, about {digest.minutes} min.{more}"


def _body(digest: Digest) -> Iterator[str]:
    for section, some in groupby(digest.candidates, key=lambda c: c.section):
        yield f"## {markdown(section or '')}"
        yield ""
        for candidate in some:
            yield from _candidate(candidate)
    if digest.second_chances:
        yield "<details>"
        number = len(digest.second_chances)
        yield f"<summary>Second chance: {number} rejected, and changed since</summary>"
        yield ""
        for candidate in digest.second_chances:
            yield from _second_chance(candidate)
        yield "</details>"
        yield ""
    if digest.near_misses:
        yield "<details>"
        yield f"<summary>Near misses: the {len(digest.near_misses)} just below the line</summary>"
        yield ""
        for candidate in digest.near_misses:
            yield from _near_miss(candidate)
        yield "</details>"
        yield ""
    if digest.watch:
        yield "<details>"
        yield f"<summary>Watch: {len(digest.watch)} to look at in the list</summary>"
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
    yield f"*Why here:* {_why(candidate.why)}  "
    if candidate.runner_up:
        yield f"*Why not {markdown(candidate.runner_up)}:* {markdown(candidate.lacked)}  "
    yield f"{_score(candidate)}  "
    yield _facts(candidate)
    yield ""
    yield from _abstract(candidate)
    yield from _boxes(candidate.section)
    yield ""
    yield from _fenced(candidate.entry)
    yield ""


def _mixed(candidate: Candidate) -> Iterator[str]:
    words = mixed_words(candidate.title)
    if words:
        yield f"*Mixed letters:* {markdown(', '.join(words))}  "


def _score(candidate: Candidate) -> str:
    return f"*Score:* {arithmetic(candidate)}"


def arithmetic(candidate: Candidate) -> str:
    """The arithmetic of the order in one line."""
    if candidate.learned is None or candidate.rules is None:
        return f"{candidate.score:.2f}, by the rules alone"
    return (
        f"{candidate.score:.2f} = {RULES_SHARE:.0%} of rules {candidate.rules:.2f}"
        f" + {1 - RULES_SHARE:.0%} of learned {candidate.learned:.2f}"
    )


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


def _marker(candidate: Candidate) -> str:
    return f"<!-- candidate {candidate.number} {key_in_comment(candidate.key)} -->"


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


def _people(candidate: Candidate) -> str:
    if candidate.kind != "paper":
        return candidate.kind
    names = [markdown(name) for name in candidate.authors[:3]]
    more = f" and {len(candidate.authors) - 3} more" if len(candidate.authors) > 3 else ""
    return f"{', '.join(names)}{more}"


def _link(candidate: Candidate) -> str:
    """A link built from the parsed id or the canonical address, never pasted from outside."""
    if candidate.kind != "paper":
        return f"[{markdown(label_for(candidate.url))}](<{address(candidate.url)}>)"
    arxiv_id = ArxivId.parse(bare_key(candidate.key))
    when = f", announced {candidate.announced}" if candidate.announced else ""
    categories = ", ".join(markdown(name) for name in candidate.categories)
    where = f" ({categories}{when})" if categories else ""
    return f"[arXiv:{arxiv_id}](https://arxiv.org/abs/{arxiv_id}){where}"


def _why(evidence: Sequence[Evidence]) -> str:
    """The words that matched, each once with the places where it did."""
    if not evidence:
        return "no word of the rules"
    places: dict[str, dict[str, None]] = {}
    for item in _widest(evidence):
        places.setdefault(item.word, {})[item.field] = None
    return ", ".join(
        f"`{_in_code(word)}` ({' and '.join(fields)})" for word, fields in places.items()
    )


def _widest(evidence: Sequence[Evidence]) -> Iterator[Evidence]:
    """Without words that stand inside another one that matched: ``bit`` in ``1.58-bit``."""
    for item in evidence:
        if not any(other is not item and _holds(other, item) for other in evidence):
            yield item


def _holds(other: Evidence, item: Evidence) -> bool:
    wider = other.end - other.start > item.end - item.start
    return (
        other.field == item.field and wider and other.start <= item.start <= item.end <= other.end
    )


def _facts(candidate: Candidate) -> str:
    said = [_cited(candidate)] if candidate.kind == "paper" else []
    if candidate.code:
        archived = ", archived" if candidate.archived else ""
        address = f"https://github.com/{candidate.code}"
        said.append(f"*Code:* [{markdown(candidate.code)}]({address}){archived}")
    elif candidate.lost:
        said.append(f"*Code:* {markdown(candidate.lost)}, as the paper says; it is gone")
    if candidate.stars is not None:
        said.append(f"*Stars:* {stars_told(candidate)}")
    if candidate.venue:
        said.append(f"*Venue:* {markdown(candidate.venue)}")
    if candidate.upvotes is not None:
        said.append(f"*Upvotes:* {candidate.upvotes:,} (Hugging Face)")
    return " · ".join(said)


def stars_told(candidate: Candidate) -> str:
    """The stars of a repository, and how many of them are new."""
    if candidate.stars_gained is None:
        return f"{candidate.stars:,}"
    gain, days = candidate.stars_gained
    return f"{candidate.stars:,}, +{gain:,} in {f'{days} days' if days > 1 else 'a day'}"


def _cited(candidate: Candidate) -> str:
    source = SOURCE_NAMES.get(candidate.citations_source or "", "")
    if candidate.citations is None:
        cited = "not known"
    else:
        unshown = ", shown in the list from 1 on" if candidate.citations == 0 else ""
        trend = f" {candidate.trend}" if candidate.trend else ""
        cited = f"{candidate.citations}{trend} ({source}, {candidate.citations_as_of}{unshown})"
    return f"*Citations:* {cited}"


def _abstract(candidate: Candidate) -> Iterator[str]:
    if not candidate.abstract:
        return
    spans = sorted({(e.start, e.end) for e in candidate.why if e.field == "abstract"})
    yield "<details>"
    yield f"<summary>{'Abstract' if candidate.kind == 'paper' else 'What it says'}</summary>"
    yield ""
    yield "".join(_marked(candidate.abstract, spans))
    yield ""
    yield "</details>"
    yield ""


def _marked(text: str, spans: Iterable[tuple[int, int]]) -> Iterator[str]:
    """The text with the matched words in bold; escaped piece by piece."""
    done = 0
    for start, end in spans:
        if start < done:
            continue
        yield _piece(text[done:start])
        yield f"**{markdown(text[start:end])}**"
        done = end
    yield _piece(text[done:])


def _piece(text: str) -> str:
    """A stretch of a line, escaped, with the blanks at its ends kept."""
    kept = piece(text)
    left, right = (" " if end == " " else "" for end in (kept[:1], kept[1:][-1:]))
    return f"{left}{markdown(text)}{right}"


def _foot(digest: Digest) -> Iterator[str]:
    yield from _folded("Kept out", digest.kept_out)
    yield from _folded("Fits another list better", digest.routed)
    yield f"{THANKS} Citation counts come from {SOURCE_NAMES['semanticscholar']}."


def _folded(title: str, lines: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Works that nobody is asked about, each with the reason; nothing where there are none."""
    if not lines:
        return
    yield "<details>"
    yield f"<summary>{title}: {len(lines)}</summary>"
    yield ""
    yield from (f"- {markdown(what)}: {markdown(why)}" for what, why in lines)
    yield ""
    yield "</details>"
    yield ""


def key_in_comment(key: str) -> str:
    """A key that ends no comment and has no blank; ``ticks.py`` reads it back."""
    return _in_comment(key.replace("--", "%2D%2D").replace(" ", "%20"))


def _in_comment(text: str) -> str:
    return text.replace("--", "- -").replace(">", "")


def _in_code(text: str) -> str:
    return text.replace("`", "'")
