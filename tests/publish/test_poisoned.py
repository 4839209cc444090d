"""A state branch that somebody filled with what no job of ours writes: nothing is decided by it."""

import json
import subprocess
from datetime import timedelta

import pytest

from tests.publish.hosted import MONDAY, SYNC, git
from tests.publish.test_people import decisions

HOUR = timedelta(hours=1)
STATE = "listkeeper-state"
MEGABYTE = 1 << 20


def put(hosted, data):
    """Write a file into the bare repository; its id."""
    line = ["git", "-C", str(hosted.root / "bare.git"), "hash-object", "-w", "--stdin"]
    return subprocess.run(line, input=data, check=True, capture_output=True).stdout.decode().strip()


def folder(hosted, *entries):
    """Write a folder of (mode, id, name), with any name; its id."""
    data = b"".join(
        f"{mode} ".encode() + name + b"\0" + bytes.fromhex(sha)
        for mode, sha, name in sorted(entries, key=lambda entry: entry[2])
    )
    bare = str(hosted.root / "bare.git")
    line = ["git", "-C", bare, "hash-object", "-t", "tree", "-w", "--literally", "--stdin"]
    return subprocess.run(line, input=data, check=True, capture_output=True).stdout.decode().strip()


def add(hosted, *entries):
    """Commit more entries at the top of the state branch, in place of those of their names."""
    bare = hosted.root / "bare.git"
    names = {name for _, _, name in entries}
    there = []
    for line in git(bare, "ls-tree", STATE).splitlines():
        about, _, name = line.partition("\t")
        mode, _, sha = about.split()
        if name.encode() not in names:
            there.append((mode.lstrip("0"), sha, name.encode()))
    tree = folder(hosted, *there, *entries)
    commit = git(bare, "commit-tree", tree, "-p", STATE, "-m", "Listkeeper: state").strip()
    git(bare, "update-ref", f"refs/heads/{STATE}", commit)


def huge(hosted):
    add(hosted, ("100644", put(hosted, bytes(257 * MEGABYTE)), b"days.jsonl"))


def folders_in_folders(hosted):
    mode, sha = "100644", put(hosted, b"{}\n")
    for _ in range(9):
        sha = folder(hosted, *((mode, sha, f"{n}.jsonl".encode()) for n in range(10)))
        mode = "40000"
    add(hosted, ("40000", sha, b"works"))


def link(hosted):
    add(hosted, ("120000", put(hosted, b"/etc/passwd"), b"days.jsonl"))


def another_repository(hosted):
    add(hosted, ("160000", git(hosted.root / "bare.git", "rev-parse", "main").strip(), b"module"))


def a_way_out(hosted):
    evil = folder(hosted, ("100644", put(hosted, b"{}\n"), b"evil.json"))
    up = folder(hosted, ("40000", evil, b".."), ("100644", put(hosted, b"{}"), b"..json"))
    add(hosted, ("40000", up, b"order"), ("40000", evil, b".."))


def a_line_in_a_name(hosted):
    add(hosted, ("100644", put(hosted, b"x\n"), b"works\nlistkeeper: well.jsonl"))
    add(hosted, ("100644", put(hosted, b"x\n"), b"+works.jsonl"))


def a_hook(hosted):
    hook = folder(hosted, ("100755", put(hosted, b"#!/bin/sh\ntouch /tmp/x\n"), b"post-checkout"))
    attributes = put(hosted, b"* filter=evil diff=evil\n")
    add(
        hosted,
        ("40000", folder(hosted, ("40000", hook, b"hooks")), b".git"),
        ("100644", attributes, b".gitattributes"),
    )


def decided(hosted, line):
    data = put(hosted, line)
    add(hosted, ("40000", folder(hosted, ("100644", data, b"2024-11.jsonl")), b"decisions"))


def brackets(hosted):
    decided(hosted, b"[" * 100_000 + b"\n")


def wrong_types(hosted):
    row = {"list_name": "Efficient LLM", "work_key": f"arxiv:{hosted.key(1)}", "act": ["pick"]}
    decided(hosted, json.dumps(row | {"who": {}, "at": 9**99}).encode() + b"\n")


def a_key_that_is_none(hosted):
    row = {"list_name": "Efficient LLM", "work_key": "../../../etc", "act": "pick", "who": "ann"}
    row |= {"at": MONDAY.isoformat(), "section": "Survey", "reason": "", "digest": "2024-W46"}
    decided(hosted, json.dumps(row | {"entry": "[x](javascript:1)"}).encode() + b"\n")


def another_branch(hosted):
    (line,) = hosted.file(STATE, "published.jsonl").splitlines()
    row = json.loads(line) | {"branch": "main"}
    add(hosted, ("100644", put(hosted, json.dumps(row).encode() + b"\n"), b"published.jsonl"))


@pytest.mark.long
@pytest.mark.parametrize(
    ("poison", "said"),
    [
        (huge, "in git: holds more than 256 MB, most of it in 'days.jsonl'; restore"),
        (folders_in_folders, "in git: names more files than fit into 64 MB; restore"),
        (link, ""),
        (another_repository, ""),
        (a_way_out, ""),
        (a_line_in_a_name, ""),
        (a_hook, ""),
        (brackets, "decisions/2024-11.jsonl:1: is not a row of decisions"),
        (wrong_types, "decisions/2024-11.jsonl:1: is not a row of decisions"),
        (a_key_that_is_none, "decisions/2024-11.jsonl:1: is not a row of decisions"),
        (another_branch, "published.jsonl:1: is not a row of publications (branch is 'main')"),
    ],
)
def test_nothing_is_decided_by_a_poisoned_state(hosted, poison, said):
    before, main = hosted.threads, hosted.refs()["refs/heads/main"]
    poison(hosted)
    state = hosted.refs()

    (ended,) = hosted.job(*SYNC, at=MONDAY + HOUR)

    assert (1 if said else 0) == ended.code, ended
    assert said in ended.err
    assert (1 if said else 0) == len(ended.err.splitlines())
    assert said or "no new decision\n" == ended.out
    assert before == hosted.threads
    assert main == hosted.refs()["refs/heads/main"]
    if said:
        assert state == hosted.refs()
    else:
        assert [] == decisions(hosted)
