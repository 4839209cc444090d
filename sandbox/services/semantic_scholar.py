"""
Semantic Scholar's paper look-ups: one paper, or up to 500 in a batch.

Some faults make answers that look right but are wrong: ``CORRUPTIONS``.
"""

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from sandbox.faults import Fault
from sandbox.messages import Request, Response, from_json
from sandbox.papers.calendar import announced_at
from sandbox.papers.catalogue import Paper, Version
from sandbox.state import SandboxState

Record = dict[str, Any] | None
NONSENSE = ("12", -1, 1.5, 10**12, None)

MAX_IDS = 500
FIELDS = frozenset(
    {
        "paperId",
        "corpusId",
        "externalIds",
        "url",
        "title",
        "abstract",
        "venue",
        "publicationVenue",
        "year",
        "publicationDate",
        "referenceCount",
        "citationCount",
        "influentialCitationCount",
        "isOpenAccess",
        "openAccessPdf",
        "fieldsOfStudy",
        "s2FieldsOfStudy",
        "publicationTypes",
        "publicationDateOrYear",
        "journal",
        "citationStyles",
        "authors",
        "tldr",
        "embedding",
        "citations",
        "references",
    }
)
DEFAULT_FIELDS = ("paperId", "title")
# Abstracts that begin with a shorter sentence have no summary (characters).
SHORTEST_SUMMARISED = 60
ARXIV_DOI = "10.48550/arXiv."


class Refused(Exception):
    """An error response: status and message."""


def answer(state: SandboxState, request: Request, fault: Fault | None) -> Response:
    try:
        if request.path == "/paper/batch" and request.method == "POST":
            return from_json(200, _batch(state, request, fault))
        if request.path.startswith("/paper/") and request.method == "GET":
            return from_json(200, _single(state, request, fault))
    except Refused as refused:
        status, message = refused.args
        return from_json(status, {"error": message})
    return from_json(404, {"message": "Not Found"})


def _batch(state: SandboxState, request: Request, fault: Fault | None) -> list[Any]:
    fields = _fields(request)
    index = papers_by_name(state)
    papers = [index.get(paper_id.lower()) for paper_id in _ids(request.body)]
    if not any(papers):
        raise Refused(400, "No valid paper ids given")
    records = [record(state, paper) if paper else None for paper in papers]
    answered = corrupt(fault, records, _all_records(state, fault))
    return [_select(item, fields) if item else None for item in answered]


def _single(state: SandboxState, request: Request, fault: Fault | None) -> Any:
    fields = _fields(request)
    paper_id = request.path.removeprefix("/paper/")
    paper = papers_by_name(state).get(paper_id.lower())
    if not paper:
        raise Refused(404, f"Paper with id {paper_id} not found")
    answered = corrupt(fault, [record(state, paper)], _all_records(state, fault))
    return _select(answered[0], fields) if answered and answered[0] else None


def _all_records(state: SandboxState, fault: Fault | None) -> list[dict[str, Any]]:
    """Return all records, for corruptions only: many papers take a second."""
    needed = fault is not None and fault.name in CORRUPTIONS
    return [record(state, paper) for paper in state.papers] if needed else []


def _ids(body: bytes) -> list[str]:
    try:
        ids = json.loads(body)["ids"]
    except (ValueError, KeyError, TypeError):
        raise Refused(400, "Expected a JSON object with a list of ids") from None
    if not isinstance(ids, list) or not all(isinstance(paper_id, str) for paper_id in ids):
        raise Refused(400, "ids must be a list of strings")
    if len(ids) > MAX_IDS:
        raise Refused(400, f"Too many paper ids: {len(ids)} given, at most {MAX_IDS} allowed")
    return ids


def papers_by_name(state: SandboxState) -> dict[str, Paper]:
    """Map every id form to its indexed paper; no form has a version, as at the service."""
    return {
        name: paper for paper in state.papers if is_indexed(state, paper) for name in _names(paper)
    }


def is_indexed(state: SandboxState, paper: Paper) -> bool:
    """Check whether the paper is indexed: some never are, some days after announcement."""
    if paper.id in state.counts:
        return True
    if paper.cited is None:
        return False
    heard = announced_at(paper.first.announced) + timedelta(days=state.settings.known_after)
    return heard <= state.now()


def _names(paper: Paper) -> set[str]:
    names = (
        f"arxiv:{paper.id}",
        f"doi:{ARXIV_DOI}{paper.id}",
        f"url:https://arxiv.org/abs/{paper.id}",
        f"corpusid:{_corpus_id(paper)}",
        _paper_id(paper),
    )
    return {name.lower() for name in names}


def record(state: SandboxState, paper: Paper) -> dict[str, Any]:
    """Return all fields of a paper; the request's ``fields`` select from them."""
    version = paper.version_at(state.now()) or paper.first
    count = state.counts.get(paper.id, paper.cited or 0)
    published = paper.first.submitted.date()
    return {
        "paperId": _paper_id(paper),
        "corpusId": _corpus_id(paper),
        "externalIds": {
            "ArXiv": paper.id,
            "DOI": version.doi or f"{ARXIV_DOI}{paper.id}",
            "CorpusId": _corpus_id(paper),
        },
        "url": f"https://www.semanticscholar.org/paper/{_paper_id(paper)}",
        "title": plain_title(version.title),
        "abstract": version.abstract or None,
        **_venue(state, version),
        "year": published.year,
        "publicationDate": published.isoformat(),
        "referenceCount": 20 + _corpus_id(paper) % 60,
        "citationCount": count,
        "influentialCitationCount": count // 10,
        "isOpenAccess": True,
        "openAccessPdf": _open_access(paper),
        "fieldsOfStudy": ["Computer Science"],
        "s2FieldsOfStudy": [{"category": "Computer Science", "source": "external"}],
        "publicationTypes": ["JournalArticle"],
        "publicationDateOrYear": published.isoformat(),
        "journal": {"name": "ArXiv", "volume": f"abs/{paper.id}"},
        "citationStyles": {
            "bibtex": f"@article{{{paper.id}, title={{{plain_title(version.title)}}}}}"
        },
        "authors": _authors(version),
        "tldr": _summary(version),
        "embedding": None,
        "citations": [],
        "references": [],
    }


def _summary(version: Version) -> dict[str, str] | None:
    """A made-up summary, of the abstract's first sentence; none where that is short."""
    first = version.abstract.partition(". ")[0] if version.abstract else ""
    if len(first) < SHORTEST_SUMMARISED:
        return None
    return {"model": "tldr@v2.0.0", "text": f"{first}."}


def _open_access(paper: Paper) -> dict[str, Any]:
    url = f"https://arxiv.org/pdf/{paper.id}"
    return {"url": url, "status": "GREEN", "license": None, "disclaimer": ""}


def _authors(version: Version) -> list[dict[str, Any]]:
    return [
        {"authorId": str(_number(name)), "name": name, "affiliations": _workplaces(name)}
        for name in version.authors
    ]


def _workplaces(name: str) -> list[str]:
    """A made-up institution for a third of the authors: the others wrote nothing there."""
    number = _number(name)
    return [f"Example Institute {number % 4 + 1}"] if number % 3 == 0 else []


VENUES = {
    "ICLR 2025": "International Conference on Learning Representations",
    "NeurIPS 2024": "Neural Information Processing Systems",
    "ISCA 2025": "International Symposium on Computer Architecture",
}


def _venue(state: SandboxState, version: Version) -> dict[str, Any]:
    """Return the venue that the paper's comments name, from its year on."""
    for short, name in VENUES.items():
        acronym, year = short.split()
        if short in (version.comment or "") and state.now().year >= int(year):
            alternate_names = [acronym, name]
            return {
                "venue": name,
                "publicationVenue": {"name": name, "alternate_names": alternate_names},
            }
    return {"venue": "arXiv.org", "publicationVenue": None}


def plain_title(title: str) -> str:
    """Return a title as Semantic Scholar prints it: without TeX, on one line."""
    plain = re.sub(r"\\(?:textbf|textit|emph|texttt)\{([^{}]*)\}", r"\1", title)
    return " ".join(plain.replace("$", "").split())


def _paper_id(paper: Paper) -> str:
    return hashlib.sha1(f"paper {paper.id}".encode(), usedforsecurity=False).hexdigest()


def _corpus_id(paper: Paper) -> int:
    return 270_000_000 + _number(paper.id) % 5_000_000


def _number(name: str) -> int:
    digest = hashlib.sha1(name.encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[:4], "big")


def _fields(request: Request) -> tuple[str, ...]:
    requested = (
        tuple(request.query["fields"].split(",")) if request.query.get("fields") else DEFAULT_FIELDS
    )
    unknown = [name for name in requested if name.partition(".")[0] not in FIELDS]
    if unknown:
        raise Refused(400, f"Unrecognized or unsupported fields: [{', '.join(unknown)}]")
    return requested


def _select(fields_by_name: dict[str, Any], fields: tuple[str, ...]) -> dict[str, Any]:
    """Return the requested fields, and always ``paperId``."""
    selected = ("paperId", *(name.partition(".")[0] for name in fields))
    return {name: fields_by_name[name] for name in dict.fromkeys(selected)}


def corrupt(
    fault: Fault | None, records: list[Record], pool: Sequence[dict[str, Any]]
) -> list[Record]:
    """Apply the fault's corruption to the records; other faults leave them unchanged."""
    if fault is None or fault.name not in CORRUPTIONS:
        return records
    return CORRUPTIONS[fault.name](records, pool, fault.argument)


def _null_ids(records: list[Record], pool: Sequence[dict[str, Any]], variant: str) -> list[Record]:
    """Replace all papers, or with ``half`` every second one, by null."""
    return [
        record if variant == "half" and place % 2 else None for place, record in enumerate(records)
    ]


def _wrong_paper(
    records: list[Record], pool: Sequence[dict[str, Any]], variant: str
) -> list[Record]:
    """Replace each paper by another; with ``title`` it keeps the requested arXiv id."""
    return [record and _other_record(record, pool, variant) for record in records]


def _other_record(
    record: dict[str, Any], pool: Sequence[dict[str, Any]], variant: str
) -> dict[str, Any]:
    place = next(
        n for n, other_record in enumerate(pool) if other_record["paperId"] == record["paperId"]
    )
    other_record = pool[(place + 1) % len(pool)]
    if variant == "title":
        copied = ("title", "authors", "citationCount")
        return {**record, **{name: other_record[name] for name in copied}}
    return other_record


def _reordered(records: list[Record], pool: Sequence[dict[str, Any]], variant: str) -> list[Record]:
    return records[::-1]


def _short(records: list[Record], pool: Sequence[dict[str, Any]], variant: str) -> list[Record]:
    return records[: len(records) // 2]


def _one_short(records: list[Record], pool: Sequence[dict[str, Any]], name: str) -> list[Record]:
    """Leave out the paper of this id, without a null in its place."""
    return [one for one in records if one is None or one["externalIds"]["ArXiv"] != name]


def _lower(records: list[Record], pool: Sequence[dict[str, Any]], variant: str) -> list[Record]:
    """Report half of each count, rounded down; one citation becomes none."""
    return [
        record and {**record, "citationCount": record["citationCount"] // 2} for record in records
    ]


def _zero(records: list[Record], pool: Sequence[dict[str, Any]], variant: str) -> list[Record]:
    return [record and {**record, "citationCount": 0} for record in records]


def _nonsense(records: list[Record], pool: Sequence[dict[str, Any]], variant: str) -> list[Record]:
    return [
        record and {**record, "citationCount": NONSENSE[place % len(NONSENSE)]}
        for place, record in enumerate(records)
    ]


CORRUPTIONS: dict[str, Callable[[list[Record], Sequence[dict[str, Any]], str], list[Record]]] = {
    "null-ids": _null_ids,
    "wrong-paper": _wrong_paper,
    "reordered": _reordered,
    "short": _short,
    "one-short": _one_short,
    "lower-count": _lower,
    "zero-count": _zero,
    "nonsense-count": _nonsense,
}
