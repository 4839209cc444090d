"""The stage that judges works by the rules."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from catalog.facts import Verdict
from catalog.paper import Work
from catalog.report import Report
from catalog.store import Store
from catalog.store.trimmed import Trimmed
from catalog.store.verdicts import text_of
from pipelines.rules.ruleset import Ruleset
from pipelines.tuning.headings import missing_headings
from pipelines.workspace import Workspace

# Works of all lists judged in one round, and the fewest of each: a killed run repeats no more.
AT_ONCE, FEWEST = 1000, 200


def classify(workspace: Workspace, report: Report) -> None:
    """
    Judge works that have no verdict by the present rules on their present text.

    A text that waits for several lists is read once. A section that the list has no heading for is
    reported: what it gets can't be written.
    """
    for rules in workspace.lists:
        report.needs_person += map(str, missing_headings(workspace.root, rules))
    names = [rules.list for rules in workspace.lists]
    with workspace.progress("classify") as step:
        while waiting := _backlogs(workspace.store, workspace.rules, names):
            judged = _judged(workspace.rules, waiting)
            for name, pairs in judged.items():
                workspace.store.verdicts.save(name, pairs, workspace.now)
            number = sum(map(len, judged.values()))
            taken = sum(v.section is not None for pairs in judged.values() for _, v in pairs)
            report.count("classify/judged", number)
            report.count("classify/proposed", taken)
            step(f"{number} verdicts, {taken} proposed")
    for name in names:
        _judge_titles(workspace.store.trimmed, workspace.rules, name, workspace.now, report)


def _backlogs(store: Store, ruleset: Ruleset, names: Sequence[str]) -> dict[str, list[Work]]:
    """The first works that wait for each list, of lists that have any."""
    most = max(AT_ONCE // len(names), FEWEST) if names else 0
    every = {name: store.verdicts.backlog(name, ruleset.fingerprint(name), most) for name in names}
    return {name: works for name, works in every.items() if works}


def _judged(
    ruleset: Ruleset, waiting: Mapping[str, Sequence[Work]]
) -> dict[str, list[tuple[Work, Verdict]]]:
    """The verdicts of each list on the works that wait for it, in their order."""
    lists_of: dict[str, list[str]] = {}
    works: dict[str, Work] = {}
    for name, backlog in waiting.items():
        for work in backlog:
            works[work.key] = work
            lists_of.setdefault(work.key, []).append(name)
    verdicts = {
        key: ruleset.judge_for_lists(lists_of[key], *text_of(work)) for key, work in works.items()
    }
    return {
        name: [(work, verdicts[work.key][name]) for work in backlog]
        for name, backlog in waiting.items()
    }


def _judge_titles(
    trimmed: Trimmed, ruleset: Ruleset, list_name: str, now: datetime, report: Report
) -> None:
    """Changed rules judge trimmed papers by what is left of them."""
    fingerprint = ruleset.fingerprint(list_name)
    while papers := trimmed.backlog(list_name, fingerprint, AT_ONCE):
        judged = [(paper, ruleset.judge(list_name, paper.title, None)) for paper in papers]
        taken = trimmed.judged(list_name, judged, now)
        report.count("classify/titles", len(judged))
        report.count("classify/proposed", taken)
