"""
arXiv's OAI-PMH: a set's records since a day, page by page. Errors come with status 200.

A resumption token holds the arguments and the next start; it expires at midnight UTC.
"""

import re
from datetime import UTC, date, timedelta
from urllib.parse import parse_qsl, unquote, urlencode

from sandbox.faults import Fault
from sandbox.messages import XML_DECLARATION, Request, Response, element, text
from sandbox.papers.calendar import announced_at
from sandbox.papers.catalogue import Paper, Version
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
    """An OAI error: code and description."""


def answer(state: SandboxState, request: Request, fault: Fault | None) -> Response:
    try:
        content = _content(state, dict(request.query), fault)
    except Refused as error:
        code, message = error.args
        content = element("error", message, code=code)
    return text(200, _reply(state, request, content), "text/xml")


def _content(state: SandboxState, arguments: dict[str, str], fault: Fault | None) -> str:
    if arguments.get("verb") not in VERBS:
        raise Refused("badVerb", "Value of the verb argument is not a legal OAI-PMH verb.")
    if arguments["verb"] != "ListRecords":
        raise Refused("badArgument", f"The sandbox does not answer {arguments['verb']}.")
    if "resumptionToken" in arguments and fault and fault.name == "dead-token":
        raise Refused("badResumptionToken", "The token has expired.")
    arguments, start = (
        _resumed(state, arguments) if "resumptionToken" in arguments else (arguments, 0)
    )
    if arguments.get("metadataPrefix") != "arXivRaw":
        raise Refused("cannotDisseminateFormat", "The sandbox has arXivRaw only.")
    records = [_record(state, *match) for match in _selected(state, arguments)]
    if not records:
        raise Refused("noRecordsMatch", "The combination of the arguments gives an empty list.")
    page = records[start : start + state.settings.oai_page]
    token = _token(state, arguments, start + len(page), more=start + len(page) < len(records))
    # A list of one page has no token; the last of several pages an empty one.
    end = token if len(records) > len(page) else ""
    return f"<ListRecords>\n{''.join(page)}{end}</ListRecords>"


def _token(state: SandboxState, arguments: dict[str, str], start: int, *, more: bool) -> str:
    if not more:
        return "<resumptionToken/>"
    tomorrow = state.now().date() + timedelta(days=1)
    content = urlencode({**arguments, "start": start, "expires": tomorrow})
    return element(
        "resumptionToken", urlencode({"": content})[1:], expirationDate=f"{tomorrow}T00:00:00Z"
    )


def _resumed(state: SandboxState, arguments: dict[str, str]) -> tuple[dict[str, str], int]:
    if set(arguments) != {"verb", "resumptionToken"}:
        raise Refused("badArgument", "resumptionToken is exclusive.")
    stored = dict(parse_qsl(unquote(arguments["resumptionToken"])))
    if stored.pop("expires", "") <= state.now().date().isoformat():
        raise Refused("badResumptionToken", "The token has expired.")
    return stored, int(stored.pop("start"))


def _selected(state: SandboxState, arguments: dict[str, str]) -> list[tuple[Paper, Version]]:
    since = _day(arguments, "from", EARLIEST)
    if since < EARLIEST:
        raise Refused("badArgument", f"from must not be before {EARLIEST}.")
    until = _day(arguments, "until", date(9999, 1, 1))
    # cs:cs:CL is the set of cs.CL; cs:cs and cs hold all of computer science.
    prefix = ".".join(arguments.get("set", "").split(":")[1:]) or arguments.get("set", "")
    shown = ((paper, paper.version_at(state.now())) for paper in state.papers)
    return [
        (paper, version)
        for paper, version in shown
        if version
        and since <= _stamp(state, paper, version) <= until
        and any(category.startswith(prefix) for category in paper.categories_at(state.now()))
    ]


def _day(arguments: dict[str, str], name: str, default: date) -> date:
    try:
        return date.fromisoformat(arguments[name]) if name in arguments else default
    except ValueError:
        raise Refused("badArgument", f"{name} must be YYYY-MM-DD.") from None


def _stamp(state: SandboxState, paper: Paper, version: Version) -> date:
    """Return the day of the last new version or added category."""
    # New metadata appears at 22:30 Eastern the evening before, which is the feed day in UTC.
    crossed = [c.announced for c in paper.crossings if announced_at(c.announced) <= state.now()]
    return max([version.announced, *crossed])


def _record(state: SandboxState, paper: Paper, version: Version) -> str:
    categories = paper.categories_at(state.now())
    sets = "".join(f"<setSpec>{_set(category)}</setSpec>" for category in categories)
    versions = "".join(
        _version(earlier) for earlier in paper.versions if earlier.number <= version.number
    )
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
    elements = "".join(element(name, content) for name, content in fields if content)
    return (
        f"<record><header><identifier>oai:arXiv.org:{paper.id}</identifier>"
        f"<datestamp>{_stamp(state, paper, version)}</datestamp>{sets}</header>"
        f'<metadata><arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/"><id>{paper.id}</id>'
        f"{versions}{elements}</arXivRaw></metadata></record>\n"
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


def _reply(state: SandboxState, request: Request, content: str) -> str:
    arguments = {k: v for k, v in request.query.items() if re.fullmatch("[A-Za-z]+", k)}
    echoed = element("request", "http://oaipmh.arxiv.org/oai", **arguments)
    return (
        f'{XML_DECLARATION}<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">\n'
        f"<responseDate>{state.now().strftime('%Y-%m-%dT%H:%M:%SZ')}</responseDate>\n"
        f"{echoed}\n{content}\n</OAI-PMH>\n"
    )
