"""Shows what the rules see in a text: section by section, and what would change the verdict."""

from dataclasses import asdict
from typing import Any

from click import style

from config.rules import ListRules
from pipelines.rules.ruleset import Explanation
from pipelines.rules.scoring import Fit
from pipelines.tuning.counterfactuals import flips, suggested_word

AROUND = 30


def as_dict(rules: ListRules, one: Explanation, title: str, abstract: str | None) -> dict[str, Any]:
    """Everything, for a program."""
    verdict = asdict(one.verdict)
    return {
        "list": rules.list,
        "title": title,
        "has_abstract": abstract is not None,
        **verdict,
        "about": one.reading.words(one.about),
        "kept_out_by": one.reading.words(one.vetoes),
        "helps": one.reading.words(one.helps),
        "neighbours": one.reading.words(one.neighbours),
        "sections": [_section(one, fit) for fit in one.fits],
        "flips": [
            {"section": flip.section, "changes": [asdict(change) for change in flip.changes]}
            for flip in flips(rules, title, abstract)
        ],
    }


def _section(one: Explanation, fit: Fit) -> dict[str, Any]:
    return {
        "name": fit.name,
        "fits": fit.fits,
        "points": fit.points,
        "kept_out_by": one.reading.words(fit.vetoes),
        "evidence": [asdict(place) for place in one.reading.evidence(fit.shown)],
    }


def as_text(rules: ListRules, one: Explanation, title: str, abstract: str | None) -> str:
    """Everything, for a person."""
    verdict = one.verdict
    where = verdict.section or "not in the list"
    colour = "green" if verdict.section else "yellow"
    lines = [f"{rules.list}: {style(where, fg=colour, bold=True)} (score {verdict.score:.2f})"]
    if rules.about:
        lines.append(f"  about: {_words(one.reading.words(one.about)) or 'no word of it'}")
    for key, numbers in (("helps", one.helps), ("neighbours", one.neighbours)):
        if numbers:
            lines.append(f"  {key}: {_words(one.reading.words(numbers))}")
    if one.vetoes:
        lines.append(f"  kept out of the list by: {_words(one.reading.words(one.vetoes))}")
    texts = {"title": title, "abstract": abstract or ""}
    for fit in sorted(one.fits, key=lambda fit: (fit.name != verdict.section, -fit.points)):
        lines += _fit_lines(one, fit, texts)
    if verdict.lacked:
        ahead = f"why not {verdict.runner_up}" if verdict.section else "why not"
        lines.append(f"  {ahead}: {verdict.lacked}")
    would = flips(rules, title, abstract)
    lines += [f"  to change it: {flip}" for flip in would]
    if not would and verdict.section is None and not one.fits:
        word = suggested_word(title)
        like = f", like `{word}`," if word else ""
        lines.append(f"  to change it: add a word of its title{like} to says of its section")
    return "\n".join(lines)


def _fit_lines(one: Explanation, fit: Fit, texts: dict[str, str]) -> list[str]:
    if not any(fit.shown.values()) and not fit.vetoes:
        return []
    state = "fits" if fit.fits else "does not fit"
    lines = [f"  {fit.name}: {state}, {fit.points:g} points"]
    for place in one.reading.evidence(fit.shown):
        shown = _marked(texts[place.field], place.start, place.end)
        lines.append(f"    {place.word:<24} {place.field}: {shown}")
    if fit.vetoes:
        lines.append(f"    kept out by: {_words(one.reading.words(fit.vetoes))}")
    return lines


def _marked(text: str, start: int, end: int) -> str:
    before, after = _visible(text[max(0, start - AROUND) : start]), _visible(text[end:][:AROUND])
    found = style(f"»{_visible(text[start:end])}«", fg="cyan", bold=True)
    return f"{before}{found}{after}".strip()


def _visible(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _words(words: list[str]) -> str:
    return ", ".join(f'"{word}"' for word in words)
