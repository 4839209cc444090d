"""The demo's conversation of a week; ``benchmarks.first_pull_request`` runs it with its crawls."""

import pytest

import cli.demo
from benchmarks.nobody_reacts import Year, hosted_in
from cli.demo import _conversation, _furnish, _Steps, _surroundings
from cli.main import code_of
from sandbox.process import running
from tests.publish.hosted import MONDAY, PUBLISH, git


@pytest.mark.long
def test_two_tick_and_a_third_merges(fresh, tmp_path, monkeypatch, capsys):
    """What the crawl found comes from the state of another repository."""
    _furnish(tmp_path, None)
    digested = fresh.root / "bare.digested"

    def run(folder, title, arguments):
        where = ["--config", str(folder / "config"), "--state", str(folder / ".listkeeper")]
        jobs = [arguments[:1]]
        if arguments[0] == "ci":
            jobs = [list(command) for command in PUBLISH]
            branch = "refs/heads/listkeeper-state"
            if branch not in git(tmp_path / "forge.git", "for-each-ref"):
                git(tmp_path / "forge.git", "fetch", "-q", str(digested), f"{branch}:{branch}")
        for command in jobs:
            assert code_of([*command, *arguments[-2:], *where, "--quiet"]) == 0

    monkeypatch.setattr(cli.demo, "_run", run)
    with _surroundings(fresh.sandbox.environment()):
        _conversation(_Steps(tmp_path, verbose=True), fresh.sandbox)

    (thread,) = fresh.sandbox.forge()["threads"]
    assert "closed" == thread["state"]
    told = capsys.readouterr().out
    assert "3 accepted, 1 rejected" in told
    assert "was merged by cleo: 3 accepted" in told
    assert not (tmp_path / "runner").exists()


@pytest.mark.long
def test_weeks_in_which_nobody_reacts_stay_quiet(tmp_path):
    with running(now=MONDAY) as sandbox:
        year = Year(hosted_in(tmp_path, sandbox, "pr"))
        for week in range(2):
            year.live(week, 4)
        threads = year.hosted.threads

    assert 1 == year.most_open
    assert ["closed", "open"] == [thread["state"] for thread in threads]
    said = [[comment["body"] for comment in thread["said"]] for thread in threads]
    assert [1, 1] == list(map(len, said))
    assert all("listkeeper reminder" in body for (body,) in said)
