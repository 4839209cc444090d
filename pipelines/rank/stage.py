"""The model of each list in the state folder: learned when it is old, used for the order."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.errors import StoreTrouble
from catalog.files import write_whole
from catalog.paper import Verdict, Work
from catalog.store.verdicts import text_of
from config.errors import Trouble
from config.rules import ListRules
from pipelines.rank.features import FACTS, Features
from pipelines.rank.model import from_file, to_bytes
from pipelines.rank.samples import Samples, fact_value, fingerprint, from_store
from pipelines.rank.score import Strength
from pipelines.workspace import Workspace

if TYPE_CHECKING:
    from catalog.report import Report
    from pipelines.rank.model import Model


def model_path(workspace: Workspace, rules: ListRules) -> Path:
    return workspace.state / "order" / f"{Path(rules.file).stem}.json"


def kept_model(workspace: Workspace, rules: ListRules) -> "Model | None":
    """The list's model, whatever rules it was learned under; StoreTrouble where it is damaged."""
    return from_file(model_path(workspace, rules), rules.list)


def usable(workspace: Workspace, rules: ListRules) -> "tuple[Model | None, str]":
    """The model to order by, or why the rules order alone."""
    try:
        model = kept_model(workspace, rules)
    except StoreTrouble as trouble:
        return None, str(trouble)
    if model is None:
        return None, "nothing was learned yet"
    if model.about.rules_fingerprint != workspace.rules.fingerprint(rules.list):
        return None, "the rules have changed since it was learned: listkeeper rank train"
    return model, ""


def train(workspace: Workspace, rules: ListRules, known: Samples, source: str) -> "Model":
    """Learn a model and keep it; Trouble where there is too little to learn from."""
    if known.too_little:
        raise Trouble(
            rules.list, f"too little to learn from: {known.too_little}", "the rules order alone"
        )
    from pipelines.rank.training import learn

    try:
        model = learn(known, workspace.rules, rules.list, source=source, week=_week(workspace))
    except ValueError as error:
        raise Trouble(rules.list, f"nothing can be learned from this: {error}") from None
    write_whole(model_path(workspace, rules), to_bytes(model))
    return model


def rank(workspace: Workspace, report: "Report") -> None:
    """
    The stage: learn again where there is something new, at most once a week.

    Once a week, because an order that changes under the reader's hands helps nobody. A model
    from files is somebody's own choice and stays while the rules do.
    """
    for rules in workspace.lists:
        old = kept_model(workspace, rules)
        same_rules = old and old.about.rules_fingerprint == workspace.rules.fingerprint(rules.list)
        if (
            old
            and same_rules
            and (old.about.source == "files" or old.about.week == _week(workspace))
        ):
            continue
        known = from_store(workspace, rules)
        if known.too_little:
            report.notes.append(f"{rules.list}: ordered by the rules alone ({known.too_little})")
            continue
        now = fingerprint(known, workspace.rules.fingerprint(rules.list))
        if old and old.about.fingerprint == now:
            continue
        model = train(workspace, rules, known, "list")
        report.count("rank/learned-from", len(known.all))
        report.notes.append(f"{rules.list}: the order was learned from {_told(model)}")


def _told(model: "Model") -> str:
    about = model.about
    return f"{about.listed} listed, {about.rejected} refused and {about.background} other papers"


def _week(workspace: Workspace) -> str:
    year, number, _ = workspace.now.isocalendar()
    return f"{year}-W{number:02}"


def strengths(
    workspace: Workspace, rules: ListRules, judged: Iterable[tuple[Work, Verdict]]
) -> dict[str, Strength]:
    """The score of each work by its key: rules and model, or the rules alone."""
    pairs = list(judged)
    model, _ = usable(workspace, rules)
    if model is None:
        return {work.key: Strength(verdict.score) for work, verdict in pairs}
    keys = [work.key for work, _ in pairs]
    facts = {
        kind: workspace.store.facts.latest(kind, keys) for kind in FACTS if kind in model.facts
    }
    found = {}
    for work, verdict in pairs:
        known = {
            kind: fact_value(kind, some[work.key].value)
            for kind, some in facts.items()
            if work.key in some
        }
        seen = Features(*text_of(work), known)
        found[work.key] = Strength(verdict.score, model.learned(workspace.rules, seen))
    return found
