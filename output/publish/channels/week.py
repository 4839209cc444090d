"""A list's week as the channels tell it: its word, its candidates, where to decide."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from catalog.plural import counted
from catalog.store import Store
from output.digest.build import head_lines, last_said
from output.digest.html import address, html_page
from output.digest.model import Candidate, Digest, SourceLine, from_json
from output.escape import plain

# Both are read on telephones: whoever wants more opens the digest.
TITLES_IN_CHAT, TITLE_CHARS = 3, 120
# The shortest limit of the chats that apprise knows is 2,000 characters or 2,048 bytes.
CHAT_BYTES = 1_900
# Signs that begin a mention, a link or a style in some chat, and ones that look like them.
_INERT = str.maketrans("<>&@[]`*_~|#\\", "‹›＆＠［］ˋ∗＿∼｜＃＼")


@dataclass(frozen=True, slots=True)
class Week:
    """One week of a list; ``digest`` is None where nothing was found, ``link`` may be empty."""

    list_name: str
    name: str
    digest: Digest | None
    sources: tuple[SourceLine, ...]
    link: str

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        return self.digest.candidates if self.digest else ()

    @property
    def subject(self) -> str:
        if not self.candidates:
            return f"{plain(self.list_name)}: QUIET, no candidates in {self.name}"
        number = counted(len(self.candidates), "candidate")
        return f"{plain(self.list_name)}: {number} of {self.name}"

    def text(self) -> str:
        """The week as plain text: every candidate with its address, then the sources."""
        return "\n".join(self._lines()) + "\n"

    def html(self) -> str:
        """The week as a page without abstracts: with them, mail programs cut it off."""
        return html_page(_brief(self.digest)) if self.digest else ""

    def chat(self) -> str:
        """A few lines whose titles mention nobody, link nowhere and have no style."""
        lines = [self.subject.translate(_INERT)]
        lines += [f"· {_inert(item.title)}" for item in self.candidates[:TITLES_IN_CHAT]]
        more = len(self.candidates) - TITLES_IN_CHAT
        lines += [f"· and {more} more"] if more > 0 else []
        lines += [self.link] if self.link else []
        return "\n".join(lines).encode()[:CHAT_BYTES].decode(errors="ignore")

    def _lines(self) -> Iterator[str]:
        yield self.subject
        if self.digest:
            yield f"about {counted(self.digest.minutes, 'minute')}"
        if self.link:
            yield f"Decide: {self.link}"
        for item in self.candidates:
            yield ""
            yield f"{item.number}. {plain(item.title)}"
            yield f"   {plain(item.section or 'no section')} · {address(item)}"
        yield ""
        yield from (f"{line.word:<7} {line.source}: {plain(line.reason)}" for line in self.sources)


def week_of_list(store: Store, list_name: str, name: str) -> Week:
    """A week as the store holds it, without its link."""
    kept = store.digests.get(list_name, name)
    sources = tuple(head_lines(last_said(store)))
    return Week(list_name, name, from_json(kept.body) if kept else None, sources, link="")


def _brief(digest: Digest) -> Digest:
    def short(items: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
        return tuple(replace(item, abstract="") for item in items)

    return replace(
        digest,
        candidates=short(digest.candidates),
        near_misses=short(digest.near_misses),
        second_chances=short(digest.second_chances),
    )


def _inert(title: str) -> str:
    text = plain(title).replace("://", ":∕∕").replace("www.", "www․").translate(_INERT)
    return text if len(text) <= TITLE_CHARS else f"{text[: TITLE_CHARS - 1]}…"
