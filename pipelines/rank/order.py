"""The order of a list's works: by its model, or by the rules alone, which needs far less."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from config.rules import ListRules
from pipelines.candidates import Judged
from pipelines.likeness import Likenesses, model_path
from pipelines.rank.score import Strength
from pipelines.workspace import Workspace

if TYPE_CHECKING:
    from catalog.store.verdicts import NearMiss


def has_model(workspace: Workspace, rules: ListRules) -> bool:
    """Whether a list has the file of a model, usable or not."""
    return model_path(workspace.state, rules.file).exists()


def strengths(
    workspace: Workspace,
    rules: ListRules,
    judged: Iterable[Judged],
    near: Sequence["NearMiss"] = (),
    likeness: Likenesses | None = None,
) -> dict[str, Strength]:
    """
    The score of each work by its key, among all of them: rules and model, or rules alone.

    What the model has judged already is in ``likeness``; only other texts are judged here.
    """
    pairs = list(judged)
    scores = {miss.key: miss.score for miss in near} | {work.key: v.score for work, v in pairs}
    if has_model(workspace, rules):
        # What models need takes a while to load.
        from pipelines.rank.stage import Ranking, compared_by_model

        ranking = Ranking.of(workspace, rules)
        model, _ = ranking.usable()
        if model is not None:
            return compared_by_model(ranking, model, workspace.store, scores, pairs, near, likeness)
    return {key: Strength(score) for key, score in scores.items()}
