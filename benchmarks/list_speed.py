"""
A list of 20,000 entries: parse, insert one, beside markdown-it-py's bare parse of the same.

And a table of 10 MB: its rows, the works they name, and the parts of some of them.
"""

import resource
import time
from pathlib import Path

from markdown_it import MarkdownIt

from catalog.markdown.edits import insert
from catalog.markdown.listfile import parse

SEED = (Path(__file__).parents[1] / "lists" / "efficient-llm.md").read_text()
HEAD, _, BODY = SEED.partition("## Survey")
ENTRIES = [
    entry.raw.rstrip("\n") for entry in parse(SEED.encode()).entries if entry.kind == "paper"
]


def large_list(entries: int) -> bytes:
    """The seed's papers again and again, under ids of their own."""
    rows = []
    for number in range(entries):
        text = ENTRIES[number % len(ENTRIES)]
        old = text.partition("arXiv, ")[2].partition("`")[0]
        rows.append(text.replace(old, f"{2001 + number // 9000}.{10_000 + number % 9000}"))
    return (HEAD + "## Survey\n\n" + "\n".join(rows) + "\n").encode()


def timed(name, call):
    start = time.perf_counter()
    result = call()
    print(f"{name:<40} {time.perf_counter() - start:6.2f} s")
    return result


def large_table(size: int) -> bytes:
    """A table of at least so many bytes, a paper a row."""
    rows = ["# L\n\n## Papers\n\n|Date|Title|Paper|Code|Recom|\n|:-:|:-|:-|:-|:-:|\n"]
    length = 0
    while length < size:
        number = len(rows)
        row = f"|2024.05|🔥[**Nick{number}**] Nick{number}: A Paper about Memory(@A University)|"
        row += (
            f"[[pdf]](https://arxiv.org/pdf/{2401 + number // 90_000}.{10_000 + number % 90_000})|"
        )
        row += f"[[code]](https://github.com/acme/repo{number}) |⭐️⭐️ |\n"
        rows.append(row)
        length += len(row.encode())
    return "".join(rows).encode()


DATA = large_list(20_000)
print(f"{len(DATA) / 1e6:.1f} MB")
parsed = timed("parse", lambda: parse(DATA))
timed("... and understand every entry", lambda: len(parsed.entries))
new = "- **A New One**, `arXiv, 2411.99999`, [arxiv](http://arxiv.org/abs/2411.99999v1), "
new += "[pdf](http://arxiv.org/pdf/2411.99999v1.pdf), cication: [**-1**](None) "
timed("parse and insert one entry", lambda: insert(DATA, "Survey", new))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(f"{'memory at the most':<40} {peak:6.0f} MB")
TABLE = large_table(10_000_000)
print(f"a table of {len(TABLE) / 1e6:.1f} MB")
rows = timed("parse and find its rows", lambda: parse(TABLE).items)
print(f"{len(rows):,} rows")
timed("... the works they name", lambda: [row.keys for row in rows])
timed("... the parts of 1,000 of them", lambda: [row.split for row in rows[:1000]])
timed("markdown-it-py, bare parse", lambda: MarkdownIt().parse(DATA.decode()))
