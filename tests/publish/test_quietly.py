"""What is shown before it's done, kept without names, and kept alive."""

import os
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import timedelta

import pytest

from catalog.report import Report
from cli.options import make_workspace
from output.publish.stage import keep_schedule
from tests.publish.hosted import MONDAY, NAME, SYNC, git
from tests.publish.test_people import decisions

HOUR = timedelta(hours=1)
WORKFLOW = f"{NAME}/.github/workflows/keeper.yml@refs/heads/main"


@pytest.mark.long
@pytest.mark.parametrize("token", [True, False], ids=["token", "no token"])
def test_a_dry_run_shows_body_diff_and_requests_and_writes_nothing(fresh, token):
    fresh.sandbox.set_forge(restore="digested")
    fresh.sandbox.set_clock(MONDAY)
    clone = fresh.clone()
    if not token:
        del clone.outside["GITHUB_TOKEN"]
        os.environ.pop("GITHUB_TOKEN", None)
    clone.run("status", as_of=MONDAY)
    refs, store = fresh.refs(), (clone.root / ".listkeeper" / "listkeeper.db").read_bytes()
    fresh.sandbox.forget_seen()

    ended = clone.run("publish", "pr", "--dry-run", as_of=MONDAY)

    assert 0 == ended.code, ended
    assert [] == fresh.writes()
    assert refs == fresh.refs()
    assert [] == fresh.threads
    assert store == (clone.root / ".listkeeper" / "listkeeper.db").read_bytes()
    lines = ended.out.splitlines()
    assert any(f"POST /repos/{NAME}/pulls title: Efficient LLM: 10 candid" in one for one in lines)
    assert any(
        "git push listkeeper/2024-W46: 1 files (digests/2024-W46.md)" in one for one in lines
    )
    assert any("- [ ] <!-- accept 1 arxiv:" in one for one in lines)
    assert "+++ b/digests/2024-W46.md" in lines
    assert any("listkeeper/2024-W46" in one and "is open: nothing was" not in one for one in lines)


@pytest.mark.long
def test_what_is_shown_is_what_is_done(fresh):
    fresh.sandbox.set_forge(restore="digested")
    shown = fresh.job(("publish", "pr", "--dry-run"), at=MONDAY)[0].out.splitlines()
    fresh.sandbox.forget_seen()

    fresh.job(("publish",), at=MONDAY)

    would = [line.split()[:2] for line in shown if line.startswith(("POST", "PATCH"))]
    assert [asked.split() for asked in fresh.writes()] == (
        [[verb, path.replace("NUMBER", "1")] for verb, path in would]
    )
    start, end = shown.index("--- body"), shown.index("--- diff")
    body = [line.rstrip() for line in fresh.threads[0]["body"].splitlines()]
    assert body == shown[start + 1 : end]


@pytest.mark.long
def test_anonymous_keeps_no_login(hosted):
    hosted.sandbox.act(
        "commit", "ann", branch="main", path="config/publish.yaml",
        text=f"repository: {NAME}\nwho: anonymous\n",
    )  # fmt: skip
    hosted.sandbox.act("comment", "ann", number=1, body="/listkeeper accept 1")
    hosted.sandbox.act("comment", "stranger", number=1, body="/listkeeper accept 2")
    hosted.sandbox.act("comment", "ben", number=1, body="/listkeeper reject 3")
    hosted.job(*SYNC, at=MONDAY + HOUR)
    hosted.sandbox.act("merge", "ann", number=1)

    (ended,) = hosted.job(*SYNC, at=MONDAY + 2 * HOUR)

    acts, who = zip(*[(act, who) for _, act, who in decisions(hosted)], strict=True)
    assert ("pick", "reject", "accept") == acts
    assert who[0] == who[2] != who[1]
    assert all(name.startswith("anon-") for name in who)
    state = hosted.root / "state"
    git(hosted.root, "clone", "-q", "-b", "listkeeper-state", "bare.git", str(state))
    files = [path for path in state.rglob("*.jsonl") if path.is_file()]
    assert not [path for path in files if b'"ann"' in path.read_bytes()]
    assert "ann" not in ended.out.replace("announced", "").split()
    shutil.rmtree(state)


@pytest.mark.long
def test_an_event_under_anonymous_keeps_and_says_no_login(hosted):
    hosted.sandbox.act(
        "commit", "ann", branch="main", path="config/publish.yaml",
        text=f"repository: {NAME}\nwho: anonymous\n",
    )  # fmt: skip
    hosted.tick(1, "ann")
    hosted.tick(2, "edith", "reject")
    applied = hosted.sandbox.act("tick", "edith", number=1, marker="apply")
    ended = [hosted.event_job(applied, MONDAY + HOUR)]
    ended += [hosted.event_job(hosted.untick(1, "ben"), MONDAY + 2 * HOUR)]
    hosted.sandbox.act("comment", "tess", number=1, body="/listkeeper accept 4")
    closed = hosted.sandbox.act("close", "ann", number=1)
    ended += [hosted.event_job(closed, MONDAY + 3 * HOUR)]

    assert ["pick", "reject", "undo"] == [act for _, act, _ in decisions(hosted)]
    names = [who for _, _, who in decisions(hosted)]
    assert all(name.startswith("anon-") for name in names)
    assert names[0] == names[1] != names[2]
    said = [comment["body"] for comment in hosted.threads[0]["said"]]
    state = hosted.root / "state"
    git(hosted.root, "clone", "-q", "-b", "listkeeper-state", "bare.git", str(state))
    kept = [path.read_text() for path in state.rglob("*") if path.is_file() and path.suffix]
    shutil.rmtree(state)
    every = [*kept, *(one.out + one.err for one in ended), *(b for b in said if "tess" not in b)]
    assert not [text for text in every if re.search(r"\b(ann|edith|ben|tess)\b", text)]


@pytest.mark.parametrize(
    ("quiet_days", "fault", "asked"), [(40, None, 1), (20, None, 0), (40, "403-scope", 1)]
)
def test_a_quiet_repository_keeps_its_schedule(hosted, quiet_days, fault, asked):
    monday = MONDAY + timedelta(days=7)
    clone = hosted.clone()
    clone.outside["GITHUB_WORKFLOW_REF"] = WORKFLOW
    date = f"{(monday - timedelta(days=quiet_days)):%Y-%m-%dT%H:%M:%SZ}"
    env = {**os.environ, "GIT_COMMITTER_DATE": date, "GIT_COMMITTER_NAME": "Ann"}
    line = ["git", "-C", str(clone.root), "-c", "user.email=ann@list.example", "commit", "-q"]
    subprocess.run([*line, "--amend", "--no-edit"], check=True, env=env)
    hosted.sandbox.set_clock(monday)
    hosted.sandbox.set_fault("github", fault)

    report = Report("keep schedule", monday)
    config, environment = clone.root / "config", clone.environment
    workspace = make_workspace(config=str(config), as_of=monday.isoformat())
    keep_schedule(replace(workspace, environment=environment), report)

    put = f"PUT /repos/{NAME}/actions/workflows/keeper.yml/enable"
    assert [put] * asked == hosted.writes()
    assert ["give the job `actions: write`" in one for one in report.needs_person] == (
        [True] if fault else []
    )
