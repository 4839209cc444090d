"""Where a service's clock contradicts ours, the others tell whose is wrong."""

import pytest

from catalog.clocks import is_ours_wrong, with_whose
from catalog.sightings import CLOCK_WRONG, SourceReport, SourceStatus

SAID = f"{CLOCK_WRONG} 12 November 2024, theirs 15 November 2024"


def report(name):
    """``!`` contradicts our clock, ``-`` was not read for another reason, else it was read."""
    if name[0] == "!":
        return SourceReport(name[1:], SourceStatus.BROKEN, SAID)
    if name[0] == "-":
        return SourceReport(name[1:], SourceStatus.BROKEN, "HTTP 500")
    return SourceReport(name, SourceStatus.QUIET, "nothing new")


UNKNOWN = "; nobody else can tell whose is wrong: set this machine's right if it is ours"
RIGHT = "; {} with ours, so theirs is wrong, and nothing was read there"


@pytest.mark.parametrize(
    ("names", "is_ours", "whose"),
    [
        ("!hf_daily", True, UNKNOWN),
        ("!hf_daily !hf_blog", True, UNKNOWN),
        ("!hf_daily -arxiv_rss/cs.CL", True, UNKNOWN),
        ("!hf_daily inbox lists", True, UNKNOWN),
        ("!arxiv_rss/cs.CL feeds/bair", True, UNKNOWN),
        ("!arxiv_rss/cs.CL !hf_daily feeds/a", True, ", as 2 services say: set this machine's"),
        ("!feeds/a !feeds/b !hf_hub feeds/c", True, ", as 3 services say: set this machine's"),
        ("!hf_daily arxiv_rss/cs.CL", False, RIGHT.format("1 other service agrees")),
        ("!hf_daily !hf_blog feeds/a github/q", False, RIGHT.format("2 other services agree")),
        ("!arxiv_rss/cs.CL feeds/a hf_blog", False, RIGHT.format("2 other services agree")),
    ],
)
def test_each_service_has_one_voice_and_arxiv_the_last(names, is_ours, whose):
    sources = [report(name) for name in names.split()]

    told = with_whose(sources)

    assert is_ours == is_ours_wrong(sources) == is_ours_wrong(told)
    for before, after in zip(sources, told, strict=True):
        if before.reason == SAID:
            assert after.reason.startswith(SAID + whose)
            # Their clock is for them to set: the next run may find it right.
            assert after.later != is_ours
        else:
            assert before == after


def test_where_all_agree_nothing_is_said():
    sources = [report(name) for name in ("arxiv_rss/cs.CL", "hf_daily", "-feeds/a")]

    assert sources == with_whose(sources)
    assert not is_ours_wrong(sources)
