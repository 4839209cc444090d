"""
Reads the YAML that people edit: everything is text, and every mistake is named with its line.

``2:4``, ``1.58``, ``NO`` and ``null`` stay what was typed. Tags, anchors, duplicate keys, second
documents, and files too big or too deep to be meant are refused before anything is built.

What the YAML reader could not read, in words for people who do not know YAML.

The reader says where it noticed; a quote or a bracket that is missing was missing earlier, so the
line named is the one where it begins.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceStartEvent,
)

from config.errors import ConfigTrouble
from config.validation import Mistake, Tree, mistakes_of, shown

# libyaml reads fifty times as fast; a PyYAML that was built without it says the same.
LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
QUOTE = "a word that begins with * goes in quotes"
MOST_BYTES = 256_000
MOST_DEPTH = 12
# Words and keys together: a list's 2,000 words, and its examples.
MOST_VALUES = 4_500
MOST_IN_LINE = 5_000

# Signs that YAML does not allow.
NOT_IN_YAML = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Where = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Doc:
    """What a file says: dictionaries, lists and text, and the line of each."""

    path: Path
    value: Tree
    lines: dict[Where, int] = field(repr=False)

    def line(self, where: Where) -> int:
        """The line of a key or list item, or of the nearest thing around it."""
        while where and where not in self.lines:
            where = where[:-1]
        return self.lines.get(where, 1)


def load(path: Path, body: bytes | None = None) -> Doc:
    """
    The file as text and lines; ConfigTrouble names the line of what cannot be meant.

    With ``body`` nothing is read: ``path`` is only what the bytes are called.
    """
    return _Builder(path).build(_text(path, _bytes(path) if body is None else _small(path, body)))


class _Builder:
    """Builds the tree from the parser's events, one after the other: nothing recurses."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: dict[Where, int] = {}
        self.root: list[Tree] = []
        self.open: list[_Part] = []
        self.count = 0

    def build(self, text: str) -> Doc:
        for event in self._events(text):
            if isinstance(event, DocumentStartEvent):
                self._document(event)
            elif isinstance(event, NodeEvent):
                self._node(event)
            elif isinstance(event, CollectionEndEvent):
                self.open.pop()
        if not self.root:
            raise ConfigTrouble(self.path, "is empty", "see docs/rules.md for a first one", line=1)
        return Doc(self.path, self.root[0], self.lines)

    def _events(self, text: str) -> Iterator[Event]:
        self._depth_by_signs(text)
        try:
            yield from yaml.parse(text, Loader=LOADER)
        except yaml.MarkedYAMLError as error:
            problem = unreadable(error, text)
            matter = f"is not YAML: {problem.matter}"
            raise ConfigTrouble(self.path, matter, problem.do, line=problem.line) from None

    def _depth_by_signs(self, text: str) -> None:
        # The parser looks 1,024 signs ahead and gets slow at deep brackets. Nobody opens twelve
        # in a row, quoted or not.
        deep = max(text.find(sign * (MOST_DEPTH + 1)) for sign in ("[", "{"))
        if deep >= 0:
            self._refuse_depth(text[:deep].count("\n"))

    def _refuse_depth(self, line: int) -> None:
        raise ConfigTrouble(
            self.path,
            f"is nested deeper than {MOST_DEPTH}",
            "close the brackets, or indent less",
            line=line + 1,
        )

    def _document(self, event: DocumentStartEvent) -> None:
        if self.root:
            self._refuse(event, "a second document begins", "remove the line ---")
        if event.version or event.tags:
            self._refuse(event, "a directive (%) is not known here", "remove it")

    def _node(self, event: NodeEvent) -> None:
        self._refuse_what_is_not_text(event)
        if isinstance(event, ScalarEvent):
            self._refuse_what_lacks_a_comma(event)
            self._add(event, event.value)
        elif isinstance(event, SequenceStartEvent):
            self._begin(event, [])
        elif isinstance(event, MappingStartEvent):
            self._begin(event, {})

    def _refuse_what_is_not_text(self, event: NodeEvent) -> None:
        self.count += 1
        if self.count > MOST_VALUES:
            self._refuse(event, f"more than {MOST_VALUES:,} words and keys", "split the file")
        if isinstance(event, AliasEvent):
            self._refuse(event, f"an alias {shown('*' + event.anchor)}", QUOTE)
        if event.anchor:
            self._refuse(event, f"an anchor {shown('&' + event.anchor)}", "put the word in quotes")
        tag = getattr(event, "tag", None)
        if tag:
            tag = str(tag).replace("tag:yaml.org,2002:", "!!")
            self._refuse(event, f"a tag {shown(tag)}", "remove it; everything here is text")

    def _refuse_what_lacks_a_comma(self, event: ScalarEvent) -> None:
        """YAML joins two lines without one to a single word, and nobody would see it."""
        part = self.open[-1] if self.open else None
        over = event.end_mark.line > event.start_mark.line and not event.style
        if over and part and isinstance(part.value, list):
            self._refuse(
                event,
                f"{shown(event.value)} goes over two lines",
                "end the first with a comma or ], or begin the second with a dash at its place;"
                " in quotes if it is one word",
            )

    def _begin(self, event: NodeEvent, value: Tree) -> None:
        part = self.open[-1] if self.open else None
        if part and part.wants_key:
            self._refuse(event, "a list or a mapping where a key must be", "write  key: value")
        if len(self.open) == MOST_DEPTH:
            self._refuse_depth(event.start_mark.line)
        self._add(event, value)
        self.open.append(_Part(value, self._where))

    def _add(self, event: NodeEvent, value: Tree) -> None:
        line = event.start_mark.line + 1
        part = self.open[-1] if self.open else None
        if part is None:
            self._where: Where = ()
            self.root.append(value)
        elif isinstance(part.value, list):
            self._where = (*part.where, len(part.value))
            part.value.append(value)
        elif part.key is None:
            self._key(event, part, str(value))
            return
        else:
            self._where = (*part.where, part.key)
            part.take(value)
        self.lines.setdefault(self._where, line)

    def _key(self, event: NodeEvent, part: "_Part", key: str) -> None:
        where = (*part.where, key)
        if where in self.lines:
            self._refuse(
                event,
                f'"{key}" stands here and on line {self.lines[where]}',
                "join the two, or remove one",
            )
        part.key = key
        self.lines[where] = event.start_mark.line + 1

    def _refuse(self, event: Event, matter: str, do: str) -> None:
        raise ConfigTrouble(self.path, matter, do, line=event.start_mark.line + 1)


@dataclass(slots=True)
class _Part:
    """A list or mapping whose end has not come yet."""

    value: Tree
    where: Where
    key: str | None = None

    @property
    def wants_key(self) -> bool:
        return isinstance(self.value, dict) and self.key is None

    def take(self, value: Tree) -> None:
        assert isinstance(self.value, dict) and self.key is not None  # noqa: S101, PT018
        self.value[self.key] = value
        self.key = None


def _text(path: Path, body: bytes) -> str:
    text = _decoded(path, body)
    if sign := NOT_IN_YAML.search(text):
        line = text[: sign.start()].count("\n") + 1
        raise ConfigTrouble(path, "holds a control character", line=line)
    for number, row in enumerate(text.split("\n"), 1):
        if "\t" in row[: len(row) - len(row.lstrip())] and row.strip():
            raise ConfigTrouble(path, "a tab before the text", "indent with spaces", line=number)
        if len(row) > MOST_IN_LINE:
            matter = f"a line of {len(row):,} characters, more than {MOST_IN_LINE:,}"
            raise ConfigTrouble(path, matter, "break the line", line=number)
    return text


def _decoded(path: Path, body: bytes) -> str:
    if b"\0" in body:
        line = body[: body.index(b"\0")].count(b"\n") + 1
        raise ConfigTrouble(path, "holds a NUL byte", "save it as plain UTF-8 text", line=line)
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line, byte = body[: error.start].count(b"\n") + 1, body[error.start]
        matter = f"is not UTF-8 (byte 0x{byte:02x})"
        raise ConfigTrouble(path, matter, "save it as UTF-8", line=line) from None


def _bytes(path: Path) -> bytes:
    if not path.is_file():
        raise ConfigTrouble(
            path, "there is no such file", "look at --config, or run from its folder"
        )
    try:
        with path.open("rb") as file:
            body = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise ConfigTrouble(path, f"cannot be read: {error.strerror}") from None
    return _small(path, body, path.stat().st_size)


def _small(path: Path, body: bytes, size: int = 0) -> bytes:
    if len(body) > MOST_BYTES:
        matter = f"has {max(size, len(body)):,} bytes, more than {MOST_BYTES:,}"
        raise ConfigTrouble(path, matter, "split it", line=1)
    return body


def read(path: Path, model: type[Model]) -> Model:
    """
    The file as a model. All mistakes at once: the first is raised, ``others`` has the rest.

    A model may have a method ``mistakes()``: what its parts say to each other and cannot mean.
    """
    return understand(load(path), model)


def understand(doc: Doc, model: type[Model]) -> Model:
    """A file that was loaded, as a model; see ``read``."""
    try:
        model_value = model.model_validate(doc.value)
    except ValidationError as error:
        refuse(doc, mistakes_of(doc.value, model, error))
        raise
    refuse(doc, getattr(model_value, "mistakes", tuple)())
    return model_value


def refuse(doc: Doc, mistakes: Iterable[Mistake]) -> None:
    """Raise the mistakes, if there are any, in the order of their lines."""
    troubles = [
        mistake.trouble(doc.path, doc.line(mistake.where), doc.value) for mistake in mistakes
    ]
    if not troubles:
        return
    first, *rest = sorted(troubles, key=lambda trouble: trouble.line)
    first.others = tuple(rest)
    raise first


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A line (from 1), what is wrong there, and what to do."""

    line: int
    matter: str
    do: str


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
