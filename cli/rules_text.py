"""What ``rules explain`` prints on a terminal."""

from click import style

from config.rules import ListRules
from pipelines.rules.ruleset import Explanation
from pipelines.rules.scoring import Fit
from pipelines.tuning.counterfactuals import counterfactuals, suggested_word

CONTEXT_CHARS = 30


def as_text(rules: ListRules, explained: Explanation, title: str, abstract: str | None) -> str:
    """Give an explanation as lines of text."""
    verdict = explained.verdict
    where = verdict.section or "not in the list"
    colour = "green" if verdict.section else "yellow"
    lines = [f"{rules.list}: {style(where, fg=colour, bold=True)} (score {verdict.score:.2f})"]
    if rules.about:
        lines.append(f"  about: {_words(explained.reading.words(explained.about)) or 'no match'}")
    for key, numbers in (("helps", explained.helps), ("neighbours", explained.neighbours)):
        if numbers:
            lines.append(f"  {key}: {_words(explained.reading.words(numbers))}")
    if explained.vetoes:
        lines.append(
            f"  excluded from the list by: {_words(explained.reading.words(explained.vetoes))}"
        )
    if explained.doubts:
        words = _words(explained.reading.words(explained.doubts))
        lines.append(f"  weighs against it: {words} of unless, in the abstract")
    texts = {"title": title, "abstract": abstract or ""}
    for fit in sorted(explained.fits, key=lambda fit: (fit.name != verdict.section, -fit.points)):
        lines += _fit_lines(explained, fit, texts)
    if verdict.lacked:
        ahead = f"why not {verdict.runner_up}" if verdict.section else "why not"
        lines.append(f"  {ahead}: {verdict.lacked}")
    changes = counterfactuals(rules, title, abstract)
    lines += [f"  to change it: {flip}" for flip in changes]
    if not changes and verdict.section is None and not explained.fits:
        word = suggested_word(title)
        like = f", like `{word}`," if word else ""
        lines.append(f"  to change it: add a word of its title{like} to `says` of its section")
    return "\n".join(lines)


def _fit_lines(explained: Explanation, fit: Fit, texts: dict[str, str]) -> list[str]:
    if not any(fit.shown.values()) and not fit.vetoes:
        return []
    state = "fits" if fit.fits else "does not fit"
    lines = [f"  {fit.name}: {state}, {fit.points:g} points"]
    for place in explained.reading.evidence(fit.shown):
        shown = _marked(texts[place.field], place.start, place.end)
        lines.append(f"    {place.word:<24} {place.field}: {shown}")
    if fit.vetoes:
        lines.append(f"    excluded by: {_words(explained.reading.words(fit.vetoes))}")
    return lines


def _marked(text: str, start: int, end: int) -> str:
    before, after = (
        _visible(text[max(0, start - CONTEXT_CHARS) : start]),
        _visible(text[end:][:CONTEXT_CHARS]),
    )
    match = style(f"»{_visible(text[start:end])}«", fg="cyan", bold=True)
    return f"{before}{match}{after}".strip()


def _visible(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _words(words: list[str]) -> str:
    return ", ".join(f'"{word}"' for word in words)
