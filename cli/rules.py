"""
``listkeeper rules``: check, explain and try the words that decide what enters a list.

``listkeeper rules diff``: what another version of the rules judges otherwise, and how well.
"""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from catalog.errors import UsageTrouble
from catalog.paper import paper_key
from cli.options import file_options, with_workspace
from config.errors import ConfigTrouble
from output import rules_diff
from pipelines.tuning.diff import differences
from pipelines.tuning.labelled import LabelFiles, PaperSources
from pipelines.workspace import Workspace

if TYPE_CHECKING:
    from pipelines.rules.ruleset import Ruleset


Text = tuple[str, str | None]
_file = click.Path(exists=True, dir_okay=False, path_type=Path)
Lookup = Callable[[str], Text | None]


@click.group("rules")
def rules_group() -> None:
    """Check, explain and try the rules."""


@rules_group.command("check")
@click.option("--pool", type=_file, help="Papers to try the words on (default: the store's).")
@click.option("--all", "whole", is_flag=True, help="Every word to think about, with its line.")
@with_workspace
def check_command(workspace: "Workspace", pool: Path | None, *, whole: bool, as_json: bool) -> int:
    """
    Read the rules, judge their examples and lookalikes, and name words that do nothing.

    What to think about is said in full where it is new since the last commit, or little.
    """
    from cli.rules_text import check

    return check(workspace, pool, whole=whole, as_json=as_json)


@rules_group.command("schema")
@with_workspace
def schema_command(workspace: "Workspace", *, as_json: bool) -> int:
    """Print the JSON Schema of a rules file, for editors that complete and check."""
    from cli.render import echo_json
    from config.rules import rules_schema

    echo_json(rules_schema())
    return 0


@rules_group.command("explain")
@click.argument("what", metavar="ID|TITLE|-")
@with_workspace
def explain_command(workspace: "Workspace", what: str, *, as_json: bool) -> int:
    """
    Say section by section what a paper or a title finds, and what would change the verdict.

    With - the title is the first line of the input and the abstract the rest.
    """
    from cli.render import echo_json
    from cli.rules_text import as_dict, as_text

    title, abstract = text_to_explain(what, lambda arxiv_id: stored_text(workspace, arxiv_id))
    explained = [
        (rules, workspace.rules.explain(rules.list, title, abstract)) for rules in workspace.lists
    ]
    if as_json:
        parts = [as_dict(rules, one, title, abstract) for rules, one in explained]
        echo_json(parts[0] if len(parts) == 1 else parts)
        return 0
    for rules, one in explained:
        click.echo(as_text(rules, one, title, abstract))
    return 0


def text_to_explain(what: str, lookup: Lookup) -> Text:
    """The title and abstract of an id, a title, or what stands on the input."""
    from catalog.arxiv_id import ArxivId

    if what == "-":
        title, _, abstract = sys.stdin.read().partition("\n")
        return title.strip(), abstract.strip() or None
    arxiv_id = ArxivId.parse(what)
    if arxiv_id is None:
        return what, None
    found = lookup(arxiv_id.base)
    if found is None:
        raise UsageTrouble(
            what,
            "this paper is neither in the store nor in the list",
            "give its title instead, or title and abstract on the input of: rules explain -",
        )
    return found


def stored_text(workspace: "Workspace", arxiv_id: str) -> Text | None:
    """The title and abstract of a paper that some run has seen, or the title that a list has."""
    from catalog.markdown.listfile import parse

    # Looking at rules creates no store, and does not wait for the library of one.
    if (workspace.state / "listkeeper.db").exists():
        from catalog.store.verdicts import text_of

        work = workspace.store.works.get(paper_key(arxiv_id))
        if work:
            return text_of(work)
    for rules in workspace.lists:
        for entry in parse(workspace.list_path(rules).read_bytes()).entries:
            if entry.arxiv_id == arxiv_id:
                return entry.title, None
    return None


@rules_group.command("apply")
@click.argument("rows", metavar="[FILE.jsonl]", type=click.File("rb"), default="-")
@with_workspace
def apply_command(workspace: "Workspace", rows: BinaryIO, *, as_json: bool) -> int:
    """Judge rows of JSON Lines (arxiv_id, title, abstract) and print a verdict for each."""
    list_name, ruleset = one_list(workspace)
    for line in applied(ruleset, list_name, rows, getattr(rows, "name", "-")):
        sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()
    return 0


def applied(ruleset: "Ruleset", list_name: str, rows: BinaryIO, name: str) -> Iterator[bytes]:
    """One line of JSON for each row, in the same order."""
    import orjson

    from catalog.rows import read_rows

    for row in read_rows(rows, name):
        verdict = ruleset.judge(list_name, row.title, row.abstract)
        made = {
            "arxiv_id": row.arxiv_id,
            "section": verdict.section,
            "score": verdict.score,
            "evidence": verdict.evidence,
            "runner_up": verdict.runner_up,
        }
        yield orjson.dumps(made, option=orjson.OPT_APPEND_NEWLINE)


@rules_group.command("eval")
@file_options
@click.option("--without", multiple=True, metavar="SECTION", help="Leave a catch-all aside.")
@click.option("--curve", is_flag=True, help="With --json: precision and recall at every score.")
@click.option("--plot", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE.png|svg")
@with_workspace
def eval_command(
    workspace: "Workspace",
    positives: Path | None,
    negatives: Path | None,
    abstracts: Path | None,
    pool: Path | None,
    *,
    without: tuple[str, ...],
    curve: bool,
    plot: Path | None,
    as_json: bool,
) -> int:
    """
    Measure the rules on labelled papers: what they find, and where they put it.

    Without files: on the list's own entries, on what people decided, and on the rows of
    LIST.labelled.jsonl beside the rules.
    """
    from cli.render import echo_json
    from cli.rules_text import show
    from output.charts import check_picture, draw_evaluation
    from pipelines.tuning.evaluate import as_dict, measure
    from pipelines.tuning.labelled import LabelFiles

    check_picture(plot)
    list_name, _ = one_list(workspace)
    rules = next(rules for rules in workspace.lists if rules.list == list_name)
    files = LabelFiles(positives, negatives, abstracts, pool)
    sources = PaperSources.of(workspace)
    measured = measure(workspace.rules, rules, sources, files, without)
    if plot:
        draw_evaluation(measured, plot)
    if as_json:
        echo_json(as_dict(measured, curve=curve))
    else:
        show(measured)
    return 0


@rules_group.command("diff")
@click.argument("version", metavar="[REV|FILE]", default="HEAD")
@file_options
@click.option("--markdown", is_flag=True, help="As a page for a comment on a pull request.")
@with_workspace
def diff_command(
    workspace: "Workspace",
    version: str,
    positives: Path | None,
    negatives: Path | None,
    abstracts: Path | None,
    pool: Path | None,
    *,
    markdown: bool,
    as_json: bool,
) -> int:
    """
    Compare the rules with another version of them: a branch, tag or commit, or a file.

    Says which papers are gained, lost and moved, by which word, and what became of every figure.
    Ends with 1 where an example or lookalike breaks that held before.
    """
    from pipelines.tuning.labelled import LabelFiles

    files = LabelFiles(positives, negatives, abstracts, pool)
    return diff(workspace, version, files, as_json=as_json, markdown=markdown)


@rules_group.command("suggest")
@file_options
@click.option("--section", metavar="NAME", help="Words of this section only.")
@click.option("--most", type=click.IntRange(1, 100), default=10, help="At most so many (10).")
@with_workspace
def suggest_command(
    workspace: "Workspace",
    positives: Path | None,
    negatives: Path | None,
    abstracts: Path | None,
    pool: Path | None,
    *,
    section: str | None,
    most: int,
    as_json: bool,
) -> int:
    """
    Suggest words, with what each gains and costs, as a patch for git apply or patch -p1.

    From the list's own entries, what people decided, and the rows of LIST.labelled.jsonl beside
    the rules; or from the files that are named.
    """
    from cli.rules_text import suggest_changes
    from pipelines.tuning.labelled import LabelFiles

    list_name, _ = one_list(workspace)
    rules = next(rules for rules in workspace.lists if rules.list == list_name)
    files = LabelFiles(positives, negatives, abstracts, pool)
    return suggest_changes(workspace, rules, files, section, most, as_json=as_json)


def one_list(workspace: "Workspace") -> "tuple[str, Ruleset]":
    """The list that rows are judged for."""
    names = [rules.list for rules in workspace.lists]
    if len(names) > 1:
        raise UsageTrouble("--list", "there are several lists", f"name one: {', '.join(names)}")
    return names[0], workspace.rules


def diff(
    workspace: Workspace, version: str, files: LabelFiles, *, as_json: bool, markdown: bool
) -> int:
    """Compare, print, and end with 1 where an example or lookalike broke."""
    try:
        found, new = differences(workspace.lists, PaperSources.of(workspace), version, files)
    except ConfigTrouble as trouble:
        if markdown:
            click.echo(rules_diff.trouble_page(trouble, workspace.root))
        raise
    if as_json:
        from cli.render import echo_json

        echo_json(rules_diff.as_dict(found, new))
    elif markdown:
        click.echo(rules_diff.page(found, new))
    else:
        click.echo(rules_diff.text(found, new))
    return 1 if any(one.broken for one in found) else 0
