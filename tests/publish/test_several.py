"""Several lists in one repository: each has its thread, and a trouble with one stops no other."""

from datetime import timedelta

import pytest

from sandbox.process import running
from tests.publish.hosted import MONDAY, SETTINGS, SYNC, Hosted
from tests.publish.killed import restored
from tests.publish.sink import Sink
from tests.workspace import LIST, REPOSITORY

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
FIRST, SECOND = "listkeeper/efficient-llm/2024-W46", "listkeeper/second/2024-W46"
SECOND_LIST = "lists/second.md"
RULES = (REPOSITORY / "config" / "lists" / "efficient-llm.yaml").read_text()
SECOND_RULES = RULES.replace("list: Efficient LLM", "list: Second", 1)


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """Two lists; the forge is saved before anything was published."""
    files = {
        SECOND_LIST: (REPOSITORY / LIST).read_text(),
        "config/lists/second.yaml": SECOND_RULES.replace(f"file: {LIST}", f"file: {SECOND_LIST}"),
    }
    with running(now=MONDAY, profile={"invented": False}) as sandbox:
        settings = f"{SETTINGS}chat: [LISTKEEPER_CHAT_1]\n"
        hosted = Hosted(tmp_path_factory.mktemp("two"), sandbox, settings, files)
        hosted.job(("state", "pull"), ("run",), ("state", "push"), at=MONDAY)
        sandbox.set_forge(save="digested")
        hosted.job(("publish", "pr"), at=MONDAY)
        sandbox.set_forge(save="opened")
        yield hosted


@pytest.mark.long
def test_each_list_has_its_thread_and_its_ticks(two):
    hosted = restored(two, "opened")
    assert [FIRST, SECOND] == [thread["head"]["ref"] for thread in hosted.threads]
    assert {"listkeeper"} == {row["name"] for thread in hosted.threads for row in thread["labels"]}
    hosted.tick(1, "ann", thread=2)
    event = hosted.sandbox.act("tick", "ann", number=2, marker="apply")
    hosted.sandbox.act("comment", "ben", number=1, body="/listkeeper accept 2")

    ended = hosted.event_job(event, at=MONDAY + HOUR)
    assert 0 == ended.code, ended
    hosted.job(*SYNC, at=MONDAY + 2 * HOUR)
    for number in (1, 2):
        hosted.sandbox.act("merge", "ann", number=number)
    (ended,) = hosted.job(*SYNC, at=MONDAY + 3 * HOUR)

    assert "Efficient LLM: 2024-W46 was merged by ann: 1 accepted" in ended.out
    assert "Second: 2024-W46 was merged by ann: 1 accepted" in ended.out
    first, second = hosted.list_on("main"), hosted.file("main", SECOND_LIST)
    assert (True, False) == tuple(hosted.key(2).encode() in text for text in (first, second))
    assert (False, True) == tuple(hosted.key(1, 2).encode() in text for text in (first, second))


@pytest.mark.long
def test_a_list_that_cannot_be_published_stops_neither_the_next_nor_a_chat(two, monkeypatch):
    hosted, sink = restored(two, "digested"), Sink()
    hosted.sandbox.set_forge(protect=FIRST)
    with sink.open() as port:
        monkeypatch.setenv("LISTKEEPER_CHAT_1", f"json://127.0.0.1:{port}/hook")
        (ended,) = hosted.job(("publish",), at=MONDAY)

    assert 1 == ended.code, ended
    assert f"Efficient LLM: {FIRST}: is protected" in ended.out
    assert [SECOND] == [thread["head"]["ref"] for thread in hosted.threads]
    assert 2 == len(sink.got), "both lists are told"
    # The rule is gone, and the next day makes up for it.
    (hosted.root / "bare.git" / "protected").unlink()
    hosted.job(("publish", "pr"), at=MONDAY + DAY)
    assert [SECOND, FIRST] == [thread["head"]["ref"] for thread in hosted.threads]


@pytest.mark.long
@pytest.mark.parametrize(("fault", "code"), [("403", 1), ("500", 75)])
def test_a_thread_that_cannot_be_read_stops_no_other_list(two, fault, code):
    hosted = restored(two, "opened")
    hosted.sandbox.act("comment", "ann", number=2, body="/listkeeper accept 1")
    # GitHub's library asks three times after a 500.
    hosted.sandbox.set_fault("github", fault, times=3 if fault == "500" else 1)

    (ended,) = hosted.job(*SYNC, at=MONDAY + HOUR)

    assert code == ended.code, ended
    assert "Efficient LLM: " in ended.out
    assert hosted.key(1, 2).encode() in hosted.file(SECOND, SECOND_LIST)


@pytest.mark.long
def test_where_the_token_is_dead_for_all_it_is_a_mistake_of_the_settings(two):
    hosted = restored(two, "opened")
    hosted.sandbox.set_fault("github", "401")

    (ended,) = hosted.job(*SYNC, at=MONDAY + HOUR)

    assert 2 == ended.code
    assert "GitHub refuses the token" in ended.err
