"""arXiv's OAI-PMH: the records of a set since a day. Errors come with status 200."""

import re
from datetime import UTC, date

from sandbox.answer import XML_DECLARATION, Answer, Ask, element, text
from sandbox.catalogue import Paper, Version
from sandbox.faults import Fault
from sandbox.world import World

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


def answer(world: World, ask: Ask, fault: Fault | None) -> Answer:
    try:
        content = _content(world, dict(ask.query))
    except Refused as trouble:
        code, matter = trouble.args
        content = element("error", matter, code=code)
    return text(200, _reply(world, ask, content), "text/xml")


def _content(world: World, told: dict[str, str]) -> str:
    if told.get("verb") not in VERBS:
        raise Refused("badVerb", "Value of the verb argument is not a legal OAI-PMH verb.")
    if told["verb"] != "ListRecords":
        raise Refused("badArgument", f"The sandbox does not answer {told['verb']}.")
    if told.get("metadataPrefix") != "arXivRaw":
        raise Refused("cannotDisseminateFormat", "The sandbox has arXivRaw only.")
    records = [_record(*one) for one in _selected(world, told)]
    if not records:
        raise Refused("noRecordsMatch", "The combination of the arguments gives an empty list.")
    return f"<ListRecords>\n{''.join(records)}</ListRecords>"


def _selected(world: World, told: dict[str, str]) -> list[tuple[Paper, Version]]:
    since = _day(told, "from", date(2005, 9, 16))
    until = _day(told, "until", date(9999, 1, 1))
    # cs:cs:CL is the set of cs.CL; cs:cs and cs hold all of computer science.
    prefix = ".".join(told.get("set", "").split(":")[1:]) or told.get("set", "")
    shown = ((paper, paper.version_at(world.now())) for paper in world.papers)
    return [
        (paper, version)
        for paper, version in shown
        if version
        and since <= _stamp(version) <= until
        and any(one.startswith(prefix) for one in paper.categories)
    ]


def _day(told: dict[str, str], name: str, default: date) -> date:
    try:
        return date.fromisoformat(told[name]) if name in told else default
    except ValueError:
        raise Refused("badArgument", f"{name} must be YYYY-MM-DD.") from None


def _stamp(version: Version) -> date:
    # New metadata appears at 22:30 Eastern the evening before, which is the feed day in UTC.
    return version.announced


def _record(paper: Paper, version: Version) -> str:
    sets = "".join(f"<setSpec>{_set(one)}</setSpec>" for one in paper.categories)
    versions = "".join(_version(one) for one in paper.versions if one.number <= version.number)
    fields = (
        ("title", version.title),
        ("authors", ", ".join(version.authors)),
        ("categories", " ".join(paper.categories)),
        ("comments", version.comment),
        ("journal-ref", version.journal_ref),
        ("doi", version.doi),
        ("license", paper.licence),
        ("abstract", f"  {version.abstract}"),
    )
    told = "".join(element(name, content) for name, content in fields if content)
    return (
        f"<record><header><identifier>oai:arXiv.org:{paper.id}</identifier>"
        f"<datestamp>{_stamp(version)}</datestamp>{sets}</header>"
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


def _reply(world: World, ask: Ask, content: str) -> str:
    known = {k: v for k, v in ask.query.items() if re.fullmatch("[A-Za-z]+", k)}
    request = element("request", "http://oaipmh.arxiv.org/oai", **known)
    return (
        f'{XML_DECLARATION}<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">\n'
        f"<responseDate>{world.now().strftime('%Y-%m-%dT%H:%M:%SZ')}</responseDate>\n"
        f"{request}\n{content}\n</OAI-PMH>\n"
    )
