"""Asks for the works that a person named: papers of arXiv, pages and repositories of others."""

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from catalog.address import Address
from catalog.paper import Found, Paper
from config.secret import key_from
from crawler.items import Batch
from crawler.plans import IdsPlan, PageAsk, PagePlan, Plan
from crawler.process import crawl
from pipelines.enrich import github
from pipelines.screening import fault, withdrawn
from pipelines.workspace import Workspace

# A call takes no longer than this, and this for each address (seconds).
LONGEST, LONGEST_EACH = 60.0, 60.0


def ask(
    workspace: Workspace, addresses: Sequence[Address]
) -> tuple[dict[str, Found], dict[str, str]]:
    """What was found, by the key that was asked for; and why the others were not."""
    found: dict[str, Found] = {}
    troubles: dict[str, str] = {}
    plans = list(_plans(workspace, addresses))
    longest = LONGEST + LONGEST_EACH * len(addresses)
    pages = [one.url for one in addresses if one.kind not in ("paper", "repository")]
    for batch in crawl(plans, workspace.policy_for(pages), longest) if plans else ():
        _take(batch, addresses, found, troubles)
    for address in addresses:
        if address.key not in found:
            missing = "arXiv does not know it" if address.kind == "paper" else "no answer came"
            troubles.setdefault(address.key, missing)
    return found, troubles


def _plans(workspace: Workspace, addresses: Sequence[Address]) -> Iterator[Plan]:
    services = workspace.services.services
    ids = tuple(address.arxiv_id for address in addresses if address.kind == "paper")
    if ids:
        yield IdsPlan(services["arxiv_api"], ids, workspace.now)
    base = workspace.pages_base
    pages = tuple(page_ask(address, base) for address in addresses if address.kind != "paper")
    if pages:
        token = key_from(workspace.environment, github.KEY)
        yield PagePlan(pages, services["github"], token, workspace.now)


def page_ask(address: Address, base: str | None) -> PageAsk:
    """A page as the crawler is asked for it."""
    where = address.url
    if base:
        parts = urlsplit(address.url)
        where = f"{base}/page/{parts.netloc}{parts.path}" + (parts.query and f"?{parts.query}")
    return PageAsk(address.key, address.link_kind, address.url, where)


def _take(
    batch: Batch, addresses: Sequence[Address], found: dict[str, Found], troubles: dict[str, str]
) -> None:
    if batch.trouble:
        papers = [one.key for one in addresses if one.kind == "paper"]
        for key in papers if batch.part == "papers" else [batch.part]:
            troubles[key] = batch.trouble
    for item in batch.found:
        key = item.work.key if isinstance(item.work, Paper) else batch.part
        wrong = _wrong(item.work) if isinstance(item.work, Paper) else None
        if wrong:
            troubles[key] = wrong
        else:
            found[key] = item


def _wrong(paper: Paper) -> str | None:
    """Why a paper that was found is not one for the list."""
    said = withdrawn(paper)
    return f"is withdrawn: {said!r}" if said else fault(paper)
