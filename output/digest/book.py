"""
One book: what is decided on the review page stands as ticks in the digest, and the other way.

A page says up to when its ticks are those of the store. So a tick that somebody removed is told
from one that an editor's older copy never had.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from catalog.facts import Decision
from catalog.markdown.entry import STAR
from catalog.rows.digests import KeptDigest
from config.patterns import lazy_regex
from output.digest.blocks import answer_lines, plain_ends
from output.digest.boxes import BOX, REJECT, STARS, kind_of
from output.digest.ticks import SECTION, Tick, Ticked
from output.escape import markdown, plain

_STAMP = lazy_regex(r"^<!-- ticks as of (\S+) -->$", re.MULTILINE)
_HEAD = lazy_regex(r"^<!-- listkeeper digest .* -->$", re.MULTILINE)
# The digest's box for each act that a person can take on a candidate.
_BOX_OF = {"pick": "accept", "accept": "accept", "reject": "reject", "later": "later"}


@dataclass(frozen=True, slots=True)
class Merged:
    """Ticks that the store doesn't have, works whose tick was removed, and questions."""

    ticks: tuple[Tick, ...]
    removed: tuple[str, ...]
    questions: tuple[str, ...]


def stamp_of(text: str) -> datetime | None:
    """Up to when the ticks of a page are those of the store; None if it doesn't say."""
    stamp = _STAMP.search(text)
    if stamp is None:
        return None
    try:
        moment = datetime.fromisoformat(stamp[1])
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def merged(ticked: Ticked, stamp: datetime | None, decided: Mapping[str, Decision]) -> Merged:
    """
    What a page says that the store doesn't know.

    A decision that is younger than the page's stamp is not on that copy of the page: it stays, and
    another tick is asked about.
    """
    ticks, questions = [], []
    for tick in ticked.ticks:
        last = decided.get(tick.key)
        if last is None or _agree(tick, last):
            if last is None:
                ticks.append(tick)
        elif stamp is not None and last.at > stamp:
            if last.act != "undo":
                questions.append(
                    f"candidate {tick.number} ({tick.key}): ticked {tick.act}, and {last.who} has "
                    f"chosen {_BOX_OF.get(last.act, last.act)} since; that stays"
                )
        elif last.act in ("undo", "pick", "reject", "later"):
            ticks.append(tick)
    removed = (
        key
        for _, key in ticked.open
        if stamp is not None
        and (last := decided.get(key)) is not None
        and last.act in ("pick", "reject", "later")
        and last.at <= stamp
    )
    return Merged(tuple(ticks), tuple(removed), tuple(questions))


def on_page(
    latest: Mapping[str, Decision], again: Collection[str], made_at: datetime
) -> dict[str, Decision]:
    """
    The decisions that are answers to a page of this moment.

    ``again`` have a second chance there: an earlier decision is why, and no answer.
    """
    return {
        key: decision
        for key, decision in latest.items()
        if key not in again or decision.at > made_at
    }


def _agree(tick: Tick, last: Decision) -> bool:
    if _BOX_OF.get(last.act) != tick.act:
        return False
    if tick.act == "reject":
        return tick.reason == plain(last.reason)
    return tick.act == "later" or _folded(tick.section) == _folded(last.section or "")


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def with_answers(
    text: str,
    decided: Mapping[str, Decision],
    stamp: datetime,
    record: str = "",
    guide: str = "",
) -> str:
    """
    A page with the decisions in force as its ticks; a block without a decision stays as it is.

    ``record`` says how the digest ended: it takes the place of ``guide``, the lines of an open page
    that say what there is to do.
    """
    if "\r" in text.replace("\r\n", ""):
        text = plain_ends(text)
    lines = text.split("\n")
    for key, own in answer_lines(text):
        if (decision := decided.get(key)) is None:
            continue
        for at, line in own:
            lines[at - 1] = _answered(line, decision)
    told = f"<!-- ticks as of {stamp.astimezone(UTC).isoformat(timespec='microseconds')} -->"
    marked = "\n".join(lines)
    if _STAMP.search(marked):
        marked = _STAMP.sub(told, marked, count=1)
    else:
        marked = _HEAD.sub(lambda head: f"{head[0]}\n{told}", marked, count=1)
    return _recorded(marked, record, guide)


def record_of(stored: KeptDigest, decisions: Sequence[Decision]) -> str:
    """
    How a digest ended, in words; empty while it is open.

    It has ended when somebody applied it, or when each of its candidates is decided. A near miss
    and a second chance count where they were ticked on it, and never as left without one.
    """
    name = stored.name
    keys, beside = keys_of(stored, "candidates"), keys_of(stored, "near_misses", "second_chances")
    latest = {decision.work_key: decision for decision in decisions}
    own = [latest[key] for key in keys if key in latest and latest[key].act in _BOX_OF]
    is_applied = any(decision.digest == name and decision.act != "pick" for decision in decisions)
    left = len(keys) - len(own)
    own += [
        latest[key]
        for key in beside
        if key in latest and latest[key].act in _BOX_OF and latest[key].digest == name
    ]
    if not own or (left and not is_applied):
        return ""
    counts = Counter(_BOX_OF[decision.act] for decision in own)
    parts = [
        f"{counts[act]} {word}"
        for act, word in (("accept", "in"), ("reject", "out"), ("later", "later"))
        if counts[act]
    ]
    if left:
        parts.append(f"{left} without a tick")
    names = list(dict.fromkeys(decision.who for decision in own))
    last = max(decision.at for decision in own)
    what = "applied" if is_applied else "decided"
    return f"{what} {last:%-d %b}: {', '.join(parts)}, by {' and '.join(map(markdown, names))}."


def keys_of(stored: KeptDigest, *shelves: str) -> list[str]:
    """The works that a digest has on these shelves; old ones lack some shelves."""
    return [str(item["key"]) for shelf in shelves for item in stored.body.get(shelf, ())]


_RECORD = lazy_regex(r"^\*\*Done:\*\* .*$", re.MULTILINE)


def _recorded(text: str, record: str, guide: str) -> str:
    """A page that says how it ended, or what there is to do on it."""
    before = _RECORD.search(text)
    if before and guide and guide in text:
        # A page of an earlier version has the record above its guide.
        opened = text.replace(f"{before[0]}\n\n", "", 1)
    else:
        opened = _RECORD.sub(lambda _: guide, text, count=1)
    if not record:
        return opened
    line = f"**Done:** {record}"
    if guide and guide in opened:
        return opened.replace(guide, line, 1)
    return _STAMP.sub(lambda stamp: f"{stamp[0]}\n\n{line}", opened, count=1)


def _answered(line: str, decision: Decision) -> str:
    act = _BOX_OF.get(decision.act)
    if act == "accept" and decision.section and (named := SECTION.match(line)):
        return f"{line[: named.start(1)]} {decision.section}"
    return "".join(_marked(line, decision, act))


def _marked(line: str, decision: Decision, act: str | None) -> Iterator[str]:
    """The line with the mark of that act alone in its boxes."""
    boxes = list(BOX.finditer(line))
    if not any(kind_of(line[box.end() :].strip()) for box in boxes):
        yield line
        return
    starred = bool(decision.entry and STAR in decision.entry)
    # A list without stars has no box for one: what has a star anyway is accepted.
    starred = starred and any(star in line for star in STARS)
    done = 0
    for box in boxes:
        label = line[box.end() :]
        kind = kind_of(label.strip())
        if kind is None:
            continue
        if (
            kind == "accept"
            and any(star in label[:20] for star in ("🌟", "★"))
            and "[" not in (label.partition("★")[0])
        ):
            kind = "star"
        is_on = kind == ("star" if starred and act == "accept" else act)
        yield f"{line[done : box.start()]}[{'x' if is_on else ' '}]"
        done = box.end()
        if kind == "reject":
            reason = plain(decision.reason) if is_on else ""
            words = REJECT.match(label.strip())
            begun = label[: label.index(words[1])] if words and words[1] else label
            yield f"{begun.rstrip()}{' ' if reason else ''}{reason}"
            return
    yield line[done:]
