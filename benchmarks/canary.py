"""
Two hundred failing runs with three keys set: does a key stand anywhere where it should not?

    python -m benchmarks.canary [--runs 200]

Every command that shows a key, against every failure, each run in a process of its own, at its
loudest. The services also say back all that was sent to them. Looked through for the keys: what
the run printed and logged, every file it left (list, store, reports, notes of the pace), and what
each service saw: a key goes to its own service, in a header. OpenAlex alone wants its key in the
address. It ends with status 1 where a key stood anywhere else.
"""

import argparse
import subprocess
import sys
import tempfile
from collections import Counter
from datetime import UTC, datetime
from itertools import islice, product
from pathlib import Path

from catalog.facts import Fact
from catalog.store import Store
from sandbox.process import running
from tests.workspace import Workspace

ROOT = Path(__file__).parents[1]
DISCOVERED = datetime(2024, 11, 11, 6, 47, tzinfo=UTC)
NOW = datetime(2024, 11, 17, 8, 41, tzinfo=UTC)
# Whose key it is: its variable, its service in the sandbox, and how it is told.
KEYS = {
    "LISTKEEPER_SEMANTIC_SCHOLAR_KEY": ("canary-scholar-51", "scholar", "x-api-key"),
    "LISTKEEPER_OPENALEX_KEY": ("canary-openalex-52", "openalex", "api_key"),
    "LISTKEEPER_GITHUB_TOKEN": ("canary-github-53", "github", "authorization"),
}
COMMANDS = (
    ("citations", "refresh", "--write"),
    ("enrich",),
    ("watch",),
    ("discover", "--source", "github"),
    ("add", "https://github.com/test/new-quantizer", "--section", "Quantization"),
)
FAULTS = (
    *("401", "403", "429", "429-retry-after=1", "500", "503", "echo=200", "echo=401", "echo=403"),
    *("echo=404", "echo=429", "echo=500", "html-200", "empty-200", "json-200", "error-200"),
    *("redirect-private", "redirect-metadata", "drop", "truncate", "truncate-json", "huge", "bomb"),
)
SEARCHES = (
    "  searches: []\n  watched: []",
    "  searches: [{name: quantization, query: quantization, stars: 1}]\n  watched: [pytorch/ao]",
)
LINKS = "- [**archived**](https://github.com/test/archived) - test\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--runs", type=int, default=200)
    runs = parser.parse_args().runs
    leaks: list[str] = []
    codes: Counter[int] = Counter()
    sent: Counter[str] = Counter()
    with running(now=NOW) as outside, tempfile.TemporaryDirectory() as folder:
        outside.set_openalex({"2410.20399": 4})
        start = prepared(Path(folder) / "start", outside)
        for number, (fault, command) in enumerate(islice(cases(), runs)):
            workspace = start.copy(Path(folder) / str(number))
            outside.forget_seen()
            outside.set_fault("*", None)
            for _, service, _ in KEYS.values():
                outside.set_fault(service, fault)
            # What the second source is asked about is what the first does not know.
            if command[0] == "citations" and number % 2:
                outside.set_fault("scholar", "null-ids")
            ended = run(workspace, command)
            codes[ended.returncode] += 1
            found = [*printed(ended), *kept(workspace.root), *told(outside.seen(), sent)]
            leaks += [f"{fault}, {' '.join(command)}: {one}" for one in found]
    print(f"{sum(codes.values())} runs; exit codes {dict(sorted(codes.items()))}")
    print(f"keys sent to their own services: {dict(sorted(sent.items()))}")
    print(*leaks or ["a key anywhere else: 0"], sep="\n")
    return 1 if leaks else 0


def cases():
    """Every command with every failure, over and over."""
    while True:
        yield from product(FAULTS, COMMANDS)


def prepared(root, outside):
    """A folder with a list, candidates that nobody has asked about, and all keys."""
    root.mkdir()
    keys = {name: key for name, (key, *_) in KEYS.items()}
    workspace = Workspace(root, {**outside.environment(), **keys})
    listed = workspace.listed.read_text()
    workspace.listed.write_text(listed.replace("## Survey\n\n", f"## Survey\n\n{LINKS}", 1))
    path = root / "config" / "sources.yaml"
    path.write_text(path.read_text().replace(*SEARCHES))
    outside.set_clock(DISCOVERED)
    for command in ("discover", "classify"):
        ended = workspace.run(command, as_of=DISCOVERED)
        assert ended.code in (0, 1), ended.err
    outside.set_clock(NOW)
    store = Store(root / ".listkeeper" / "listkeeper.db")
    for candidate in store.verdicts.proposed("Efficient LLM"):
        store.facts.record(Fact(candidate[0].key, "code", "test/archived", "arxiv", None, NOW))
    store.close()
    return workspace


def run(workspace, command):
    """One run in a process of its own, at its loudest."""
    line = [sys.executable, "-P", "-m", "cli", *command, "-v", "--as-of", NOW.isoformat()]
    line += ["--config", str(workspace.root / "config")]
    environment = {**workspace.environment, "PYTHONPATH": str(ROOT)}
    return subprocess.run(line, capture_output=True, env=environment, check=False, timeout=300)


def printed(ended):
    """Which keys the run said, on either stream."""
    return [
        f"prints the key of {service}"
        for key, service, _ in KEYS.values()
        if key.encode() in ended.stdout + ended.stderr
    ]


def kept(root):
    """Which keys stand in a file that the run left, the store and its log included."""
    return [
        f"keeps the key of {service} in {path.relative_to(root)}"
        for path in sorted(root.rglob("*"))
        if path.is_file()
        for key, service, _ in KEYS.values()
        if key.encode() in path.read_bytes()
    ]


def told(seen, sent):
    """Which keys went where they do not belong; those that went right are counted."""
    wrong = []
    for visit in seen:
        places = {f"header {name}": value for name, value in visit["headers"].items()}
        places |= {f"address {name}": value for name, value in visit["query"].items()}
        places |= {"path": visit["path"], "body": visit["body"]}
        for (place, value), (key, service, name) in product(places.items(), KEYS.values()):
            if key not in str(value):
                continue
            if visit["service"] == service and place.endswith(f" {name}"):
                sent[service] += 1
            else:
                wrong.append(f"tells {visit['service']} the key of {service} in its {place}")
    return wrong


if __name__ == "__main__":
    sys.exit(main())
