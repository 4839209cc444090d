"""
Why a work is a candidate, and why not in another section, in words about the work.

The rules say why in words about themselves; their words, quoted from the work, are what a reader
needs of it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from catalog.facts import Evidence
from config.patterns import lazy_regex
from output.digest.model import Candidate
from output.digest.quotes import matched_words, quote
from output.escape import markdown
from pipelines.rank.score import share_in_words

QUOTED = lazy_regex(r'"([^"]+)"')
# Words that the quotes of a candidate have at most, if they are more than one.
MAX_WORDS = 5
# What matched, where more would have had to.
ONLY = "only "
PROPOSERS = {
    "words": "by its words",
    "likeness": "by likeness",
    "both": "by its words and by likeness",
}
NOTHING_CAME = "No new candidates."
# Under a head that says BROKEN.
UNREAD = (
    "No new candidates so far. The next `listkeeper run` asks again for what could not be read;"
    " no day is lost."
)
# Instead of a model that learned from the list.
WORDS_ALONE = (
    "Words alone chose these and put them in order. Once Listkeeper knows 20 of the list's papers "
    "and 100 others, it also compares new papers with the list's, and fewer come that don't fit."
)
LIKE_WHAT = " to listed papers"


def proposer(candidate: Candidate) -> str:
    """Who proposes a candidate, before the reasons; without a model its words alone can."""
    if candidate.by == "words" and not candidate.why:
        return ""
    if candidate.likeness is None and candidate.by == "words":
        return "Says "
    proposer = PROPOSERS[candidate.by] + (LIKE_WHAT if candidate.by != "words" else "")
    return f"{proposer[:1].upper()}{proposer[1:]}: "


def evidence_line(candidate: Candidate) -> str:
    """The strongest words, or the listed papers that it is like."""
    words = _words(candidate)
    if candidate.by == "likeness":
        rules = [word for item in candidate.why for word in item.word.split()]
        telling = [word for word in candidate.telling if not _is_part(word, rules)]
        words += [f"“{word}”" for word in telling]
    told = markdown(", ".join(_first(dict.fromkeys(words)))) or "*no matching word*"
    if candidate.by in ("likeness", "both") and candidate.nearest:
        told += f" · most like “{markdown(candidate.nearest[0])}”"
    return told


def _first(quotes: Iterable[str]) -> Iterator[str]:
    """The first quotes, of so many words altogether; the first one has any number."""
    room = MAX_WORDS
    for number, quoted in enumerate(quotes):
        room -= len(quoted.split())
        if number and room < 0:
            return
        yield quoted


def _is_part(word: str, matched: Sequence[str]) -> bool:
    """Whether a telling word is a part of a word of the rules that stands before it."""
    return any(
        word.startswith(part[:-1].lower()) if part.endswith("*") else word == part.lower()
        for part in matched
    )


def _words(candidate: Candidate) -> list[str]:
    """The matching words as the work has them, those of the title first."""
    widest = replace(candidate, why=tuple(_widest(candidate.why)))
    return [said for said, _ in matched_words(widest)]


def other_sections(candidate: Candidate) -> str:
    """What speaks against the second section, in words about the work."""
    parts = []
    if candidate.runner_up:
        parts.append(against_section(candidate) or f"also fits {markdown(candidate.runner_up)}")
    if candidate.other_sections:
        parts.append(f"or in {markdown(', '.join(candidate.other_sections))}")
    return "".join(f" · {part}" for part in parts)


def against_section(candidate: Candidate) -> str:
    """What speaks against the second section with its name; "" if it would do or there is none."""
    why = why_not(candidate)
    if not (why and candidate.runner_up):
        return ""
    lead = "not enough for" if why.startswith(ONLY) else "not under"
    return f"{lead} {markdown(candidate.runner_up)}: {markdown(why)}"


def why_not(candidate: Candidate) -> str:
    """
    Why a work is not in its second section, or a near miss in none: what it says, as plain text.

    It doesn't say how the rules count. Empty where the section would do as well.
    """
    lacked = candidate.lacked
    if candidate.by == "likeness" or not lacked or "fits " in lacked or "has priority" in lacked:
        return ""
    about, nothing, beside = lacked.partition(" is not enough next to ")
    about, beside = (_quotes(part, candidate) for part in (about, beside))
    if "no word of `about`" in lacked:
        return "it says nothing of the list's subject"
    if "keeps it out" in lacked:
        return f"it says {about}"
    if "in passing" in lacked:
        return f"{about} only in passing"
    if "only in the abstract" in lacked:
        return f"{about} only in the abstract"
    if nothing:
        return f"{about}, but also {beside or 'words of another field'}"
    if lacked.startswith("lacked"):
        # Other words may stand beside it as evidence: they help, and let nothing in by themselves.
        return f"{ONLY}{about}" if about else "no word of it matches"
    if "its likeness is" in lacked:
        return "its words fit, but it is unlike the listed papers"
    return lacked


def _quotes(reason: str, candidate: Candidate) -> str:
    """The words of the rules that a reason names, as the work has them."""
    return ", ".join(dict.fromkeys(quote(word, candidate) for word in QUOTED.findall(reason)))


def _widest(evidence: Sequence[Evidence]) -> Iterator[Evidence]:
    """The matches that are not inside a longer match: ``1.58-bit``, not its ``bit``."""
    for item in evidence:
        if not any(wider is not item and _holds(wider, item) for wider in evidence):
            yield item


def _holds(outer: Evidence, item: Evidence) -> bool:
    longer = outer.end - outer.start > item.end - item.start
    inside = outer.start <= item.start <= item.end <= outer.end
    return outer.field == item.field and longer and inside


def arithmetic(candidate: Candidate) -> str:
    """The score and how it was computed, in one line."""
    if candidate.learned is None or candidate.rules is None:
        return f"{candidate.score:.2f} (rules only)"
    share = candidate.share_of_rules
    return (
        f"{candidate.score:+.2f} = {share_in_words(share)} of rules"
        f" {candidate.rules_above:+.2f} ({candidate.rules:.2f})"
        f" + {share_in_words(1 - share)} of learned"
        f" {candidate.learned_above:+.2f} ({candidate.learned:.2f})"
    )


def proposed(candidate: Candidate) -> str:
    """Who proposes a candidate, and what the model finds alike; empty without a model's line."""
    if candidate.likeness is None or candidate.line is None:
        return ""
    enough = f"{candidate.likeness:.2f} where {candidate.line:.2f} is enough"
    if candidate.by == "words":
        return f"by its words alone; likeness {enough}"
    parts = [f"{PROPOSERS[candidate.by]} {enough}"]
    if candidate.telling:
        parts.append(f"it says {', '.join(candidate.telling)}")
    if candidate.nearest:
        titles = " and ".join(f"“{title}”" for title in candidate.nearest)
        parts.append(f"nearest in the list: {titles}")
    return "; ".join(parts)
