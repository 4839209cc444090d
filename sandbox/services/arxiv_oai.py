"""
arXiv's OAI-PMH: the records of a set since a day, page by page. Errors come with status 200.

A page's token is the question once more, with where to go on; it dies at midnight UTC.
"""

import re
from datetime import UTC, date, timedelta
from urllib.parse import parse_qsl, unquote, urlencode

from sandbox.answer import XML_DECLARATION, Answer, Ask, element, text
from sandbox.calendar import announced_at
from sandbox.catalogue import Paper, Version
from sandbox.faults import Fault
from sandbox.state import SandboxState

EARLIEST = date(2005, 9, 16)
VERBS = {
    "ListRecords",
    "GetRecord",
    "Identify",
    "ListIdentifiers",
    "ListMetadataFormats",
    "ListSets",
}


class Refused(ValueError):
    """An OAI error: its code, and its description."""


def answer(state: SandboxState, ask: Ask, fault: Fault | None) -> Answer:
    try:
        content = _content(state, dict(ask.query), fault)
    except Refused as trouble:
        code, matter = trouble.args
        content = element("error", matter, code=code)
    return text(200, _reply(state, ask, content), "text/xml")


def _content(state: SandboxState, told: dict[str, str], fault: Fault | None) -> str:
    if told.get("verb") not in VERBS:
        raise Refused("badVerb", "Value of the verb argument is not a legal OAI-PMH verb.")
    if told["verb"] != "ListRecords":
        raise Refused("badArgument", f"The sandbox does not answer {told['verb']}.")
    if "resumptionToken" in told and fault and fault.name == "dead-token":
        raise Refused("badResumptionToken", "The token has expired.")
    told, start = _resumed(state, told) if "resumptionToken" in told else (told, 0)
    if told.get("metadataPrefix") != "arXivRaw":
        raise Refused("cannotDisseminateFormat", "The sandbox has arXivRaw only.")
    records = [_record(state, *one) for one in _selected(state, told)]
    if not records:
        raise Refused("noRecordsMatch", "The combination of the arguments gives an empty list.")
    page = records[start : start + state.settings.oai_page]
    token = _token(state, told, start + len(page), more=start + len(page) < len(records))
    # A list that fits one page has no token at all; the last of several an empty one.
    end = token if len(records) > len(page) else ""
    return f"<ListRecords>\n{''.join(page)}{end}</ListRecords>"


def _token(state: SandboxState, told: dict[str, str], start: int, *, more: bool) -> str:
    if not more:
        return "<resumptionToken/>"
    tomorrow = state.now().date() + timedelta(days=1)
    content = urlencode({**told, "start": start, "expires": tomorrow})
    return element(
        "resumptionToken", urlencode({"": content})[1:], expirationDate=f"{tomorrow}T00:00:00Z"
    )


def _resumed(state: SandboxState, told: dict[str, str]) -> tuple[dict[str, str], int]:
    if set(told) != {"verb", "resumptionToken"}:
        raise Refused("badArgument", "resumptionToken is exclusive.")
    kept = dict(parse_qsl(unquote(told["resumptionToken"])))
    if kept.pop("expires", "") <= state.now().date().isoformat():
        raise Refused("badResumptionToken", "The token has expired.")
    return kept, int(kept.pop("start"))


def _selected(state: SandboxState, told: dict[str, str]) -> list[tuple[Paper, Version]]:
    since = _day(told, "from", EARLIEST)
    if since < EARLIEST:
        raise Refused("badArgument", f"from must not be before {EARLIEST}.")
    until = _day(told, "until", date(9999, 1, 1))
    # cs:cs:CL is the set of cs.CL; cs:cs and cs hold all of computer science.
    prefix = ".".join(told.get("set", "").split(":")[1:]) or told.get("set", "")
    shown = ((paper, paper.version_at(state.now())) for paper in state.papers)
    return [
        (paper, version)
        for paper, version in shown
        if version
        and since <= _stamp(state, paper, version) <= until
        and any(one.startswith(prefix) for one in paper.categories_at(state.now()))
    ]


def _day(told: dict[str, str], name: str, default: date) -> date:
    try:
        return date.fromisoformat(told[name]) if name in told else default
    except ValueError:
        raise Refused("badArgument", f"{name} must be YYYY-MM-DD.") from None


def _stamp(state: SandboxState, paper: Paper, version: Version) -> date:
    """The day of the last change: a new version, or a category that was added."""
    # New metadata appears at 22:30 Eastern the evening before, which is the feed day in UTC.
    crossed = [c.announced for c in paper.crossings if announced_at(c.announced) <= state.now()]
    return max([version.announced, *crossed])


def _record(state: SandboxState, paper: Paper, version: Version) -> str:
    categories = paper.categories_at(state.now())
    sets = "".join(f"<setSpec>{_set(one)}</setSpec>" for one in categories)
    versions = "".join(_version(one) for one in paper.versions if one.number <= version.number)
    fields = (
        ("title", version.title),
        ("authors", ", ".join(version.authors)),
        ("categories", " ".join(categories)),
        ("comments", version.comment),
        ("journal-ref", version.journal_ref),
        ("doi", version.doi),
        ("license", paper.licence),
        ("abstract", f"  {version.abstract}"),
    )
    told = "".join(element(name, content) for name, content in fields if content)
    return (
        f"<record><header><identifier>oai:arXiv.org:{paper.id}</identifier>"
        f"<datestamp>{_stamp(state, paper, version)}</datestamp>{sets}</header>"
        f'<metadata><arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/"><id>{paper.id}</id>'
        f"{versions}{told}</arXivRaw></metadata></record>\n"
    )


def _version(version: Version) -> str:
    sent = version.submitted.astimezone(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
    kind = "I" if version.withdrawn else "D"
    return (
        f'<version version="v{version.number}"><date>{sent}</date><size>100kb</size>'
        f"<source_type>{kind}</source_type></version>"
    )


def _set(category: str) -> str:
    archive, _, subject = category.partition(".")
    return ":".join(filter(None, (archive, archive, subject)))


def _reply(state: SandboxState, ask: Ask, content: str) -> str:
    known = {k: v for k, v in ask.query.items() if re.fullmatch("[A-Za-z]+", k)}
    request = element("request", "http://oaipmh.arxiv.org/oai", **known)
    return (
        f'{XML_DECLARATION}<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">\n'
        f"<responseDate>{state.now().strftime('%Y-%m-%dT%H:%M:%SZ')}</responseDate>\n"
        f"{request}\n{content}\n</OAI-PMH>\n"
    )
