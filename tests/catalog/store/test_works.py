"""Works come back as they were saved; what waits for a verdict is known."""

from datetime import date

from catalog.facts import Evidence
from catalog.store.verdicts import text_of
from catalog.store.works import Saved, text_digest
from tests.catalog.store.rows import HOSTILE, LATER, LATEST, ask
from tests.fakes import KEY, LIST, NOW, found, link, paper, verdict

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


def test_texts_are_those_of_the_works(store):
    """Of papers, of links, of a work without any text, and of one that was trimmed."""
    works = [
        paper(title=HOSTILE, abstract="", authors=("Ada Lovelace", HOSTILE)),
        paper("2411.03350", abstract="Words. " * 50),
        paper("2411.03351", abstract="Given up."),
        link(description="What we learned."),
    ]
    store.works.save([found(work) for work in works])
    store.trimmed.trim([works[2].key], LATEST)

    (texts,) = store.works.texts([work.key for work in works])

    stored = store.works.get_many([work.key for work in works])
    assert stored.keys() == {text.key for text in texts}
    for key, title, abstract, authors, digest in texts:
        assert text_of(stored[key]) == (title, abstract)
        assert getattr(stored[key], "authors", ()) == authors
        assert text_digest(*text_of(stored[key])) == digest


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


def test_of_these_days_what_rules_speak_for_comes_with_its_sightings(store):
    """Works of earlier days only come if they are asked for, and what no word speaks for never."""
    judged = {
        "2411.00001": verdict(score=0.4),
        "2411.00002": verdict(score=0.9),
        "2411.00003": verdict(section=None, score=0.2),
        "2411.00004": verdict(section=None, score=0.0),
        "2410.00005": verdict(score=0.7),
        "2410.00006": verdict(section=None, score=0.3),
        "2410.00007": verdict(score=1.0),
    }
    days = {"2411": date(2024, 11, 11), "2410": date(2024, 10, 1)}
    store.works.save([found(paper(it), announced=days[it[:4]]) for it in judged])
    day = date(2024, 11, 12)
    twice = found(paper("2411.00001"), announce_type="mention", source="a hub", announced=day)
    store.works.save([twice])
    store.verdicts.save(LIST, [(paper(it), said) for it, said in judged.items()], NOW)
    store.verdicts.save("Other", [(paper("2411.00004"), verdict())], NOW)

    asked = ["arxiv:2410.00005", "arxiv:2410.00006", "arxiv:2411.00004"]
    recent = store.verdicts.recent(LIST, date(2024, 11, 11), asked)

    proposed = [(work.arxiv_id, said) for work, said in recent.proposed]
    best_first = ("2411.00002", "2410.00005", "2411.00001")
    assert [(name, judged[name]) for name in best_first] == proposed
    assert ["arxiv:2410.00006", "arxiv:2411.00003"] == [near.key for near in recent.near_misses]
    seen = ["arxiv:2411.00001", "arxiv:2411.00002", "arxiv:2411.00003"]
    assert seen == sorted({sighting.work_key for sighting in recent.sightings})
    assert twice.sighting == recent.sightings[-1]


def test_the_best_near_misses_come_with_the_score_at_which_reading_ended(store):
    """What is proposed comes in any case, however little it scores."""
    nearly = {f"2411.0{n:04}": verdict(section=None, score=n / 10) for n in range(1, 8)}
    judged = {**nearly, "2411.00009": verdict(score=0.05)}
    store.works.save([found(paper(it), announced=date(2024, 11, 11)) for it in judged])
    store.verdicts.save(LIST, [(paper(it), said) for it, said in judged.items()], NOW)

    def recent(near):
        of_list = store.verdicts.recent(LIST, date(2024, 11, 11), (), near)
        assert ["2411.00009"] == [work.arxiv_id for work, _ in of_list.proposed]
        misses = [miss.key for miss in of_list.near_misses]
        seen = {sighting.work_key for sighting in of_list.sightings}
        assert {"arxiv:2411.00009", *misses} == seen
        return [key.removeprefix("arxiv:2411.0000") for key in misses], of_list.near_from

    assert (["7", "6", "5"], 0.5) == recent(2)
    assert (list("7654321"), 0.0) == recent(9)
    assert (list("7654321"), 0.0) == recent(None)


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
