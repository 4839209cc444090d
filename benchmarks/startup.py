"""
How long a person waits for ``listkeeper --help`` and a small command, beside bare Python.

In a folder with a configuration, such as the demo's. Where valgrind is installed it also counts
instructions, which other work on the machine changes little.
"""

import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROUNDS = 9
SAME_HASHES = {**os.environ, "PYTHONHASHSEED": "0"}
SEED = str(Path(__file__).parents[1] / "lists" / "efficient-llm.md")
COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "python, click alone": [sys.executable, "-c", "import click"],
    "listkeeper --version": [sys.executable, "-P", "-m", "cli", "--version"],
    "listkeeper --help": [sys.executable, "-P", "-m", "cli", "--help"],
    "listkeeper list check": [sys.executable, "-P", "-m", "cli", "list", "check", SEED],
    "listkeeper rules check": [sys.executable, "-P", "-m", "cli", "rules", "check"],
    "listkeeper status": [sys.executable, "-P", "-m", "cli", "status"],
}


def seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def instructions(command: list[str]) -> str:
    valgrind = [
        "valgrind",
        "--tool=cachegrind",
        "--cache-sim=no",
        "--cachegrind-out-file=/dev/null",
    ]
    ended = subprocess.run(
        [*valgrind, *command], capture_output=True, text=True, check=True, env=SAME_HASHES
    )
    count = re.search(r"I\s+refs:\s+([\d,]+)", ended.stderr)
    return f", {int(count[1].replace(',', '')) / 1e6:,.0f} million instructions" if count else ""


for name, command in COMMANDS.items():
    times = [seconds(command) for _ in range(ROUNDS)]
    counted = instructions(command) if shutil.which("valgrind") else ""
    middle, least = (f"{1000 * of(times):4.0f}" for of in (statistics.median, min))
    print(f"{name:<24} {middle} ms (median of {ROUNDS}), {least} at least{counted}")
