"""
Counts of a family of 22 lists with 4,300 distinct papers: batches, beside one request per paper.

Both ways keep Semantic Scholar's pace of one request a second; the second way is tried on a few
papers and reckoned up, since it takes more than an hour. ``PAPERS_ONE_BY_ONE`` says how many.
"""

import asyncio
import contextlib
import io
import json
import multiprocessing
import os
import resource
import shutil
import tempfile
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx

LISTS, PAPERS, SHARED_BY_TWO = 22, 4_300, 400
PAUSE = 1.0
PAPERS_ONE_BY_ONE = int(os.environ.get("PAPERS_ONE_BY_ONE", "15"))
ROOT = Path(__file__).parents[1]
WORDS = ("pruning", "cache", "attention", "sparse", "quantizer", "router", "token", "kernel")


def arxiv_id(number: int) -> str:
    return f"{2401 + number // 500}.{10_000 + number % 500}"


def title(number: int) -> str:
    one, two = WORDS[number % 8], WORDS[number // 8 % 8]
    return f"Study{number}: {one} and {two}"


class Service(BaseHTTPRequestHandler):
    """Knows every paper; OpenAlex is asked nothing."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))["ids"]
        fields = parse_qs(urlsplit(self.path).query)
        assert fields, self.path
        self._say([record(one.removeprefix("ARXIV:")) for one in asked])

    def do_GET(self):
        self._say(record(urlsplit(self.path).path.rpartition("ARXIV:")[2]))

    def _say(self, value):
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *said):
        pass


def record(name: str) -> dict:
    month, number = name.split(".")
    place = (int(month) - 2401) * 500 + int(number) - 10_000
    return {
        "paperId": f"{place:040x}",
        "externalIds": {"ArXiv": name, "CorpusId": place},
        "url": f"https://www.semanticscholar.org/paper/{place:040x}",
        "title": title(place),
        "year": 2000 + int(month) // 100,
        "venue": "",
        "citationCount": place % 97 + 1,
    }


def serve(port):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    port.send(server.server_address[1])
    server.serve_forever()


def family(folder: Path) -> None:
    """22 lists; 400 papers stand in two of them."""
    shutil.copytree(
        ROOT / "config", folder / "config", ignore=shutil.ignore_patterns("*.py", "__*")
    )
    services = folder / "config" / "services.yaml"
    text = services.read_text()
    services.write_text(text.replace("semantic_scholar: 1.5", f"semantic_scholar: {PAUSE}"))
    shutil.copytree(ROOT / "lists", folder / "lists")
    places = [*range(PAPERS), *range(SHARED_BY_TWO)]
    for number in range(LISTS):
        rows = [entry(place) for place in places[number::LISTS]]
        text = f"# List {number}\n\n## Papers\n\n" + "\n".join(rows) + "\n"
        (folder / "lists" / f"list-{number:02}.md").write_text(text)


def entry(place: int) -> str:
    name = arxiv_id(place)
    return (
        f"- **{title(place)}**, `arXiv, {name}`, [arxiv](http://arxiv.org/abs/{name}v1), "
        f"[pdf](http://arxiv.org/pdf/{name}v1.pdf), cication: [**-1**](None) \n\n"
        "\t *Ada Alpha, Ben Beta*\n"
    )


def batches(folder: Path) -> None:
    from cli.main import code_of

    lists = sorted(str(path) for path in (folder / "lists").glob("list-*.md"))
    line = ["citations", "refresh", *lists, "--write", "--json", "--quiet"]
    line += ["--config", str(folder / "config"), "--as-of", "2024-11-17T07:23Z"]
    out = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True)
    start, before = time.perf_counter(), cpu()
    with contextlib.redirect_stdout(out):
        code = code_of(line)
    seconds, own = time.perf_counter() - start, cpu() - before
    report = json.loads(out.buffer.getvalue())
    counts = report["counts"]
    requests = counts["citations/requests"]
    unknown = sum(Path(one).read_text().count("**-1**") for one in lists)
    print(
        f"in batches: exit {code}, {requests} requests, {counts['citations/first']} papers known,"
    )
    print(f"  {counts['citations/pairs']} pairs in {LISTS} lists, {unknown} left unknown")
    print(f"  {seconds:.1f} s in all, {seconds - (requests - 1) * PAUSE:.1f} s outside waiting")
    print(f"  {own:.1f} s of the processor")
    start, before = time.perf_counter(), cpu()
    with contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO(), "utf-8")):
        code_of(line)
    print(
        f"again, nothing due: {time.perf_counter() - start:.1f} s, {cpu() - before:.1f} s processor"
    )


def cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


async def one_by_one(base: str) -> None:
    """As most scripts do it: a request per paper, one a second."""
    start = time.perf_counter()
    async with httpx.AsyncClient() as client:
        for place in range(PAPERS_ONE_BY_ONE):
            url = f"{base}/graph/v1/paper/ARXIV:{arxiv_id(place)}?fields=citationCount"
            assert (await client.get(url)).json()["citationCount"]
            await asyncio.sleep(PAUSE)
    each = (time.perf_counter() - start) / PAPERS_ONE_BY_ONE
    print(f"one by one: {PAPERS} requests; {each:.2f} s each of {PAPERS_ONE_BY_ONE} tried,")
    print(f"  so {each * PAPERS / 60:.0f} min in all")


def main() -> None:
    ours, theirs = multiprocessing.Pipe()
    service = multiprocessing.Process(target=serve, args=(theirs,), daemon=True)
    service.start()
    base = f"http://127.0.0.1:{ours.recv()}"
    for name in ("SEMANTIC_SCHOLAR", "OPENALEX", "ARXIV_RSS", "ARXIV_API", "ARXIV_OAI"):
        os.environ[f"LISTKEEPER_{name}_URL"] = base
    with tempfile.TemporaryDirectory() as folder:
        family(Path(folder))
        batches(Path(folder))
    asyncio.run(one_by_one(base))
    service.terminate()


if __name__ == "__main__":
    main()
