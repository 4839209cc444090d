"""The licence of a paper at arXiv, by its usual name."""

from collections.abc import Iterator
from datetime import datetime

from catalog.facts import Fact, Miss
from catalog.paper import Paper

SOURCE = "arxiv"
NAMES = {
    "creativecommons.org/licenses/by/4.0": "CC BY 4.0",
    "creativecommons.org/licenses/by-sa/4.0": "CC BY-SA 4.0",
    "creativecommons.org/licenses/by-nc-sa/4.0": "CC BY-NC-SA 4.0",
    "creativecommons.org/licenses/by-nc-nd/4.0": "CC BY-NC-ND 4.0",
    "creativecommons.org/licenses/by/3.0": "CC BY 3.0",
    "creativecommons.org/licenses/by-nc-sa/3.0": "CC BY-NC-SA 3.0",
    "creativecommons.org/licenses/publicdomain": "public domain",
    "creativecommons.org/publicdomain/zero/1.0": "CC0",
    "arxiv.org/licenses/nonexclusive-distrib/1.0": "arXiv's own",
    "arxiv.org/licenses/assumed-1991-2003": "arXiv's own (assumed)",
}


def facts_of(paper: Paper, now: datetime) -> Iterator[Fact | Miss]:
    """The licence; a miss if its address isn't one of arXiv's."""
    if not paper.license:
        return
    address = paper.license.strip().partition("://")[2].rstrip("/")
    name = NAMES.get(address.lower())
    if name:
        yield Fact(paper.key, "licence", name, SOURCE, f"https://{address}/", now)
    else:
        yield Miss(paper.key, "licence", SOURCE, "unknown", now, paper.license[:200])
