"""How long a person waits for ``listkeeper --help`` and a small command, beside bare Python."""

import statistics
import subprocess
import sys
import time
from pathlib import Path

ROUNDS = 9
SEED = str(Path(__file__).parents[1] / "lists" / "efficient-llm.md")
COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "python, click alone": [sys.executable, "-c", "import click"],
    "listkeeper --help": [sys.executable, "-P", "-m", "cli", "--help"],
    "listkeeper list check": [sys.executable, "-P", "-m", "cli", "list", "check", SEED],
    "listkeeper rules check": [sys.executable, "-P", "-m", "cli", "rules", "check"],
    "listkeeper status": [sys.executable, "-P", "-m", "cli", "status"],
}


def seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


for name, command in COMMANDS.items():
    times = [seconds(command) for _ in range(ROUNDS)]
    print(f"{name:<24} {statistics.median(times) * 1000:6.0f} ms (median of {ROUNDS})")
