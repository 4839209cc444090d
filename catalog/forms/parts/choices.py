"""Which of an entry's parts stand in a form, where one says what another does."""

from dataclasses import replace

from catalog.forms.habits import is_sign
from catalog.forms.parts.collector import Part

# A part of which so many entries have one or the other of two spellings is always there.
NEARLY_ALL = 0.95
# Where a part stands in some entries: the share of these, the gap, and the part.
Placed = tuple[float, int, Part]


def with_code_once(shares: list[list[Placed]]) -> list[list[Placed]]:
    """Without a second link to the code, or a second badge: one repository is no two links."""
    for drawn in (False, True):
        codes = [found for found in shares if _is_code(found[0][2], drawn=drawn)]
        most = max(codes, key=lambda found: max(share for share, *_ in found), default=None)
        shares = [found for found in shares if found is most or found not in codes]
    return shares


def _is_code(part: Part, *, drawn: bool) -> bool:
    """Whether a part leads to the repository, or is ``drawn``: the badge of its stars."""
    return part.name == "code" and ("github/stars" in part.piece) == drawn


def with_nickname_once(parts: list[Part]) -> list[Part]:
    """Without the rarer spelling of a nickname beside the usual one: "**LoRA**", "**[LoRA]**"."""
    called = [part for part in parts if part.name == "nickname"]
    most = max(called, key=lambda part: part.share, default=None)
    return [part for part in parts if part.name != "nickname" or part is most]


def with_sign(parts: list[Part]) -> list[Part]:
    """The code or a field of the list's own, and the sign that stands where there is none: "–"."""
    sign = next((part for part in parts if part.name == "sign"), None)
    other = next((part for part in parts if part is not sign), None)
    if len(parts) != 2 or sign is None or other is None or not is_sign(sign.piece.strip()):
        return parts
    share = other.share + sign.share
    fits = NEARLY_ALL <= share <= 1 and (other.name == "code" or other.own) and not other.usual
    return [replace(other, share=share, usual=sign.piece)] if fits else parts


def named(part: Part, number: int) -> Part:
    """A part by its own name: the second "note" of a form is "note_2"."""
    if number == 1:
        return part
    name = f"{part.name}_{number}"
    piece = part.piece.replace(f"{{{{ {part.name} }}}}", f"{{{{ {name} }}}}")
    return replace(part, name=name, piece=piece)
