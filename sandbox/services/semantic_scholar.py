"""
Semantic Scholar's paper look-ups: one paper, or up to 500 in a batch.

What Semantic Scholar can get wrong in an answer that looks right.
"""

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from sandbox.answer import Answer, Ask, from_json
from sandbox.calendar import announced_at
from sandbox.catalogue import Paper, Version
from sandbox.faults import Fault
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
ARXIV_DOI = "10.48550/arXiv."


def tell(
    fault: Fault | None, records: list[Record], others: Sequence[dict[str, Any]]
) -> list[Record]:
    """Spoil the records as the fault's name says; any other fault leaves them true."""
    if fault is None or fault.name not in LIES:
        return records
    return LIES[fault.name](records, others, fault.argument)


def _null_ids(records: list[Record], others: Sequence[dict[str, Any]], how: str) -> list[Record]:
    """Forget all papers, or with ``half`` every second one."""
    return [one if how == "half" and place % 2 else None for place, one in enumerate(records)]


def _wrong_paper(records: list[Record], others: Sequence[dict[str, Any]], how: str) -> list[Record]:
    """Put another paper in each place; with ``title`` it keeps the arXiv id that was asked."""
    return [one and _other(one, others, how) for one in records]


def _other(one: dict[str, Any], others: Sequence[dict[str, Any]], how: str) -> dict[str, Any]:
    place = next(n for n, other in enumerate(others) if other["paperId"] == one["paperId"])
    other = others[(place + 1) % len(others)]
    if how == "title":
        kept = ("title", "authors", "citationCount")
        return {**one, **{name: other[name] for name in kept}}
    return other


def _reordered(records: list[Record], others: Sequence[dict[str, Any]], how: str) -> list[Record]:
    return records[::-1]


def _short(records: list[Record], others: Sequence[dict[str, Any]], how: str) -> list[Record]:
    return records[: len(records) // 2]


def _lower(records: list[Record], others: Sequence[dict[str, Any]], how: str) -> list[Record]:
    """Report half of each count, rounded down; one citation becomes none."""
    return [one and {**one, "citationCount": one["citationCount"] // 2} for one in records]


def _zero(records: list[Record], others: Sequence[dict[str, Any]], how: str) -> list[Record]:
    return [one and {**one, "citationCount": 0} for one in records]


def _nonsense(records: list[Record], others: Sequence[dict[str, Any]], how: str) -> list[Record]:
    return [
        one and {**one, "citationCount": NONSENSE[place % len(NONSENSE)]}
        for place, one in enumerate(records)
    ]


LIES: dict[str, Callable[[list[Record], Sequence[dict[str, Any]], str], list[Record]]] = {
    "null-ids": _null_ids,
    "wrong-paper": _wrong_paper,
    "reordered": _reordered,
    "short": _short,
    "lower-count": _lower,
    "zero-count": _zero,
    "nonsense-count": _nonsense,
}


class Refused(Exception):
    """A request that gets an error object instead of papers: status and matter."""


def answer(state: SandboxState, ask: Ask, fault: Fault | None) -> Answer:
    try:
        if ask.path == "/paper/batch" and ask.method == "POST":
            return from_json(200, _batch(state, ask, fault))
        if ask.path.startswith("/paper/") and ask.method == "GET":
            return from_json(200, _one(state, ask, fault))
    except Refused as refused:
        status, matter = refused.args
        return from_json(status, {"error": matter})
    return from_json(404, {"message": "Not Found"})


def _batch(state: SandboxState, ask: Ask, fault: Fault | None) -> list[Any]:
    fields = _fields(ask)
    index = known_by_name(state)
    papers = [index.get(one.lower()) for one in _ids(ask.body)]
    if not any(papers):
        raise Refused(400, "No valid paper ids given")
    records = [record(state, paper) if paper else None for paper in papers]
    told = tell(fault, records, _others(state, fault))
    return [_only(one, fields) if one else None for one in told]


def _one(state: SandboxState, ask: Ask, fault: Fault | None) -> Any:
    fields = _fields(ask)
    asked = ask.path.removeprefix("/paper/")
    paper = known_by_name(state).get(asked.lower())
    if not paper:
        raise Refused(404, f"Paper with id {asked} not found")
    told = tell(fault, [record(state, paper)], _others(state, fault))
    return _only(told[0], fields) if told and told[0] else None


def _others(state: SandboxState, fault: Fault | None) -> list[dict[str, Any]]:
    """All papers, for lies that need another one; of a crowd that takes a second."""
    wanted = fault is not None and fault.name in LIES
    return [record(state, paper) for paper in state.papers] if wanted else []


def _ids(body: bytes) -> list[str]:
    try:
        ids = json.loads(body)["ids"]
    except (ValueError, KeyError, TypeError):
        raise Refused(400, "Expected a JSON object with a list of ids") from None
    if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
        raise Refused(400, "ids must be a list of strings")
    if len(ids) > MAX_IDS:
        raise Refused(400, f"Too many paper ids: {len(ids)} given, at most {MAX_IDS} allowed")
    return ids


def known_by_name(state: SandboxState) -> dict[str, Paper]:
    """List known papers under every id form; a versioned arXiv id is none, as it is there."""
    return {name: paper for paper in state.papers if known(state, paper) for name in _names(paper)}


def known(state: SandboxState, paper: Paper) -> bool:
    """Tell whether it has heard of the paper: some never, others days after announcement."""
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
    """Tell everything about a paper; the request's ``fields`` choose from it."""
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
        "tldr": None,
        "embedding": None,
        "citations": [],
        "references": [],
    }


def _open_access(paper: Paper) -> dict[str, Any]:
    url = f"https://arxiv.org/pdf/{paper.id}"
    return {"url": url, "status": "GREEN", "license": None, "disclaimer": ""}


def _authors(version: Version) -> list[dict[str, str]]:
    return [{"authorId": str(_number(name)), "name": name} for name in version.authors]


NAMES = {
    "ICLR 2025": "International Conference on Learning Representations",
    "NeurIPS 2024": "Neural Information Processing Systems",
    "ISCA 2025": "International Symposium on Computer Architecture",
}


def _venue(state: SandboxState, version: Version) -> dict[str, Any]:
    """A paper appears where its comments say, in the year that they say."""
    for short, name in NAMES.items():
        told, year = short.split()
        if short in (version.comment or "") and state.now().year >= int(year):
            others = [told, name]
            return {"venue": name, "publicationVenue": {"name": name, "alternate_names": others}}
    return {"venue": "arXiv.org", "publicationVenue": None}


def plain_title(title: str) -> str:
    """Print a title the way Semantic Scholar does: without TeX, on one line."""
    plain = re.sub(r"\\(?:textbf|textit|emph|texttt)\{([^{}]*)\}", r"\1", title)
    return " ".join(plain.replace("$", "").split())


def _paper_id(paper: Paper) -> str:
    return hashlib.sha1(f"paper {paper.id}".encode(), usedforsecurity=False).hexdigest()


def _corpus_id(paper: Paper) -> int:
    return 270_000_000 + _number(paper.id) % 5_000_000


def _number(name: str) -> int:
    digest = hashlib.sha1(name.encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[:4], "big")


def _fields(ask: Ask) -> tuple[str, ...]:
    asked = tuple(ask.query["fields"].split(",")) if ask.query.get("fields") else DEFAULT_FIELDS
    unknown = [name for name in asked if name.partition(".")[0] not in FIELDS]
    if unknown:
        raise Refused(400, f"Unrecognized or unsupported fields: [{', '.join(unknown)}]")
    return asked


def _only(told: dict[str, Any], fields: tuple[str, ...]) -> dict[str, Any]:
    """Keep the fields that were asked for; ``paperId`` always comes."""
    wanted = ("paperId", *(name.partition(".")[0] for name in fields))
    return {name: told[name] for name in dict.fromkeys(wanted)}
