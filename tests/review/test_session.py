"""What a person does on the page: kept at once, never lost, and written as they saw it."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from catalog.facts import Decision, Evidence, Fact, Verdict
from catalog.rows.digests import KeptDigest
from catalog.rows.runs import Run
from cli.options import make_workspace
from output.review import write_plans
from output.review.errors import ReviewTrouble
from output.review.model import Clash, DecisionForm
from output.review.session import ReviewSession
from tests.fakes import found, paper
from tests.postgres import moved
from tests.workspace import REPOSITORY, Workspace

NOW = datetime(2024, 11, 15, 12, tzinfo=UTC)
TITLES = {
    "2411.00001": ("Quantization", "Four Bits for Everyone"),
    "2411.00002": ("Quantization", "Three Bits for Everyone"),
    "2411.00003": ("Inference", "Drafts of Drafts"),
    "2411.00004": ("Pruning", "Fewer Heads"),
    "2411.00005": (None, "Nearly about Language Models"),
}


def world_of(workspace, now=NOW):
    return make_workspace(config=str(workspace.root / "config"), as_of=now.isoformat(), quiet=True)


@pytest.fixture(scope="session")
def candidates(tmp_path_factory):
    """A folder whose store holds four candidates and a near miss."""
    workspace = Workspace(tmp_path_factory.mktemp("candidates") / "mine")
    world = world_of(workspace)
    (rules,) = world.lists
    for place, (number, (section, title)) in enumerate(TITLES.items()):
        work = paper(number, title=title, announced=NOW.date())
        world.store.works.save([found(work)])
        verdict = Verdict(
            section,
            0.9 - place / 10 if section else 0.3,
            (Evidence("title", title.split()[0], 0, len(title.split()[0])),),
            fingerprint=world.rules.fingerprint(rules.list),
        )
        world.store.verdicts.save(rules.list, [(work, verdict)], NOW)
    return workspace


@pytest.fixture
def workspace(candidates, tmp_path, on_database):
    mine = candidates.copy(tmp_path / "mine")
    if on_database:
        moved(mine.root / ".listkeeper" / "listkeeper.db", on_database)
    return mine


@pytest.fixture
def ada(workspace):
    return ReviewSession(world_of(workspace), "ada")


def line(session, title):
    return next(line for line in session.lines() if title in line.title)


def wish(session, title, act="pick", **more):
    work_id = line(session, title).id
    focus = session.focus(work_id)
    told = {"section": focus.line.section, "reason": "", "entry": None, "starred": False}
    return DecisionForm(**{"id": work_id, "act": act, "seen": focus.seen, **told, **more})


def test_what_old_digests_showed_is_read_only_while_it_waits(workspace):
    """After two years nearly all of it is decided, and the rest is still proposed."""
    world = world_of(workspace).at(NOW + timedelta(days=700))
    (rules,) = world.lists
    keys = ["arxiv:2411.00001", "arxiv:2411.00002", "arxiv:2411.00003"]
    shown = {"candidates": [{"key": key} for key in keys]}
    world.store.digests.save(KeptDigest(rules.list, "2024-W46", NOW, b"", shown))
    acts = zip(keys, ("reject", "undo"), strict=False)
    world.store.decisions.add([Decision(rules.list, key, act, "ada", NOW) for key, act in acts])

    proposed = world.snapshots().current(rules).proposed[rules.list]

    assert keys[1:] == [work.key for work, _ in proposed]


def test_the_first_page_compiles_no_rules(workspace):
    """Words are looked for when somebody tries one; what is shown was judged before."""
    world = world_of(workspace)

    session = ReviewSession(world, "ada")

    assert session.focus(session.lines()[0].id)
    assert "rules" not in vars(world)


def test_the_week_stands_there_by_section_and_near_misses_apart(ada):
    shown = [(line.shelf, line.section) for line in ada.lines()]

    assert [
        ("week", "Quantization"), ("week", "Quantization"), ("week", "Pruning"),
        ("week", "Inference"), ("near", ""),
    ] == shown  # fmt: skip


def test_a_decision_is_there_for_whoever_opens_the_store_next(ada, workspace):
    assert None is ada.decide(wish(ada, "Four Bits"))
    assert None is ada.decide(wish(ada, "Drafts", "reject", reason="off topic"))

    again = ReviewSession(world_of(workspace), "ada")
    assert "pick" == line(again, "Four Bits").act
    (made,) = [one for one in world_of(workspace).store.decisions.all() if one.act == "reject"]
    assert ("arxiv:2411.00003", "off topic") == (made.work_key, made.reason)


def test_the_same_twice_is_once(ada):
    asked = wish(ada, "Four Bits")

    ada.decide(asked)
    assert None is ada.decide(asked)

    assert 1 == len(ada.focus(asked.id).decisions)


def test_a_second_reviewer_sees_what_the_first_said_and_changes_nothing(ada, workspace):
    bob = ReviewSession(world_of(workspace), "bob")
    asked = wish(bob, "Four Bits")
    ada.decide(wish(ada, "Four Bits", "reject", reason="duplicate"))

    clash = bob.decide(asked)

    assert isinstance(clash, Clash)
    assert ("ada", "reject", "duplicate") == (
        clash.existing.who, clash.existing.act, clash.existing.reason,
    )  # fmt: skip
    assert "reject" == line(bob, "Four Bits").act
    # Having seen it, they may still decide otherwise.
    assert None is bob.decide(wish(bob, "Four Bits"))
    assert ("pick", "bob") == (line(ada, "Four Bits").act, line(ada, "Four Bits").user)


def test_a_page_from_before_ones_own_decision_is_stale_too(ada):
    """Two tabs, or the back button: what was said in the other one is shown, not overwritten."""
    stale = wish(ada, "Four Bits", "later")
    ada.decide(wish(ada, "Four Bits"))

    assert isinstance(ada.decide(stale), Clash)
    assert "pick" == line(ada, "Four Bits").act


def test_undo_takes_back_ones_own_decisions_newest_first(ada, workspace):
    bob = ReviewSession(world_of(workspace), "bob")
    ada.decide(wish(ada, "Four Bits"))
    ada.decide(wish(ada, "Drafts", "later"))
    bob.decide(wish(bob, "Fewer", "reject"))

    assert line(ada, "Drafts").id == ada.undo(ada.seen())
    assert line(ada, "Four Bits").id == ada.undo(ada.seen())
    assert None is ada.undo(ada.seen())

    assert [None, None, "reject"] == [
        line(ada, title).act for title in ("Four Bits", "Drafts", "Fewer")
    ]


def test_the_same_button_twice_takes_one_decision_back(ada):
    """The second press was on a page that did not know of the first: it leads to the same work."""
    ada.decide(wish(ada, "Four Bits"))
    ada.decide(wish(ada, "Drafts", "later"))
    seen = ada.seen()

    assert ada.undo(seen) == ada.undo(seen) == line(ada, "Drafts").id
    assert "pick" == line(ada, "Four Bits").act


def test_a_second_reviewer_does_not_make_ones_undo_stale(ada, workspace):
    ada.decide(wish(ada, "Four Bits"))
    seen = ada.seen()
    bob = ReviewSession(world_of(workspace), "bob")
    bob.decide(wish(bob, "Drafts"))

    assert line(ada, "Four Bits").id == ada.undo(seen)
    assert [None, "pick"] == [line(ada, title).act for title in ("Four Bits", "Drafts")]


def test_written_twice_is_written_once_and_taken_out_once(ada, workspace):
    """The same form sent again says the same, and leaves older batches where they are."""
    ada.decide(wish(ada, "Four Bits"))
    ada.apply(ada.plans()[0].token)
    first = workspace.listed.read_bytes()
    ada.decide(wish(ada, "Drafts"))
    (plan,) = ada.plans()

    assert ada.apply(plan.token) == ada.apply(plan.token)
    batch = ada.last_write()
    assert ("Efficient LLM", 1) == (batch.list_name, batch.entries)
    assert ada.undo_write(batch.token) == ada.undo_write(batch.token)

    assert first == workspace.listed.read_bytes()
    assert {"ada"} == {one.who for one in world_of(workspace).store.decisions.all()}
    ada.undo_write(ada.last_write().token)
    assert None is ada.last_write()
    for token in (plan.token, batch.token):
        with pytest.raises(ReviewTrouble, match="look"):
            (ada.apply if token == plan.token else ada.undo_write)(token)


def test_a_batch_taken_back_is_written_again_in_the_same_order(ada):
    for title in ("Three Bits", "Drafts", "Four Bits"):
        ada.decide(wish(ada, title, section="Hardware"))
    (plan,) = ada.plans()
    ada.apply(plan.token)

    ada.undo_write(ada.last_write().token)

    assert plan.diff == ada.plans()[0].diff


def test_what_was_accepted_is_written_as_it_was_shown(ada, workspace):
    ada.decide(wish(ada, "Four Bits"))
    ada.decide(wish(ada, "Drafts", section="Hardware"))
    before = workspace.listed.read_bytes()

    (plan,) = ada.plans()
    ada.apply(plan.token)

    added = [text for text in plan.diff.split("\n") if text.startswith("+") and text[1:2] != "+"]
    after = workspace.listed.read_text()
    assert 2 == plan.added
    assert "\n".join(text[1:] for text in added[:3]) in after
    assert (
        after.index("## Hardware") < after.index("Drafts of Drafts") < after.index("## Tutorials")
    )
    assert before != workspace.listed.read_bytes()
    assert () == tuple(ada.plans())


def test_a_batch_taken_back_restores_every_byte_and_every_choice(ada, workspace):
    before = workspace.listed.read_bytes()
    ada.decide(wish(ada, "Four Bits", section="Hardware", starred=True))
    (plan,) = ada.plans()
    ada.apply(plan.token)

    ada.undo_write(ada.last_write().token)

    assert before == workspace.listed.read_bytes()
    (again,) = ada.plans()
    assert plan.diff == again.diff
    assert "🌟" in again.diff


def test_a_change_that_nobody_saw_is_not_written(ada, workspace):
    ada.decide(wish(ada, "Four Bits"))
    (plan,) = ada.plans()
    workspace.listed.write_bytes(workspace.listed.read_bytes() + b"\n- theirs\n")

    with pytest.raises(ReviewTrouble, match="nothing was written"):
        ada.apply(plan.token)
    (fresh,) = ada.plans()
    ada.apply(fresh.token)
    assert b"- theirs" in workspace.listed.read_bytes()


def test_an_edited_entry_is_kept_and_written(ada, workspace):
    ours = ada.focus(line(ada, "Four Bits").id).entry
    ada.decide(wish(ada, "Four Bits", entry=ours.replace("Four Bits", "4 Bits")))

    assert "4 Bits" in ada.focus(line(ada, "Four Bits").id).entry
    (plan,) = ada.plans()
    ada.apply(plan.token)
    assert "**4 Bits for Everyone**" in workspace.listed.read_text()


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"entry": "- one\n- two"}, "no longer one entry"),
        ({"entry": "# A heading"}, "no longer one entry"),
        ({"section": "Nowhere"}, "no section"),
    ],
)
def test_what_cannot_stand_is_refused_and_nothing_is_decided(ada, told, words):
    with pytest.raises(ReviewTrouble, match=words):
        ada.decide(wish(ada, "Four Bits", **told))

    assert None is line(ada, "Four Bits").act


def test_an_entry_of_another_paper_is_refused(ada):
    ours = ada.focus(line(ada, "Four Bits").id).entry

    with pytest.raises(ReviewTrouble, match="of another paper"):
        ada.decide(wish(ada, "Four Bits", entry=ours.replace("2411.00001", "2411.77777")))


def test_a_near_miss_can_be_accepted(ada, workspace):
    ada.decide(wish(ada, "Nearly", section="Survey"))

    (plan,) = ada.plans()
    ada.apply(plan.token)
    assert "Nearly about Language Models" in workspace.listed.read_text()


def test_what_the_list_has_is_shown_beside_it(workspace):
    world = world_of(workspace)
    title = re.search(r"\*\*([^*]+)\*\*, `arXiv", workspace.listed.read_text())[1]
    work = paper("2411.00009", title=title.replace("\n", " ") + " Again", announced=NOW.date())
    world.store.works.save([found(work)])
    world.store.verdicts.save("Efficient LLM", [(work, Verdict("Inference", 0.8))], NOW)
    session = ReviewSession(world, "ada")

    (same, *_) = session.focus(line(session, "Again").id).similar

    assert same.likeness > 90


def test_time_goes_on_while_a_person_decides(ada):
    ada._worklist._started -= 3600

    ada.decide(wish(ada, "Four Bits"))

    (made,) = ada.focus(line(ada, "Four Bits").id).decisions
    assert NOW + timedelta(hours=1) <= made.at < NOW + timedelta(hours=2)


def test_what_was_postponed_is_open_again_after_a_week(workspace):
    early = ReviewSession(world_of(workspace), "ada")
    early.decide(wish(early, "Drafts", "later"))

    world = world_of(workspace).at(NOW + timedelta(days=8))
    session = ReviewSession(world, "ada")

    assert None is line(session, "Drafts").act
    assert None is session.decide(wish(session, "Drafts", "later"))
    assert "later" == line(session, "Drafts").act
    assert 2 == len(session.focus(line(session, "Drafts").id).decisions)


def test_what_was_rejected_comes_back_when_something_changed(workspace):
    early = ReviewSession(world_of(workspace), "ada")
    early.decide(wish(early, "Drafts", "reject", reason="too incremental"))
    later = NOW + timedelta(days=30)
    world = world_of(workspace).at(later)
    venue = Fact("arxiv:2411.00003", "venue", "ICLR 2025", "arxiv", None, later)
    world.store.facts.record(venue)

    session = ReviewSession(world, "ada")

    shown = line(session, "Drafts")
    assert ("second", None) == (shown.shelf, shown.act)
    assert "ICLR" in session.focus(shown.id).candidate.changed
    assert None is session.undo(session.seen())
    assert None is session.decide(wish(session, "Drafts", section="Inference"))
    assert "pick" == line(session, "Drafts").act


def test_what_is_in_the_list_by_now_is_not_decided_again(ada):
    ada.decide(wish(ada, "Four Bits"))
    ada.apply(ada.plans()[0].token)

    assert None is ada.undo(ada.seen())
    with pytest.raises(ReviewTrouble, match="already in the list"):
        ada.decide(wish(ada, "Four Bits", "reject"))


def test_a_run_in_another_process_shows_on_the_page(ada, workspace):
    world = world_of(workspace)
    work = paper("2411.00008", title="Fresh from the Feed", announced=NOW.date())
    world.store.works.save([found(work)])
    print_of = world.rules.fingerprint("Efficient LLM")
    judged = Verdict("Inference", 0.8, fingerprint=print_of)
    world.store.verdicts.save("Efficient LLM", [(work, judged)], NOW)
    world.store.runs.keep(Run("run", NOW, "OK", {}))

    assert None is line(ada, "Fresh").act


@pytest.mark.long
def test_killed_between_deciding_and_writing_loses_nothing(workspace):
    """The page's process dies with a change shown and not written: the next one shows it again."""
    before = workspace.listed.read_bytes()
    script = (
        "import os, sys\n"
        "from output.review.session import ReviewSession\n"
        "from cli.options import make_workspace\n"
        "from output.review.model import DecisionForm\n"
        "world = make_workspace(config=sys.argv[1], as_of=sys.argv[2], quiet=True)\n"
        "session = ReviewSession(world, 'ada')\n"
        "line = session.lines()[0]\n"
        "seen = session.focus(line.id).seen\n"
        "session.decide(DecisionForm(line.id, 'pick', line.section, '', None, True, seen))\n"
        "session.plans()\n"
        "os.kill(os.getpid(), 9)\n"
    )
    line = [sys.executable, "-c", script, str(workspace.root / "config"), NOW.isoformat()]
    assert -9 == subprocess.run(line, cwd=REPOSITORY, check=False).returncode

    session = ReviewSession(world_of(workspace), "ada")

    assert before == workspace.listed.read_bytes()
    (plan,) = session.plans()
    assert "🌟" in plan.diff
    session.apply(plan.token)
    assert 1 == workspace.listed.read_text().count("Four Bits for Everyone")


def test_after_an_undo_the_same_change_is_not_made_anew(ada, monkeypatch):
    """The works are picks again, of another time; the change has another token."""
    ada.decide(wish(ada, "Four Bits"))
    ada.decide(wish(ada, "Drafts"))
    (first,) = ada.plans()
    ada.apply(first.token)
    made = []
    monkeypatch.setattr(write_plans, "applying", lambda *_, **__: made.append(1))

    ada.undo_write(ada.last_write().token)
    (again,) = ada.plans()

    assert not made
    assert replace(first, token="") == replace(again, token="")
    assert first.token != again.token


def test_the_change_is_made_once_and_made_again_when_something_is_another(ada, workspace):
    """A second look costs nothing; a further choice or an edit of the list is seen at once."""
    ada.decide(wish(ada, "Four Bits"))
    (first,) = ada.plans()

    (again,) = ada.plans()
    ada.decide(wish(ada, "Drafts"))
    (more,) = ada.plans()
    workspace.listed.write_text(workspace.listed.read_text() + "\nA last word.\n")
    (edited,) = ada.plans()

    assert again is first
    assert [1, 2, 2] == [first.added, more.added, edited.added]
    assert 3 == len({first.token, more.token, edited.token})


def test_where_a_work_appeared_and_what_people_say_of_it_is_shown(ada, workspace):
    """Venue with the words that tell it, licence, and a discussion; an address is our own."""
    key = "arxiv:2411.00001"
    told = {
        "venue": "ICLR 2025", "venue-words": "Accepted at ICLR 2025", "licence": "CC BY 4.0",
        "discussion": "3",
    }  # fmt: skip
    for kind, value in told.items():
        fact = Fact(key, kind, value, "arxiv", "https://evil.example/", NOW)
        world_of(workspace).store.facts.record(fact)

    about = ada.focus(line(ada, "Four Bits").id).about

    assert ("ICLR 2025", "Accepted at ICLR 2025") == (about.venue, about.venue_words)
    assert "CC BY 4.0" == about.licence
    assert (3, "https://huggingface.co/papers/2411.00001#community") == (
        about.comments, about.discussion,
    )  # fmt: skip


LOADED_FOR_A_PAGE = """
import sys
from output.review.app import entrance
from output.review.session import ReviewSession
from tests.review.week import world_of
from tests.workspace import Workspace
from pathlib import Path

session = ReviewSession(world_of(Workspace(Path(sys.argv[1]))), "ada")
assert session.focus(session.lines()[0].id)
print(*sorted(name for name in sys.modules if name.startswith(("catalog", "pipelines", "output"))))
"""


@pytest.mark.long
def test_the_first_page_loads_no_models_rules_or_other_forms(arrived):
    """What this list does not use would be an eighth of the start."""
    line = [sys.executable, "-P", "-c", LOADED_FOR_A_PAGE, arrived.root]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}

    ended = subprocess.run(line, env=environment, capture_output=True, text=True, timeout=80)

    loaded = ended.stdout.split()
    assert "output.review.app" in loaded, ended.stderr
    unused = ("catalog.forms", "pipelines.rank.", "pipelines.rules.ruleset", "pipelines.tuning")
    used = {"pipelines.rank.order", "pipelines.rank.score"}
    assert [] == [name for name in loaded if name.startswith(unused) and name not in used]
