"""What the README and the guides show is true: commands run, files exist, nothing is left out."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import click
import pytest

import crawler.spiders as spiders_of_crawler
from cli.main import COMMANDS, cli, code_of
from config.form import FIELDS, PLACES, Form, SectionForm
from config.strict import keys_of
from config.template import FILTERS, parse_template
from sandbox.process import running
from tests.cli.test_rules_suggest import MISSED
from tests.guides import GUIDES, blocks, shown, words
from tests.workspace import REPOSITORY, Workspace

TUESDAY = datetime(2024, 11, 12, 6, 47, tzinfo=UTC)


def without_code(text: str) -> str:
    """The page without fences, indented code and code spans."""
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    return re.sub(r"`[^`]*`|^(?: {4}|\t).*$", "", text, flags=re.MULTILINE)


@pytest.mark.long
@pytest.mark.parametrize(("page", "number"), [("README.md", 3), ("docs/init.md", 4)])
def test_every_command_of_the_first_pages_runs(tmp_path, monkeypatch, page, number):
    """As a newcomer runs them: in a folder that holds nothing but a list."""
    shutil.copy(REPOSITORY / "lists" / "efficient-llm.md", tmp_path / "README.md")
    monkeypatch.chdir(tmp_path)
    text = (REPOSITORY / page).read_text()
    ended = []
    with running(now=TUESDAY) as outside:
        for name, value in (outside.environment() | {"LISTKEEPER_PACE": "0"}).items():
            monkeypatch.setenv(name, value)
        for command in shown(text):
            given = ["--as-of", TUESDAY.isoformat(), "--quiet"]
            given = given[2:] if " init " in command else [] if " demo " in command else given
            ended.append(code_of([*shlex.split(command)[1:], *given]))

    assert [0] * number == ended
    assert list(tmp_path.glob("digests/*.md"))


def test_every_page_with_commands_to_type_is_run():
    """Here, and channels.md beside the channels."""
    run = "README init week server several watch rules channels running citations order"

    assert set(run.split()) == {page.stem for page in GUIDES if shown(page.read_text())}


def test_the_readme_is_a_front_page():
    """Short, with the commands of a checkout; it leads to the guides, and they to each other."""
    text = (REPOSITORY / "README.md").read_text()
    index = (REPOSITORY / "docs" / "README.md").read_text()

    assert len(text.split()) < 700
    assert "\n    make demo " in text
    assert "\n    make test " in text
    for guide in (REPOSITORY / "docs").glob("*.md"):
        assert f"({guide.name})" in index or guide.name == "README.md"


def test_make_says_what_installing_takes_before_it_begins():
    """pip prints nothing for minutes; the README tells the same time and size."""
    line = ["make", "--dry-run", "--always-make", "demo"]
    printed = subprocess.run(line, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    steps = printed.stdout.splitlines()
    told = next(at for at, step in enumerate(steps) if step.startswith("echo "))
    readme = (REPOSITORY / "README.md").read_text()

    assert told < next(at for at, step in enumerate(steps) if "pip install" in step)
    takes = re.search(r"once: (.*? minutes, \d+ MB)", steps[told])
    assert takes
    assert takes[1] in readme


def ended_badly(workspace: Workspace, commands: list[str]) -> list[tuple[str, int, str]]:
    """Run commands one after the other; those that don't end with 0."""
    failed = []
    for command in commands:
        assert "listkeeper" == command.split()[0]
        ended = workspace.run(*words(command), as_of=TUESDAY)
        if ended.code:
            failed.append((command, ended.code, ended.err))
    return failed


@pytest.mark.long
@pytest.mark.parametrize(
    ("guide", "number"), [("week", 20), ("server", 4), ("several", 3), ("running", 3)]
)
def test_every_command_of_a_guide_runs(tmp_path, monkeypatch, guide, number):
    """In the order of the page, in one folder, against the sandbox: each ends with 0."""
    commands = shown((REPOSITORY / "docs" / f"{guide}.md").read_text())
    monkeypatch.chdir(tmp_path)
    with running(now=TUESDAY) as outside:
        failed = ended_badly(Workspace(tmp_path, outside.environment()), commands)

    assert len(commands) >= number
    assert [] == failed


@pytest.mark.long
def test_every_command_of_the_guide_to_citations_runs(tmp_path, monkeypatch):
    """Each in a folder with a first look behind it; what is for a held count finds one."""
    paper = "2406.11235"
    commands = shown((REPOSITORY / "docs" / "citations.md").read_text())
    with running(now=TUESDAY) as outside:
        outside.set_counts({paper: 500})
        first = Workspace(tmp_path / "first", outside.environment())
        ago = TUESDAY - timedelta(days=60)
        codes = [first.run("citations", "refresh", "--write", as_of=ago).code]
        held = first.copy(tmp_path / "held")
        outside.set_counts({paper: 550})
        codes.append(first.run("citations", "refresh", as_of=TUESDAY - timedelta(days=20)).code)
        outside.set_counts({paper: 20})
        codes.append(held.run("citations", "refresh", "--write", as_of=TUESDAY).code)
        outside.set_counts({paper: 600})
        failed = []
        for number, command in enumerate(commands):
            is_of_held = {"--held", "--release", "--drop"} & {*words(command)}
            here = (held if is_of_held else first).copy(tmp_path / str(number))
            monkeypatch.chdir(here.root)
            failed += ended_badly(here, [command])

    assert [0, 0, 1] == codes
    assert [] == failed
    assert len(commands) >= 12


@pytest.mark.long
def test_every_command_of_the_guide_to_rules_runs(tmp_path, monkeypatch):
    """
    In a folder that git keeps, as a contributor has it, with the changes of the worked example.

    Each ends as the page says and prints what it shows; only figures may be others, as they are
    as soon as somebody changes a word.
    """
    workspace = Workspace(tmp_path)
    rules = workspace.root / "config" / "lists" / "efficient-llm.yaml"
    before = rules.read_text()
    monkeypatch.chdir(tmp_path)
    commit_all()
    (script,) = blocks("rules", language="sh")
    (rows,) = [one.text for one in blocks("rules", language="json") if '"section"' not in one.text]
    Path("pool.jsonl").write_text(rows)

    wrong = []
    shells = blocks("rules", language="console")
    for block in shells:
        rules.write_text(changed_as_shown(before, block.text))
        wrong += [told for command, lines in block.shows if (told := odd(command, lines))]
    rules.write_text(before)
    # Labels that miss a word, so that there is something to suggest.
    labels = "".join(f"{json.dumps(row)}\n" for row in MISSED)
    rules.with_suffix(".labelled.jsonl").write_text(labels)
    typed(script.text, code=0)

    assert sum(len(block.shows) for block in shells) >= 20
    assert [] == wrong
    assert rules.read_text() != before


def commit_all():
    for line in ("init -q -b main", "add .", "commit -q --allow-empty -m first"):
        who = ["-c", "user.name=nobody", "-c", "user.email=nobody@example.org"]
        subprocess.run(["git", *who, *line.split()], check=True)


def changed_as_shown(rules: str, block: str) -> str:
    """The rules with the words that this block says are new."""
    head, name, rest = rules.partition("  - name: Inference\n")
    if "+ Inference › over: Transformer" in block:
        rest = rest.replace("over: [Efficient LLM]", "over: [Efficient LLM, Transformer]", 1)
    elif "+ not_in_title: video*" in block:
        head = head.replace("    hallucinat*, ", "    hallucinat*, video*, ", 1)
    elif "+ Inference › says:" in block:
        (example,) = re.findall(r'- (".*")\n', blocks("rules", language="yaml")[-2].text)
        rest = rest.replace(
            "        speculative decod*",
            "        pre-fill* near LLM, accelerat* pre-fill*,\n        speculative decod*",
            1,
        )
        rest = rest.replace("    examples:\n", f"    examples:\n      - {example}\n", 1)
    return head + name + rest


def odd(command: str, shown_lines: list[str]) -> str:
    """What a command does that the page doesn't show; nothing where all is so."""
    code = 1 if any(line.startswith("broken:") for line in shown_lines) else 0
    lines = typed(command, code).splitlines()
    at = 0
    for number, line in enumerate(shown_lines):
        if line == "...":
            continue
        skips = number and shown_lines[number - 1] == "..."
        found = [n for n in range(at, len(lines)) if masked(lines[n]) == masked(line)]
        if not found or not (skips or found[0] == at):
            return f"{command}: the page shows {line!r}, printed: {lines[at : at + 3]}"
        at = found[0] + 1
    return ""


def masked(line: str) -> str:
    """Without figures, dates, commits and counts' plurals."""
    return re.sub(r"\(commit \w+\)|\d+([.,→-]\d+)*|(?<=\d)[.,]?", "0", line).rstrip()


def typed(command: str, code: int) -> str:
    """What a line prints that is typed in a shell; it has to end with this code."""
    line = re.sub(r"(?m)(^|\| )listkeeper ", rf"\1{sys.executable} -P -m cli ", command)
    ended = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", line],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "LISTKEEPER_CONFIG": "config"},
        capture_output=True,
        text=True,
    )
    assert code == ended.returncode, f"{command}: {ended.returncode}\n{ended.stdout}{ended.stderr}"
    return ended.stdout


def named(text: str) -> list[str]:
    """Each command line in a fence, an indented block or a code span, without what explains it."""
    code = re.findall(
        r"```.*?\n(.*?)```|^(?: {4}|\t)([^\n]*)$|`(listkeeper [^`]+)`", text, re.DOTALL | re.M
    )
    lines = "\n".join("".join(parts) for parts in code).replace("\\\n", " ").splitlines()
    found = (re.search(r"(?:^|[\s$])listkeeper ([a-z].*)", line) for line in lines)
    return [re.split(r"  |\s[#>|]|&&|;|…| \.\.\.", match[1])[0].strip() for match in found if match]


@pytest.mark.parametrize("page", GUIDES, ids=lambda path: path.name)
def test_every_command_that_a_page_names_is_one(page):
    """Also where it isn't run: no command and no option is misspelt or gone."""
    wrong = []
    for line in named(page.read_text()):
        words, command, path = shlex.split(line), cli, []
        while isinstance(command, click.Group) and words and not words[0].startswith("-"):
            path.append(words.pop(0))
            command = command.get_command(click.Context(command), path[-1])
        if command is None:
            wrong.append(line)
        elif not isinstance(command, click.Group):
            try:
                command.make_parser(click.Context(command)).parse_args(words)
            except click.UsageError as trouble:
                wrong.append(f"{line}: {trouble.format_message()}")

    assert [] == wrong


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_told_of(command):
    """No command without a word in the README or a guide."""
    told = "\n".join(path.read_text() for path in GUIDES)

    assert re.search(rf"listkeeper {command}\b|make {command}\b|`{command}`", told), command


def test_every_key_of_the_configuration_is_explained():
    """Each key stands in a comment of its own file, or in a guide."""
    told = "\n".join(path.read_text() for path in GUIDES)
    for path in (REPOSITORY / "config").glob("*.yaml"):
        text = path.read_text()
        assert text.startswith("#"), path
        for key in re.findall(r"^([a-z_]+):", text, re.MULTILINE):
            before = text[: re.search(rf"^{key}:", text, re.MULTILINE).start()]
            assert before.rstrip().splitlines()[-1].lstrip().startswith("#") or key in told, key


def test_the_guide_to_forms_names_every_field_filter_and_key():
    """And nothing else is taken in a form."""
    guide = (REPOSITORY / "docs" / "forms.md").read_text()
    names = {*FIELDS, *FILTERS, *PLACES, *keys_of(Form), *keys_of(SectionForm)}

    assert set() == {name for name in names if not re.search(rf"`[^`]*\b{name}\b", guide)}
    assert parse_template('{{ authors|et_al(3, 1, " and others") }}')


def test_the_guide_to_scrapy_names_every_spider_with_its_arguments():
    guide = (REPOSITORY / "docs" / "scrapy.md").read_text()
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", guide, re.MULTILINE))
    for module in iter_modules(spiders_of_crawler.__path__):
        for one in vars(import_module(f"crawler.spiders.{module.name}")).values():
            for argument in getattr(one, "arguments", ()):
                assert f"`{argument}`" in rows[one.name]


@pytest.mark.parametrize("page", GUIDES, ids=lambda path: path.name)
def test_links_between_pages_lead_somewhere(page):
    """Every link to a file of the repository is to one that is there."""
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", without_code(page.read_text())):
        assert (page.parent / target).exists(), target
