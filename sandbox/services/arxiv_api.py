"""
arXiv's query API: papers by id, or by category and submission date, as Atom.

The part of arXiv's query language that the sandbox understands.

Categories, and words in title or abstract, joined by OR in parentheses, and a range of submission
dates; these joined by AND.
Anything else is refused, so that a test never passes on a query that was half understood.
"""

import base64
import hashlib
import re
from calendar import monthrange
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import parse_qsl, quote_plus

from sandbox.answer import XML_DECLARATION, Answer, Ask, element, text
from sandbox.catalogue import Paper, Version
from sandbox.faults import Fault
from sandbox.state import SandboxState

CATEGORY = re.compile(r"cat:(?P<name>[A-Za-z-]+(?:\.(?:[A-Za-z-]+|\*))?)")
WORDS = re.compile(r"(?P<field>ti|abs|all):(?:\"(?P<phrase>[^\"]+)\"|(?P<word>[\w-]+))")
RANGE = re.compile(r"submittedDate:\[(?P<since>\d{4,14}) TO (?P<until>\d{4,14})\]")

START = (
    '<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" '
    'xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns="http://www.w3.org/2005/Atom">\n'
)
SCHEME = "http://arxiv.org/schemas/atom"
ID = re.compile(
    r"(?P<base>\d{4}\.\d{4,5}|[a-z]+(?:-[a-z]+)?(?:\.[A-Za-z-]{2,})?/\d{7})(?:v(?P<version>[1-9]\d*))?"
)
SORTS = ("relevance", "lastUpdatedDate", "submittedDate")
ORDERS = ("ascending", "descending")
# The service reaches no further than this, whatever the manual says.
MAX_RESULTS = 10_000


class BadQuery(ValueError):
    """A call that arXiv would refuse, or that the sandbox does not understand."""


@dataclass(frozen=True, slots=True)
class Search:
    """Every group must match; a group is of fields and what stands there; one is enough."""

    groups: tuple[tuple[tuple[str, str], ...], ...] = ()
    since: datetime | None = None
    until: datetime | None = None

    def matches(
        self, submitted: datetime, categories: Collection[str], title: str = "", abstract: str = ""
    ) -> bool:
        if self.since and self.until and not self.since <= submitted <= self.until:
            return False
        texts = {"ti": title, "abs": abstract, "all": f"{title}\n{abstract}"}
        return all(
            any(
                _fits(told, categories) if field == "cat" else told in texts[field].lower()
                for field, told in group
            )
            for group in self.groups
        )


def parse(query: str) -> Search:
    groups: list[tuple[tuple[str, str], ...]] = []
    since = until = None
    for term in query.strip().split(" AND "):
        if found := RANGE.fullmatch(term):
            since, until = _first(found["since"]), _last(found["until"])
        else:
            groups.append(_group(term, query))
    return Search(tuple(groups), since, until)


def _group(term: str, query: str) -> tuple[tuple[str, str], ...]:
    inner = term[1:-1] if term.startswith("(") and term.endswith(")") else term
    found = [_one(part) for part in inner.split(" OR ")]
    if not all(found) or (inner is term and len(found) > 1):
        raise BadQuery(f"Invalid query string: {query}")
    return tuple(one for one in found if one)


def _one(part: str) -> tuple[str, str] | None:
    if found := CATEGORY.fullmatch(part):
        return "cat", found["name"]
    if found := WORDS.fullmatch(part):
        return found["field"], (found["phrase"] or found["word"]).lower()
    return None


def _fits(name: str, present: Collection[str]) -> bool:
    if name.endswith(".*"):
        return any(one.startswith(name[:-1]) for one in present)
    return name in present


def _first(digits: str) -> datetime:
    """Complete 4, 6 or 8 digits with the first month, day and minute; drop seconds."""
    return _moment((digits + "010100000000"[len(digits) - 4 :])[:12])


def _last(digits: str) -> datetime:
    """Complete with the last month, day and minute; both ends are inclusive."""
    if len(digits) == 4:
        digits += "12"
    if len(digits) == 6:
        digits += f"{monthrange(int(digits[:4]), int(digits[4:]))[1]:02}"
    whole = (digits + "2359")[:12] if len(digits) == 8 else digits[:12]
    return _moment(whole) + timedelta(seconds=59)


def _moment(digits: str) -> datetime:
    try:
        return datetime.strptime(digits, "%Y%m%d%H%M").replace(tzinfo=UTC)
    except ValueError:
        raise BadQuery(f"Invalid date in query string: {digits}") from None


class Entry(NamedTuple):
    """A paper in the version that is shown."""

    paper: Paper
    version: Version
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """The parameters of one call, as they were sent and as they are meant."""

    search_query: str
    id_list: str
    start: int
    max_results: int
    sort_by: str
    ascending: bool
    search: Search | None
    ids: tuple[tuple[str, int | None], ...]

    def __str__(self) -> str:
        return (
            f"search_query={self.search_query}&id_list={self.id_list}"
            f"&start={self.start}&max_results={self.max_results}"
        )


def answer(state: SandboxState, ask: Ask, fault: Fault | None) -> Answer:
    if ask.path != "/query":
        return text(404, "Not Found")
    try:
        query = _query(_parameters(ask))
    except BadQuery as trouble:
        return _error(state.now(), str(trouble))
    if not query.max_results or query.start + query.max_results > MAX_RESULTS:
        return _error(state.now(), "Internal server error", status=500)
    return _found(state.now(), query, _entries(state, query))


def _parameters(ask: Ask) -> dict[str, str]:
    if ask.method == "POST":
        return dict(parse_qsl(ask.body.decode("utf-8", "replace"), keep_blank_values=True))
    return dict(ask.query)


def _query(told: dict[str, str]) -> Query:
    if not told.get("search_query") and not told.get("id_list"):
        raise BadQuery("either a search_query or an id_list must be specified")
    search_query = told.get("search_query", "")
    return Query(
        search_query=search_query,
        id_list=told.get("id_list", ""),
        start=_number(told, "start", 0),
        max_results=_number(told, "max_results", 10),
        sort_by=_one_of(told, "sortBy", SORTS, "relevance"),
        ascending=_one_of(told, "sortOrder", ORDERS, "descending") == "ascending",
        search=parse(search_query) if search_query else None,
        ids=tuple(_ids(told.get("id_list", ""))),
    )


def _number(told: dict[str, str], name: str, default: int) -> int:
    value = told.get(name, str(default))
    if not re.fullmatch(r"-?\d+", value):
        raise BadQuery(f"{name} must be an integer")
    if value.startswith("-"):
        raise BadQuery(f"{name} must be non-negative")
    return int(value)


def _one_of(told: dict[str, str], name: str, known: tuple[str, ...], default: str) -> str:
    value = told.get(name, default)
    if value not in known:
        raise BadQuery(f"{name} must be in: {', '.join(known)}")
    return value


def _ids(id_list: str) -> Iterator[tuple[str, int | None]]:
    """Read the ids; a single malformed one fails the whole call, as it does at arXiv."""
    for one in id_list.split(",") if id_list else ():
        found = ID.fullmatch(one.strip())
        if not found:
            raise BadQuery(f"incorrect id format for {one}")
        yield found["base"], int(found["version"]) if found["version"] else None


def _entries(state: SandboxState, query: Query) -> list[Entry]:
    asked = query.ids or tuple((paper.id, None) for paper in state.papers)
    found = [entry for one in asked if (entry := _shown(state, *one))]
    if query.search:
        found = [entry for entry in found if _matches(query.search, entry)]
    return _sorted(found, query)


def _matches(search: Search, entry: Entry) -> bool:
    version = entry.version
    sent = entry.paper.first.submitted
    return search.matches(sent, entry.categories, version.title, version.abstract)


def _shown(state: SandboxState, arxiv_id: str, number: int | None) -> Entry | None:
    """Show a paper that is announced by now; others are silently left out."""
    paper = state.papers.get(arxiv_id)
    version = paper.version_at(state.now(), number) if paper else None
    if not paper or not version:
        return None
    return Entry(paper, version, paper.categories_at(state.now()))


def _sorted(found: list[Entry], query: Query) -> list[Entry]:
    if query.sort_by == "relevance":
        return found
    first = query.sort_by == "submittedDate"
    return sorted(
        found,
        key=lambda e: ((e.paper.first if first else e.version).submitted, e.paper.id),
        reverse=not query.ascending,
    )


def _found(now: datetime, query: Query, entries: list[Entry]) -> Answer:
    page = entries[query.start : query.start + query.max_results]
    link = (
        f"https://arxiv.org/api/query?search_query={quote_plus(query.search_query)}"
        f"&start={query.start}&max_results={query.max_results}&id_list={quote_plus(query.id_list)}"
    )
    head = [
        element("id", f"https://arxiv.org/api/{_hash(str(query))}"),
        element("title", f"arXiv Query: {query}"),
        element("updated", _time(now)),
        element("link", "", href=link, type="application/atom+xml"),
        *_opensearch(query.max_results, len(entries), query.start),
    ]
    return _feed(200, [*_indented(head, 2), *(_entry(*entry) for entry in page)])


def _opensearch(asked: int, total: int, start: int) -> list[str]:
    return [
        element("opensearch:itemsPerPage", str(asked)),
        element("opensearch:totalResults", str(total)),
        element("opensearch:startIndex", str(start)),
    ]


def _entry(paper: Paper, version: Version, categories: tuple[str, ...]) -> str:
    name = f"{paper.id}v{version.number}"
    lines = [
        element("id", f"http://arxiv.org/abs/{name}"),
        element("title", version.title),
        element("updated", _time(version.submitted)),
        *_links(name, version),
        element("summary", version.abstract),
        *(element("category", "", term=term, scheme=SCHEME) for term in categories),
        element("published", _time(paper.first.submitted)),
        *_maybe(version),
        element("arxiv:primary_category", "", term=paper.primary),
    ]
    authors = [
        f"    <author>\n      {element('name', author)}\n    </author>\n"
        for author in version.authors or ("",)
    ]
    return f"  <entry>\n{''.join(_indented(lines, 4))}{''.join(authors)}  </entry>\n"


def _links(name: str, version: Version) -> list[str]:
    page = f"https://arxiv.org/abs/{name}"
    pdf = f"https://arxiv.org/pdf/{name}"
    links = [element("link", "", href=page, rel="alternate", type="text/html")]
    if not version.withdrawn:
        links.append(
            element("link", "", href=pdf, rel="related", type="application/pdf", title="pdf")
        )
    if version.doi:
        doi = f"https://doi.org/{version.doi}"
        links.append(element("link", "", href=doi, rel="related", title="doi"))
    return links


def _maybe(version: Version) -> list[str]:
    told = (
        ("arxiv:comment", version.comment),
        ("arxiv:journal_ref", version.journal_ref),
        ("arxiv:doi", version.doi),
    )
    return [element(name, content) for name, content in told if content]


def _error(now: datetime, matter: str, status: int = 400) -> Answer:
    """Write the failure the way arXiv does: as an entry that is titled Error."""
    link = f"https://arxiv.org/api/errors#{re.sub('[^A-Za-z0-9]+', '_', matter)}"
    head = [
        element("id", "https://arxiv.org/"),
        element("title", "arXiv Search Results"),
        element("updated", _time(now)),
        *_opensearch(1, 1, 0),
    ]
    entry = [
        element("id", link),
        element("title", "Error"),
        element("updated", _time(now)),
        element("link", "", href=link, rel="alternate", type="text/html"),
        element("summary", matter),
        "<author>\n      <name>arXiv api core</name>\n    </author>",
    ]
    body = f"  <entry>\n{''.join(_indented(entry, 4))}  </entry>\n"
    return _feed(status, [*_indented(head, 2), body])


def _feed(status: int, parts: list[str]) -> Answer:
    body = f"{XML_DECLARATION}{START}{''.join(parts)}</feed>\n"
    return text(status, body, "application/atom+xml; charset=utf-8")


def _indented(lines: list[str], indent: int) -> list[str]:
    return [f"{' ' * indent}{line}\n" for line in lines]


def _hash(told: str) -> str:
    digest = hashlib.sha256(told.encode()).digest()[:20]
    return base64.b64encode(digest).decode().rstrip("=")


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
