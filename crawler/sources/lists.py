"""Other curated lists, from checkouts or raw files: works that they have and we do not."""

from collections.abc import Iterator

from catalog.markdown.listfile import listed_ids, parse
from config.plain_files import MAX_READ_BYTES, read_file
from crawler.items import Failure, WebAnswer
from crawler.sources.base import NoAnswer, SourceContext, SourceItem, SourceResponse
from crawler.sources.collector import Collector

NAME = "lists"
TEXT = "text/plain, text/markdown, */*;q=0.5"


def ask(setting: SourceContext) -> Iterator[SourceItem]:
    configured = setting.sources.lists
    for name in configured.files:
        part = name.removesuffix(".md")
        try:
            data = read_file(setting.root / name)
        except OSError as trouble:
            yield Failure(NAME, part, f"{name} cannot be read ({trouble.strerror})")
        else:
            yield _listed(Collector(NAME, part, setting.now, setting.sources.oldest_days), data)
    for address in configured.addresses:
        yield setting.question(NAME, address.name, address.url, accept=TEXT)


def read(answer: SourceResponse) -> Iterator[WebAnswer]:
    if answer.body.lstrip()[:15].lower().startswith((b"<!doctype", b"<html")):
        raise NoAnswer("answered with a web page, not a list")
    yield _listed(Collector.of(NAME, answer), answer.body)


def _listed(seen: Collector, data: bytes) -> WebAnswer:
    if len(data) > MAX_READ_BYTES:
        return seen.answer(f"is larger than {MAX_READ_BYTES:,} bytes")
    parsed = parse(data)
    for arxiv_id in sorted(listed_ids(parsed)):
        seen.paper(arxiv_id, None, f"https://arxiv.org/abs/{arxiv_id}")
    for entry in parsed.entries:
        if entry.kind == "link" and entry.url and entry.url.startswith("http"):
            seen.link(entry.url, entry.title, entry.note, None, "page")
    seen.total = len(seen.named) + len(seen.works)
    return seen.answer()
