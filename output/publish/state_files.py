"""
How the files of the store lie on the state branch.

The first push writes them whole. Each later one adds a single file, with the lines that came and
went since: so a push costs what is new, however large the files have grown. Reading goes through
these changes in their order. The newest lie at the top, so that git writes one folder with each
push; a hundred of them go into a folder of their own together. What people said stays whole: it
changes seldom, and people read it.

A digest is written in pieces: each of its items once, as long as it stays the same, and without the
texts that the works of the same commit have.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from catalog.errors import StoreTrouble
from catalog.store.memory import NO_ROW
from config.patterns import lazy_regex

FORMAT_FILE = "format"
# What the store calls its own files, which format 1 put on the branch as they are; then all changes
# in folders; and this one.
PLAIN, FOLDERS, CHANGES = b"1\n", b"2\n", b"3\n"
# Files of changes at the top, and then in a folder.
IN_A_FOLDER = 100
# After so many changes all files are written whole again: reading takes longer with each.
MAX_CHANGES = 1_000
_CHANGES = lazy_regex(r"changes-(\d{3})[-/](\d{2})\.txt")
LINES = ".jsonl"
# Files of what people said, and of where they say it.
PEOPLE = ("decisions/", "published")
# Bytes of the hash by which a line that went is known among those of its file.
HASH_BYTES = 8
SHELVES = ("candidates", "near_misses", "second_chances")
# Fields of an item that change with each run, as the other works of the page do.
RESTLESS = (
    *("number", "score", "rules", "rules_above", "learned", "learned_above", "likeness", "line"),
    *("share_of_rules", "times_shown", "times_named", "trend", "upvotes", "stars", "stars_gained"),
    *("citations", "citations_as_of"),
)
# How the line of an item begins.
ITEM = b'{"item": '
# Characters of a title where a digest only names a work.
NAMED_TITLE_CHARS = 120

Files = Mapping[str, bytes]
Row = dict[str, Any]


def read_files(branch: Files) -> dict[str, bytes]:
    """The files of the store that a commit of the branch holds; StoreTrouble where it's damaged."""
    version = branch.get(FORMAT_FILE, PLAIN)
    if version not in (PLAIN, FOLDERS, CHANGES):
        raise StoreTrouble(
            FORMAT_FILE, f"is {version[:20]!r}, not {CHANGES!r}", "use the newer program"
        )
    files = dict(branch) if version == PLAIN else _with_texts(_after_changes(branch))
    return files | {FORMAT_FILE: PLAIN}


def new_files(files: Files, branch: Files | None) -> tuple[dict[str, bytes | None], bool]:
    """
    What to commit so that the branch holds these files, and whether it is all it shall hold.

    None stands for a file to remove. Nothing without news.
    """
    short = {**_without_texts(files), FORMAT_FILE: CHANGES}
    if branch is None or branch.get(FORMAT_FILE) != CHANGES or len(_changes(branch)) >= MAX_CHANGES:
        return dict(short), True
    known = _after_changes(branch)
    whole = {
        path: short.get(path)
        for path in sorted(short.keys() | known.keys())
        if not _is_by_lines(path) and short.get(path) != known.get(path)
    }
    text = b"".join(_told(short, known))
    return whole | (_with_next(branch, text) if text else {}), False


def _changes(branch: Files) -> list[str]:
    """The files of changes, oldest first."""
    return sorted(filter(_CHANGES.fullmatch, branch), key=_number)


def _number(name: str) -> int:
    found = _CHANGES.fullmatch(name)
    return int("".join(found.groups())) if found else -1


def _with_next(branch: Files, text: bytes) -> dict[str, bytes | None]:
    """The next file of changes; a full hundred before it goes into its folder."""
    earlier = _changes(branch)
    folder, place = divmod(max(map(_number, earlier), default=-1) + 1, IN_A_FOLDER)
    files: dict[str, bytes | None] = {f"changes-{folder:03}-{place:02}.txt": text}
    if not place:
        for name in (name for name in earlier if "/" not in name):
            files |= {name: None, name.replace("-", "/").replace("/", "-", 1): branch[name]}
    return files


def _is_by_lines(path: str) -> bool:
    return path.endswith(LINES) and not path.startswith(PEOPLE)


def _told(files: Files, known: Files) -> Iterator[bytes]:
    """The changes of lines from the known files to these: a path, then what went and what came."""
    for path in sorted(files.keys() | known.keys()):
        before, now = known.get(path, b""), files.get(path, b"")
        if not _is_by_lines(path) or before == now:
            continue
        gone, new = _less(before, now), _less(now, before)
        if gone or new:
            yield path.encode() + b"\n"
            yield from (b"-" + _hash(line) + b"\n" for line in gone)
            yield from (b"+" + line + b"\n" for line in new)


def _less(lines: bytes, others: bytes) -> list[bytes]:
    """The lines that others lack; of equal ones as many as they lack."""
    left = Counter(_lines(others))
    missing = []
    for line in _lines(lines):
        if left[line]:
            left[line] -= 1
        else:
            missing.append(line)
    return missing


def _lines(data: bytes) -> list[bytes]:
    return data.split(b"\n")[:-1] if data else []


def _hash(line: bytes) -> bytes:
    return hashlib.sha256(line).hexdigest()[: 2 * HASH_BYTES].encode()


def _after_changes(branch: Files) -> dict[str, bytes]:
    """The files that were written whole, with all changes since."""
    changes = _changes(branch)
    files = {path: data for path, data in branch.items() if path not in changes}
    lines: dict[str, list[bytes]] = {}
    for name in changes:
        for path, gone, new in _read_changes(name, branch[name]):
            if path not in lines:
                lines[path] = _lines(files.get(path, b""))
            lines[path] = [*_kept(lines[path], gone), *new]
    for path, rows in lines.items():
        files[path] = b"".join(line + b"\n" for line in sorted(rows))
    return {path: data for path, data in files.items() if data}


def _kept(lines: list[bytes], gone: list[bytes]) -> Iterator[bytes]:
    left = Counter(gone)
    for line in lines:
        if left and left[mark := _hash(line)]:
            left[mark] -= 1
        else:
            yield line


def _read_changes(name: str, data: bytes) -> Iterator[tuple[str, list[bytes], list[bytes]]]:
    """Each path in a file of changes, with what went and what came."""
    path, gone, new = "", list[bytes](), list[bytes]()
    for number, line in enumerate(_lines(data), 1):
        if line.startswith(b"+") and path:
            new.append(line[1:])
        elif line.startswith(b"-") and path:
            gone.append(line[1:])
        elif line.endswith(LINES.encode()):
            if path:
                yield path, gone, new
            path, gone, new = line.decode(errors="replace"), [], []
        else:
            raise StoreTrouble(
                f"{name}:{number}", f"is no change of a file ({line[:40]!r})", "restore it by git"
            )
    if path:
        yield path, gone, new


def _without_texts(files: Files) -> dict[str, bytes]:
    """The files with each digest in pieces: a line for each of its items, and the rest."""
    works = dict(_shown(files))

    def pieces(lines: list[bytes]) -> Iterator[bytes]:
        for line in lines:
            # What is no digest is refused, with its place, by whoever stores it.
            with suppress(*NO_ROW):
                row = json.loads(line)
                yield from _shorten(row["body"], works)
                line = _line(row)
            yield line

    return _rewritten(files, lambda lines: sorted(set(pieces(lines))))


def _with_texts(files: Files) -> dict[str, bytes]:
    works = dict(_shown(files))

    def whole(lines: list[bytes]) -> Iterator[bytes]:
        items = {_hash(line).decode(): line for line in lines if line.startswith(ITEM)}
        for line in lines:
            if line in items.values():
                continue
            with suppress(*NO_ROW):
                row = json.loads(line)
                _complete(row["body"], works, items)
                line = _line(row)
            yield line

    return _rewritten(files, whole)


def _rewritten(files: Files, change: Callable[[list[bytes]], Iterable[bytes]]) -> dict[str, bytes]:
    """The files, those of digests with their lines changed."""
    return {
        path: b"".join(line + b"\n" for line in change(_lines(data))) if _is_digests(path) else data
        for path, data in files.items()
    }


def _is_digests(path: str) -> bool:
    return path.startswith("digests/") and path.endswith(LINES)


def _line(row: Row) -> bytes:
    return json.dumps(row, sort_keys=True, ensure_ascii=False).encode()


def _shown(files: Files) -> Iterator[tuple[str, Row]]:
    """Each work by its key, as a candidate shows it."""
    for path, data in files.items():
        if not path.startswith("works/"):
            continue
        for line in _lines(data):
            try:
                row = json.loads(line)
                yield (
                    str(row["key"]),
                    {
                        "title": row["title"],
                        "abstract": row["abstract"] or "",
                        "authors": row["authors"],
                        "categories": row["categories"],
                        "announced": row["announced"] or "",
                    },
                )
            except NO_ROW:
                continue


def _shorten(body: Row, works: Mapping[str, Row]) -> list[bytes]:
    """Take out of a digest what its works say, and its items; returns a line for each item."""
    lines = []
    for shelf in SHELVES:
        for place, item in enumerate(body.get(shelf, ())):
            work = works.get(item["key"], {})
            said = {name for name in work if name in item and item[name] == work[name]}
            stays = {k: v for k, v in item.items() if k not in said and k not in RESTLESS}
            lines.append(_line({"item": stays}))
            restless = {name: item[name] for name in RESTLESS if name in item}
            body[shelf][place] = {"item": _hash(lines[-1]).decode()} | restless
    for named in body.get("named", ()):
        key, _, title = named
        if key in works and title == works[key]["title"][:NAMED_TITLE_CHARS]:
            del named[2]
    return lines


def _complete(body: Row, works: Mapping[str, Row], items: Mapping[str, bytes]) -> None:
    for shelf in SHELVES:
        for place, item in enumerate(body.get(shelf, ())):
            if "item" not in item:
                continue
            whole = json.loads(items[item.pop("item")])["item"] | item
            body[shelf][place] = works.get(whole["key"], {}) | whole
    for named in body.get("named", ()):
        if len(named) == 2 and named[0] in works:
            named.append(works[named[0]]["title"][:NAMED_TITLE_CHARS])
