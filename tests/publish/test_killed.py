"""A job that is killed doubles and loses nothing; ``benchmarks.published`` kills everywhere."""

import pytest

from tests.crash_driver import CrashDriver
from tests.publish.killed import CASES, KILLED, after_kill

# Killed when the forge has it and nothing here says so: our comment, the pull request, the close.
STEPS = {"sync": 16, "publish": 8, "issue": 16, "publish-issue": 14, "daily": 26}
# What opens the week and reads no answer.
OPENING = ("publish", "publish-issue", "daily")


@pytest.mark.long
@pytest.mark.parametrize("name", STEPS)
def test_the_next_job_ends_as_if_nothing_had_happened(prepared, with_issue, name):
    prepare, command, at = CASES[name]
    prepare(prepared)
    before = prepared.list_on("main")

    with CrashDriver(crawls=name == "daily") as driver:
        code, end = after_kill(driver, prepared, command, STEPS[name], at, jobs=1, far=True)

    assert KILLED == code
    assert 1 == len(end.threads)
    assert end.threads[0][1] == ("closed" if name == "issue" else "open")
    assert end.comments == (0 if name in OPENING else 1)
    assert {number for _, number in end.decisions} <= {1}
    acts = sorted(act for (_, act), _ in end.decisions)
    expected = {"sync": ["pick", "pick", "reject"], "issue": ["accept", "pick", "reject"]}
    assert acts == expected.get(name, [])
    assert (end.listed == before) == (name in OPENING)
