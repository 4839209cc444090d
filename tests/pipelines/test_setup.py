"""What ``doctor`` says about this machine."""

import errno
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from catalog.errors import StoreTrouble
from catalog.store import Store
from catalog.store.lock import lock
from config import settings
from config.errors import ConfigTrouble
from config.plain_files import read_file
from pipelines import setup
from pipelines.setup import _rules
from tests.workspace import Workspace

NOW = datetime(2024, 11, 11, 6, 47, tzinfo=UTC)
STATE = ".listkeeper"


def _pipe(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(path)


def _lost_link(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to("nowhere")


def _folder(path):
    path.mkdir(parents=True)


def _file(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


@pytest.mark.parametrize(
    ("place", "what"),
    [
        (f"{STATE}/lock", _folder),
        (f"{STATE}/lock", _pipe),
        (f"{STATE}/lock", _lost_link),
        (f"{STATE}/pace", _file),
        (f"{STATE}/pace/arxiv.lock", _folder),
        (f"{STATE}/pace/arxiv.json", _folder),
        ("digests", _file),
        ("digests", _lost_link),
    ],
)
def test_what_would_stop_a_command_is_wrong(tmp_path, place, what):
    """Something else stands where a command needs a file or folder: doctor names it."""
    workspace = Workspace(tmp_path)
    what(tmp_path / place)

    ended = workspace.run("doctor", as_of=NOW)

    assert 1 == ended.code
    (line,) = (line for line in ended.out.split("\n") if line.startswith("wrong"))
    assert str(tmp_path / place) in line


CONFIG = ("sources.yaml", "schedule.yaml", "services.yaml", "calendar.yaml", "publish.yaml")


@pytest.mark.parametrize("name", [*CONFIG, "lists/efficient-llm.yaml"])
@pytest.mark.parametrize("broken", ["text", "link"])
def test_a_file_of_the_configuration_that_stops_a_command_is_wrong(tmp_path, name, broken):
    """Also one that only `run`, `schedule` or `publish` reads."""
    workspace = Workspace(tmp_path)
    path = tmp_path / "config" / name
    path.unlink(missing_ok=True)
    path.symlink_to("nowhere") if broken == "link" else path.write_text("[[[")

    ended = workspace.run("doctor", as_of=NOW)

    assert 1 == ended.code
    lines = [line for line in ended.out.split("\n") if line.startswith("wrong")]
    assert lines
    assert all(str(path) in line for line in lines)


def test_a_service_without_an_address_is_wrong(tmp_path):
    """Commands that ask it ended as a bug, and doctor said nothing."""
    workspace = Workspace(tmp_path)
    services = tmp_path / "config" / "services.yaml"
    services.write_text(services.read_text().replace("arxiv_api:", "arxiv_apy:"))

    for command in (["doctor"], ["citations", "refresh"], ["discover"]):
        ended = workspace.run(*command, as_of=NOW)

        assert (1 if command == ["doctor"] else 2) == ended.code
        assert (
            'arxiv_apy: unknown key "arxiv_apy"; did you mean arxiv_api?' in ended.out + ended.err
        )

    services.write_text(services.read_text().replace("  arxiv_apy:", "  # arxiv_api:"))
    missing = "arxiv_api: is missing; write: arxiv_api: https://export.arxiv.org"
    assert missing in workspace.run("discover", as_of=NOW).err


@pytest.mark.parametrize("contact", ["李@example.org", "a\nb", "a" * 201])
def test_what_cannot_be_sent_with_a_request_is_no_contact(tmp_path, contact):
    """A service was BROKEN for ever, with words about a codec."""
    services = tmp_path / "services.yaml"
    text = Path("config/services.yaml").read_text()
    services.write_text(text.replace('contact: ""', f"contact: {json.dumps(contact)}"))

    with pytest.raises(ConfigTrouble, match=r"services\.yaml:7: contact: "):
        settings.services(tmp_path)


def test_a_pause_that_is_not_named_is_the_usual_one(tmp_path):
    """Without ``pauses`` arXiv was asked once a second; its terms say three."""
    services = tmp_path / "services.yaml"
    before, _, _ = Path("config/services.yaml").read_text().partition("pauses:")
    services.write_text(before + "pauses: {openalex: 2}\n")

    pauses = settings.services(tmp_path).pauses

    assert {"arxiv": 3.0, "semantic_scholar": 1.5, "openalex": 2.0} == pauses


def test_a_path_that_cannot_be_looked_at_ends_no_other_check(tmp_path, monkeypatch):
    """Rights can't be tried as root, who may do everything."""
    workspace = Workspace(tmp_path)
    (tmp_path / ".listkeeper" / "pace").mkdir(parents=True)

    def refused(path, pattern):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(setup.Path, "glob", refused)
    ended = workspace.run("doctor", as_of=NOW)

    assert 1 == ended.code
    assert "pace: cannot be used (Permission denied); check this path" in ended.out
    assert "calendar" in ended.out


def test_a_source_that_does_not_exist_is_wrong(tmp_path):
    workspace = Workspace(tmp_path)
    sources = tmp_path / "config" / "sources.yaml"
    sources.write_text(sources.read_text().replace("also: [hf_daily,", "also: [hf_dayly,"))

    ended = workspace.run("doctor", as_of=NOW)

    assert 1 == ended.code
    assert "no source is called 'hf_dayly'" in ended.out


def test_a_feed_named_as_a_source_is_led_to_all_feeds(tmp_path):
    """A report calls it feeds/bair, so somebody asks for bair."""
    ended = Workspace(tmp_path / "mine").run("discover", "--source", "bair")

    assert 2 == ended.code
    assert "'bair' is one of the feeds, which are asked together; say --source feeds" in ended.err


def test_a_mistake_in_sources_yaml_is_told_once_and_the_store_is_fine(tmp_path):
    workspace = Workspace(tmp_path)
    Store(tmp_path / STATE / "listkeeper.db").close()
    sources = tmp_path / "config" / "sources.yaml"
    sources.write_text(sources.read_text().replace("oldest_days:", "oldest_dais:"))

    ended = workspace.run("doctor", as_of=NOW)

    assert 1 == ended.code
    (line,) = (line for line in ended.out.splitlines() if "oldest_dais" in line)
    assert line.startswith("wrong  sources: ")
    assert "ok     store: " in ended.out


@pytest.mark.parametrize(
    ("name", "level", "code"),
    [("lists/other.yml", "wrong", 1), ("publish.yml", "wrong", 1), ("colours.yaml", "tip", 0)],
)
def test_a_file_that_nobody_reads_is_named(tmp_path, name, level, code):
    """A second list, or the settings of publishing, that do nothing because of their names."""
    workspace = Workspace(tmp_path)
    (tmp_path / "config" / name).write_text("list: Other\n")

    ended = workspace.run("doctor", as_of=NOW)

    assert code == ended.code
    (line,) = (line for line in ended.out.split("\n") if name in line)
    assert line.startswith(level)
    assert "is read by no command" in line


@pytest.mark.parametrize("command", [("publish", "--dry-run"), ("sync",), ("ci", "daily")])
def test_settings_of_publishing_behind_a_lost_link_are_not_none(tmp_path, command):
    """Before, nothing was published, with exit code 0."""
    workspace = Workspace(tmp_path)
    path = workspace.root / "config" / "publish.yaml"
    path.symlink_to("nowhere")

    ended = workspace.run(*command, as_of=NOW)

    assert 2 == ended.code
    assert f"{path}: is a link that leads nowhere" in ended.err


PLACES = [
    ("digests/2024-W46.md", ("digest",)),
    ("digests/2024-W46.md", ("apply", "digests/2024-W46.md")),
    ("digests/2024-W46.html", ("digest", "--html")),
    ("digests/2024-W46.json", ("digest", "--json")),
    (f"{STATE}/listkeeper.db", ("digest",)),
    (f"{STATE}/listkeeper.db", ("status",)),
]


@pytest.mark.parametrize("make", [_pipe, _folder, lambda path: path.symlink_to("/dev/zero")])
@pytest.mark.parametrize(("place", "command"), PLACES)
def test_what_is_no_file_is_told_and_not_waited_for(tmp_path, place, command, make):
    """A pipe held the lock for ever, and a device was read until the memory was full."""
    workspace = Workspace(tmp_path)
    workspace.run("digest", as_of=NOW)
    for file in (tmp_path / place).parent.glob(f"{Path(place).name}*"):
        file.unlink()
    make(tmp_path / place)

    line = [part.replace("digests/", f"{tmp_path}/digests/") for part in command]
    ended = workspace.run(*line, as_of=NOW)

    assert ended.code in (1, 2), ended
    assert str(tmp_path / place) in ended.out + ended.err


def test_a_pipe_is_no_file_to_read(tmp_path):
    _pipe(tmp_path / "pipe.txt")

    with pytest.raises(OSError, match="a pipe, socket or device"):
        read_file(tmp_path / "pipe.txt")


def test_a_lock_that_is_a_pipe_is_not_waited_for(tmp_path):
    _pipe(tmp_path / "lock")

    with pytest.raises(StoreTrouble, match="must be a file, and is none"), lock(tmp_path, "run"):
        pass


def test_a_lock_that_cannot_be_signed_is_held_all_the_same(tmp_path, monkeypatch):
    """A full disk takes the name of the holder only."""

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with lock(tmp_path, "run"):
        monkeypatch.undo()

        assert not (tmp_path / "lock").read_bytes()


def test_without_hyperscan_it_says_what_that_means(monkeypatch):
    monkeypatch.setitem(sys.modules, "hyperscan", None)

    (finding,) = _rules()

    assert "tip" == finding.level
    assert "slowly" in finding.message
    assert "pip install hyperscan" in finding.message


def test_with_hyperscan_there_is_nothing_to_do():
    (finding,) = _rules()

    assert "Hyperscan finds the words" == finding.message
