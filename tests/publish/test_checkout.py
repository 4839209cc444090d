"""A repository that publishes nothing: digests are committed, and committed ticks carried out."""

import json
from datetime import timedelta

import pytest

from sandbox.process import running
from tests.publish.hosted import DAILY, MONDAY, Hosted

PAGE = "digests/2024-W46.md"


@pytest.fixture
def plain(tmp_path):
    with running(now=MONDAY, profile={"invented": False}) as sandbox:
        hosted = Hosted(tmp_path, sandbox)
        hosted.remove("config/publish.yaml")
        yield hosted


@pytest.mark.long
def test_ticks_committed_to_a_digest_are_carried_out_by_the_next_run(plain):
    (first,) = plain.job(*DAILY, at=MONDAY)
    assert 0 == first.code, first
    text = plain.file("main", PAGE).decode()
    start = text.index("<!-- candidate 1 ")
    key = text[start:].split("arxiv:")[1].split(" ")[0]
    text = text[:start] + text[start:].replace("- [ ] accept", "- [x] accept", 1)
    plain.sandbox.act("commit", "ann", branch="main", path=PAGE, text=text)

    (second,) = plain.job(*DAILY, at=MONDAY + timedelta(days=1))

    assert 0 == second.code, second
    assert key.encode() in plain.list_on("main")
    assert [] == plain.threads
    rows = map(json.loads, plain.file("listkeeper-state", "decisions/2024-11.jsonl").splitlines())
    assert {"ann"} == {row["who"] for row in rows}, "not the runner's own user"
    refs = plain.refs()
    (third,) = plain.job(("sync",), at=MONDAY + timedelta(days=1, hours=1))
    assert 0 == third.code
    assert refs["refs/heads/main"] == plain.refs()["refs/heads/main"]


@pytest.mark.long
def test_a_remark_without_a_tick_is_asked_about_and_fails_one_job(plain):
    plain.job(*DAILY, at=MONDAY)
    text = plain.file("main", PAGE).decode()
    at = text.index("<!-- candidate 1 ")
    text = text[:at] + text[at:].replace("\n", "\nToo long for us!\n", 1)
    plain.sandbox.act("commit", "ann", branch="main", path=PAGE, text=text)
    before = plain.list_on("main")

    jobs = (("state", "pull"), ("sync",), ("state", "push"))
    ended = [plain.job(*jobs, at=MONDAY + timedelta(hours=n))[1] for n in (1, 2)]

    assert [1, 0] == [one.code for one in ended], ended
    assert all("Too long for us!" in one.out for one in ended)
    assert before == plain.list_on("main")
