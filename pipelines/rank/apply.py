"""Scores rows of papers against each other, as a run does with its works."""

from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

import orjson

from catalog.facts import Verdict
from catalog.jsonl import read_lines
from catalog.paper import Work
from catalog.paper_rows import Row, read_rows
from pipelines.likeness import Likeness, Likenesses
from pipelines.placing import choose_sections
from pipelines.rank.features import Features, alike
from pipelines.rank.model import Model
from pipelines.rank.samples import features_of
from pipelines.rank.score import DIGITS, Strength, compare
from pipelines.rank.stage import Ranking


def apply(ranking: Ranking, model: Model | None, rows: Sequence[Row]) -> Iterator[dict[str, Any]]:
    """
    The score of each row among all of them, and whether and why it is a candidate.

    ``section`` is what the rules' words and the sections of listed papers together choose;
    ``by`` is None for a row that is no candidate.
    """
    texts = ((row.title, row.abstract) for row in rows)
    verdicts = list(ranking.ruleset.judge_all(ranking.rules.list, texts))
    if model is not None:
        yield from _by_both(ranking, model, rows, verdicts)
        return
    for row, verdict in zip(rows, verdicts, strict=True):
        by = "words" if verdict.section else None
        yield _result(row, Strength(verdict.score), by, None, (verdict.section, verdict.runner_up))


def lines_of(ranking: Ranking, model: Model | None, file: BinaryIO) -> Iterator[bytes]:
    """A line of JSON for each row; all are read first, since each is compared with all."""
    name = getattr(file, "name", "-")
    for result in apply(ranking, model, list(read_rows(read_lines(file, name), name))):
        yield orjson.dumps(result, option=orjson.OPT_APPEND_NEWLINE)


def strength_among(
    ranking: Ranking, model: Model, seen: Features, works: Sequence[tuple[Work, Verdict]]
) -> Strength | None:
    """The score of one work among others; None if there are no others."""
    others = [(work, verdict) for work, verdict in works if work.title != seen.title]
    if not others:
        return None
    pool = alike([features_of(work) for work, _ in others])
    verdict = ranking.ruleset.judge(ranking.rules.list, seen.title, seen.abstract)
    rules_scores = [verdict.score, *(judged.score for _, judged in others)]
    learned = [model.judge(one).order for one in (seen, *pool)]
    return compare(rules_scores, learned, ranking.share(model).rules)[0]


def _by_both(
    ranking: Ranking, model: Model, rows: Sequence[Row], verdicts: Sequence[Verdict]
) -> Iterator[dict[str, Any]]:
    seen = alike([Features(row.title, row.abstract, row.authors) for row in rows])
    judged = [model.judge(one) for one in seen]
    share = ranking.share(model).rules
    scores = [verdict.score for verdict in verdicts]
    compared = compare(scores, [one.order for one in judged], share)
    line = ranking.line(model)
    chances = [round(one.belongs.chance, DIGITS) for one in judged]
    known = {str(number): Likeness("", chance) for number, chance in enumerate(chances)}
    section_share = ranking.section_share(model).rules
    from_init = ranking.init_words(model)
    found = Likenesses(
        model.about.fingerprint, line, share > 0, section_share, "", known, from_init
    )
    names = {section.name for section in ranking.rules.sections}
    for number, (row, verdict) in enumerate(zip(rows, verdicts, strict=True)):
        by = found.by(str(number), verdict)
        likely = [pair for pair in model.sections.likely(seen[number]) if pair[0] in names]
        sections = choose_sections(verdict, likely, section_share)
        yield _result(row, compared[number], by, chances[number], sections)


def _result(
    row: Row,
    strength: Strength,
    by: str | None,
    likeness: float | None,
    sections: Sequence[str | None],
) -> dict[str, Any]:
    first, second, *_ = (*sections, None, None)
    return {
        "arxiv_id": row.arxiv_id,
        "score": strength.exact,
        "rules": round(strength.rules, DIGITS),
        "learned": None if strength.learned is None else round(strength.learned, DIGITS),
        "likeness": likeness,
        "candidate": by is not None,
        "by": by,
        "section": first,
        "second": second,
    }
