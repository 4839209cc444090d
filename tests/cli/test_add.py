"""A contributor's door: an address becomes an entry in the list's own form, or nothing does."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from catalog.markdown.listfile import parse
from sandbox.process import running
from tests.workspace import LIST, REPOSITORY, Workspace

TUESDAY = datetime(2024, 11, 12, 6, 47, tzinfo=UTC)
KINDS = json.loads((Path(__file__).parents[1] / "cases" / "add" / "kinds.json").read_text())
SEED = (REPOSITORY / LIST).read_text()
HEADINGS = "\n\n\n".join(re.findall(r"(?m)^## .*$", SEED))
MODEL = "https://huggingface.co/facebook/MobileLLM-125M"
POST = "https://buttondown.com/ainews/archive/ainews-not-much-happened-this-weekend-2670/"
NEW = "2411.04330"


@pytest.fixture(scope="module")
def outside():
    with running(now=TUESDAY) as sandbox:
        yield sandbox


@pytest.fixture
def workspace(outside, tmp_path):
    """The folder with the seed; nobody has asked anything yet."""
    outside.forget_seen()
    return Workspace(tmp_path, outside.environment())


@pytest.fixture
def empty(workspace):
    """The same, but no section has an entry."""
    workspace.listed.write_text(f"# Efficient LLM\n\n{HEADINGS}\n")
    return workspace


def add(workspace, *arguments):
    return workspace.json("add", *arguments, as_of=TUESDAY)


def person(ended):
    """What a person is told, where nothing was written."""
    assert (1, [], "") == (ended.code, ended.report["entries"], ended.report["diff"])
    return "\n".join(ended.report["needs_person"])


@pytest.mark.parametrize("kind", KINDS)
def test_kind(empty, kind):
    """Each kind of address becomes the entry that stands in a list for such a thing."""
    expected = KINDS[kind]

    ended = add(empty, *expected["arguments"])

    (entry,) = ended.report["entries"]
    assert (expected["section"], expected["entry"]) == (
        entry["section"],
        entry["entry"].split("\n"),
    )
    assert f"## {entry['section']}\n\n{entry['entry']}\n" in empty.listed.read_text()
    assert (0, 1) == (ended.code, len(parse(empty.listed.read_bytes()).entries))


@pytest.mark.parametrize("kind", [kind for kind, case in KINDS.items() if "in_seed" in case])
def test_expected_entries_are_those_of_the_seed(kind):
    """The golden file is no invention: byte for byte the seed has these."""
    assert "\n".join(KINDS[kind]["entry"]) in SEED


# What is asked for; what the item begins with in which the seed has it, and its section.
LISTED = {
    "an entry": ("2411.04965", "- 🌟 **BitNet a4.8", "Quantization"),
    "another version": ("https://arxiv.org/abs/2406.11235v1", "- **QTIP: ", "Quantization"),
    "a paper as an extra": (
        "https://huggingface.co/papers/2404.16710",
        "- [Models continually pretrained using LayerSkip]",
        "Inference",
    ),
    "a repository as an extra": ("github.com/skyworkai/moh", "- **MoH: ", "Transformer"),
    "a post as an extra": (
        "https://twitter.com/danielhanchen/status/1854992153992479165",
        "- **LoRA vs Full Fine-tuning",
        "Finetune",
    ),
    "another spelling": (
        "https://youtu.be/gBMO1JZav44?si=a",
        "- :clapper: [How FlashAttention",
        "Misc",
    ),
    "another tab": (
        "https://huggingface.co/spaces/k-mktr/gpu-poor-llm-arena",
        "- [k-mktr / gpu-poor-llm-arena]",
        "Misc",
    ),
    "without the slash": (POST.rstrip("/"), "- [Battle of Inference Engines", "Inference"),
}


@pytest.mark.parametrize("way", LISTED)
def test_listed_already(workspace, outside, way):
    """It says where, asks nobody and writes nothing."""
    url, start, section = LISTED[way]
    before = workspace.snapshot()

    said = person(add(workspace, url))

    (line,) = [n for n, text in enumerate(SEED.split("\n"), 1) if text.startswith(start)]
    assert f"{url}: already in the list, line {line} ({section})" == said
    assert ([], before) == (outside.seen(), workspace.snapshot())


def test_a_repository_that_was_renamed_is_found_under_its_new_name(empty):
    """Only GitHub knows that the list has it; nothing is written a second time."""
    assert 0 == add(empty, "https://github.com/ggml-org/llama.cpp").code

    said = person(add(empty, "https://github.com/ggerganov/llama.cpp"))

    assert "https://github.com/ggerganov/llama.cpp: already in the list, line " in said


def test_several_become_an_entry_each(workspace):
    """In the order given, at the top of their sections."""
    ended = add(workspace, NEW, "https://github.com/mit-han-lab/smoothquant", "2411.04975v1")

    sections = [(one["section"], one["proposed"]) for one in ended.report["entries"]]
    assert [("Quantization", True), ("Quantization", True), ("Inference", True)] == sections
    text = workspace.listed.read_text()
    top = text[text.index("## Quantization\n\n") :]
    assert top.startswith("## Quantization\n\n- **Scaling Laws for Precision**")
    assert "\n- [**smoothquant**]" in top[: top.index("BitNet a4.8")]


def test_where_one_fails_none_is_written(workspace):
    """Each that was not understood is named."""
    before = workspace.snapshot()

    said = person(add(workspace, NEW, "2411.88888", "https://door.example/post"))

    assert "2411.88888: arXiv does not know it" in said
    assert "https://door.example/post: has no title of its own" in said
    assert NEW not in said
    assert before == workspace.snapshot()


def test_named_twice(workspace):
    """Two spellings of one paper in one call are one too many."""
    said = person(add(workspace, NEW, f"https://arxiv.org/pdf/{NEW}v1"))

    assert "was named twice" in said


def test_an_unknown_section(workspace):
    """It says which there are."""
    before = workspace.snapshot()

    ended = add(workspace, NEW, "--section", "Quantisation")

    assert 1 == ended.code
    assert 'there is no section "Quantisation"; did you mean "Quantization"?' in ended.err
    assert before == workspace.snapshot()


def test_no_section(workspace):
    """Where the rules have no place for it, a person has to say; the nearest is told."""
    said = person(add(workspace, "https://github.com/SimpleBerry/LLaMA-O1"))

    assert "the rules find no section for 'LLaMA-O1' (the nearest is Inference, lacked " in said
    assert said.endswith("choose one with --section")


# Addresses that are never asked, and the reason.
REFUSED = {
    "file:///etc/passwd": "neither an arXiv id nor a web address",
    "javascript:alert(1)": "neither an arXiv id nor a web address",
    "data:text/html,x": "neither an arXiv id nor a web address",
    "ftp://example.org/a": "neither an arXiv id nor a web address",
    "https://me:secret@example.org/": "neither an arXiv id nor a web address",
    "https://arxiv.org/abs/2411.4965": "names no paper of arXiv: an id is year and month, a stop",
    "arxiv.org/abs/2413.04965": "names no paper of arXiv",
    "https://arxiv.org/abs/2411.04965abc": "names no paper of arXiv",
    "https://huggingface.co/papers/2411.4965": "names no paper of arXiv",
    "https://doi.org/10.48550/arXiv.2411.4965": "names no paper of arXiv",
    "arXiv:2411.4965": "names no paper of arXiv",
    "https://example.org/" + "a" * 2_000: "is longer than any web address",
    "what is this": "neither an arXiv id nor a web address",
    "http://127.0.0.1/x": "not on a host of the public internet",
    "https://[::1]/x": "not on a host of the public internet",
    "https://[::ffff:10.0.0.1]/x": "not on a host of the public internet",
    "https://169.254.169.254/latest/meta-data": "not on a host of the public internet",
    "https://2130706433/": "not on a host of the public internet",
    "https://0x7f.0.0.1/": "not on a host of the public internet",
    "https://0177.0.0.01/": "not on a host of the public internet",
    "https://localhost./x": "not on a host of the public internet",
    "https://router/x": "not on a host of the public internet",
    "https://wiki.internal/x": "not on a host of the public internet",
    "https://example.org:8443/x": "names the port 8443",
}


def test_private_and_foreign_addresses(workspace, outside):
    """Refused before anybody is asked, as an entry and as an extra."""
    said = person(add(workspace, *REFUSED))
    extra = person(add(workspace, NEW, "--extra", "javascript:alert(1)", "--extra", "http://10.1/"))

    assert [f"{url[:200]}: " for url in REFUSED] == [
        f"{url[:200]}: "
        for url, line in zip(REFUSED, said.split("\n"), strict=True)
        if line.startswith(f"{url[:200]}: ") and REFUSED[url] in line
    ]
    assert 2 == len(extra.split("\n"))
    assert [] == outside.seen()


# Pages that cannot become an entry, and the reason.
UNREADABLE = {
    "https://moved.example/post": "leads to another host (https://elsewhere.example/post)",
    "https://moved.example/inside": "will not ask 'http://127.0.0.2/private'",
    "https://door.example/post": "has no title of its own",
    "https://nameless.example/post": "has no title of its own",
    "https://x.com/someone/status/1": "has no title of its own",
    "https://files.example/paper.pdf": "is no web page (application/pdf)",
    "https://closed.example/post": "its robots.txt does not allow programs",
    "https://nowhere.example/": "answered with HTTP 404",
    "https://github.com/nobody/nothing": "GitHub knows no such repository",
}


def test_pages_that_cannot_be_read(workspace, outside):
    """All are named, with the reason; nobody inside was asked."""
    said = person(add(workspace, *UNREADABLE, "--section", "Misc"))

    for url, reason in UNREADABLE.items():
        assert f"{url}: {reason}" in said
    assert "private" not in {visit["service"] for visit in outside.seen()}


@pytest.mark.parametrize(
    ("url", "service"),
    [
        pytest.param(NEW, "ARXIV_API", id="paper"),
        pytest.param("https://github.com/foo/bar", "GITHUB", id="repository"),
        pytest.param(MODEL + "-3", "PAGES", id="page"),
    ],
)
@pytest.mark.parametrize("where", ["{}/~503", "http://127.0.0.1:9"], ids=["fails", "silent"])
def test_a_service_that_fails_today_needs_nobody(workspace, outside, url, service, where):
    """The code is that of all commands then: try again later."""
    workspace.outside[f"LISTKEEPER_{service}_URL"] = where.format(outside.url)
    before = workspace.listed.read_bytes()

    ended = add(workspace, url, "--section", "Misc")

    assert 75 == ended.code, ended.out
    assert [] == ended.report["needs_person"]
    assert any("try again later" in note for note in ended.report["notes"])
    assert before == workspace.listed.read_bytes()


def test_a_page_without_end_is_refused(workspace, outside):
    """More than 2 MB are not read, however many there are."""
    workspace.outside["LISTKEEPER_PAGES_URL"] = f"{outside.url}/~huge"

    said = person(add(workspace, MODEL + "-2", "--section", "Misc"))

    assert "is larger than 2,097,152 bytes" in said


def test_with_a_title_nobody_is_asked(workspace, outside):
    """A page that no program may read is written as the person says."""
    url = "https://closed.example/post"

    ended = add(workspace, url, "--title", "Quantized  LLM\nInference, Explained")

    (entry,) = ended.report["entries"]
    assert f"- [Quantized LLM Inference, Explained]({url}) " == entry["entry"]
    assert [] == outside.seen()


@pytest.mark.parametrize("page", ["brackets", "lines", "signs", "long"])
def test_a_hostile_title_stays_one_entry(empty, page):
    """Whatever a page calls itself: one item, its own address, and no other link."""
    url = f"https://hostile.example/{page}"

    ended = add(empty, url, "--section", "Inference")

    assert 0 == ended.code
    (entry,) = parse(empty.listed.read_bytes()).entries
    assert ("link", "Inference", url) == (entry.kind, entry.section, entry.url)
    assert 1 == len(
        empty.listed.read_text().split("## Inference\n\n")[1].split("\n\n## ")[0].split("\n")
    )
    assert len(entry.title) <= 300
    assert not set("\u202e\u200b") & set(entry.raw)


def test_dry_run_writes_nothing(workspace):
    """The diff is shown; list and store are as before."""
    before = workspace.snapshot()

    shown = add(workspace, NEW, "--dry-run")

    assert "+- **Scaling Laws for Precision**" in shown.report["diff"]
    assert before == workspace.snapshot()
    assert 0 == add(workspace, NEW).code


def test_undo_restores_every_byte(workspace):
    """Papers and links of one call are taken back together, and can be added again."""
    before = workspace.listed.read_bytes()
    wanted = [NEW, "https://github.com/mit-han-lab/smoothquant"]
    added = add(workspace, *wanted)
    after = workspace.listed.read_bytes()

    undone = workspace.json("undo", as_of=TUESDAY)

    assert (0, 0) == (added.code, undone.code)
    assert before == workspace.listed.read_bytes()
    assert "2 decisions" in undone.report["notes"][0]
    assert 0 == add(workspace, *wanted).code
    assert after == workspace.listed.read_bytes()


def test_what_was_added_is_known(workspace):
    """The paper is in the store, and is not put before a person again."""
    assert 0 == add(workspace, NEW).code

    exported = workspace.run("export", "papers", "--format", "jsonl")

    assert NEW in exported.out


def test_what_is_known_of_a_paper_stands_in_its_entry(workspace):
    """A count that was fetched before is written, as a digest would."""
    assert 0 == add(workspace, NEW).code
    assert 0 == workspace.run("citations", "refresh", as_of=TUESDAY).code
    assert 0 == workspace.run("undo", as_of=TUESDAY).code

    ended = add(workspace, NEW, "--dry-run")

    assert "[**-1**](None)" not in ended.report["entries"][0]["entry"]


def test_an_extra_that_stands_elsewhere_is_told(workspace):
    """Two entries may have the same link; the entry itself is no extra of it."""
    told = add(workspace, NEW, "--extra", "https://github.com/SkyworkAI/MoH", "--dry-run")
    itself = add(workspace, NEW, "--extra", f"https://arxiv.org/pdf/{NEW}v1")

    assert 0 == told.code
    assert (
        "the extra https://github.com/SkyworkAI/MoH is already in the list, line "
        in told.report["notes"][0]
    )
    assert 2 == itself.code


def test_github_that_has_had_enough(workspace, outside):
    """The report says what helps."""
    workspace.outside["LISTKEEPER_GITHUB_URL"] = f"{outside.url}/~403"

    said = person(add(workspace, "https://github.com/mit-han-lab/smoothquant"))

    assert "HTTP 403" in said
    assert "LISTKEEPER_GITHUB_TOKEN" in said


def test_pages_stay_on_loopback(workspace):
    """The stand-in for pages can only be on this machine."""
    workspace.outside["LISTKEEPER_PAGES_URL"] = "https://example.org"

    ended = add(workspace, MODEL + "-2", "--section", "Misc")

    assert 2 == ended.code
    assert "LISTKEEPER_PAGES_URL: is 'https://example.org'; only a loopback address" in ended.err


@pytest.mark.parametrize("option", ["--extra", "--title"])
def test_what_is_of_one_entry(workspace, option):
    """An extra of two entries would be of neither."""
    ended = add(workspace, NEW, "2411.04975", option, "https://example.org/")

    assert 2 == ended.code
    assert "name one address" in ended.err
