"""
Every command on terminals that lack signs, with full and closed outputs, in folders of any name.

    python -m benchmarks.terminals [--only NAME]...

Compares each exit code with that of the same command on a plain terminal in a plain folder, and
looks for tracebacks. A full output may make a 0 a 1. Whatever the terminal, the list and the store
must end as on the plain one: what was written is kept. Takes some minutes.
"""

import argparse
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.fork_server import ForkServer
from sandbox.process import Sandbox
from tests.kill_stories import RULES, differences, state
from tests.workspace import Workspace

AS_OF = "2024-11-15T12:00Z"
TITLE = "A post about a rocket 🚀"
# These find nobody at home: no network.
ASKING = [["enrich"], ["citations", "refresh"], ["watch"], ["discover"], ["run"]]
COMMANDS = [
    ["status"],
    ["doctor"],
    ["rules", "check"],
    ["rules", "explain", "KV cache quantization"],
    ["list", "check"],
    ["list", "cat"],
    ["list", "entries"],
    ["list", "doctor"],
    ["citations", "show"],
    ["watch", "--no-look"],
    ["classify"],
    ["digest"],
    ["schedule", "show"],
    ["schedule", "cron"],
    ["schedule", "systemd"],
    ["schedule", "github-actions"],
    ["export", "papers"],
    ["export", "all"],
    ["add", "https://example.org/p", "--title", TITLE, "--section", "Quantization"],
    ["undo"],
    ["apply", "nowhere.md"],
    ["list", "form"],
    ["list", "star", "2411.02355"],
    ["list", "move", "2411.02355", "--to", "Inference"],
    ["list", "section", "add", "New Things 🚀"],
    ["list", "remove", "2411.02355"],
    ["rules", "eval"],
    ["rules", "diff", "main"],
    ["rules", "schema"],
    ["rules", "suggest", "--section", "Quantization"],
    ["rules", "apply", "papers.jsonl"],
    ["rules", "diff", "before.yaml", "--snapshot", "snapshot.jsonl", "--workers", "1"],
    ["backfill", "--snapshot", "snapshot.jsonl", "--workers", "1"],
    ["rank", "show"],
    ["rank", "eval"],
    ["rank", "explain", "KV cache quantization"],
    ["rank", "train"],
    ["citations", "movers"],
    ["export", "candidates"],
    ["export", "feeds", "feeds"],
    ["export", "all", "-o", "backup.jsonl"],
    ["import", "backup.jsonl"],
    ["init", "OTHER.md"],
    ["schedule", "gitlab-ci"],
    ["schedule", "forgejo-actions"],
    ["publish", "--dry-run"],
    ["publish", "site"],
    ["sync"],
    ["state", "push"],
    ["state", "pull"],
    ["state", "show"],
    ["ci", "daily"],
    *ASKING,
]
OTHER = """\
# Ünusual 🚀

## Papers

- [Four Bits](https://arxiv.org/abs/2411.01001)
- [Two Bits](https://arxiv.org/abs/2411.01002)
"""
ENCODINGS = {
    "latin-1": {"PYTHONIOENCODING": "latin-1"},
    "cp1252": {"PYTHONIOENCODING": "cp1252"},
    "ascii": {"PYTHONIOENCODING": "ascii"},
    "LANG=C": {"LC_ALL": "C"},
    "ASCII locale": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
}
REDIRECTS = {
    "full": "> /dev/full",
    "both full": "> /dev/full 2>&1",
    "closed": ">&-",
    "closed error": "2>&-",
    "all closed": ">&- 2>&- <&-",
    "head": "| true",
}
# Who waits before asking nobody again uses most of the time.
NOBODY = {**Sandbox("http://127.0.0.1:9").environment(), "LISTKEEPER_PACE": "0"}
FOLDERS = ["a blank", "50%", "$HOME", "it's", "what?", "a#b", "line\nbreak", "Käse"]
# These refuse a folder whose name has a line break.
LINES = (["schedule", "cron"], ["schedule", "systemd"])


def story(server: ForkServer, base: Path, folder: str) -> tuple[list[str], dict[str, object]]:
    """Run all commands in a fresh folder: the exit codes, "bug" for a traceback; and its state."""
    root, said = base / "in" / folder, base / "said"
    _furnish(root)
    codes = []
    for command in COMMANDS:
        said.unlink(missing_ok=True)
        ended = server.run([*command, "--as-of", AS_OF], root, said=said if server.plain else None)
        text = said.read_text("utf-8", "replace") if said.exists() else ""
        codes.append("bug" if "Traceback" in text or ended.code == 3 else str(ended.code))
    kept = sorted(path.name for path in (base / "in").iterdir())
    if kept != [folder]:
        codes.append(f"made {kept}")
    return codes, state(root)


def _furnish(root: Path) -> None:
    Workspace(root)
    # What a terminal gets does not depend on the number of words; commands start sooner with few.
    (root / "config" / "lists" / "efficient-llm.yaml").write_text(RULES)
    (root / "before.yaml").write_text(RULES.replace("bits", "bit"))
    (root / "OTHER.md").write_text(OTHER)
    row = {"title": f"Four bits suffice {TITLE}", "abstract": "Bits."}
    (root / "papers.jsonl").write_text(json.dumps(row | {"arxiv_id": "2411.01001"}) + "\n")
    whole = row | {"id": "2411.01001", "authors": "Ana López", "categories": "cs.CL"}
    whole["versions"] = [{"version": "v1", "created": "Mon, 4 Nov 2024 10:00:00 GMT"}]
    (root / "snapshot.jsonl").write_text(json.dumps(whole | {"update_date": "2024-11-05"}) + "\n")


def odd_of(name: str, plain: list[str], codes: list[str]) -> list[str]:
    """The commands that ended in another way than they may."""
    odd = []
    for command, was, code in zip(COMMANDS, plain, codes, strict=False):
        allowed = {was, "1"} if "full" in name and was == "0" else {was}
        if name == repr("line\nbreak") and command in LINES:
            allowed = {"2"}
        if code not in allowed:
            odd.append(f"{' '.join(command)}: {code}, not {was}")
    return odd + codes[len(COMMANDS) :]


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.split("\n")[1])
    options.add_argument("--only", action="append", help="Terminals and folders of this name.")
    given = options.parse_args()
    cases = [("plain", "plain", {}, "")]
    cases += [(name, "plain", env, "") for name, env in ENCODINGS.items()]
    cases += [(name, "plain", {}, redirect) for name, redirect in REDIRECTS.items()]
    cases += [(repr(folder), folder, {}, "") for folder in FOLDERS]
    began, wrong, runs = time.monotonic(), 0, 0
    right: tuple[list[str], dict[str, object]] = ([], {})
    for name, folder, env, redirect in cases:
        if name != "plain" and given.only and name not in given.only:
            continue
        base = Path(tempfile.mkdtemp(prefix="terminals-"))
        with ForkServer(env | NOBODY, redirect) as server:
            ended = story(server, base, folder)
        shutil.rmtree(base)
        right = right if right[0] else ended
        odd = odd_of(name, right[0], ended[0]) + differences(right[1], ended[1])
        wrong, runs = wrong + len(odd), runs + len(COMMANDS)
        print(f"{name:<14} {len(COMMANDS)} commands, {len(odd)} odd  {'; '.join(odd)}", flush=True)
    minutes = (time.monotonic() - began) / 60
    print(f"{runs} runs in {minutes:.1f} min: {f'{wrong} odd' if wrong else 'all right'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
