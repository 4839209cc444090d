"""
Suggestions of people: addresses in a file, in the files of a folder, in issues with a label.

They are judged like everything else. The page of a bare address is asked for its title;
``[title](address)`` has one.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from urllib.parse import quote

from catalog.arxiv_id import ArxivId, is_misspelt
from config.plain_files import open_file
from crawler.items import WebAnswer
from crawler.parsers.bodies import error_of, whole_number
from crawler.parsers.html import addresses_in, papers_in
from crawler.sources.base import NoAnswer, SourceContext, SourceItem, SourceResponse
from crawler.sources.collector import Collector, day_of, text_of

NAME = "inbox"
MAX_FILE_BYTES = 256_000
MAX_FILES = 500
# Of one issue: it is a suggestion, not a list.
MAX_ADDRESSES_PER_ISSUE = 10
# GitHub's most in one answer, and how many answers are asked for.
ISSUES_PER_PAGE, MAX_ISSUE_PAGES = 100, 10
_TITLED = re.compile(r"(?<!!)\[([^\[\]\n]{2,300})\]\((https?://[^\s)]+)\)")
# What an item of a list begins with; an id in it may stand alone.
_ITEM = re.compile(r"\s*(?:[-*+]\s+|\d{1,3}[.)]\s+)?(?:\[[ xX]\]\s+)?")
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
            f"?labels={label}&state=open&per_page={ISSUES_PER_PAGE}"
        )
        accept = "application/vnd.github+json"
        yield setting.question(
            NAME, "issues", url, group="github", accept=accept, interface=True, signed=True
        )


def _local(setting: SourceContext, files: list[Path]) -> WebAnswer:
    seen = Collector(NAME, "", setting.now, setting.sources.oldest_days, may_be_empty=True)
    if len(files) > MAX_FILES:
        seen.part_only.append(f"{MAX_FILES} of {len(files):,} files")
    for path in files[:MAX_FILES]:
        try:
            with open_file(path) as file:
                data = file.read(MAX_FILE_BYTES + 1) or b""
        except OSError as trouble:
            seen.part_only.append(f"{path.name} cannot be read ({trouble.strerror})")
            continue
        if len(data) > MAX_FILE_BYTES:
            seen.part_only.append(f"{path.name} is larger than {MAX_FILE_BYTES:,} bytes")
        _suggested(seen, data[:MAX_FILE_BYTES].decode("utf-8", "replace"), None)
    seen.total = len(seen.works) + len(seen.named)
    return seen.answer()


def _files(setting: SourceContext) -> Iterator[Path]:
    inbox = setting.sources.inbox
    if inbox.file and os.path.lexists(setting.root / inbox.file):
        yield setting.root / inbox.file
    if inbox.folder and (setting.root / inbox.folder).is_dir():
        inside = sorted((setting.root / inbox.folder).iterdir())
        yield from (path for path in inside if path.is_file() and path.name[0] != ".")


def _suggested(
    seen: Collector, text: str, day: date | None, most: int = 1000, where: str = "a file"
) -> None:
    titled, rest = _TITLED.findall(text), _TITLED.sub(" ", text)
    bare = [url for url in addresses_in(rest) if not _ATTACHED.match(url)]
    for title, url in titled[:most]:
        seen.link(url, title, None, day, "page")
    for url in bare[:most]:
        seen.page(url, day)
    if max(len(titled), len(bare)) > most:
        seen.part_only.append(f"{most} of the addresses in {where}")
    for arxiv_id in dict.fromkeys((*papers_in(rest), *_papers_alone(seen, rest))):
        seen.paper(arxiv_id, day, f"https://arxiv.org/abs/{arxiv_id}")


def _papers_alone(seen: Collector, text: str) -> Iterator[str]:
    """The papers that are named by an id alone in its line; what is only like one is told."""
    for line in text.splitlines():
        alone = _ITEM.sub("", line, count=1).strip()
        paper = ArxivId.parse(alone)
        if paper:
            yield paper.base
        elif is_misspelt(alone):
            seen.odd.append(f"{alone[:100]!r} is no arXiv id")


def read(answer: SourceResponse) -> Iterator[SourceItem]:
    issues, question = answer.json(), answer.question
    if not isinstance(issues, list):
        raise NoAnswer(f"answered with JSON that is no list of issues: {error_of(issues)}")
    seen = Collector.of(NAME, answer)
    # People take out what was decided on.
    seen.may_be_empty = True
    for issue in issues:
        if not isinstance(issue, dict) or not isinstance(issue.get("title"), str):
            seen.total += 1
            seen.strange(issue, "an item that is no issue")
        # GitHub counts pull requests among the issues.
        elif "pull_request" not in issue:
            seen.total += 1
            day = day_of(issue.get("created_at"))
            _suggested(
                seen,
                f"{issue['title']}\n{text_of(issue.get('body'))}",
                day,
                MAX_ADDRESSES_PER_ISSUE,
                f"issue {whole_number(issue.get('number'))}",
            )
    page = question.page + 1
    more = len(issues) >= ISSUES_PER_PAGE
    if more and page == MAX_ISSUE_PAGES:
        seen.part_only.append(
            f"{MAX_ISSUE_PAGES * ISSUES_PER_PAGE:,} issues were read, and more are there"
        )
    yield seen.answer()
    if more and page < MAX_ISSUE_PAGES:
        bare = question.url.partition("&page=")[0]
        yield replace(question, url=f"{bare}&page={page + 1}", page=page, etag=None, modified=None)
