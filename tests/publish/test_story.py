"""The demo's conversation of a week; ``benchmarks.first_pull_request`` runs it with its crawls."""

import cli.demo
from cli.demo import _conversation, _furnish, _surroundings
from cli.main import code_of
from tests.publish.hosted import PUBLISH, git


def test_two_tick_and_a_third_merges(prepared, tmp_path, monkeypatch, capsys):
    """What the crawl found comes from the state of another repository."""
    _furnish(tmp_path)
    digested = prepared.root / "bare.digested"

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
    with _surroundings(prepared.sandbox.environment()):
        _conversation(tmp_path, prepared.sandbox)

    (thread,) = prepared.sandbox.forge()["threads"]
    assert "closed" == thread["state"]
    told = capsys.readouterr().out
    assert "3 accepted, 1 rejected" in told
    assert "was merged by cleo: 3 accepted" in told
    assert not (tmp_path / "runner").exists()
