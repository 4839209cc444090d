"""Shows what the rules see in a text: section by section, and what would change the verdict."""

from dataclasses import asdict
from typing import Any

from config.rules import ListRules
from pipelines.fit import Fit
from pipelines.rules import Explanation

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
    lines = [f"{rules.list}: {where} (score {verdict.score:.2f})"]
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
    before = text[max(0, start - AROUND) : start]
    after = text[end : end + AROUND]
    shown = f"{before}»{text[start:end]}«{after}"
    return "".join(sign if sign.isprintable() else " " for sign in shown).strip()


def _words(words: list[str]) -> str:
    return ", ".join(f'"{word}"' for word in words)
