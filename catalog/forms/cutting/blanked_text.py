"""The text of an entry while it is cut: what is found in it is blanked out for what comes next."""

from dataclasses import dataclass, field, replace

from catalog.forms.cutting.atoms import Atom
from catalog.forms.spelling.addresses import URL

MASK = "\x00"
# Signs that stand for a field; an entry that has such signs itself is not cut.
PLACE = 0xE000
PLACES = "\ue000-\uf8ff"


@dataclass(slots=True)
class BlankedText:
    """The text with what is taken blanked out, and the fields found so far."""

    text: str
    fields: list[tuple[int, int, Atom]] = field(default_factory=list)

    def take(self, start: int, end: int, atom: Atom) -> None:
        self.fields.append((start, end, replace(atom, text=self.text[start:end])))

    def rest(self, *, urls: bool = False) -> str:
        """The text of the same length, without what is taken and without addresses."""
        signs = list(self.text)
        for start, end, _ in self.fields:
            signs[start:end] = chr(PLACE) * (end - start)
        rest = "".join(signs)
        if urls:
            return rest
        return URL.sub(lambda match: MASK * len(match[0]), rest)

    def free(self, start: int, end: int) -> bool:
        return all(end <= taken or start >= stop for taken, stop, _ in self.fields)
