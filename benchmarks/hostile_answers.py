"""
Every shape of answer, from every service, to every command that asks it.

A command must never end as a bug (exit code 3), take more than 200 MB in any of its processes, or
change a byte of a list because of an answer that it cannot have understood. One service at a time
is hostile; the others are the sandbox. Prints a line for what fails, and the figures.

    python -m benchmarks.hostile_answers [--only TEXT] [--minutes 20] [--seed 7] [--slow]

Commands are forked from a process that has the program loaded (``fork_server.py``), which adds a
few MB to the memory of each. They run in a random order, so that a run that is stopped after
``--minutes`` has seen some of everything.
"""

import argparse
import gzip
import hashlib
import json
import random
import shutil
import socketserver
import tempfile
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import brotli
from backports import zstd

from benchmarks.daily_runs import SOURCES
from benchmarks.fork_server import ForkServer
from sandbox.process import running
from tests.kill_stories import RULES
from tests.workspace import Workspace

MONDAY = datetime(2024, 11, 11, 6, 47, tzinfo=UTC)
LATER = MONDAY + timedelta(days=29, hours=1)
MAX_MB = 200
MAX_SECONDS = 300
MIB = 2**20

# Which commands ask which service; each is run with that service hostile.
ASKS = {
    "arxiv_rss": ("rss", "run"),
    "arxiv_api": ("gap-api", "named", "add-paper", "watch", "backfill"),
    "arxiv_oai": ("backfill-oai", "gap-oai"),
    "semantic_scholar": ("citations", "enrich"),
    "openalex": ("citations",),
    "huggingface": ("named", "hub", "enrich"),
    "github": ("github", "add-repository", "watch", "enrich"),
    "pages": ("feeds", "add-page", "watch"),
}
PERIOD = ("--since", "2024-09-02", "--until", "2024-09-06")
COMMANDS = {
    "rss": ["discover", "--source", "arxiv_rss"],
    "gap-api": ["discover", "--source", "arxiv_api"],
    "gap-oai": ["discover", "--source", "arxiv_oai"],
    "named": ["discover", "--source", "hf_daily"],
    "hub": ["discover", "--source", "hf_hub"],
    "github": ["discover", "--source", "github"],
    "feeds": ["discover", "--source", "feeds", "--source", "hf_blog"],
    "enrich": ["enrich"],
    "run": ["run"],
    "citations": ["citations", "refresh", "--write"],
    "watch": ["watch"],
    "backfill": ["backfill", *PERIOD],
    "backfill-oai": ["backfill", *PERIOD, "--by", "oai"],
    "add-paper": ["add", "2410.00007", "--section", "Quantization"],
    "add-repository": ["add", "https://github.com/foo/bar", "--section", "Inference"],
    "add-page": ["add", "https://example.org/post", "--section", "Inference"],
}


@dataclass(frozen=True)
class Answer:
    """What goes on the wire: status line, headers, and pieces of the body."""

    body: bytes = b""
    kind: str = "application/json"
    status: str = "200 OK"
    headers: tuple[tuple[str, str], ...] = ()
    pieces: Callable[[], Iterator[bytes]] | None = None
    raw: bool = False


def packed(size: int) -> bytes:
    """A gzip body that unfolds to this many zeros."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    parts = [packer.compress(bytes(MIB)) for _ in range(size // MIB)]
    return b"".join(parts) + packer.flush()


def endless() -> Iterator[bytes]:
    while True:
        yield b"[" + b" " * 65_535


def drip() -> Iterator[bytes]:
    while True:
        yield b" "
        time.sleep(0.5)


def as_json(value: object) -> Answer:
    return Answer(json.dumps(value).encode())


RSS = (
    '<?xml version="1.0" encoding="{0}"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:arxiv="http://arxiv.org/schemas/atom"><channel><title>x</title>{1}</channel></rss>'
)
ITEM = (
    "<item><title>{}</title><link>https://arxiv.org/abs/2412.0{:04}</link>"
    "<guid>oai:arXiv.org:2412.0{:04}v1</guid><description>arXiv Abstract: {}</description>"
    "<arxiv:announce_type>new</arxiv:announce_type><dc:creator>A, B</dc:creator></item>"
)
ATOM = (
    '<feed xmlns="http://www.w3.org/2005/Atom" '
    'xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/"><title>x</title>'
    "<opensearch:totalResults>{}</opensearch:totalResults>{}</feed>"
)
OAI = '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">{}</OAI-PMH>'


def deep_xml(levels: int) -> bytes:
    return b"<rss>" + b"<a>" * levels + b"</a>" * levels + b"</rss>"


def shapes() -> dict[str, Answer]:
    """All shapes by name."""
    one = {"paperId": "a" * 40, "id": "2411.04965", "full_name": "foo/bar", "title": "x"}
    number = {"citationCount": 10**30, "cited_by_count": 1e308, "upvotes": -1}
    found = {
        "empty": Answer(),
        "blanks": Answer(b" \n\t "),
        "zero byte": Answer(b"\x00"),
        "null": as_json(None),
        "true": Answer(b"true"),
        "a number": as_json(5),
        "a huge number": Answer(b"9" * 10_000),
        "a text": as_json("hello"),
        "[]": as_json([]),
        "{}": as_json({}),
        "[{}]": as_json([{}]),
        "[null]": as_json([None]),
        "[[[]]]": as_json([[[]]]),
        "one item": as_json([one]),
        "one item 500 times": as_json([one] * 500),
        "one object": as_json(one),
        "wrong types": as_json([{name: [value] for name, value in one.items()}] * 15),
        "numbers": as_json([{**one, **number}] * 15),
        "works": as_json({"results": [{}], "items": [{}], "meta": {"count": 1}}),
        "works of null": as_json({"results": None, "items": None}),
        "error": as_json({"error": "Internal error"}),
        "error of objects": as_json({"error": {"message": {"a": []}}, "errors": [[], 5]}),
        "long texts": as_json([dict.fromkeys(one, "a" * 100_000)] * 15),
        "long address": as_json([{**one, "url": "https://www.semanticscholar.org/" + "a" * 10**5}]),
        "truncated JSON": Answer(json.dumps([one] * 15).encode()[:-20]),
        "NaN": Answer(b'[{"paperId": "a", "citationCount": NaN, "year": Infinity}]'),
        "twice the key": Answer(b'{"id": "a", "id": "2411.04965", "id": 5}'),
        "900 deep": Answer(b"[" * 900 + b"]" * 900),
        "900 objects deep": Answer(b'{"error":' * 900 + b"1" + b"}" * 900),
        "items 900 deep": Answer(b"[" + b"[" * 900 + b"]" * 900 + b"]"),
        "100,000 deep": Answer(b"[" * 100_000),
        "control characters": as_json({"message": "\x1b[31m\x00\u202e\n\r" * 99, "title": "\x07"}),
        "half a sign": Answer(b'[{"title": "\\ud800", "id": "\xff\xfe"}]'),
        "million lists": Answer(b"[" + b"[]," * 5_000_000 + b"[]]"),
        "million numbers": Answer(b"[" + b"1," * 7_000_000 + b"1]"),
        "million texts": Answer(b"[" + b'"abc",' * 2_000_000 + b'"a"]'),
        "JSON with a mark": Answer(b"\xef\xbb\xbf[]"),
        "JSON in UTF-16": Answer("[{}]".encode("utf-16")),
        "web page": Answer(b"<!DOCTYPE html><html><title>One moment</title></html>", "text/html"),
        "web page as JSON": Answer(b"<html><title>Log in</title></html>"),
        "charset idna": Answer(b"<html><title>A</title></html>", "text/html; charset=idna"),
        "charset hex": Answer(b"<rss><a>zz</a></rss>", "text/xml; charset=hex"),
        "charset unknown": Answer(b"<html><title>A</title></html>", "text/html; charset=x-none"),
        "no type": Answer(b"<html><title>A</title></html>", ""),
        "odd type": Answer(b"<html>", "\x80/\xff; charset=\x00"),
        "page of tags": Answer(b"<html><title>A</title>" + b"<b>" * 600_000, "text/html"),
        "page of attributes": Answer(
            b"<html><title>A</title><p " + b"a=1 " * 400_000 + b">", "text/html"
        ),
        "long title": Answer(b"<title>" + b"a" * 1_900_000 + b"</title>", "text/html"),
        "deep page": Answer(b"<div>" * 300_000, "text/html"),
        "truncated XML": xml(RSS.format("UTF-8", ITEM.format("T", 1, 1, "x"))[:-40]),
        "empty feed": xml(RSS.format("UTF-8", "")),
        "feed in UTF-16": Answer(
            RSS.format("UTF-16", ITEM.format("T", 1, 1, "x")).encode("utf-16"), "text/xml"
        ),
        "feed, other charset": Answer(RSS.format("utf-7", "é").encode("latin-1"), "text/xml"),
        "feed of nothing": xml(RSS.format("UTF-8", "<item/>" * 3_000)),
        "feed of millions": xml(RSS.format("UTF-8", "<item/>" * 2_000_000)),
        "feed of long texts": xml(
            RSS.format("UTF-8", "".join(ITEM.format("a" * 90_000, n, n, "b") for n in range(90)))
        ),
        "feed of tags": xml(RSS.format("UTF-8", "<item><a/>" + "<b/>" * 3_000_000 + "</item>")),
        "feed of references": xml(
            f"<rss><channel><title>{'&#65;' * 2_300_000}</title></channel></rss>"
        ),
        "feed of lines": xml(
            f"<rss><channel><title>{chr(10) * 11_500_000}</title></channel></rss>"
        ),
        "deep XML": Answer(deep_xml(100_000), "text/xml"),
        "less deep XML": Answer(deep_xml(900), "text/xml"),
        "laughs": Answer(laughs(), "text/xml"),
        "foreign entity": xml(
            '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss>&x;</rss>'
        ),
        "surrogates": xml(RSS.format("UTF-8", "<item><title>&#xD800;&#0;</title></item>")),
        "Atom of nothing": xml(ATOM.format(0, "")),
        "Atom, huge total": xml(ATOM.format("9" * 400, "")),
        "Atom, no total": xml(ATOM.format("many", "<entry/>")),
        "Atom of entries": xml(ATOM.format(1, "<entry><id>x</id><title>y</title></entry>")),
        "Atom of millions": xml(ATOM.format(1, "<entry/>" * 1_500_000)),
        "OAI of nothing": xml(OAI.format("")),
        "OAI without records": xml(OAI.format("<ListRecords/>")),
        "OAI of empty records": xml(OAI.format("<ListRecords><record/></ListRecords>")),
        "OAI of millions": xml(OAI.format("<ListRecords>" + "<record/>" * 1_500_000)),
        "OAI error": xml(OAI.format('<error code="x">y</error>')),
        "gzip bomb": Answer(packed(100 * MIB), headers=(("Content-Encoding", "gzip"),)),
        "gzip twice": Answer(
            gzip.compress(packed(64 * MIB)), headers=(("Content-Encoding", "gzip, gzip"),)
        ),
        "deflate bomb": Answer(
            zlib.compress(bytes(64 * MIB), 9), headers=(("Content-Encoding", "deflate"),)
        ),
        "brotli bomb": Answer(
            brotli.compress(bytes(64 * MIB), quality=3), headers=(("Content-Encoding", "br"),)
        ),
        "zstd bomb": Answer(
            zstd.compress(bytes(64 * MIB)), headers=(("Content-Encoding", "zstd"),)
        ),
        "gzip of a page that is cut": Answer(
            gzip.compress(b"[" * 5_000)[:-30], headers=(("Content-Encoding", "gzip"),)
        ),
        "UTF-16 as UTF-8": Answer(
            "<html><title>ä</title></html>".encode("utf-16-le"), "text/html; charset=utf-8"
        ),
        "latin-1 as UTF-8": Answer(
            "<html><title>ä</title></html>".encode("latin-1"), "text/html; charset=utf-8"
        ),
        "UTF-8 as EBCDIC": Answer(b"<html><title>A</title></html>", "text/html; charset=cp037"),
        "UTF-8 as UTF-7": Answer(b"[{}]", "application/json; charset=utf-7"),
        "no gzip": Answer(b"[]", headers=(("Content-Encoding", "gzip"),)),
        "unknown packing": Answer(b"[]", headers=(("Content-Encoding", "br, zstd"),)),
        "lying length": Answer(b"[]", headers=(("Content-Length", "5000"),)),
        "negative length": Answer(b"[]", headers=(("Content-Length", "-5"),)),
        "no HTTP": Answer(b"hello\r\n\r\n", raw=True),
        "early hint": Answer(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", raw=True),
        "closed at once": Answer(b"", raw=True),
        "many headers": Answer(b"[]", headers=tuple((f"X-{n}", "a" * 900) for n in range(300))),
        "odd clock": Answer(b"[]", headers=(("Date", "Fri, 99 Zzz 99999 99:99:99 GMT"),)),
    }
    for status in ("204 No Content", "206 Partial Content", "304 Not Modified", "299 Odd"):
        found[status] = Answer(status=status)
    for status in (
        "400 Bad Request",
        "404 Not Found",
        "410 Gone",
        "422 Unprocessable",
        "451 Legal",
    ):
        body = {"message": "Validation Failed", "errors": [{"message": "q is too long"}]}
        found[status] = Answer(json.dumps(body).encode(), status=status)
    for status in (
        "401 No",
        "403 No",
        "429 Slow",
        "500 Oh",
        "502 Oh",
        "503 Oh",
        "599 Oh",
        "999 No",
    ):
        found[status] = Answer(b'{"error": [[["x"]]]}', status=status)
    places = {
        "itself": "/again",
        "private": "http://127.0.0.2:1/",
        "metadata": "http://169.254.169.254/",
        "a file": "file:///etc/passwd",
        "nowhere": "http://[",
        "far": "https://example.org/" + "a" * 20_000,
    }
    for name, place in places.items():
        found[f"redirect to {name}"] = Answer(status="302 Found", headers=(("Location", place),))
    for name, wait in {"a year": "31536000", "before": "-5", "odd": "soon", "1e9": "1e9"}.items():
        found[f"wait {name}"] = Answer(status="429 Slow", headers=(("Retry-After", wait),))
    return found


def slow_shapes() -> dict[str, Answer]:
    return {"endless": Answer(pieces=endless), "drip": Answer(pieces=drip)}


def xml(text: str) -> Answer:
    return Answer(text.encode(), "application/xml")


def laughs() -> bytes:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE rss [<!ENTITY l0 "ha">{entities}]><rss>&l9;</rss>'.encode()


class Hostile(socketserver.ThreadingTCPServer):
    """Answers every request but robots.txt with one shape; ``path`` of a request names it."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, found: dict[str, Answer]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.found = list(found.values())

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is the rule here."""

    def url(self, place: int) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/shape{place}"


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        path = self.rfile.readline(65_536).split()[1].decode()
        length = 0
        while (line := self.rfile.readline(65_536)).strip():
            if line.lower().startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        self.rfile.read(length)
        if path.endswith("/robots.txt"):
            self._send(Answer(status="404 Not Found"))
            return
        place = path.removeprefix("/shape").partition("/")[0].partition("?")[0]
        self._send(self.server.found[int(place)])  # type: ignore[attr-defined]

    def _send(self, answer: Answer) -> None:
        if answer.raw:
            self.wfile.write(answer.body)
            return
        names = {name.lower() for name, _ in answer.headers}
        head = [f"HTTP/1.1 {answer.status}", "Connection: close"]
        if answer.kind:
            head.append(f"Content-Type: {answer.kind}")
        if "content-length" not in names and not answer.pieces:
            head.append(f"Content-Length: {len(answer.body)}")
        head += [f"{name}: {value}" for name, value in answer.headers]
        self.wfile.write("\r\n".join([*head, "", ""]).encode("latin-1") + answer.body)
        for piece in answer.pieces() if answer.pieces else ():
            self.wfile.write(piece)


@dataclass
class Outcome:
    """How one command ended."""

    service: str
    command: str
    shape: str
    code: int
    peak_mb: float
    seconds: float
    changed: bool
    last: str = ""
    wrong: list[str] = field(default_factory=list)

    def judge(self) -> "Outcome":
        if self.code not in (0, 1, 2, 75):
            self.wrong.append(f"exit {self.code}")
        if self.peak_mb > MAX_MB:
            self.wrong.append(f"{self.peak_mb:.0f} MB")
        # Beside a hostile OpenAlex the counts of Semantic Scholar are written, and rightly.
        # An `add` that found a title in what it got has understood it; a barrier has none.
        is_understood = self.command.startswith("add-") and self.code == 0
        is_understood &= self.shape not in ("web page", "latin-1 as UTF-8")
        if self.changed and self.service != "openalex" and not is_understood:
            self.wrong.append("the list changed")
        return self


def prepared(folder: Path) -> Path:
    """A workspace whose store has candidates, repositories and counts of a good run."""
    with running(now=MONDAY) as outside:
        workspace = Workspace(folder, outside.environment())
        (folder / "config" / "sources.yaml").write_text(SOURCES)
        (folder / "config" / "lists" / "efficient-llm.yaml").write_text(RULES)
        (folder / "inbox.md").write_text("")
        (folder / "lists" / "theirs.md").write_text("# Theirs\n")
        assert workspace.run("run", as_of=MONDAY).code in (0, 1)
    return folder


def attack(
    server: ForkServer, base: Path, outside: dict[str, str], job: tuple[str, str, str], url: str
) -> Outcome:
    """Run one command with one service hostile."""
    service, command, shape = job
    with tempfile.TemporaryDirectory(prefix="hostile-") as folder:
        root, said = Path(folder) / "w", Path(folder) / "said"
        shutil.copytree(base, root)
        before = digest(root)
        line = [*COMMANDS[command], "--config", str(root / "config"), "--quiet"]
        if not command.startswith("backfill"):
            line += ["--as-of", LATER.isoformat()]
        environment = outside | {f"LISTKEEPER_{service.upper()}_URL": url, "LISTKEEPER_PACE": "0"}
        ended = server.run(line, root, environment, said, MAX_SECONDS)
        last = said.read_bytes()[-300:].decode("utf-8", "replace").strip().rpartition("\n")[2]
        return Outcome(
            service,
            command,
            shape,
            ended.code,
            ended.peak_mb,
            ended.seconds,
            digest(root) != before,
            last,
        ).judge()


def digest(root: Path) -> list[str]:
    return [hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted((root / "lists").iterdir())]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="", help="jobs whose `service command shape` has this")
    parser.add_argument("--minutes", type=float, default=float("inf"))
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--slow", action="store_true", help="also bodies without an end")
    options = parser.parse_args()
    found = shapes() | (slow_shapes() if options.slow else {})
    names = list(found)
    jobs = [
        (service, command, shape)
        for service, commands in ASKS.items()
        for command in commands
        for shape in names
        if options.only in f"{service} {command} {shape}"
    ]
    random.Random(options.seed).shuffle(jobs)
    hostile = Hostile(found)
    threading.Thread(target=hostile.serve_forever, daemon=True).start()
    outcomes: list[Outcome] = []
    end = time.monotonic() + options.minutes * 60
    with (
        tempfile.TemporaryDirectory() as folder,
        running(now=LATER) as outside,
        ForkServer(crawls=True) as server,
    ):
        base = prepared(Path(folder) / "base")
        environment = outside.environment()
        for job in jobs:
            if time.monotonic() > end:
                break
            url = hostile.url(names.index(job[2]))
            outcomes.append(attack(server, base, environment, job, url))
            if outcomes[-1].wrong:
                print(outcomes[-1], flush=True)
            if len(outcomes) % 100 == 0:
                print(f"{len(outcomes)} of {len(jobs)}", flush=True)
    summary(outcomes, len(jobs))
    return int(any(outcome.wrong for outcome in outcomes))


def summary(outcomes: list[Outcome], jobs: int) -> None:
    codes = Counter(outcome.code for outcome in outcomes)
    peak = max(outcomes, key=lambda one: one.peak_mb)
    longest = max(outcomes, key=lambda one: one.seconds)
    pairs = {(outcome.service, outcome.command) for outcome in outcomes}
    print(f"{len(outcomes)} of {jobs} runs, {len(pairs)} pairs, exit codes {dict(codes)}")
    print(f"at most {peak.peak_mb:.0f} MB ({peak.service} {peak.command}: {peak.shape})")
    print(f"at most {longest.seconds:.0f} s ({longest.service} {longest.command}: {longest.shape})")
    print(f"{sum(bool(outcome.wrong) for outcome in outcomes)} wrong")


if __name__ == "__main__":
    raise SystemExit(main())
