"""
``listkeeper rules``: check, explain, measure and compare the words that select papers.

What the commands print is in ``rules_text.py`` and ``output/reports/``.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from catalog.errors import UsageTrouble
from cli.options import (
    day_of,
    file_options,
    input_file,
    spread_options,
    spread_over,
    with_optional_config,
    with_workspace,
)
from config.errors import ConfigTrouble
from output.streams import write_lines
from pipelines.workspace import Workspace, read

if TYPE_CHECKING:
    from config.rules import ListRules
    from pipelines.bulk.judging import Whose
    from pipelines.tuning.check import Checked
    from pipelines.tuning.labelled import LabelFiles, PaperSources


Text = tuple[str, str | None]
_file = click.Path(exists=True, dir_okay=False, path_type=Path)


def files_of(**paths: Path | None) -> "LabelFiles":
    from pipelines.tuning.labelled import LabelFiles

    return LabelFiles(**paths)


_label_files = file_options(
    files_of,
    positives="Papers in the list (default: stored decisions).",
    negatives="Papers outside the list (default: stored decisions).",
    abstracts="Abstracts by arXiv id (.jsonl or .jsonl.gz).",
    pool="Unlabelled papers: count how many are proposed. Their abstracts are used.",
)


@click.group("rules")
def rules_group() -> None:
    """Check, explain and test the rules."""


@rules_group.command("check")
@click.option("--pool", type=_file, help="Papers to test the words on (default: stored papers).")
@click.option("--all", "show_all", is_flag=True, help="Show all hints with their lines.")
@with_workspace
def check_command(
    workspace: "Workspace", pool: Path | None, *, show_all: bool, as_json: bool
) -> int:
    """
    Check the rules, their examples and lookalikes, and find useless words.

    Hints are shown in full if they are few, or new since the last commit. Exit code 2 means
    that something must be fixed.
    """
    from pipelines.tuning.check import Checked, check
    from pipelines.tuning.labelled import PaperSources

    checked = Checked()
    lists: tuple[ListRules, ...] = ()
    try:
        lists = workspace.lists
        workspace.check_lists()
    except ConfigTrouble as trouble:
        lists, checked.wrong = (), [str(trouble), *map(str, trouble.others)]
    for rules in lists:
        check(workspace.rules, rules, PaperSources.of(workspace), pool, checked)
    _show_check(checked, lists, show_all=show_all, as_json=as_json)
    return 2 if checked.wrong else 0


def _show_check(
    checked: "Checked", lists: "Iterable[ListRules]", *, show_all: bool, as_json: bool
) -> None:
    """Print errors and hints."""
    from catalog.plural import counted
    from cli.render import echo_json
    from output.escape import terminal
    from output.reports import rules_check

    if as_json:
        echo_json(rules_check.as_dict(checked, lists))
        return
    for line in checked.wrong:
        click.echo(terminal(line), err=True)
    for line in rules_check.lines(checked, lists, show_all=show_all):
        click.echo(" " * (len(line) - len(line.lstrip())) + terminal(line))
    if checked.wrong:
        click.echo(f"{counted(len(checked.wrong), 'error')} to fix", err=True)


@rules_group.command("schema")
@with_optional_config
def schema_command(workspace: "Workspace", *, as_json: bool) -> int:
    """Print the JSON Schema of a rules file, for completion and checks in editors."""
    from cli.render import echo_json
    from config.rules import rules_schema

    echo_json(rules_schema())
    return 0


@rules_group.command("explain")
@click.argument("what", metavar="ID|ADDRESS|TITLE|-")
@_label_files
@with_workspace
def explain_command(
    workspace: "Workspace",
    what: str,
    files: "LabelFiles",
    *,
    as_json: bool,
) -> int:
    """
    Explain the verdict on a paper, page or title: matches by section, and what would change it.

    An id or address is looked for in the store, in the files given, in LIST.labelled.jsonl beside
    the rules and in the list: wherever `rules diff` and `rules eval` have it from. With -, the
    first line of the input is the title and the rest is the abstract.
    """
    from cli.render import echo_json
    from cli.rules_text import as_text
    from output.reports.rules_explain import as_dict
    from pipelines.tuning.labelled import PaperSources

    title, abstract = text_of(what, PaperSources.of(workspace), workspace.lists, files)
    explained = [
        (rules, workspace.rules.explain(rules.list, title, abstract)) for rules in workspace.lists
    ]
    if as_json:
        parts = [as_dict(rules, answer, title, abstract) for rules, answer in explained]
        echo_json(parts[0] if len(parts) == 1 else parts)
        return 0
    for rules, answer in explained:
        click.echo(as_text(rules, answer, title, abstract))
    return 0


def text_of(
    what: str, sources: "PaperSources", lists: "Sequence[ListRules]", files: "LabelFiles"
) -> Text:
    """Give the title and abstract of an id, an address, a title, or the standard input (``-``)."""
    from pipelines.tuning.labelled import text_named

    if what != "-":
        return text_named(what, sources, lists, files)
    title, _, abstract = read(Path("-")).decode("utf-8", "replace").partition("\n")
    return title.strip(), abstract.strip() or None


@rules_group.command("apply")
@click.argument("rows", metavar="[FILE.jsonl]", type=input_file, default="-")
@click.option(
    "--evidence",
    type=click.Choice(["all", "candidates", "none"]),
    default="all",
    show_default=True,
    help="Whose evidence to print: of candidates and near misses only, or of none, is faster.",
)
@click.option("--no-evidence", "evidence", flag_value="none", help="The same as --evidence none.")
@spread_options("1")
@with_workspace
def apply_command(
    workspace: "Workspace",
    rows: BinaryIO,
    evidence: "Whose",
    workers: int | None,
    dask: str | None,
    *,
    as_json: bool,
) -> int:
    """
    Apply the rules to JSON Lines (arxiv_id, title, abstract); print a verdict for each.

    Evidence that isn't asked for is null. With several processes the order is the same.
    """
    from catalog.jsonl import read_lines
    from pipelines.bulk.files import parts
    from pipelines.bulk.judging import ApplyRules, RulesToSend, applied

    rules = one_list(workspace.lists)
    name = getattr(rows, "name", "-")
    if workers is None and dask is None:
        results = applied(workspace.rules, rules.list, read_lines(rows, name), name, evidence)
    else:
        task = ApplyRules(RulesToSend.of([rules]), rules.list, evidence)
        results = (result for _, result in spread_over(workers, dask)(task, parts(name, rows)))
    write_lines(results, without=f"{name}: no papers")
    return 0


@rules_group.command("eval")
@_label_files
@click.option("--without", multiple=True, metavar="SECTION", help="Ignore a catch-all section.")
@click.option("--since", metavar="DATE", help="Only labels of this day and later.")
@click.option("--curve", is_flag=True, help="With --json: precision and recall at each score.")
@click.option("--plot", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE.png|svg",
              help="Draw a chart to FILE.")  # fmt: skip
@with_workspace
def eval_command(
    workspace: "Workspace",
    files: "LabelFiles",
    *,
    without: tuple[str, ...],
    since: str | None,
    curve: bool,
    plot: Path | None,
    as_json: bool,
) -> int:
    """
    Measure the rules on labelled papers: precision, recall and sections.

    Labels younger than the last change of the words are fresh, all others are seen; the two are
    measured apart, because the words were chosen with the seen ones in view.

    Without files, the labels are the list's entries, stored decisions, and the rows of
    LIST.labelled.jsonl beside the rules.
    """
    from cli.render import echo_json
    from output.reports.rules_eval import lines
    from pipelines.tuning.evaluate import as_dict, measure
    from pipelines.tuning.labelled import PaperSources

    if plot:
        from output.charts import check_picture, draw_evaluation

        check_picture(plot)
    rules = one_list(workspace.lists)
    day = day_of(since, "--since")
    first = datetime(day.year, day.month, day.day, tzinfo=UTC) if day else None
    measured = measure(workspace.rules, rules, PaperSources.of(workspace), files, without, first)
    if plot:
        draw_evaluation(measured, plot)
    if as_json:
        echo_json(as_dict(measured, curve=curve))
    else:
        click.echo("\n".join(lines(measured)))
    return 0


@rules_group.command("diff")
@click.argument("version", metavar="[REV|FILE]", default="HEAD")
@_label_files
@click.option("--markdown", is_flag=True, help="Print Markdown for a pull request comment.")
@click.option("--snapshot", metavar="FILE", help="Also compare on all of arXiv, year by year.")
@spread_options("all cores")
@with_workspace
def diff_command(
    workspace: "Workspace",
    version: str,
    files: "LabelFiles",
    snapshot: str | None,
    workers: int | None,
    dask: str | None,
    *,
    markdown: bool,
    as_json: bool,
) -> int:
    """
    Compare the rules with another version of them: a branch, tag, commit or file.

    Shows which papers are gained, lost and moved, the responsible words, and all measurements.
    Exit code 1 means that an example or lookalike broke. With --snapshot it also tells what the
    change would have let in, year by year, over all of arXiv.
    """
    from output.reports import rules_diff, rules_years
    from pipelines.tuning.diff import differences
    from pipelines.tuning.labelled import PaperSources

    spread = spread_over(workers, dask)
    try:
        sources = PaperSources.of(workspace)
        comparisons, new = differences(workspace.lists, sources, version, files)
    except ConfigTrouble as trouble:
        if markdown:
            click.echo(rules_diff.trouble_page(trouble, workspace.root))
        raise
    years = []
    if snapshot:
        from pipelines.bulk.by_year import differences_by_year
        from pipelines.discover.days import ArxivContext

        versions = [(diff.compared.before, diff.compared.after) for diff in comparisons]
        categories = ArxivContext.of(workspace).categories
        years = differences_by_year(versions, categories, snapshot, spread, workspace.progress)
    if as_json:
        from cli.render import echo_json

        echo_json(rules_diff.as_dict(comparisons, new) | rules_years.as_dict(years))
    elif markdown:
        click.echo(rules_diff.page(comparisons, new) + rules_years.page(years))
    else:
        click.echo(rules_diff.text(comparisons, new) + rules_years.text(years))
    return 1 if any(comparison.broken for comparison in comparisons) else 0


@rules_group.command("suggest")
@_label_files
@click.option("--section", metavar="NAME", help="Suggest words of this section only.")
@click.option(
    "--most", type=click.IntRange(1, 100), default=10, help="Most suggestions (default: 10)."
)
@with_workspace
def suggest_command(
    workspace: "Workspace",
    files: "LabelFiles",
    *,
    section: str | None,
    most: int,
    as_json: bool,
) -> int:
    """
    Suggest word changes with their gains and costs, as a patch for git apply or patch -p1.

    They are learned from the older labels; what the youngest fifth contradicts is left out.

    Without files, the labels are the list's entries, stored decisions, and the rows of
    LIST.labelled.jsonl beside the rules.
    """
    from cli.render import echo_json
    from output.reports import rules_suggest
    from pipelines.tuning.labelled import PaperSources, gather
    from pipelines.tuning.suggest import suggest

    rules = one_list(workspace.lists)
    names = [section.name for section in rules.sections]
    if section is not None and section not in names:
        raise UsageTrouble("--section", f"there is no section {section!r}", ", ".join(names))
    gathered = gather(PaperSources.of(workspace), rules, files, dated=True)
    suggested = suggest(rules, gathered.papers, gathered.pool, most=most, section=section)
    change = rules_suggest.change_of(rules, suggested, workspace.config_dir.parent)
    if as_json:
        echo_json(rules_suggest.as_dict(rules, suggested, gathered, change))
        return 0
    lines = [*rules_suggest.lines(rules, suggested, gathered), ""]
    write_lines(["\n".join(lines).encode(), change.encode()])
    return 0


def one_list(lists: "Sequence[ListRules]") -> "ListRules":
    """Give the only list, for commands that need exactly one."""
    if len(lists) > 1:
        names = ", ".join(rules.list for rules in lists)
        raise UsageTrouble("--list", "there are several lists", f"name one: {names}")
    return lists[0]
