"""A week for the review page: the sandbox's papers, hostile ones too, and links, already judged."""

from datetime import UTC, date, datetime

from catalog.facts import Evidence, Fact, Verdict
from catalog.paper import Link, Paper
from cli.options import make_workspace
from sandbox.papers.catalogue import load
from tests.fakes import found

NOW = datetime(2024, 11, 15, 12, tzinfo=UTC)
FIRST, LAST = date(2024, 11, 11), date(2024, 11, 15)
LINKS = (
    Link("https://github.com/ada/half-bits", "repository", "half-bits", "Quantization of LLMs."),
    Link("https://youtu.be/abcdefghijk", "video", "Pruning in Ten <b>Minutes</b>"),
    Link("https://example.org/posts/kv-cache", "blog", "What a KV Cache Costs", "KV cache."),
)  # fmt: skip
PLACES = ("Quantization", "Pruning", "Inference")


def world_of(workspace, now=NOW):
    return make_workspace(config=str(workspace.root / "config"), as_of=now.isoformat(), quiet=True)


def arrives(workspace):
    """Put the week into the workspace's store, as a run would have left it."""
    world = world_of(workspace)
    (rules,) = world.lists
    works = [_paper(one) for one in load() if FIRST <= one.first.announced <= LAST]
    world.store.works.save([found(work) for work in works])
    judged = [(w, world.rules.judge(rules.list, w.title, w.abstract)) for w in works]
    for link, place in zip(LINKS, PLACES, strict=True):
        world.store.works.save([found(link, announce_type="mention", source="hugging_face")])
        word = link.title.split()[0]
        evidence = (Evidence("title", word, 0, len(word)),)
        judged.append((link, Verdict(place, 0.6, evidence, fingerprint="by hand")))
    world.store.verdicts.save(rules.list, judged, NOW)
    for number, work in enumerate(works[:6]):
        world.store.facts.record(
            Fact(work.key, "citations", str(number), "semanticscholar", "https://s2.org/x", NOW)
        )
    world.store.facts.record(Fact(LINKS[0].key, "stars", "1234", "github", None, NOW))
    return world


def _paper(one):
    first = one.first
    return Paper(
        one.id, 1, first.title, first.abstract or None, first.authors, one.categories,
        published=first.submitted, announced=first.announced,
    )  # fmt: skip
