"""Looks up the works that somebody named: papers at arXiv, pages and repositories elsewhere."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from catalog.address import Address
from catalog.paper import Paper
from catalog.sightings import Found
from config.secret import Secret, key_from
from crawler.hosts import page_address
from crawler.items import CrawlItem, Failure, trouble_of, works_of
from crawler.plans import IdsPlan, PageAsk, PagePlan, Plan
from crawler.process import crawl
from pipelines.enrich import github
from pipelines.screening import fault, withdrawn
from pipelines.workspace import Workspace

# A lookup is stopped after this time, and this for each address on top.
MAX_LOOKUP_S, MAX_LOOKUP_PER_ADDRESS_S = 60.0, 60.0
# The part under which the API answers about single papers.
PAPERS = "papers"
# Of a name that the resolver does not know, or only inside a private network.
NO_ADDRESS = "public address"


class Unavailable(NamedTuple):
    """Why a work could not be had; ``later``: another time it may be."""

    reason: str
    later: bool = False


def ask(
    workspace: Workspace, addresses: Sequence[Address]
) -> tuple[dict[str, Found], dict[str, Unavailable]]:
    """The works by the key that was asked for; and why the rest have none, by key."""
    ids = [address.arxiv_id for address in addresses if address.kind == "paper"]
    base = workspace.pages_base
    asks = [page_ask(address, base) for address in addresses if address.kind != "paper"]
    token = key_from(workspace.environment, github.KEY)
    plans = plans_for(ids, asks, workspace.services.services, token, workspace.now)
    pages = [it.url for it in addresses if it.kind not in ("paper", "repository")]
    longest = MAX_LOOKUP_S + MAX_LOOKUP_PER_ADDRESS_S * len(addresses)
    items = crawl(plans, workspace.policy_for(pages), longest) if plans else ()
    return sort_out(items, addresses)


def plans_for(
    ids: Sequence[str],
    asks: Sequence[PageAsk],
    services: Mapping[str, str],
    token: Secret,
    now: datetime,
    alone: Sequence[str] = (),
) -> list[Plan]:
    """What to ask for these papers and pages; the token is GitHub's, ``alone`` as in IdsPlan."""
    ids_plan = IdsPlan(services["arxiv_api"], tuple(ids), now, tuple(alone))
    plans: list[Plan] = [ids_plan] if ids or alone else []
    return plans + ([PagePlan(tuple(asks), services["github"], token, now)] if asks else [])


def page_ask(address: Address, base: str | None) -> PageAsk:
    """A page as the crawler is asked for it."""
    where = page_address(address.url, base)
    return PageAsk(address.key, address.link_kind, address.url, where)


def sort_out(
    items: Iterable[CrawlItem], addresses: Sequence[Address]
) -> tuple[dict[str, Found], dict[str, Unavailable]]:
    """The works that came, by key; and why the rest didn't. Reads the items as they come."""
    works: dict[str, Found] = {}
    troubles: dict[str, Unavailable] = {}
    papers = [address.key for address in addresses if address.kind == "paper"]
    for item in items:
        if trouble := trouble_of(item):
            later = isinstance(item, Failure) and item.later
            for key in papers if item.part == PAPERS else [item.part]:
                troubles[key] = _unavailable(trouble, later=later, is_paper=item.part == PAPERS)
        for seen in works_of(item):
            key, unfit = item.part, None
            if isinstance(seen.work, Paper):
                key, unfit = seen.work.key, _why_unfit(seen.work)
            if unfit:
                troubles[key] = Unavailable(unfit)
            else:
                works[key] = seen
    for address in addresses:
        if address.key in works:
            troubles.pop(address.key, None)
        else:
            missing = "arXiv does not know it" if address.kind == "paper" else "no answer came"
            troubles.setdefault(address.key, Unavailable(missing))
    return works, troubles


def _unavailable(trouble: str, *, later: bool, is_paper: bool) -> Unavailable:
    if NO_ADDRESS not in trouble:
        return Unavailable(trouble, later)
    if is_paper:
        return Unavailable(f"no network, or arXiv cannot be reached ({trouble})", later)
    # Somebody typed the name: it may as well be a slip of the pen.
    return Unavailable(trouble)


def _why_unfit(paper: Paper) -> str | None:
    """Why a paper is not one for the list."""
    notice = withdrawn(paper)
    return f"is withdrawn: {notice!r}" if notice else fault(paper)
