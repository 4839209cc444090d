"""What the store keeps, what it counts, and that it is kept for good."""

import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta

import pytest

from catalog.errors import StoreTrouble, UsageTrouble
from catalog.facts import Evidence
from catalog.sightings import SourceStatus
from catalog.store import Store
from catalog.store.digests import KeptDigest, hash_of
from catalog.store.intents import Intent
from catalog.store.runs import Run, SourceState, StoredDay
from catalog.store.works import Saved
from config.secret import Secret
from tests import postgres
from tests.fakes import KEY, LIST, NOW, citations, decision, found, link, miss, paper, verdict

LATER = NOW + timedelta(days=1)
LATEST = NOW + timedelta(days=2)
HOSTILE = 'Robert\'); DROP TABLE works;-- 100%_of "it" \N{BITCOIN SIGN} \x01 \\'


@pytest.fixture(scope="module")
def newborn(tmp_path_factory):
    path = tmp_path_factory.mktemp("newborn") / "listkeeper.db"
    Store(path).close()
    return path


@pytest.fixture
def store(newborn, tmp_path, database):
    """An empty store of one's own."""
    path = tmp_path / "state" / "listkeeper.db"
    path.parent.mkdir()
    if not database:
        shutil.copy(newborn, path)
    store = Store(path, Secret(database))
    store.url = database
    yield store
    store.close()


def ask(store, query):
    """What a second connection finds in the database, while the first is still open."""
    if getattr(store, "url", ""):
        return postgres.rows_of(store.url, query)
    with closing(sqlite3.connect(store.name)) as second:
        return second.execute(query).fetchall()


def digest(name="2024-W46", **more):
    told = {"made_at": NOW, "base": b"# A List\n", "body": {"candidates": [{"number": 1}]}}
    return KeptDigest(LIST, name, **{**told, **more})


def intent(**more):
    told = {
        "kind": "apply",
        "list_name": LIST,
        "path": "lists/efficient-llm.md",
        "base": b"old\r\n\xff",
        "new": b"new\r\n\xff",
        "decisions": (decision(section="Quantization", digest="2024-W46"),),
        "at": NOW,
    }
    return Intent(**{**told, **more})


def state(**more):
    told = {
        "etag": '"abc"',
        "batch": ("2411.04965", "2411.03350"),
        "day": date(2024, 11, 11),
        "word": SourceStatus.STALE,
        "reason": "yesterday's batch again",
        "streak": 2,
        "at": NOW,
    }
    return SourceState("arxiv_rss/cs.CL", **{**told, **more})


# Works and sightings


def test_a_work_comes_back_as_it_was_saved(store):
    """Nothing of a paper or a link is lost on the way in and out."""
    whole = paper(
        updated=LATER, comments="8 pages", journal_ref="ACL", doi="10.1/x", license="CC BY"
    )
    post = link(description="What we learned.")

    store.works.save([found(whole), found(post, announce_type="mention")])

    assert whole == store.works.get(whole.key)
    assert post == store.works.get(post.key)
    assert [whole, post] == list(store.works.all())
    assert 2 == store.works.count()


def test_saving_twice_is_saving_once(store):
    """The same feed read again adds no work and no sighting."""
    batch = [found(), found(paper("2411.03350"))]

    first = store.works.save(batch)
    again = store.works.save(batch)

    assert Saved(new=2) == first
    assert Saved(known=2) == again
    assert [(2,)] == ask(store, "SELECT count(*) FROM works")
    assert [(2,)] == ask(store, "SELECT count(*) FROM sightings")


def test_the_title_of_the_newer_version_wins(store):
    """A replacement updates the work; the older version seen later changes nothing back."""
    store.works.save([found()])

    update = store.works.save([found(paper(title="A Better Title", version=2))])
    late = store.works.save([found()])

    assert Saved(updated=1) == update
    assert Saved(known=1) == late
    assert "A Better Title" == store.works.get(KEY).title
    assert [("A Better Title", 2)] == ask(store, "SELECT title, version FROM works")
    assert [(1,), (2,)] == ask(store, "SELECT version FROM sightings ORDER BY version")


def test_a_batch_may_show_a_work_many_times(store):
    """Within one batch, as new, cross and replacement, it is one work and each sighting once."""
    batch = [
        found(),
        found(announce_type="cross"),
        found(),
        found(paper(version=2), announce_type="replace"),
    ]

    assert Saved(new=1) == store.works.save(batch)
    assert [(1,)] == ask(store, "SELECT count(*) FROM works")
    assert [(3,)] == ask(store, "SELECT count(*) FROM sightings")


def test_first_seen_stays_and_last_seen_moves(store):
    store.works.save([found(seen_at=LATER)])
    store.works.save([found(seen_at=LATEST)])

    ((first, last),) = ask(store, "SELECT first_seen, last_seen FROM works")

    assert LATER.isoformat(timespec="microseconds") == first
    assert LATEST.isoformat(timespec="microseconds") == last


def test_more_works_than_one_statement_takes(store):
    """A batch beyond SQLite's number of variables is kept whole."""
    many = [found(paper(f"2411.{number:05}")) for number in range(1, 603)]

    assert Saved(new=602) == store.works.save(many)
    assert Saved(known=602) == store.works.save(many)
    assert 602 == len(store.works.get_many([item.work.key for item in many]))


def test_nothing_to_save_is_fine(store):
    assert Saved() == store.works.save([])


def test_hostile_text_is_only_text(store):
    """Quotes, wildcards and control characters are parameters, never SQL."""
    store.works.save([found(paper(title=HOSTILE, abstract=HOSTILE))])

    assert HOSTILE == store.works.get(KEY).title
    assert [(HOSTILE,)] == ask(store, "SELECT title FROM works")
    assert store.works.get("arxiv:%") is None
    assert store.works.get("arxiv:2411.0496_") is None


def test_sightings_since_a_day(store):
    """First announcements and mentions count by their day; replacements do not count."""
    store.works.save(
        [
            found(paper("2411.00001"), announced=date(2024, 11, 8)),
            found(paper("2411.00002"), announced=date(2024, 11, 11), announce_type="cross"),
            found(paper("2411.00003"), announced=date(2024, 11, 11), announce_type="replace"),
            found(link(), announce_type="mention"),
        ]
    )

    since = {sighting.work_key for sighting in store.works.sighted(date(2024, 11, 11))}

    assert {"arxiv:2411.00002", link().key} == since


# Verdicts


def test_the_backlog_is_what_has_no_verdict(store):
    """Works without a verdict are asked for, in the order of their keys, as many as told."""
    papers = [paper(f"2411.0000{number}") for number in (1, 2, 3)]
    store.works.save([found(work) for work in papers])
    store.verdicts.save(LIST, [(papers[1], verdict())], NOW)

    assert [papers[0], papers[2]] == store.verdicts.backlog(LIST, "rules-1", 10)
    assert [papers[0]] == store.verdicts.backlog(LIST, "rules-1", 1)
    assert papers == store.verdicts.backlog("Another List", "rules-1", 10)


def test_changed_rules_and_changed_text_are_judged_again(store):
    """A verdict counts for these very rules and this very text only."""
    store.works.save([found()])
    store.verdicts.save(LIST, [(paper(), verdict(fingerprint="rules-1"))], NOW)
    assert [] == store.verdicts.backlog(LIST, "rules-1", 10)

    assert [paper()] == store.verdicts.backlog(LIST, "rules-2", 10)

    revised = paper(version=2, abstract="We prune instead.")
    store.works.save([found(revised, announce_type="replace")])
    assert [revised] == store.verdicts.backlog(LIST, "rules-1", 10)

    store.verdicts.save(LIST, [(revised, verdict(fingerprint="rules-1"))], LATER)
    assert [] == store.verdicts.backlog(LIST, "rules-1", 10)
    assert [(1,)] == ask(store, "SELECT count(*) FROM verdicts")


def test_a_new_comment_is_not_a_new_text(store):
    store.works.save([found()])
    store.verdicts.save(LIST, [(paper(), verdict())], NOW)

    store.works.save([found(paper(comments="Accepted at ACL"))])

    assert [] == store.verdicts.backlog(LIST, "rules-1", 10)


def test_a_link_is_judged_on_its_description(store):
    post = link(description="About quantization.")
    store.works.save([found(post, announce_type="mention")])
    assert [post] == store.verdicts.backlog(LIST, "rules-1", 10)

    store.verdicts.save(LIST, [(post, verdict())], NOW)

    assert [] == store.verdicts.backlog(LIST, "rules-1", 10)


def test_proposed_and_near_misses_best_first(store):
    """What has a section is proposed; what came near without one is a near miss; zero is none."""
    judged = {
        "2411.00001": verdict(score=0.4),
        "2411.00002": verdict(
            score=0.9,
            evidence=(Evidence("title", "4-bit", 3, 8),),
            runner_up="Pruning",
            lacked="says no word of pruning",
        ),
        "2411.00003": verdict(section=None, score=0.2),
        "2411.00004": verdict(section=None, score=0.3),
        "2411.00005": verdict(section=None, score=0.0),
    }
    store.works.save([found(paper(arxiv_id)) for arxiv_id in judged])
    store.verdicts.save(LIST, [(paper(name), said) for name, said in judged.items()], NOW)

    proposed = [(work.arxiv_id, said) for work, said in store.verdicts.proposed(LIST)]
    near = [work.arxiv_id for work, _ in store.verdicts.near_misses(LIST)]

    assert [(name, judged[name]) for name in ("2411.00002", "2411.00001")] == proposed
    assert ["2411.00004", "2411.00003"] == near
    assert judged["2411.00002"] == store.verdicts.get(LIST, "arxiv:2411.00002")
    assert store.verdicts.get(LIST, "arxiv:2411.99999") is None


# Facts and misses


def test_the_same_value_moves_its_last_time_only(store):
    """Ten looks at an unchanged count are one row, first and last time apart."""
    store.facts.record(citations(7, seen_at=NOW))
    store.facts.record(citations(7, seen_at=LATER))

    assert citations(7, seen_at=LATER) == store.facts.latest("citations", [KEY])[KEY]
    assert [(citations(7, seen_at=NOW), LATER)] == list(store.facts.history("citations", KEY))
    assert [(1,)] == ask(store, "SELECT count(*) FROM facts")


def test_an_older_look_does_not_move_time_back(store):
    store.facts.record(citations(7, seen_at=LATER))
    store.facts.record(citations(7, seen_at=NOW))

    assert LATER == store.facts.latest("citations", [KEY])[KEY].seen_at


def test_every_change_is_kept(store):
    """Up, down and back again are three rows; the newest counts."""
    for count, at in ((7, NOW), (9, LATER), (7, LATEST)):
        store.facts.record(citations(count, seen_at=at))

    assert [7, 9, 7] == [fact.count for fact, _ in store.facts.history("citations")]
    assert 7 == store.facts.latest("citations", [KEY])[KEY].count
    assert [("7",), ("9",), ("7",)] == ask(store, "SELECT value FROM facts ORDER BY id")


def test_a_held_fact_does_not_count(store):
    """A suspicious fall waits for a person; what was known before is what counts."""
    store.facts.record(citations(100, seen_at=NOW))
    fall = citations(3, seen_at=LATER, held=True)
    store.facts.record(fall)

    assert 100 == store.facts.latest("citations", [KEY])[KEY].count
    assert {KEY: fall} == store.facts.latest("citations", [KEY], held=True)
    assert [fall] == store.facts.held("citations")


def test_a_later_count_ends_the_hold(store):
    store.facts.record(citations(100))
    store.facts.record(citations(3, seen_at=LATER, held=True))
    store.facts.record(citations(101, seen_at=LATEST))

    assert [] == store.facts.held("citations")
    assert 101 == store.facts.latest("citations", [KEY])[KEY].count


def test_facts_of_other_kinds_and_works_stay_apart(store):
    other = citations(1, key="arxiv:2411.03350")
    code = replace(citations(), kind="code", value="microsoft/BitNet", source="arxiv")
    for fact in (citations(), other, code):
        store.facts.record(fact)

    assert {KEY: citations()} == store.facts.latest("citations", [KEY])
    assert {KEY: code} == store.facts.latest("code", [KEY, other.work_key])
    assert {} == store.facts.latest("venue", [KEY])


def test_misses_are_counted_and_an_answer_erases_them(store):
    """How often nobody knew is kept with the last reason, until somebody knows."""
    store.facts.miss(miss("not-found", seen_at=NOW))
    store.facts.miss(miss("wrong-paper", seen_at=LATER, detail="theirs: Cats"))

    last = miss("wrong-paper", seen_at=LATER, detail="theirs: Cats")
    assert [replace(last, times=2)] == store.facts.misses("citations")

    store.facts.record(citations(seen_at=LATEST))
    assert [] == store.facts.misses("citations")
    assert [] == ask(store, "SELECT * FROM misses")


def test_a_miss_does_not_forget_what_was_known(store):
    store.facts.record(citations(7))
    store.facts.miss(miss(seen_at=LATER))

    assert citations(7) == store.facts.latest("citations", [KEY])[KEY]


def test_asked_is_the_last_look_answered_or_not(store):
    """Facts, held ones and misses alike are looks; another source's are not."""
    unknown = "arxiv:2411.03350"
    store.facts.record(citations(seen_at=NOW))
    store.facts.miss(miss(seen_at=LATER))
    store.facts.miss(miss(key=unknown, seen_at=NOW))
    store.facts.record(citations(key="arxiv:2411.00009", source="openalex"))

    asked = store.facts.asked("citations", "semanticscholar")

    assert {KEY: LATER, unknown: NOW} == asked


# Decisions, digests, intents


def test_decisions_are_added_and_the_latest_counts(store):
    """Nobody's word is overwritten; the newest on a work is in force."""
    said = [
        decision("reject", reason="not about models"),
        decision("later", key="arxiv:2411.03350"),
        decision("accept", at=LATER, section="Quantization", digest="2024-W46"),
    ]
    store.decisions.add(said[:2])
    store.decisions.add(said[2:])
    store.decisions.add([])

    assert said == store.decisions.all()
    assert [(3, said[2])] == store.decisions.after(2)
    assert {KEY: said[2], "arxiv:2411.03350": said[1]} == store.decisions.latest(LIST)
    assert {} == store.decisions.latest("Another List")
    assert [("reject",), ("later",), ("accept",)] == ask(
        store, "SELECT act FROM decisions ORDER BY id"
    )


def test_decisions_that_were_rolled_back_are_not_remembered(store):
    """What a failed transaction read of itself is gone; what others add is read."""
    first, never, other = (decision(act) for act in ("reject", "later", "accept"))
    store.decisions.add([first])
    assert [first] == store.decisions.all()

    def fail():
        with store.transaction():
            store.decisions.add([never])
            assert [first, never] == store.decisions.all()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    store.decisions.add([other])

    assert [first, other] == store.decisions.all()
    assert other == store.decisions.latest(LIST)[KEY]


def test_decisions_that_another_program_took_out_of_the_file_are_gone(tmp_path):
    """What is remembered of them is not shown in place of the file."""
    path = tmp_path / "listkeeper.db"
    with closing(Store(path)) as store:
        store.decisions.add([decision("reject"), decision("later")])
        assert 2 == len(store.decisions.all())

        with closing(sqlite3.connect(path)) as other, other:
            other.execute("DELETE FROM decisions")
        store.decisions.add([decision("accept")])

        assert ["accept"] == [one.act for one in store.decisions.all()]


def test_facts_of_several_kinds_are_one_question(store):
    """Each kind has its newest fact; what nothing is known of is empty, not missing."""
    store.facts.record(citations(7))
    store.facts.record(citations(9, key="arxiv:2411.03350"))

    found = store.facts.latest_of(("citations", "venue"), [KEY, "arxiv:2411.03350"])

    assert {"citations", "venue"} == set(found)
    assert {KEY: 7, "arxiv:2411.03350": 9} == {k: f.count for k, f in found["citations"].items()}
    assert {} == found["venue"]
    assert [7] == [fact.count for fact, _ in store.facts.history_of("citations", [KEY])]
    assert [] == list(store.facts.history_of("citations", []))


def test_a_digest_made_again_replaces_itself(store):
    """By list and name; the newest is the one that was made last."""
    store.digests.save(digest("2024-W46"))
    store.digests.save(digest("2024-W45", made_at=NOW - timedelta(days=7)))
    again = digest("2024-W46", made_at=LATER, base=b"# Another\n")
    store.digests.save(again)

    assert again == store.digests.get(LIST, "2024-W46")
    assert again == store.digests.newest(LIST)
    assert ["2024-W45", "2024-W46"] == [kept.name for kept in store.digests.all()]
    assert store.digests.get(LIST, "2024-W44") is None
    assert store.digests.newest("Another List") is None
    assert [(hash_of(b"# Another\n"),)] == ask(
        store, "SELECT base_hash FROM digests WHERE name = '2024-W46'"
    )


def test_an_intent_is_open_until_it_is_closed(store):
    """Bytes, decisions and all come back; only what is done can be undone."""
    number = store.intents.begin(intent())
    assert [replace(intent(), number=number)] == store.intents.open()
    assert [("open",)] == ask(store, "SELECT state FROM intents")
    assert store.intents.last_applied(LIST) is None

    store.intents.close(number, "done")
    assert [] == store.intents.open()
    assert replace(intent(), number=number) == store.intents.last_applied(LIST)
    assert number == store.intents.newest([LIST, "Another List"]).number

    assert store.intents.undo(number)
    assert store.intents.last_applied(LIST) is None
    assert store.intents.newest([LIST]) is None


def test_the_bytes_of_a_list_are_kept_once(store):
    """What one write leaves is what the next one begins with."""
    first = intent()
    store.intents.begin(first)
    store.intents.begin(replace(first, base=first.new, new=first.base))

    assert [(2,)] == ask(store, "SELECT count(*) FROM bodies")
    assert first.base == store.intents.open()[1].new


def test_the_last_applied_batch_is_of_this_list_and_kind(store):
    first = store.intents.begin(intent())
    for other in (intent(kind="citations"), intent(list_name="Another List"), intent(kind="undo")):
        store.intents.close(store.intents.begin(other), "done")
    store.intents.close(first, "done")

    assert first == store.intents.last_applied(LIST).number


# The diary


def test_runs_newest_first(store):
    for hour, command in enumerate(("discover", "digest", "discover")):
        at = NOW + timedelta(hours=hour)
        store.runs.keep(Run(command, at, "OK", {"hour": hour}))

    assert [2, 1, 0] == [run.report["hour"] for run in store.runs.recent()]
    assert [2] == [run.report["hour"] for run in store.runs.recent("discover", most=1)]
    assert [(3,)] == ask(store, "SELECT count(*) FROM runs")


def test_where_a_source_stands(store):
    """One state a source, the newest."""
    store.runs.set_source(state())
    store.runs.set_source(state(word=SourceStatus.OK, streak=0, at=LATER))

    assert state(word=SourceStatus.OK, streak=0, at=LATER) == store.runs.source("arxiv_rss/cs.CL")
    assert store.runs.source("arxiv_rss/cs.LG") is None
    assert [("OK", 0)] == ask(store, "SELECT word, streak FROM source_states")


def test_a_stored_day_has_its_proof(store):
    day = StoredDay("arxiv", date(2024, 11, 8), "feed", 41, NOW)
    store.runs.set_day(day)
    store.runs.set_day(replace(day, proof="api", found=43, at=LATER))

    assert {day.day: replace(day, proof="api", found=43, at=LATER)} == store.runs.days("arxiv")
    assert {} == store.runs.days("another")
    assert [("2024-11-08", "api")] == ask(store, "SELECT day, proof FROM days")


# Together or not at all


def test_a_transaction_that_fails_leaves_nothing(store):
    """What is written together is there together, or not at all."""

    def killed_half_way():
        with store.transaction():
            store.decisions.add([decision()])
            store.works.save([found()])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        killed_half_way()

    assert [] == store.decisions.all()
    assert [(0,)] == ask(store, "SELECT count(*) FROM works")


def test_others_see_a_transaction_when_it_ends(store):
    """A second connection sees nothing in the middle and everything after."""
    with store.transaction():
        store.decisions.add([decision()])
        store.works.save([found()])
        assert [(0,)] == ask(store, "SELECT count(*) FROM decisions")

    assert [(1,)] == ask(store, "SELECT count(*) FROM decisions")
    assert [(1,)] == ask(store, "SELECT count(*) FROM works")


# Moving house


@pytest.fixture
def lived_in(store):
    """A store that people and time have been at."""
    store.decisions.add([decision("reject", reason=HOSTILE), decision("undo", at=LATER)])
    body = {"list_name": LIST, "name": "2024-W46", "z": [1, None, 0.5], "a": {"ä": True}}
    store.digests.save(digest(base=b"\xff\x00\r\n", body=body))
    store.facts.record(citations(100))
    store.facts.record(citations(3, seen_at=LATER, held=True))
    return store


def by_file(rows):
    """Rows after a trip through a file of JSON Lines, keys sorted as `export all` does."""
    lines = [json.dumps(row, sort_keys=True) for row in rows]
    return [json.loads(line) for line in lines]


def take_in(store, rows):
    """The number of new rows; each stands in a line of its own, and any content will do."""
    places = ((f"backup.jsonl:{number}", row) for number, row in enumerate(rows, 1))
    return store.moving.take_in(places, dict)


def test_an_export_fills_an_empty_store(lived_in, tmp_path):
    """The new store says the same as the old one, and exports the same."""
    rows = by_file(lived_in.moving.export())
    with closing(Store(tmp_path / "new" / "listkeeper.db")) as new:
        assert 5 == take_in(new, by_file(rows))

        assert rows == by_file(new.moving.export())
        assert lived_in.decisions.all() == new.decisions.all()
        assert lived_in.digests.all() == new.digests.all()
        assert list(lived_in.facts.history("citations")) == list(new.facts.history("citations"))
        assert lived_in.facts.held("citations") == new.facts.held("citations")
        assert [(2,)] == ask(new, "SELECT count(*) FROM decisions")


def test_importing_twice_is_importing_once(lived_in, tmp_path):
    """The same rows again, even the very same objects, add nothing."""
    rows = by_file(lived_in.moving.export())
    with closing(Store(tmp_path / "new" / "listkeeper.db")) as new:
        take_in(new, rows)

        assert 0 == take_in(new, rows)
        assert rows == by_file(new.moving.export())


def test_an_export_comes_home(lived_in):
    """Into the store it was made from, nothing is added."""
    assert 0 == take_in(lived_in, by_file(lived_in.moving.export()))
    assert [(2,)] == ask(lived_in, "SELECT count(*) FROM facts")


def test_a_digest_that_is_here_already_stays(lived_in):
    """An older telling of a digest does not take the place of the one people see."""
    (row,) = [row for row in by_file(lived_in.moving.export()) if row["record"] == "digest"]
    before = lived_in.digests.all()

    assert 0 == take_in(lived_in, [{**row, "body": {"list_name": LIST, "name": row["name"]}}])
    assert before == lived_in.digests.all()


@pytest.mark.parametrize(
    "row",
    [
        pytest.param({"record": "paper"}, id="another kind"),
        pytest.param({"act": "accept"}, id="no kind"),
        pytest.param({"record": ["fact"]}, id="a kind that is no word"),
        pytest.param({"record": "decision", "act": "accept"}, id="half a row"),
        pytest.param({"record": "fact", "first_at": "yesterday"}, id="no moment"),
        pytest.param({"record": "digest", "base": "%%%"}, id="no bytes"),
    ],
)
def test_what_is_no_record_is_refused_with_its_line(store, row):
    """And nothing of the file is taken in."""
    good = {"record": "fact", **_fact_row()}

    with pytest.raises(UsageTrouble, match=r"backup\.jsonl:2"):
        take_in(store, [good, row])

    assert [(0,)] == ask(store, "SELECT count(*) FROM facts")


def test_order_of_decisions_survives_a_move(store, tmp_path):
    """The last one on a work counts, whatever comes first in the alphabet."""
    for at, act in enumerate(("reject", "accept", "undo", "later", "accept", "star"), 1):
        store.decisions.add([decision(act, at=NOW + timedelta(hours=at))])
    rows = by_file(store.moving.export())

    with closing(Store(tmp_path / "new" / "listkeeper.db")) as new:
        take_in(new, rows)

        assert store.decisions.all() == new.decisions.all()
        assert "star" == new.decisions.latest(LIST)[KEY].act


def _fact_row():
    moment = NOW.isoformat()
    return {
        "work_key": KEY,
        "kind": "citations",
        "source": "semanticscholar",
        "value": "7",
        "url": None,
        "held": False,
        "first_at": moment,
        "last_at": moment,
    }


# The disk


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_full_disk_is_said_and_changes_nothing(store):
    """What could not be written whole is not there, and the store can still be read."""
    store.works.save([found()])
    pages = ask(store, "PRAGMA page_count")[0][0]
    with store.transaction(), store._database.begin() as connection:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    many = [found(paper(f"2411.{n:05}", abstract="long " * 500)) for n in range(1, 200)]

    with pytest.raises(StoreTrouble, match=r"listkeeper\.db.*full.*free some space"):
        store.works.save(many)

    assert 1 == store.works.count()
    assert [] == store.check()


def test_an_intent_is_closed_once(store):
    """Whoever comes second is told, and changes nothing."""
    number = store.intents.begin(intent())

    assert [True, False, False] == [
        store.intents.close(number, state) for state in ("done", "done", "dropped")
    ]
    assert [True, False] == [store.intents.undo(number) for _ in range(2)]
    assert not store.intents.close(number, "done")
    assert store.intents.last_applied(LIST) is None
