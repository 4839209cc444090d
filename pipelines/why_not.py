"""Says in one sentence why a work did not get another section, or none at all."""

from collections.abc import Sequence

from pipelines.rules.scoring import Fit, Reading


def why_not(first: Fit, second: Fit | None, reading: Reading) -> str:
    """Why the second section is not the first."""
    if second is None:
        return ""
    if second.vetoes:
        return f"{_quoted(second.vetoes, reading)} keeps it out of {second.name}"
    if not second.fits:
        return _short_of(second, reading)
    if second.name in first.section.over:
        return f"{first.name} goes over {second.name} when both fit"
    if second.points == first.points:
        return f"{first.name} stands before {second.name} in the list, and both fit alike"
    return f"fits too, but more speaks for {first.name}"


def why_none(
    nearest: Fit | None, reading: Reading, vetoes: Sequence[int], *, no_about: bool
) -> str:
    """Why no section got the work, starting with what would have to change first."""
    if vetoes:
        return f"{_quoted(vetoes, reading)} keeps it out of the list"
    if nearest is None:
        return "no word of any section"
    if no_about:
        return "no word of `about`"
    if nearest.vetoes:
        return f"{_quoted(nearest.vetoes, reading)} keeps it out of {nearest.name}"
    return _short_of(nearest, reading)


def _short_of(fit: Fit, reading: Reading) -> str:
    weak = _quoted(fit.weak, reading)
    if fit.strange and fit.backed and fit.shown["title"]:
        there = _quoted(fit.shown["title"], reading)
        return (
            f"lacked another word of {fit.name} in the title: {there} is not enough beside a word"
            " of `neighbours`"
        )
    if not fit.meant and fit.said and not fit.shown["title"]:
        said = _quoted(fit.said, reading)
        return f"lacked a word of {fit.name} or of `helps` in the title: {said} is said in passing"
    if not fit.backed and fit.weak:
        return f"lacked a word of {fit.name} › beside: {weak} does not count without one"
    if not weak:
        return f"lacked a word of {fit.name}"
    return f"lacked another word of {fit.name}: {weak} is not enough alone"


def _quoted(numbers: Sequence[int], reading: Reading) -> str:
    words = dict.fromkeys(reading.words(numbers))
    return ", ".join(f'"{word}"' for word in words)
