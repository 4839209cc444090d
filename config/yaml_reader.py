"""
Reads the YAML that people edit: everything is text, and every mistake is reported with its line.

``2:4``, ``1.58``, ``NO`` and ``null`` stay as typed. Tags, anchors, duplicate keys, second
documents and files that are too big or too deep are refused before anything is built. Syntax errors
are explained for people who don't know YAML, at the line where an open quote or bracket begins.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic_core import ValidationError
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
from config.patterns import lazy_regex
from config.plain_files import open_file
from config.strict import validate
from config.validation import Mistake, Tree, mistakes_of, shown

# libyaml is fifty times as fast; a PyYAML built without it gives the same events.
LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
QUOTE = "a word that begins with * goes in quotes"
MAX_FILE_BYTES = 256_000
MAX_DEPTH = 12
# Words and keys together: a list's 2,000 words, and its examples.
MAX_VALUES = 4_500
MAX_LINE_CHARS = 5_000

# Characters that YAML does not allow.
NOT_IN_YAML = lazy_regex("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# A remark right after its #; a word that a person took out of use is alone on its line.
GLUED = lazy_regex(r"[ \t,]+(#[^\s#!][^\n]*)")
QUOTES, BLOCKS = ('"', "'"), ("|", ">")

Where = tuple[str | int, ...]
Part = TypeVar("Part")


@dataclass(frozen=True, slots=True)
class Doc:
    """
    A parsed file: dictionaries, lists and text, and the line of each.

    ``quoted`` are the places of text in quotes. ``glued`` are remarks that begin right after their
    ``#``, as in ``- LLM #1``, by the place of the text before them.
    """

    path: Path
    value: Tree
    lines: dict[Where, int] = field(repr=False)
    quoted: frozenset[Where] = frozenset()
    glued: dict[Where, str] = field(default_factory=dict, repr=False)

    def line(self, where: Where) -> int:
        """The line of a key or list item, or of the nearest parent with a line."""
        while where and where not in self.lines:
            where = where[:-1]
        return self.lines.get(where, 1)


def load(path: Path, body: bytes | None = None) -> Doc:
    """
    Parse a file; ConfigTrouble names the line of a mistake.

    With ``body`` no file is read: ``path`` is only the name of the bytes.
    """
    return _Builder(path).build(_text(path, _bytes(path) if body is None else _small(path, body)))


class _Builder:
    """Builds the tree from the parser's events in a loop, without recursion."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: dict[Where, int] = {}
        self.root: list[Tree] = []
        self.open: list[_Part] = []
        self.quoted: set[Where] = set()
        self.glued: dict[Where, str] = {}
        self.text = ""
        self.count = 0

    def build(self, text: str) -> Doc:
        self.text = text
        for event in self._events(text):
            if isinstance(event, DocumentStartEvent):
                self._document(event)
            elif isinstance(event, NodeEvent):
                self._node(event)
            elif isinstance(event, CollectionEndEvent):
                self.open.pop()
        if not self.root:
            raise ConfigTrouble(self.path, "is empty", "see docs/rules.md for a first one", line=1)
        return Doc(self.path, self.root[0], self.lines, frozenset(self.quoted), self.glued)

    def _events(self, text: str) -> Iterator[Event]:
        self._depth_by_signs(text)
        try:
            yield from yaml.parse(text, Loader=LOADER)
        except yaml.MarkedYAMLError as error:
            problem = unreadable(error, text)
            matter = f"is not YAML: {problem.matter}"
            raise ConfigTrouble(self.path, matter, problem.do, line=problem.line) from None

    def _depth_by_signs(self, text: str) -> None:
        # The parser looks 1,024 characters ahead and gets slow at deep brackets. Nobody opens
        # twelve in a row, quoted or not.
        deep = max(text.find(sign * (MAX_DEPTH + 1)) for sign in ("[", "{"))
        if deep >= 0:
            self._refuse_depth(text[:deep].count("\n"))

    def _refuse_depth(self, line: int) -> None:
        raise ConfigTrouble(
            self.path,
            f"is nested deeper than {MAX_DEPTH}",
            "close the brackets, or indent less",
            line=line + 1,
        )

    def _document(self, event: DocumentStartEvent) -> None:
        if self.root:
            self._refuse(event, "a second document begins", "remove the line ---")
        if event.version or event.tags:
            self._refuse(event, "a directive (%) is not supported", "remove it")

    def _node(self, event: NodeEvent) -> None:
        self._refuse_what_is_not_text(event)
        if isinstance(event, ScalarEvent):
            self._refuse_what_lacks_a_comma(event)
            self._add(event, event.value)
            self._note(event)
        elif isinstance(event, SequenceStartEvent):
            self._begin(event, [])
        elif isinstance(event, MappingStartEvent):
            self._begin(event, {})

    def _refuse_what_is_not_text(self, event: NodeEvent) -> None:
        self.count += 1
        if self.count > MAX_VALUES:
            self._refuse(event, f"more than {MAX_VALUES:,} words and keys", "split the file")
        if isinstance(event, AliasEvent):
            self._refuse(event, f"an alias {shown('*' + event.anchor)}", QUOTE)
        if event.anchor:
            self._refuse(event, f"an anchor {shown('&' + event.anchor)}", "put the word in quotes")
        # No file can be named so. Other control characters may stand in a list's headings.
        if isinstance(event, ScalarEvent) and "\0" in event.value:
            self._refuse(event, f"a control character in {shown(event.value)}", "remove it")
        tag = getattr(event, "tag", None)
        if tag:
            tag = str(tag).replace("tag:yaml.org,2002:", "!!")
            self._refuse(event, f"a tag {shown(tag)}", "remove it; everything here is text")

    def _note(self, event: ScalarEvent) -> None:
        """Note quotes, and a remark that was hardly meant as one."""
        if event.style:
            self.quoted.add(self._where)
        elif remark := GLUED.match(self.text, event.end_mark.index):
            self.glued[self._where] = remark[1]

    def _refuse_what_lacks_a_comma(self, event: ScalarEvent) -> None:
        """YAML silently joins lines without a comma, or after a | or >, into a single word."""
        part = self.open[-1] if self.open else None
        last = event.end_mark.line - (event.style in BLOCKS)
        over = last > event.start_mark.line + (event.style in BLOCKS)
        over = over and event.style not in QUOTES
        if over and part and isinstance(part.value, list):
            self._refuse(
                event,
                f"{shown(event.value)} is spread over two lines",
                "end the first with a comma or ], or align the dash of the second;"
                " put it in quotes if it is one word",
            )

    def _begin(self, event: NodeEvent, value: Tree) -> None:
        part = self.open[-1] if self.open else None
        if part and part.wants_key:
            self._refuse(event, "a list or a mapping where a key must be", "write  key: value")
        if len(self.open) == MAX_DEPTH:
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
                f"{shown(key)} is already on line {self.lines[where]}",
                "join the two, or remove one",
            )
        part.key = key
        self.lines[where] = event.start_mark.line + 1

    def _refuse(self, event: Event, matter: str, do: str) -> None:
        raise ConfigTrouble(self.path, matter, do, line=event.start_mark.line + 1)


@dataclass(slots=True)
class _Part:
    """A list or mapping that is still open."""

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
        raise ConfigTrouble(path, "contains a control character", line=line)
    for number, row in enumerate(text.split("\n"), 1):
        if "\t" in row[: len(row) - len(row.lstrip())] and row.strip():
            raise ConfigTrouble(path, "a tab before the text", "indent with spaces", line=number)
        if len(row) > MAX_LINE_CHARS:
            matter = f"a line of {len(row):,} characters, more than {MAX_LINE_CHARS:,}"
            raise ConfigTrouble(path, matter, "break the line", line=number)
    return text


def _decoded(path: Path, body: bytes) -> str:
    if b"\0" in body:
        line = body[: body.index(b"\0")].count(b"\n") + 1
        raise ConfigTrouble(path, "contains a NUL byte", "save it as plain UTF-8 text", line=line)
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line, byte = body[: error.start].count(b"\n") + 1, body[error.start]
        matter = f"is not UTF-8 (byte 0x{byte:02x})"
        raise ConfigTrouble(path, matter, "save it as UTF-8", line=line) from None


def _bytes(path: Path) -> bytes:
    if not path.is_file():
        if os.path.lexists(path):
            matter = "is a link that leads nowhere" if path.is_symlink() else "is no file"
            raise ConfigTrouble(path, matter, "put the YAML file there")
        raise ConfigTrouble(path, "does not exist", "check --config, or run from its folder")
    try:
        with open_file(path) as file:
            body = file.read(MAX_FILE_BYTES + 1) or b""
    except OSError as error:
        raise ConfigTrouble(path, f"cannot be read: {error.strerror}") from None
    return _small(path, body, path.stat().st_size)


def _small(path: Path, body: bytes, size: int = 0) -> bytes:
    if len(body) > MAX_FILE_BYTES:
        matter = f"has {max(size, len(body)):,} bytes, more than {MAX_FILE_BYTES:,}"
        raise ConfigTrouble(path, matter, "split it", line=1)
    return body


def read(path: Path, part: type[Part]) -> Part:
    """
    Load a file as a type. Raises the first mistake, with the rest in its ``others``.

    A type may have a method ``mistakes()`` for contradictions between its parts.
    """
    return understand(load(path), part)


def understand(doc: Doc, part: type[Part]) -> Part:
    """A loaded file as a type; see ``read``."""
    try:
        value = validate(part, doc.value)
    except ValidationError as error:
        refuse(doc, mistakes_of(doc.value, part, error))
        raise
    refuse(doc, getattr(value, "mistakes", tuple)())
    return value


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
    """Explain a syntax error in this text."""
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
    """A syntax error, matched by parts of its message; ``begun``: use the line where it begins."""

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
        "quoted scalar", "escape", "a \\ without a meaning in double quotes",
        "write it twice, or use single quotes",
    ),
    _Case(
        "flow sequence", "", "a list lacks its ] or a comma",
        "put a comma between words, and a ] at the end", begun=True,
    ),
    _Case("flow mapping", "", "a { lacks its } or a comma", "close it", begun=True),
    _Case(
        "flow node", "", "an extra comma, or a dash inside brackets",
        "remove it, or put the word in quotes",
    ),
    _Case("next token", "", "a word begins with SIGN", "put the word in quotes"),
    _Case("a tag", "", "a word begins with !", "put the word in quotes"),
    _Case("simple key", "", "a key lacks its colon", "write  key: value", begun=True),
    _Case(
        "", "mapping values", 'a ": " where no key can be',
        'put text with ": " in quotes, or add the colon that the line before lacks',
    ),
)  # fmt: skip


_OTHER = _Case(
    "", "", "cannot be parsed",
    "check the indentation, quotes and brackets of this line and the one before",
)  # fmt: skip
