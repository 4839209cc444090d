"""
Every command on terminals that lack signs, with full and closed outputs, in folders of any name.

    python -m benchmarks.terminals [--quick]

Compares each exit code with that of the same command on a plain terminal in a plain folder, and
looks for tracebacks. A full output may make a 0 a 1.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.workspace import Workspace

AS_OF = "2024-11-15T12:00Z"
TITLE = "A post about a rocket 🚀"
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
]
ENCODINGS = {
    "latin-1": {"PYTHONIOENCODING": "latin-1"},
    "cp1252": {"PYTHONIOENCODING": "cp1252"},
    "ascii": {"PYTHONIOENCODING": "ascii"},
    "LANG=C": {"LC_ALL": "C"},
    "ASCII locale": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
}
REDIRECTS = {"full": "> /dev/full", "closed": ">&-", "all closed": ">&- 2>&- <&-", "head": "| true"}
FOLDERS = ["a blank", "50%", "$HOME", "it's", "what?", "a#b", "line\nbreak", "Käse"]
# These refuse a folder whose name has a line break.
LINES = (["schedule", "cron"], ["schedule", "systemd"])


def run(root: Path, command: list[str], env: dict[str, str], redirect: str = "") -> tuple[int, str]:
    line = f'set -o pipefail; "$@" {redirect}'
    program = [sys.executable, "-P", "-m", "cli", *command, "--as-of", AS_OF]
    ended = subprocess.run(
        ["bash", "-c", line, "bash", *program],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), **env},
        capture_output=True,
        check=False,
    )
    return ended.returncode, (ended.stdout + ended.stderr).decode("utf-8", "replace")


def story(base: Path, folder: str, env: dict[str, str], redirect: str = "") -> list[str]:
    """Run all commands in a fresh folder; the exit code of each, "bug" for a traceback."""
    root = base / folder
    Workspace(root)
    codes = []
    for command in COMMANDS:
        code, text = run(root, command, env, redirect)
        codes.append("bug" if "Traceback" in text or code == 3 else str(code))
    kept = sorted(path.name for path in base.iterdir())
    if kept != [folder]:
        codes.append(f"made {kept}")
    shutil.rmtree(base)
    return codes


def main() -> int:
    quick = "--quick" in sys.argv
    plain = story(Path(tempfile.mkdtemp()), "plain", {})
    wrong = 0
    cases = [(name, "plain", env, "") for name, env in ENCODINGS.items()]
    cases += [(name, "plain", {}, redirect) for name, redirect in REDIRECTS.items()]
    cases += [(repr(folder), folder, {}, "") for folder in FOLDERS]
    for name, folder, env, redirect in cases[:: 4 if quick else 1]:
        codes = story(Path(tempfile.mkdtemp()), folder, env, redirect)
        odd = []
        for command, was, code in zip(COMMANDS, plain, codes, strict=False):
            allowed = {was, "1"} if name == "full" and was == "0" else {was}
            if folder == "line\nbreak" and command in LINES:
                allowed = {"2"}
            if code not in allowed:
                odd.append(f"{' '.join(command)}: {code}, not {was}")
        odd += codes[len(COMMANDS) :]
        wrong += len(odd)
        print(f"{name:<14} {len(COMMANDS)} commands, {len(odd)} odd  {'; '.join(odd)}", flush=True)
    print("all right" if not wrong else f"{wrong} odd")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
