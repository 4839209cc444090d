"""
Asks in halves where a service refuses a list of papers, or answers with something else.

One paper can make a service refuse, fall over or garble every list that holds it. It must not cost
the others their counts, so the list is halved until that paper is alone. A service that refuses
everything is found out by the first answer that does not come. One that says the same whatever it
is asked may fit a short list by chance: after an answer that was not understood only counts, which
name their paper, show that it answers us.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from catalog.facts import Fact, Miss
from catalog.paper import Paper, is_paper_key
from crawler.items import CrawlItem, Failure
from crawler.policy import API_ATTEMPTS
from pipelines.enrich.client import Client, RequestFailed

if TYPE_CHECKING:
    from catalog.store.facts import Facts

# The source of what arXiv's query API says of single papers.
ARXIV = "arxiv"
# The reason of a miss where the service refuses this paper alone.
REFUSED = "refused"
# Refused requests of one list: what they leave open is asked by the next run.
MAX_REFUSALS = 40
# Refused requests before the first answer: halves, quarters and some eighths of the list. A service
# that refuses all of them refuses us, not a paper.
MAX_UNANSWERED = 10
# Attempts for a part of a list that was refused; a paper alone gets a second chance.
PART_ATTEMPTS, ALONE_ATTEMPTS = 1, 2


class CountService(Protocol):
    """
    A service that gives counts for a list of papers in one request.

    ``source`` is its name in facts and misses; ``refused`` how its key was refused, if it was.
    """

    source: str
    client: Client
    refused: str

    async def counts(
        self, papers: Sequence[Paper], now: datetime, attempts: int = API_ATTEMPTS
    ) -> list[Fact | Miss]: ...


@dataclass(slots=True)
class Halved:
    """
    The answers about a list; ``refused`` are those about papers that the service refuses alone.

    ``trouble`` is why the rest has no answer; None if every paper has one.
    """

    answers: list[Fact | Miss] = field(default_factory=list)
    refused: list[Miss] = field(default_factory=list)
    trouble: RequestFailed | None = None


async def ask_in_halves(
    service: CountService,
    papers: Sequence[Paper],
    now: datetime,
    witness: Paper | None = None,
    *,
    is_well: bool = False,
) -> Halved:
    """
    Ask about a list in one request, or in parts where it is refused; RequestFailed without answer.

    Where every paper is refused, either they are at fault or the service is. ``is_well``: it has
    just given counts of others; ``witness`` is a paper that it knew before, asked about to find
    out.
    """
    result = Halved()
    refusals: list[RequestFailed] = []
    parts = deque([list(papers)])
    while parts:
        part = parts.popleft()
        try:
            result.answers += await service.counts(part, now, _attempts(part, len(refusals)))
            continue
        except RequestFailed as trouble:
            if not trouble.lasting:
                return _stopped(result, trouble, refusals)
            # Without its frames: they hold the whole body of an answer that was too large.
            refusals.append(trouble.with_traceback(None))
        if len(part) == 1:
            reason = refusals[-1].reason
            result.refused.append(
                Miss(part[0].key, "citations", service.source, REFUSED, now, reason)
            )
        else:
            # Breadth first: the sound half of a list is answered before the other is searched.
            parts += [part[: len(part) // 2], part[len(part) // 2 :]]
        if len(refusals) > (MAX_REFUSALS if _is_answered(result, refusals) else MAX_UNANSWERED):
            return _stopped(result, refusals[0], refusals)
    is_garbled = _is_garbled(refusals)
    well = not refusals or _is_answered(result, refusals)
    well = well or (is_well and (len(papers) == 1 or not is_garbled))
    if not well and not await _answers(service, witness, now, is_garbled=is_garbled):
        raise refusals[0]
    return result


def _is_garbled(refusals: Sequence[RequestFailed]) -> bool:
    """Whether an answer was not understood."""
    return any(trouble.status == 200 for trouble in refusals)


def _is_answered(result: Halved, refusals: Sequence[RequestFailed]) -> bool:
    """Whether what came so far are answers to what was asked."""
    if not _is_garbled(refusals):
        return bool(result.answers)
    return sum(isinstance(answer, Fact) for answer in result.answers) > len(result.refused)


def _attempts(part: Sequence[Paper], refusals: int) -> int:
    if not refusals:
        return API_ATTEMPTS
    return PART_ATTEMPTS if len(part) > 1 else ALONE_ATTEMPTS


def _stopped(result: Halved, trouble: RequestFailed, refusals: Sequence[RequestFailed]) -> Halved:
    """What was answered until then; without any answer the trouble is all there is."""
    if not _is_answered(result, refusals):
        raise trouble
    result.trouble = trouble
    return result


async def _answers(
    service: CountService, witness: Paper | None, now: datetime, *, is_garbled: bool
) -> bool:
    """Whether the service answers about this paper; with its count, if it has garbled others."""
    if witness is None:
        return False
    try:
        answers = await service.counts([witness], now, ALONE_ATTEMPTS)
    except RequestFailed:
        return False
    return any(isinstance(answer, Fact) for answer in answers) if is_garbled else bool(answers)


def refused_papers(facts: "Facts") -> list[Miss]:
    """The papers that arXiv refused alone when they were looked up last."""
    return [it for it in facts.misses("title") if (it.source, it.reason) == (ARXIV, REFUSED)]


def refusal_of(item: CrawlItem, now: datetime) -> Miss | None:
    """What to remember of a paper that arXiv refuses alone; None for any other item."""
    if isinstance(item, Failure) and is_paper_key(item.part):
        return Miss(item.part, "title", ARXIV, REFUSED, now, item.reason)
    return None
