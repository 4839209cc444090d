"""The stage that judges works by the rules."""

from catalog.report import Report
from catalog.store.verdicts import text_of
from pipelines.tuning.headings import missing_headings
from pipelines.workspace import Workspace

# Works judged in one transaction: a killed run repeats no more than these.
AT_ONCE = 1000


def classify(workspace: Workspace, report: Report) -> None:
    """
    Judge works that have no verdict by the present rules on their present text.

    A section that the list has no heading for is reported: what it gets can't be written.
    """
    for rules in workspace.lists:
        report.needs_person += map(str, missing_headings(workspace.root, rules))
        fingerprint = workspace.rules.fingerprint(rules.list)
        with workspace.progress(f"classify for {rules.list}") as step:
            while works := workspace.store.verdicts.backlog(rules.list, fingerprint, AT_ONCE):
                judged = [
                    (work, workspace.rules.judge(rules.list, *text_of(work))) for work in works
                ]
                workspace.store.verdicts.save(rules.list, judged, workspace.now)
                taken = sum(verdict.section is not None for _, verdict in judged)
                report.count("classify/judged", len(judged))
                report.count("classify/proposed", taken)
                step(f"{len(judged)} works judged, {taken} proposed")
            _judge_titles(workspace, rules.list, fingerprint, report)


def _judge_titles(workspace: Workspace, list_name: str, fingerprint: str, report: Report) -> None:
    """Changed rules judge trimmed papers by what is left of them."""
    trimmed = workspace.store.trimmed
    while papers := trimmed.backlog(list_name, fingerprint, AT_ONCE):
        judged = [(paper, workspace.rules.judge(list_name, paper.title, None)) for paper in papers]
        taken = trimmed.judged(list_name, judged, workspace.now)
        report.count("classify/titles", len(judged))
        report.count("classify/proposed", taken)
