"""Links from every kind of place, as a maintainer meets them: found, ticked, remembered."""

import json
import re
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from sandbox.process import running
from tests.workspace import Workspace

TUESDAY = datetime(2024, 11, 12, 6, 47, tzinfo=UTC)
WEDNESDAY = TUESDAY + timedelta(days=1)
SOURCES = """
arxiv:
  feeds: [cs.CL]
also: [hf_daily, hf_blog]
feeds:
  - {name: news, url: https://news.example.org/feed.json}
  - {name: channel, url: https://www.youtube.com/feeds/videos.xml?channel_id=UCxxxxxxxxxxxxxxxxxxxxxx}
  - {name: gone, url: https://gone.example.org/feed.xml}
hf_hub:
  organisations: [neuralmagic]
github:
  searches: [{name: quantization, query: language models, stars: 50}]
  watched: [pytorch/ao]
inbox:
  file: inbox.md
  issues: test/suggestions
lists:
  files: [lists/theirs.md]
"""
INBOX = """- https://blog.mlc.ai/2024/10/10/optimizing-and-characterizing-high-throughput-low-latency-llm-inference
- https://closed.example/post
- 2411.99999 is no address, arXiv:2411.88888 is nobody's
"""
THEIRS = (
    "# Theirs\n\n## LLM\n\n- [Pruning Large Language Models, a Talk](https://talks.example.org/p)\n"
)
KV = "link:https://news.example.org/posts/kv-cache"
VIDEO = "link:https://youtube.com/watch?v=abcdefghijk"
REPOSITORY = "link:https://github.com/test/new-quantizer"
RELEASE = "link:https://github.com/pytorch/ao/releases/tag/v0.6.1"
TALK = "link:https://talks.example.org/p"


@pytest.fixture(scope="module")
def outside():
    with running(now=TUESDAY) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def found(outside, tmp_path_factory):
    """A workspace whose sources were all asked once, and what the run said."""
    workspace = Workspace(tmp_path_factory.mktemp("sources"), outside.environment())
    (workspace.root / "config" / "sources.yaml").write_text(SOURCES)
    (workspace.root / "inbox.md").write_text(INBOX)
    (workspace.root / "lists" / "theirs.md").write_text(THEIRS)
    outside.forget_seen()
    ended = workspace.json("run", as_of=TUESDAY)
    workspace.run("digest", "--size", "100", as_of=TUESDAY)
    return workspace, ended, outside.seen()


@pytest.fixture
def week(found, tmp_path):
    return found[0].copy(tmp_path / "week")


def candidates(workspace, name="2024-W46"):
    return {item["key"]: item for item in workspace.candidates(name)}


def test_every_source_ends_in_a_word(found):
    """One that is gone is broken, and does not stop the others; it needs no person yet."""
    _, ended, _ = found
    words = {item["source"]: item["word"] for item in ended.report["sources"]}

    assert "BROKEN" == words.pop("feeds/gone")
    assert {
        "arxiv_rss/cs.CL": "OK",
        "hf_daily": "OK",
        "hf_blog": "OK",
        "feeds/news": "OK",
        "feeds/channel": "OK",
        "github/quantization": "OK",
        "github/releases/pytorch/ao": "OK",
        "inbox": "OK",
        "inbox/issues": "OK",
        "lists/lists/theirs": "OK",
        "hf_hub/neuralmagic/models": "OK",
    }.items() <= words.items()
    assert 75 == ended.code


@pytest.mark.long
def test_links_of_every_kind_are_candidates(found):
    """With the entry as it would stand in the list."""
    shown = candidates(found[0])

    assert {
        KV: "https://news.example.org/posts/kv-cache/",
        VIDEO: "https://www.youtube.com/watch?v=abcdefghijk",
        REPOSITORY: "https://github.com/test/new-quantizer",
        RELEASE: "https://github.com/pytorch/ao/releases/tag/v0.6.1",
        TALK: "https://talks.example.org/p",
    } == {key: item["url"] for key, item in shown.items() if item["kind"] != "paper"}
    assert shown[VIDEO]["entry"].startswith("- :clapper: [Lecture: Quantization of Large Language")
    assert " - test ![Star](" in shown[REPOSITORY]["entry"]
    assert 120 == shown[REPOSITORY]["stars"]
    assert "*Quantize large language models to low bits*" in shown[REPOSITORY]["entry"]


def test_model_of_a_paper_is_a_link_of_its_entry(found):
    """The model names 2411.04965, which the feeds or the daily papers brought."""
    shown = candidates(found[0])
    model = "https://huggingface.co/neuralmagic/Llama-3.2-1B-Instruct-quantized.w8a8"

    assert f"link:{model}" not in shown
    paper = shown.get("arxiv:2411.04965")
    assert paper is None or model in paper["entry"]


def test_papers_that_were_named_are_looked_up_in_one_request(found):
    """By the newsletter, an issue and the daily papers; what arXiv does not know is a miss."""
    workspace, ended, seen = found
    asked = [v for v in seen if v["part"] == "api" and "id_list" in v["query"]]

    assert "2411.88888" in asked[0]["query"]["id_list"]
    assert 1 == len([v for v in asked if "2411.88888" in v["query"]["id_list"]])
    assert ended.report["counts"]["discover/looked-up"] > 1
    workspace.run("export", "papers", "--format", "jsonl", "-o", str(workspace.root / "p"))
    assert "2411.02265" in (workspace.root / "p").read_text()


def test_nobody_forbidden_is_asked(found):
    _, _, seen = found

    assert not [v for v in seen if "closed.example" in v["path"]]


def test_requests_are_counted(found):
    _, ended, seen = found
    counts = ended.report["counts"]

    assert 1 == counts["requests/hf_daily"] == counts["requests/hf_blog"]
    asked = sum(number for name, number in counts.items() if name.startswith("requests/"))
    scholar = len([v for v in seen if v["service"] == "scholar"])
    replaced = ended.report["counts"].get("enrich/replaced", 0) > 0
    facts = counts["huggingface/requests"] + counts["github/requests"]
    assert len(seen) - scholar - replaced - facts == asked
    (told,) = [note for note in ended.report["notes"] if note.startswith("requests: ")]
    assert re.fullmatch(r"requests: \d+ of at most 500 \(.*arxiv_rss 1.*\)", told)


@pytest.mark.long
def test_accepted_rejected_and_taken_back(week):
    """A link that was accepted stands in the list; one that was rejected never comes again."""
    shown, before = candidates(week), week.listed.read_bytes()
    week.tick(shown[KV]["number"])
    week.tick(shown[VIDEO]["number"], "reject, because:", reason=" a lecture")

    assert 0 == week.run("apply", str(week.page()), as_of=TUESDAY).code

    assert shown[KV]["entry"].encode() in week.listed.read_bytes()
    page, next_week = week.page("2024-W47"), WEDNESDAY + timedelta(days=7)
    week.run("digest", "--size", "100", as_of=next_week)
    text = page.read_text() if page.exists() else ""
    assert KV.partition(":")[2] not in text
    # What was left without a tick is on the shelf.
    assert f"<!-- candidate {shown[REPOSITORY]['number']} {REPOSITORY} -->" not in text
    table = week.run("export", "candidates", "--format", "jsonl", as_of=next_week).out
    rows = map(json.loads, table.splitlines())
    (row,) = [row for row in rows if f"link:{row['arxiv_id']}" == REPOSITORY]
    assert "no tick in 2024-W46" == row["shelf"]
    assert 0 == week.run("undo", as_of=WEDNESDAY).code
    assert before == week.listed.read_bytes()


def test_next_day_without_news_asks_each_source_once_and_changes_nothing(outside, week):
    """What was named and not found is not asked again; of the hub one shelf has its turn."""
    before, outside_now = candidates(week), WEDNESDAY
    outside.set_clock(outside_now)
    outside.forget_seen()

    ended = week.json("discover", as_of=outside_now)
    outside.set_clock(TUESDAY)

    new = {
        item["source"]: item["counts"]["new"]
        for item in ended.report["sources"]
        if not item["source"].startswith(("arxiv", "hf_daily"))
    }
    assert {0} == set(new.values())
    counts = ended.report["counts"]
    assert [1, 1, 1] == [
        counts.get(f"requests/{name}") for name in ("hf_daily", "hf_blog", "hf_hub")
    ]
    assert "requests/page" not in counts
    assert 2 == counts["requests/github"]
    assert before == candidates(week)


SIBLING = """list: {name}
file: lists/{file}.md
about: [LLM, language model*]
sections:
  - name: {name}
    says: [{says}]
"""


def test_work_that_fits_another_list_better_is_routed(week):
    """Two more lists and one crawl: each has its page, and says what went elsewhere."""
    for name, says in (
        ("Caches", "KV cache*, cache compress*, kv-cache near compress*, cache*, compression"),
        ("Talks", "talk*"),
    ):
        file = name.lower()
        (week.root / "config" / "lists" / f"{file}.yaml").write_text(
            SIBLING.format(name=name, file=file, says=says)
        )
        (week.root / "lists" / f"{file}.md").write_text(f"# A List\n\n## {name}\n\n")

    assert 0 == week.run("classify", as_of=TUESDAY).code
    assert 0 == week.json("digest", "--size", "100", as_of=TUESDAY).code

    bodies = {
        name: orjson.loads((week.root / "digests" / f"{name}-2024-W46.json").read_bytes())
        for name in ("caches", "talks", "efficient-llm")
    }
    shown = {name: {one["key"] for one in body["candidates"]} for name, body in bodies.items()}
    routed = {name: dict(body["routed"]) for name, body in bodies.items()}
    assert {KV} == shown["caches"]
    assert set() == shown["talks"]
    assert {TALK, VIDEO, REPOSITORY} <= shown["efficient-llm"]
    assert {
        "caches": {},
        "talks": {"Pruning Large Language Models, a Talk": "Efficient LLM › Pruning"},
        "efficient-llm": {
            "KV Cache Compression for Large Language Models, Explained": "Caches › Caches"
        },
    } == routed


def test_two_shared_lists_are_kept_beside_the_flagship(week, shared):
    """One crawl for three lists: each gets its page, and nobody's file is touched."""
    told = (
        ("LLM Reasoning", "llm_reasoning@2024-12-31", "Reasoning", "reason*, math*"),
        ("LLM Training", "llm_training@2024-11-24", "Optimization", "optimizer*, pretrain*"),
    )
    for name, origin, section, says in told:
        file = origin.partition("@")[0]
        listed = (shared / "lists" / "roundtrip" / f"{origin}.md").read_bytes()
        (week.root / "lists" / f"{file}.md").write_bytes(listed)
        rules = SIBLING.format(name=name, file=file, says=says)
        rules = rules.replace(f"- name: {name}", f"- name: {section}")
        (week.root / "config" / "lists" / f"{file}.yaml").write_text(rules)
    before = {path.name: path.read_bytes() for path in (week.root / "lists").iterdir()}

    assert 0 == week.run("classify", as_of=TUESDAY).code
    assert 0 == week.run("digest", as_of=TUESDAY).code

    pages = {page.name for page in (week.root / "digests").glob("*.md")}
    assert {f"{stem}-2024-W46.md" for stem in ("llm_reasoning", "llm_training")} <= pages
    assert before == {path.name: path.read_bytes() for path in (week.root / "lists").iterdir()}
