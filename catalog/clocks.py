"""
Whose clock is wrong where a service's answers contradict ours: the services of a run tell.

Each service has one voice. arXiv's decides where they are as many: it always sends its time, while
an answer without one agrees with every clock.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from catalog.plural import counted
from catalog.sightings import CLOCK_WRONG, SourceReport, SourceStatus

ARXIV = "arxiv"
# Sources that are read from files: no other clock has a part in them.
FILES = frozenset({"inbox", "lists"})


def is_ours_wrong(sources: Sequence[SourceReport]) -> bool:
    """Whether this machine's clock is to be doubted, by what these sources came to."""
    against, agreeing = _against(sources), _agreeing(sources)
    if not against or len(against) < len(agreeing):
        return False
    return len(against) > len(agreeing) or ARXIV not in agreeing


def with_whose(sources: Sequence[SourceReport]) -> list[SourceReport]:
    """The sources, and with each that contradicts our clock whose is wrong, as far as it shows."""
    if not (against := _against(sources)):
        return list(sources)
    if is_theirs := not is_ours_wrong(sources):
        agree = "agrees" if len(_agreeing(sources)) == 1 else "agree"
        others = counted(len(_agreeing(sources)), "other service")
        whose = f"; {others} {agree} with ours, so theirs is wrong, and nothing was read there"
    elif len(against) > 1:
        whose = f", as {len(against)} services say: set this machine's right"
    else:
        whose = "; nobody else can tell whose is wrong: set this machine's right if it is ours"
    return [
        replace(source, reason=f"{source.reason}{whose}", later=is_theirs or source.later)
        if source.reason.startswith(CLOCK_WRONG)
        else source
        for source in sources
    ]


def _against(sources: Sequence[SourceReport]) -> set[str]:
    """The services whose answers contradict our clock."""
    return {_service(it) for it in sources if it.reason.startswith(CLOCK_WRONG)}


def _agreeing(sources: Sequence[SourceReport]) -> set[str]:
    """The services whose answers were read, and so do not contradict it."""
    read = {_service(it) for it in sources if it.word is not SourceStatus.BROKEN}
    return read - FILES - _against(sources)


def _service(source: SourceReport) -> str:
    """Who answers there: ``arxiv_rss`` and ``arxiv_api`` are one, each feed is one."""
    name = source.source
    return name if name.startswith("feeds/") else re.split("[_/]", name)[0]
