"""One request at a time, with a pause after each, over all processes and runs."""

import asyncio
import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from crawler.politeness import MAX_RETRY_AFTER_S, MAX_WAIT_S, AskedToWait, Pace, PaceTrouble

PROCESS = """
import asyncio, sys, time
from pathlib import Path
from crawler.politeness import Pace

async def work():
    for _ in range(8):
        async with Pace(Path(sys.argv[1]), "arxiv", 0.02).turn():
            begun = time.time()
            await asyncio.sleep(0)
            ended = time.time()
        print(begun, ended)

asyncio.run(work())
"""


class Time:
    """A clock that stands still, except while somebody waits."""

    def __init__(self, now=1_000_000.0):
        self.now = now
        self.waits = []

    def __call__(self):
        return self.now

    async def sleep(self, seconds):
        self.waits.append(round(seconds, 6))
        self.now += seconds
        await asyncio.sleep(0)  # lets the other tasks go on


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def pace(tmp_path, time):
    """A function that makes a pace, as each request does, in one folder and one time."""

    def make(group="arxiv", pause=3.0, scale=1.0):
        return Pace(tmp_path / "pace", group, pause, scale, time, time.sleep)

    return make


async def ask(pace, time, takes=0.0):
    """Take a turn; tell when it began and ended."""
    async with pace.turn():
        begun = time.now
        time.now += takes
    return begun, time.now


def test_the_pause_counts_from_the_end_of_an_answer(pace, time):
    """A slow answer is followed by the whole pause; the first request waits for nothing."""
    turns = [asyncio.run(ask(pace(), time, takes)) for takes in (0.5, 7.0, 0.0, 1.0)]

    assert [3.0, 3.0, 3.0] == [after[0] - before[1] for before, after in pairwise(turns)]
    assert [0.0, 3.0, 3.0, 3.0] == time.waits


def test_who_comes_late_does_not_wait(pace, time):
    """A pause that has passed is not waited for again."""
    asyncio.run(ask(pace(), time))
    time.now += 1.0
    asyncio.run(ask(pace(), time))
    time.now += 60.0
    asyncio.run(ask(pace(), time))

    assert [0.0, 2.0, 0.0] == time.waits


def test_a_failed_request_is_followed_by_the_pause_too(pace, time):
    """The service saw it, whatever became of it."""

    async def fail():
        async with pace().turn():
            raise OSError("the line broke")

    with pytest.raises(OSError, match="the line broke"):
        asyncio.run(fail())
    asyncio.run(ask(pace(), time))

    assert [0.0, 3.0] == time.waits


def test_groups_do_not_wait_for_each_other(pace, time):
    """Semantic Scholar's turn does not depend on arXiv's."""
    asyncio.run(ask(pace("arxiv"), time))
    asyncio.run(ask(pace("scholar", pause=1.0), time))

    assert [0.0, 0.0] == time.waits


def test_scale_hurries_pauses_and_wishes(pace, time):
    """Against a sandbox whose time runs fast, everything is as much shorter."""
    asyncio.run(ask(pace(scale=0.01), time))
    asyncio.run(ask(pace(scale=0.01), time))
    asyncio.run(pace(scale=0.01).leave_alone(100))
    asyncio.run(ask(pace(scale=0.01), time))

    assert [0.0, 0.03, 1.0] == time.waits


def test_a_wish_to_be_left_alone_is_kept_for_others(pace, time):
    """Another process, or the next run, waits for what the service asked of this one."""
    asyncio.run(pace().leave_alone(60))
    time.now += 20

    asyncio.run(ask(pace(), time))
    asyncio.run(ask(pace(), time))

    assert [40.0, 3.0] == time.waits


@pytest.mark.parametrize(("asked", "waits"), [(MAX_WAIT_S, [MAX_WAIT_S]), (MAX_WAIT_S + 1, [])])
def test_a_long_wish_is_left_to_the_next_run(pace, time, asked, waits):
    """Up to the limit it is waited for; beyond, the answer says how long is left."""
    asyncio.run(pace().leave_alone(asked))

    if waits:
        asyncio.run(ask(pace(), time))
    else:
        with pytest.raises(AskedToWait) as trouble:
            asyncio.run(ask(pace(), time))
        assert ("arxiv", asked) == (trouble.value.group, trouble.value.seconds)
        assert "arxiv asked to be left alone for another 301 s" == str(trouble.value)
    assert waits == time.waits


def test_a_long_wish_ends(pace, time):
    """What the next run finds has passed by then."""
    asyncio.run(pace().leave_alone(MAX_WAIT_S + 1))
    time.now += MAX_WAIT_S + 2

    asyncio.run(ask(pace(), time))

    assert [0.0] == time.waits


def test_a_refused_turn_is_free_for_others(pace, time, tmp_path):
    """Nobody holds the lock after being told to wait for too long."""
    asyncio.run(pace().leave_alone(MAX_WAIT_S + 1))
    for _ in range(2):
        with pytest.raises(AskedToWait):
            asyncio.run(ask(pace(), time))

    assert [] == time.waits


def test_a_clock_that_was_set_back_costs_one_pause(pace, time):
    """The last answer seems to be in the future: that is no reason to wait for it."""
    asyncio.run(ask(pace(), time))
    time.now -= 3_600

    asyncio.run(ask(pace(), time))
    asyncio.run(ask(pace(), time))

    assert [0.0, 3.0, 3.0] == time.waits


def test_a_wish_beyond_a_day_was_noted_by_a_wrong_clock(pace, time):
    """No service may ask for more; what a clock a year ahead noted would stop us for a year."""
    time.now += 366 * MAX_RETRY_AFTER_S
    asyncio.run(pace().leave_alone(60))
    asyncio.run(ask(pace(), time))
    time.waits.clear()
    time.now -= 366 * MAX_RETRY_AFTER_S

    asyncio.run(ask(pace(), time))

    assert [3.0] == time.waits


def test_a_wish_of_a_day_is_kept(pace, time):
    asyncio.run(pace().leave_alone(MAX_RETRY_AFTER_S))

    with pytest.raises(AskedToWait):
        asyncio.run(ask(pace(), time))


@pytest.mark.parametrize(
    "rubbish",
    [
        "",
        "{",
        "[]",
        "null",
        '"text"',
        "\x00\x00",
        '{"not_before": "x", "ended": null}',
        '{"not_before": NaN, "ended": NaN}',
        '{"not_before": Infinity}',
        f'{{"not_before": 1{"0" * 400}, "ended": -1{"0" * 400}}}',
    ],
)
def test_a_spoiled_note_is_no_note(pace, time, tmp_path, rubbish):
    """A file that a crash left half written stops nobody."""
    (tmp_path / "pace").mkdir()
    (tmp_path / "pace" / "arxiv.json").write_text(rubbish)

    asyncio.run(ask(pace(), time))
    asyncio.run(ask(pace(), time))

    assert [0.0, 3.0] == time.waits


def test_notes_are_kept_together(pace, time, tmp_path):
    """The end of an answer does not wipe out what the service asked for meanwhile."""

    async def asked_meanwhile():
        async with pace().turn():
            wish = asyncio.create_task(pace().leave_alone(60))
            await asyncio.sleep(0)
        await wish

    asyncio.run(asked_meanwhile())

    kept = json.loads((tmp_path / "pace" / "arxiv.json").read_text())
    assert {"ended": time.now, "not_before": time.now + 60} == kept


def test_tasks_of_one_process_take_turns(pace, time):
    """Requests of several spiders never overlap, and keep the pause."""
    at_once, most = 0, 0

    async def one():
        nonlocal at_once, most
        async with pace().turn():
            at_once += 1
            most = max(most, at_once)
            begun = time.now
            await asyncio.sleep(0)
            at_once -= 1
        return begun, time.now

    async def all_of_them():
        return await asyncio.gather(*(one() for _ in range(5)))

    turns = sorted(asyncio.run(all_of_them()))

    assert 1 == most
    assert [True] * 4 == [after[0] - before[1] >= 3.0 for before, after in pairwise(turns)]


def test_processes_take_turns(tmp_path):
    """Three processes with one folder: one at a time, with the pause between any two."""
    children = [
        subprocess.Popen(
            [sys.executable, "-c", PROCESS, tmp_path], stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]

    told = [child.communicate(timeout=20)[0] for child in children]

    turns = sorted(tuple(map(float, line.split())) for text in told for line in text.splitlines())
    assert [0, 0, 0] == [child.returncode for child in children]
    assert 24 == len(turns)
    # A thousandth of tolerance: the clock that waits is not the clock that is read.
    assert [] == [pair for pair in pairwise(turns) if pair[1][0] - pair[0][1] < 0.019]


def test_a_process_that_is_killed_while_it_notes_a_time_loses_no_wish(pace, time, monkeypatch):
    """A note is replaced whole: neither emptied before it is written, nor written by halves."""
    asyncio.run(pace().leave_alone(10_000))
    monkeypatch.setattr(json, "dumps", lambda _record: "x" * 10)
    monkeypatch.setattr(Path, "replace", lambda *_paths: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        asyncio.run(pace().leave_alone(5))
    monkeypatch.undo()

    with pytest.raises(AskedToWait):
        asyncio.run(ask(pace(), time))


@pytest.mark.parametrize("note", ["", "[" * 100_000, "[1]", '{"not_before": "soon"}', "\0", "\xff"])
def test_a_note_that_says_nothing_counts_as_none(pace, time, tmp_path, note):
    (tmp_path / "pace").mkdir()
    (tmp_path / "pace" / "arxiv.json").write_text(note, "latin-1")

    assert time.now == asyncio.run(ask(pace(), time))[0]


@pytest.mark.parametrize("name", ["arxiv.json", "arxiv.lock", "arxiv.new"])
@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo], ids=["folder", "pipe"])
def test_a_file_of_ours_that_cannot_be_used_is_no_matter_of_time(pace, time, tmp_path, name, make):
    """Every service was BROKEN because of it, "try again later"; a pipe was waited for."""
    asyncio.run(ask(pace(), time))
    path = tmp_path / "pace" / name
    path.unlink(missing_ok=True)
    make(path)

    with pytest.raises(PaceTrouble, match=f"{name}: cannot be used .*; check this path"):
        asyncio.run(ask(pace(), time))
