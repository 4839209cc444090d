"""
Adds words to a rules file and removes them, the way a person would in an editor.

The file is spliced in place, never rewritten: comments, order, quotes and line breaks stay. The
result is parsed again before it is returned.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import yaml
from yaml.nodes import CollectionNode, MappingNode, Node, SequenceNode

from config.errors import ConfigTrouble
from config.patterns import lazy_regex
from config.rules import KEYS, LIST_KEYS, ListRules, Section
from config.validation import Tree
from config.yaml_reader import LOADER, load

# Words that need no quotes in YAML.
PLAIN = lazy_regex(r"[A-Za-z0-9](?:[A-Za-z0-9 ./*+_()-]*[A-Za-z0-9.*+_()-])?")
# Lines of word lists are filled up to here, as in the lists that come with the program.
MAX_LINE_CHARS = 100
# What may stand between a word and its comma.
PAST = lazy_regex(r"(?:\s|#[^\n]*\n)*")
AFTER_TAKEN = lazy_regex(r"[ \t]*(\r?\n)?")
# The order of keys, for placing a new one.
ORDER = ("name", *KEYS, "over")
LIST_ORDER = ("list", "file", "digests", *LIST_KEYS, "sections")

Holder = TypeVar("Holder", ListRules, Section)


@dataclass(frozen=True, slots=True)
class WordChange:
    """A word to add to a key or remove from it; without a section, of the whole list."""

    section: str | None
    key: str
    word: str
    add: bool = True

    def __str__(self) -> str:
        where = f"{self.key} of {self.section or 'the whole list'}"
        return f"add `{self.word}` to {where}" if self.add else f"remove `{self.word}` from {where}"


Splice = tuple[int, int, str]


def edit(path: Path, body: bytes, changes: Iterable[WordChange]) -> bytes:
    """
    The file's bytes with these changes and no others.

    ConfigTrouble for a missing section or word, and for a file in such an unusual style that the
    change can't be spliced in.
    """
    all_changes = list(changes)
    before = load(path, body).value
    removals = [[single] for single in all_changes if not single.add]
    for group in (*removals, [single for single in all_changes if single.add]):
        body = _spliced(path, body, group) if group else body
    if load(path, body).value != _meant(path, before, all_changes):
        raise ConfigTrouble(path, "cannot be changed in place", "make the change by hand")
    return body


def changed(rules: ListRules, changes: Iterable[WordChange]) -> ListRules:
    """The rules with these changes made, for trying them."""
    for edited in changes:
        if edited.section is None:
            rules = _changed(rules, edited)
            continue
        new_sections = tuple(
            _changed(section, edited) if section.name == edited.section else section
            for section in rules.sections
        )
        rules = replace(rules, sections=new_sections)
    return rules


def _changed(holder: Holder, change: WordChange) -> Holder:
    """A section, or the rules themselves, with one of its words changed."""
    words: dict[str, Any] = {change.key: _words(getattr(holder, change.key), change)}
    return replace(holder, **words)


def _words(words: Sequence[str], change: WordChange) -> tuple[str, ...]:
    remaining = tuple(word for word in words if word != change.word)
    return (*remaining, change.word) if change.add else remaining


def _meant(path: Path, tree: Tree, changes: Iterable[WordChange]) -> Tree:
    """The expected content of the file after the changes."""
    assert isinstance(tree, dict)  # noqa: S101 - _spliced has looked
    for planned in sorted(changes, key=lambda change: change.add):
        at = tree if planned.section is None else _section(path, tree, planned.section)
        old = at.get(planned.key, [])
        assert isinstance(old, list)  # noqa: S101
        words = (
            [*old, planned.word] if planned.add else [word for word in old if word != planned.word]
        )
        at[planned.key] = words
        if not words:
            del at[planned.key]
    return tree


def _section(path: Path, tree: dict[str, Tree], name: str) -> dict[str, Tree]:
    sections = tree.get("sections")
    for section in sections if isinstance(sections, list) else ():
        if isinstance(section, dict) and section.get("name") == name:
            return section
    raise ConfigTrouble(path, f'no section is called "{name}"')


def _spliced(path: Path, body: bytes, changes: Sequence[WordChange]) -> bytes:
    text = body.decode("utf-8-sig")
    mark = body[: len(body) - len(text.encode())]
    root = yaml.compose(text, Loader=LOADER)
    grouped: dict[tuple[str | None, str], list[WordChange]] = {}
    for edited in changes:
        grouped.setdefault((edited.section, edited.key), []).append(edited)
    splices: list[Splice] = []
    for (section, key), group in grouped.items():
        at = _Mapping(path, text, _mapping(path, root, section))
        if group[0].add:
            splices.append(at.added(key, [change.word for change in group]))
        else:
            splices += at.removed(key, group[0].word)
    for start, end, new in sorted(splices, reverse=True):
        text = text[:start] + new + text[end:]
    return mark + text.encode()


def _mapping(path: Path, root: Node, section: str | None) -> MappingNode:
    if section is None and isinstance(root, MappingNode):
        return root
    if isinstance(root, MappingNode):
        for key, value in root.value:
            if key.value == "sections" and isinstance(value, SequenceNode):
                for part in value.value:
                    if isinstance(part, MappingNode) and _name(part) == section:
                        return part
    raise ConfigTrouble(path, f'no section is called "{section}"')


def _name(section: MappingNode) -> str | None:
    return next((value.value for key, value in section.value if key.value == "name"), None)


@dataclass(frozen=True, slots=True)
class _Mapping:
    """The keys of a section or of the whole list, with their places in the text."""

    path: Path
    text: str
    node: MappingNode

    def added(self, key: str, words: Sequence[str]) -> Splice:
        word_list = self._list(key)
        if word_list is None:
            return self._new_key(key, words)
        return (
            self._in_brackets(word_list, words)
            if word_list.flow_style
            else self._below(word_list, words)
        )

    def removed(self, key: str, word: str) -> Iterator[Splice]:
        word_list = self._list(key)
        words = [] if word_list is None else [item.value for item in word_list.value]
        if word_list is None or word not in words:
            raise ConfigTrouble(self.path, f'{key} has no word "{word}"')
        number = words.index(word)
        if len(words) == 1:
            yield self._without_key(key)
        elif word_list.flow_style:
            yield from self._from_brackets(word_list, number)
        else:
            item = word_list.value[number]
            yield self._whole_lines(self._dash(item), item)

    def _list(self, key: str) -> SequenceNode | None:
        value = next((value for name, value in self.node.value if name.value == key), None)
        if value is None or (isinstance(value, SequenceNode) and value.value):
            return value
        line = value.start_mark.line + 1
        raise ConfigTrouble(self.path, "is not a list of words", line=line, key=key)

    def _in_brackets(self, word_list: SequenceNode, words: Sequence[str]) -> Splice:
        """After the last word; on a new line if the line would get too long."""
        last = word_list.value[-1]
        at = last.end_mark.index
        column, rest = at - self._line_start(at), self.text[at : self._line_end(at)].rstrip()
        indent, new = self._indent_inside(word_list, last), ""
        for word in map(quoted, words):
            # A comment stays on the line of its word.
            fits = column + len(f", {word}{rest}") <= MAX_LINE_CHARS or "#" in rest
            new += f", {word}" if fits else f",{self._newline}{' ' * indent}{word}"
            column = column + len(f", {word}") if fits else indent + len(word)
        return at, at, new

    def _indent_inside(self, word_list: SequenceNode, last: Node) -> int:
        """Where the words of the list begin on its later lines."""
        opened = word_list.start_mark
        if last.start_mark.line != opened.line:
            start = self._line_start(last.start_mark.index)
            line = self.text[start : self._line_end(start)]
            return max(len(line) - len(line.lstrip()), 1)
        return int(opened.column) + 1

    def _below(self, word_list: SequenceNode, words: Sequence[str]) -> Splice:
        last = word_list.value[-1]
        at, newline = self._after(last)
        dash = self._dash(last)
        prefix = " " * (dash - self._line_start(dash)) + "- "
        lines = [f"{prefix}{quoted(word)}{self._newline}" for word in words]
        return self._lines(at, lines, newline=newline)

    def _new_key(self, key: str, words: Sequence[str]) -> Splice:
        """A new key, after the one before it in the usual order."""
        of_list = any(name.value == "sections" for name, _ in self.node.value)
        order = LIST_ORDER if of_list else ORDER
        rank = {name: number for number, name in enumerate(order)}
        before = [
            (rank[name.value], value)
            for name, value in self.node.value
            if rank.get(name.value, len(order)) < rank[key]
        ]
        _, after = max(before, key=lambda pair: pair[0])
        line = f"{key}: [{', '.join(map(quoted, words))}]"
        if self.node.flow_style:
            at = _last(after).end_mark.index
            return at, at, f", {line}"
        column = self.node.value[0][0].start_mark.column
        at, newline = self._after(after)
        return self._lines(at, [f"{' ' * column}{line}{self._newline}"], newline=newline)

    def _lines(self, at: int, lines: Sequence[str], *, newline: bool) -> Splice:
        """Whole lines, also after a last line without a line break."""
        new = "".join(lines)
        return at, at, new if newline else self._newline + new.removesuffix(self._newline)

    def _without_key(self, key: str) -> Splice:
        pairs = self.node.value
        number = next(n for n, (name, _) in enumerate(pairs) if name.value == key)
        name, value = pairs[number]
        if not self.node.flow_style:
            return self._whole_lines(name.start_mark.index, value)
        # There is always a name next to it.
        if number:
            return pairs[number - 1][1].end_mark.index, value.end_mark.index, ""
        return name.start_mark.index, pairs[1][0].start_mark.index, ""

    def _from_brackets(self, word_list: SequenceNode, number: int) -> Iterator[Splice]:
        """Remove the word and one comma; comments around them stay."""
        start, end = _span(word_list.value[number])
        comma = self._comma(end)
        if comma is None:
            # The last word goes with the comma before it.
            comma = self._comma(_span(word_list.value[number - 1])[1])
            assert comma is not None  # noqa: S101 - one stands between two words
            if self.text[comma + 1 : start].strip():
                yield comma, comma + 1, ""
                yield start, end, ""
            else:
                yield comma, end, ""
        elif self.text[end:comma].strip():
            yield start, end, ""
            yield comma, comma + 1, ""
        else:
            yield self._cut(start, comma + 1)

    def _cut(self, start: int, stop: int) -> Splice:
        """Remove a word and its comma, with the spaces they would leave behind."""
        line, after = self._line_start(start), AFTER_TAKEN.match(self.text, stop)
        if after is None or not after[1]:
            return start, self._past_blanks(stop), ""
        before = self.text[line:start]
        if not before.strip():
            return line, after.end(), ""
        return line + len(before.rstrip(" ")), after.start(1), ""

    def _comma(self, at: int) -> int | None:
        """The next comma after spaces and comments."""
        match = PAST.match(self.text, at)
        at = match.end() if match else at
        return at if self.text[at] == "," else None

    def _past_blanks(self, at: int) -> int:
        while self.text[at] in " ":
            at += 1
        return at

    def _whole_lines(self, start: int, last: Node) -> Splice:
        at, _ = self._after(last)
        return self._line_start(start), at, ""

    def _after(self, node: Node) -> tuple[int, bool]:
        """The place after the last line of a part, and whether that line has a line break."""
        at = _last(node).end_mark.index
        if at and self.text[at - 1] == "\n":
            return at, True
        end = self.text.find("\n", at)
        return (len(self.text), False) if end < 0 else (end + 1, True)

    def _dash(self, item: Node) -> int:
        return self.text.rindex("-", 0, item.start_mark.index)

    def _line_start(self, at: int) -> int:
        return self.text.rfind("\n", 0, at) + 1

    def _line_end(self, at: int) -> int:
        end = self.text.find("\n", at)
        return len(self.text) if end < 0 else end

    @property
    def _newline(self) -> str:
        return "\r\n" if "\r\n" in self.text else "\n"


def _span(node: Node) -> tuple[int, int]:
    return node.start_mark.index, node.end_mark.index


def quoted(word: str) -> str:
    """A word as it can be written in any YAML list."""
    if PLAIN.fullmatch(word):
        return word
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _last(node: Node) -> Node:
    """The innermost last part: YAML says a block list ends only where the next thing begins."""
    while isinstance(node, CollectionNode) and not node.flow_style and node.value:
        part = node.value[-1]
        node = part[1] if isinstance(part, tuple) else part
    return node
