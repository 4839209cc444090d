"""
Suggestions of people: addresses in a file, in the files of a folder, in issues with a label.

They are judged like everything else. The page of a bare address is asked for its title;
``[title](address)`` has one.
"""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from urllib.parse import quote

from crawler.items import WebAnswer
from crawler.parsers.html import addresses_in, papers_in
from crawler.sources.base import NoAnswer, SourceContext, SourceItem, SourceResponse
from crawler.sources.collector import Collector, day_of

NAME = "inbox"
MAX_FILE_BYTES = 256_000
MAX_FILES = 500
# Of one issue: it is a suggestion, not a list.
MAX_ADDRESSES_PER_ISSUE = 10
_TITLED = re.compile(r"(?<!!)\[([^\[\]\n]{2,300})\]\((https?://[^\s)]+)\)")
# Pictures and files that people drop into an issue.
_ATTACHED = re.compile(r"https://(?:github\.com/user-attachments|user-images\.)")


def ask(setting: SourceContext) -> Iterator[SourceItem]:
    inbox = setting.sources.inbox
    files = list(_files(setting))
    if files:
        yield _local(setting, files)
    if inbox.issues:
        label = quote(inbox.label, safe="")
        url = (
            f"{setting.services['github']}/repos/{inbox.issues}/issues"
            f"?labels={label}&state=open&per_page=100"
        )
        accept = "application/vnd.github+json"
        yield setting.question(
            NAME, "issues", url, group="github", accept=accept, interface=True, signed=True
        )


def _local(setting: SourceContext, files: list[Path]) -> WebAnswer:
    seen = Collector(NAME, "", setting.now, setting.sources.oldest_days)
    for path in files:
        try:
            data = path.read_bytes()
        except OSError as trouble:
            seen.odd.append(f"{path.name} cannot be read ({trouble.strerror})")
            continue
        if len(data) > MAX_FILE_BYTES:
            seen.odd.append(f"{path.name} is larger than {MAX_FILE_BYTES:,} bytes")
        _suggested(seen, data[:MAX_FILE_BYTES].decode("utf-8", "replace"), None)
    seen.total = len(seen.works) + len(seen.named)
    return seen.answer()


def _files(setting: SourceContext) -> Iterator[Path]:
    inbox = setting.sources.inbox
    if inbox.file and (setting.root / inbox.file).is_file():
        yield setting.root / inbox.file
    if inbox.folder and (setting.root / inbox.folder).is_dir():
        inside = sorted((setting.root / inbox.folder).iterdir())[:MAX_FILES]
        yield from (path for path in inside if path.is_file() and path.name[0] != ".")


def _suggested(seen: Collector, text: str, day: date | None, most: int = 1000) -> None:
    for title, url in _TITLED.findall(text)[:most]:
        seen.link(url, title, None, day, "page")
    rest = _TITLED.sub(" ", text)
    for url in list(addresses_in(rest))[:most]:
        if not _ATTACHED.match(url):
            seen.page(url, day)
    for arxiv_id in papers_in(rest):
        seen.paper(arxiv_id, day, f"https://arxiv.org/abs/{arxiv_id}")


def read(answer: SourceResponse) -> Iterator[WebAnswer]:
    issues = answer.json()
    if not isinstance(issues, list):
        raise NoAnswer("answered with JSON that is no list of issues")
    seen = Collector.of(NAME, answer)
    for issue in issues:
        # GitHub counts pull requests among the issues.
        if isinstance(issue, dict) and "pull_request" not in issue:
            seen.total += 1
            day = day_of(issue.get("created_at"))
            _suggested(
                seen,
                f"{issue.get('title')}\n{issue.get('body') or ''}",
                day,
                MAX_ADDRESSES_PER_ISSUE,
            )
    yield seen.answer()
