"""Asks each configured service one cheap question, to see that it answers and takes our key."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple
from urllib.parse import quote

from catalog.sightings import NO_NETWORK
from config.secret import Secret, key_from
from crawler.politeness import pace
from pipelines.enrich import github
from pipelines.enrich.base import EnrichContext
from pipelines.enrich.client import Client, ClientResponse, RequestFailed
from pipelines.workspace import OPENALEX_KEY, SCHOLAR_KEY

# A paper that all services know.
PAPER = "2411.04965"
Level = Literal["ok", "tip", "wrong"]


class Question(NamedTuple):
    """
    A request that costs a service little.

    ``group`` are the hosts whose pace it keeps; ``key`` names the variable of a key, if one may be
    sent: in ``header`` with ``scheme`` before it, or else as parameter of the address.
    """

    path: str
    group: str
    key: str = ""
    header: str = ""
    scheme: str = ""
    json: Any = None


QUESTIONS = {
    "arxiv_rss": Question("/rss/cs.CL", "arxiv"),
    "arxiv_api": Question(f"/api/query?id_list={PAPER}", "arxiv"),
    "arxiv_oai": Question("/oai?verb=Identify", "arxiv"),
    "semantic_scholar": Question(
        "/graph/v1/paper/batch?fields=title",
        "semantic_scholar",
        SCHOLAR_KEY,
        "x-api-key",
        json={"ids": [f"ARXIV:{PAPER}"]},
    ),
    "openalex": Question(
        f"/works?filter=doi:10.48550/arxiv.{PAPER}&select=id&per-page=1", "openalex", OPENALEX_KEY
    ),
    "huggingface": Question("/api/daily_papers?limit=1", "huggingface"),
    "github": Question(
        "/repos/ggml-org/llama.cpp", "github", github.KEY, "Authorization", "Bearer "
    ),
}


@dataclass(frozen=True, slots=True)
class ServiceAnswer:
    """How a service answered, in words; wrong where somebody has to act."""

    service: str
    level: Level
    says: str


def ask_services(context: EnrichContext) -> list[ServiceAnswer]:
    """Ask every configured service exactly once; without a network that is the one answer."""
    answers = list(_answers(context))
    if context.policy.network.is_down:
        return [ServiceAnswer("services", "wrong", NO_NETWORK)]
    return answers


def _answers(context: EnrichContext) -> Iterator[ServiceAnswer]:
    for service, base in context.services.items():
        if service not in QUESTIONS:
            continue
        question = QUESTIONS[service]
        key = key_from(context.environment, question.key) if question.key else Secret("")
        client = Client(
            context.policy.hosts, pace(context.policy, question.group), key, context.policy.network
        )
        try:
            answer = asyncio.run(_ask(client, base, question, key, context.policy.user_agent))
        except RequestFailed as trouble:
            if context.policy.network.is_down:
                return
            level: Level = "tip" if trouble.later else "wrong"
            yield ServiceAnswer(service, level, f"{base}: {trouble.reason}")
        else:
            yield _judged(service, base, question, answer, has_key=bool(key))


async def _ask(
    client: Client, base: str, question: Question, key: Secret, agent: str
) -> ClientResponse:
    headers, url = {"User-Agent": agent}, f"{base}{question.path}"
    if key and question.header:
        headers[question.header] = f"{question.scheme}{key.reveal()}"
    elif key:
        url += f"&api_key={quote(key.reveal(), safe='')}"
    path, _, params = url.partition("?")
    method = "GET" if question.json is None else "POST"
    return await client.ask(method, path, params, headers, question.json, attempts=1)


def _judged(
    service: str, base: str, question: Question, answer: ClientResponse, *, has_key: bool
) -> ServiceAnswer:
    if answer.status < 400:
        return ServiceAnswer(service, "ok", f"{base} answers")
    if answer.status in {401, 403} and has_key:
        do = f"refuses the key (HTTP {answer.status}): renew {question.key}, or unset it"
    elif answer.status in {401, 403}:
        do = f"refuses us (HTTP {answer.status}): wait a day before the next run"
    else:
        do = f"answers with HTTP {answer.status}: check its address in services.yaml"
    return ServiceAnswer(service, "wrong", f"{base} {do}")
