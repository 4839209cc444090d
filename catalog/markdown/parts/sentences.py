"""Stretches of an entry's text that only emphasis parts, put together where a sentence goes on."""

from collections.abc import Iterator
from dataclasses import replace

from catalog.arxiv_id import ArxivId
from catalog.markdown.parts.inline import Inline, TextRun
from catalog.markdown.parts.labels import ROLE_OF_LABEL
from catalog.markdown.parts.wording import words


def joined_runs(inline: Inline) -> Iterator[TextRun]:
    """Runs that only emphasis parts, put together where one sentence goes on."""
    held: TextRun | None = None
    for run in inline.runs:
        broken = held is not None and _is_broken(inline, held, run)
        if held is not None and (broken or (run.tight and _goes_on(inline, held, run))):
            held = replace(held, end=run.end, italic=held.italic and run.italic)
        else:
            if held is not None:
                yield held
            held = run
    if held is not None:
        yield held


def _is_broken(inline: Inline, held: TextRun, run: TextRun) -> bool:
    """Whether a line ends inside one stretch of bold text."""
    both = held.bold and run.bold and held.link == run.link and held.italic == run.italic
    return both and not inline.text[held.end : run.start].strip()


def _goes_on(inline: Inline, held: TextRun, run: TextRun) -> bool:
    before, after = inline.shadow[held.start : held.end], inline.shadow[run.start : run.end]
    if held.code or run.code or held.link != run.link:
        return False
    if held.bold and not run.bold:
        name = before.rstrip(" :").strip().casefold()
        colon = after[0] in "::" or before.rstrip()[-1:] in "::"
        return colon and name not in ROLE_OF_LABEL and after[1:].strip()[:1] not in ("", "[", "(")
    if run.italic and not held.italic:
        if ArxivId.parse(after.strip(" .")):
            return False
        short = len(words(after)) <= 4 and "," not in after
        return short and not held.bold and before[-1] not in ".?!,:;)]" and after[-1] not in ".)"
    if held.italic != run.italic or held.bold != run.bold:
        return not held.italic and (after[0].islower() or after[0] in ":-,’'")
    return True
