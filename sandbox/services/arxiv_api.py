"""
arXiv's query API: papers by id, or by search, as Atom.

A search is groups of categories or words of the title or abstract, joined by OR in parentheses,
and a range of submission dates, joined by AND. Other queries are refused, so that a test never
passes on a query that was half understood.
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

from sandbox.faults import Fault
from sandbox.messages import XML_DECLARATION, Request, Response, element, text
from sandbox.papers.calendar import announced_at
from sandbox.papers.catalogue import Paper, Version
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
# The service's real limit; the manual gives a higher one.
MAX_RESULTS = 10_000


class BadQuery(ValueError):
    """A call that arXiv would refuse, or that the sandbox does not understand."""


@dataclass(frozen=True, slots=True)
class Search:
    """Every group must match by at least one of its (field, word) terms."""

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
                _matches_category(word, categories)
                if field == "cat"
                else word in texts[field].lower()
                for field, word in group
            )
            for group in self.groups
        )


def parse(query: str) -> Search:
    groups: list[tuple[tuple[str, str], ...]] = []
    since = until = None
    for term in query.strip().split(" AND "):
        if match := RANGE.fullmatch(term):
            since, until = _range_start(match["since"]), _range_end(match["until"])
        else:
            groups.append(_parse_group(term, query))
    return Search(tuple(groups), since, until)


def _parse_group(text: str, query: str) -> tuple[tuple[str, str], ...]:
    inner = text[1:-1] if text.startswith("(") and text.endswith(")") else text
    terms = [_parse_term(part) for part in inner.split(" OR ")]
    if not all(terms) or (inner is text and len(terms) > 1):
        raise BadQuery(f"Invalid query string: {query}")
    return tuple(term for term in terms if term)


def _parse_term(part: str) -> tuple[str, str] | None:
    if match := CATEGORY.fullmatch(part):
        return "cat", match["name"]
    if match := WORDS.fullmatch(part):
        return match["field"], (match["phrase"] or match["word"]).lower()
    return None


def _matches_category(name: str, present: Collection[str]) -> bool:
    if name.endswith(".*"):
        return any(category.startswith(name[:-1]) for category in present)
    return name in present


def _range_start(digits: str) -> datetime:
    """Complete 4, 6 or 8 digits with the first month, day and minute; drop seconds."""
    return _moment((digits + "010100000000"[len(digits) - 4 :])[:12])


def _range_end(digits: str) -> datetime:
    """Complete with the last month, day and minute; both ends are inclusive."""
    if len(digits) == 4:
        digits += "12"
    if len(digits) == 6:
        digits += f"{monthrange(int(digits[:4]), int(digits[4:]))[1]:02}"
    minute = (digits + "2359")[:12] if len(digits) == 8 else digits[:12]
    return _moment(minute) + timedelta(seconds=59)


def _moment(digits: str) -> datetime:
    try:
        return datetime.strptime(digits, "%Y%m%d%H%M").replace(tzinfo=UTC)
    except ValueError:
        raise BadQuery(f"Invalid date in query string: {digits}") from None


class Entry(NamedTuple):
    """A paper and its visible version."""

    paper: Paper
    version: Version
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """The parameters of one call, as sent and as parsed."""

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


def answer(state: SandboxState, request: Request, fault: Fault | None) -> Response:
    if request.path != "/query":
        return text(404, "Not Found")
    try:
        query = _parse_query(_parameters(request))
    except BadQuery as error:
        return _error(state.now(), str(error))
    if not query.max_results or query.start + query.max_results > MAX_RESULTS:
        return _error(state.now(), "Internal server error", status=500)
    return _result_page(state.now(), query, _entries(state, query))


def _parameters(request: Request) -> dict[str, str]:
    if request.method == "POST":
        return dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
    return dict(request.query)


def _parse_query(parameters: dict[str, str]) -> Query:
    if not parameters.get("search_query") and not parameters.get("id_list"):
        raise BadQuery("either a search_query or an id_list must be specified")
    search_query = parameters.get("search_query", "")
    return Query(
        search_query=search_query,
        id_list=parameters.get("id_list", ""),
        start=_parse_number(parameters, "start", 0),
        max_results=_parse_number(parameters, "max_results", 10),
        sort_by=_choice(parameters, "sortBy", SORTS, "relevance"),
        ascending=_choice(parameters, "sortOrder", ORDERS, "descending") == "ascending",
        search=parse(search_query) if search_query else None,
        ids=tuple(_parse_ids(parameters.get("id_list", ""))),
    )


def _parse_number(parameters: dict[str, str], name: str, default: int) -> int:
    value = parameters.get(name, str(default))
    if not re.fullmatch(r"-?\d+", value):
        raise BadQuery(f"{name} must be an integer")
    if value.startswith("-"):
        raise BadQuery(f"{name} must be non-negative")
    return int(value)


def _choice(parameters: dict[str, str], name: str, allowed: tuple[str, ...], default: str) -> str:
    value = parameters.get(name, default)
    if value not in allowed:
        raise BadQuery(f"{name} must be in: {', '.join(allowed)}")
    return value


def _parse_ids(id_list: str) -> Iterator[tuple[str, int | None]]:
    """Read the ids; a malformed id fails the call, as at arXiv."""
    for arxiv_id in id_list.split(",") if id_list else ():
        match = ID.fullmatch(arxiv_id.strip())
        if not match:
            raise BadQuery(f"incorrect id format for {arxiv_id}")
        yield match["base"], int(match["version"]) if match["version"] else None


def _entries(state: SandboxState, query: Query) -> list[Entry]:
    ids = query.ids or tuple((paper.id, None) for paper in state.papers)
    entries = [entry for requested in ids if (entry := _visible_entry(state, *requested))]
    if not query.search:
        # arXiv announces a paper some hours before its API finds it by its id.
        found = state.now() - timedelta(hours=state.settings.found_after_h)
        entries = [it for it in entries if announced_at(it.paper.first.announced) <= found]
    if query.search:
        entries = [entry for entry in entries if _matches(query.search, entry)]
    return _sorted(entries, query)


def _matches(search: Search, entry: Entry) -> bool:
    version = entry.version
    sent = entry.paper.first.submitted
    return search.matches(sent, entry.categories, version.title, version.abstract)


def _visible_entry(state: SandboxState, arxiv_id: str, number: int | None) -> Entry | None:
    """Return the announced version of a paper; None leaves it out."""
    paper = state.papers.get(arxiv_id)
    version = paper.version_at(state.now(), number) if paper else None
    if not paper or not version:
        return None
    return Entry(paper, version, paper.categories_at(state.now()))


def _sorted(entries: list[Entry], query: Query) -> list[Entry]:
    if query.sort_by == "relevance":
        return entries
    first = query.sort_by == "submittedDate"
    return sorted(
        entries,
        key=lambda e: ((e.paper.first if first else e.version).submitted, e.paper.id),
        reverse=not query.ascending,
    )


def _result_page(now: datetime, query: Query, entries: list[Entry]) -> Response:
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
        *_optional_elements(version),
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


def _optional_elements(version: Version) -> list[str]:
    optional = (
        ("arxiv:comment", version.comment),
        ("arxiv:journal_ref", version.journal_ref),
        ("arxiv:doi", version.doi),
    )
    return [element(name, content) for name, content in optional if content]


def _error(now: datetime, message: str, status: int = 400) -> Response:
    """Write arXiv's failure: a feed with an entry titled Error."""
    link = f"https://arxiv.org/api/errors#{re.sub('[^A-Za-z0-9]+', '_', message)}"
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
        element("summary", message),
        "<author>\n      <name>arXiv api core</name>\n    </author>",
    ]
    body = f"  <entry>\n{''.join(_indented(entry, 4))}  </entry>\n"
    return _feed(status, [*_indented(head, 2), body])


def _feed(status: int, parts: list[str]) -> Response:
    body = f"{XML_DECLARATION}{START}{''.join(parts)}</feed>\n"
    return text(status, body, "application/atom+xml; charset=utf-8")


def _indented(lines: list[str], indent: int) -> list[str]:
    return [f"{' ' * indent}{line}\n" for line in lines]


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()[:20]
    return base64.b64encode(digest).decode().rstrip("=")


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
