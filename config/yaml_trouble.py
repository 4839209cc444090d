"""
What the YAML reader could not read, in words for people who do not know YAML.

The reader says where it noticed; a quote or a bracket that is missing was missing earlier, so the
line named is the one where it begins.
"""

from dataclasses import dataclass

import yaml


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A line (from 1), what is wrong there, and what to do."""

    line: int
    matter: str
    do: str


@dataclass(frozen=True, slots=True)
class _Case:
    """Known by parts of what the reader says; ``begun``: the line is where the thing begins."""

    context: str
    problem: str
    matter: str
    do: str
    begun: bool = False

    def covers(self, error: yaml.MarkedYAMLError) -> bool:
        return self.context in (error.context or "") and self.problem in (error.problem or "")


_CASES = (
    _Case(
        "quoted scalar", "end of stream", "a quote is opened and never closed",
        "close it, or put the word in quotes of the other kind", begun=True,
    ),
    _Case(
        "quoted scalar", "escape", "a \\ that means nothing inside double quotes",
        "write it twice, or use single quotes",
    ),
    _Case(
        "flow sequence", "", "a list lacks its ] or a comma",
        "put a comma between words, and a ] at the end", begun=True,
    ),
    _Case("flow mapping", "", "a { lacks its } or a comma", "close it", begun=True),
    _Case(
        "flow node", "", "a comma too many, or a dash inside brackets",
        "remove it, or put the word in quotes",
    ),
    _Case("next token", "", "a word begins with SIGN", "put the word in quotes"),
    _Case("a tag", "", "a word begins with !", "put the word in quotes"),
    _Case("simple key", "", "a key lacks its colon", "write  key: value", begun=True),
    _Case(
        "", "mapping values", 'a ": " stands where no key can be',
        'put text that holds ": " in quotes; or the line before lacks its colon',
    ),
)  # fmt: skip
_OTHER = _Case(
    "", "", "the reader lost its way",
    "look at the indentation, and at the quotes and brackets of this line and the one before",
)  # fmt: skip


def unreadable(error: yaml.MarkedYAMLError, text: str) -> Unreadable:
    """What to tell of an error in this text."""
    case = next((case for case in _CASES if case.covers(error)), _OTHER)
    noticed = error.problem_mark or error.context_mark
    begun = error.context_mark if case.begun and error.context_mark else noticed
    if noticed is None or begun is None:
        return Unreadable(1, case.matter, case.do)
    later = f" (noticed on line {noticed.line + 1})" if noticed.line > begun.line else ""
    matter = case.matter.replace("SIGN", text[noticed.index : noticed.index + 1])
    return Unreadable(begun.line + 1, f"{matter}{later}", case.do)
