"""Turns validation errors of configuration files into sentences: where, what, what to write."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, is_dataclass
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic_core import ValidationError

from config.errors import ConfigTrouble
from config.secret import hide_secrets
from config.strict import keys_of

Tree = dict[str, "Tree"] | list["Tree"] | str

_Explain = Callable[[tuple[str | int, ...], dict[str, Any], type], tuple[str, str]]

# The longest piece of somebody's file that an error line repeats.
MAX_SHOWN_CHARS = 60


class Wrong(ValueError):
    """A value that a model refuses, with what to write instead."""

    def __init__(self, matter: str, do: str = "") -> None:
        self.matter, self.do = matter, do
        super().__init__(matter)


@dataclass(frozen=True, slots=True)
class Mistake:
    """A mistake in a file, by its place in the tree."""

    where: tuple[str | int, ...]
    matter: str
    do: str = ""

    def trouble(self, path: Path, line: int, tree: Tree) -> ConfigTrouble:
        key = hide_secrets(in_words(tree, self.where))
        return ConfigTrouble(path, self.matter, self.do, line=line, key=key)


def mistakes_of(tree: Tree, part: type, error: ValidationError) -> Iterator[Mistake]:
    """One mistake for each error of pydantic."""
    for detail in error.errors(include_url=False):
        where = tuple(detail["loc"])
        if detail["type"] == "too_short" and detail["input"]:
            continue  # not empty: its parts were wrong, and are named by themselves
        explain: _Explain = _MESSAGES.get(detail["type"], _otherwise)
        matter, do = explain(where, dict(detail), part)
        yield Mistake(where, hide_secrets(matter), hide_secrets(do))


def in_words(tree: Tree, where: tuple[str | int, ...]) -> str:
    """``("sections", 3, "says")`` in words: "Quantization › says"."""
    words: list[str] = []
    at: Any = tree
    for part in where:
        try:
            at = at[part]
        except (KeyError, IndexError, TypeError):
            at = None
        if isinstance(part, str):
            words.append(part)
        elif isinstance(at, dict) and isinstance(at.get("name"), str) and at["name"]:
            words[-1:] = [at["name"]]
        else:
            words.append(f"#{part + 1}")
    return " › ".join(map(_cut, words))


def _cut(text: str) -> str:
    return text if len(text) <= MAX_SHOWN_CHARS else f"{text[:MAX_SHOWN_CHARS]}…"


def shown(value: object) -> str:
    """A value in words, for an error message."""
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, dict):
        return f"keys ({', '.join(map(str, value))[:MAX_SHOWN_CHARS]})"
    text = str(value)
    if not text:
        return "nothing"
    return f'"{_cut(text)}"'


def did_you_mean(word: str, names: list[str]) -> str:
    """A hint: the most similar name, or else all of them."""
    from difflib import get_close_matches

    near = get_close_matches(word.lower(), names, n=1, cutoff=0.6)
    return f"did you mean {near[0]}?" if near else f"known: {', '.join(names)}"


def _missing(where: tuple[str | int, ...], detail: dict[str, Any], _: Any) -> tuple[str, str]:
    return "is missing", f"write:  {where[-1]}: ..."


def _unknown(where: tuple[str | int, ...], detail: dict[str, Any], part: type) -> tuple[str, str]:
    names = _keys_at(part, where[:-1])
    return f'unknown key "{_cut(str(where[-1]))}"', did_you_mean(str(where[-1]), names)


def _list(where: tuple[str | int, ...], detail: dict[str, Any], _: Any) -> tuple[str, str]:
    key, value = (
        next((part for part in reversed(where) if isinstance(part, str)), ""),
        detail["input"],
    )
    is_word = isinstance(value, str) and 0 < len(value) <= MAX_SHOWN_CHARS
    inside = value if is_word else "word, another word"
    matter = f"must be a list, got {_kind(value)}{shown(value)}"
    return matter, f"write:  {key}: [{inside}]"


def _empty(where: tuple[str | int, ...], detail: dict[str, Any], _: Any) -> tuple[str, str]:
    return "is an empty list", f"write:  {where[-1]}: [word], or remove the key"


def _text(where: tuple[str | int, ...], detail: dict[str, Any], _: Any) -> tuple[str, str]:
    return f"must be text, got {shown(detail['input'])}", "write it on the same line, or in quotes"


def _keys(where: tuple[str | int, ...], detail: dict[str, Any], part: type) -> tuple[str, str]:
    fields, value = _keys_at(part, where) or ["name"], detail["input"]
    matter = f"must be keys with values, got {_kind(value)}{shown(value)}"
    if "url" in fields and str(value).startswith(("https://", "http://")):
        url = value if len(value) <= MAX_SHOWN_CHARS else "..."
        return matter, f"write:  {{{fields[0]}: ..., url: {url}}}"
    return matter, f"write:  {fields[0]}: ..."


def _own_message(where: tuple[str | int, ...], detail: dict[str, Any], _: Any) -> tuple[str, str]:
    error, value = detail["ctx"]["error"], detail["input"]
    matter = str(error)
    if shown(value) not in matter and repr(value) not in matter:
        matter = f"{matter}, got {shown(value)}"
    return matter, getattr(error, "do", "")


def _otherwise(where: tuple[str | int, ...], detail: dict[str, Any], _: Any) -> tuple[str, str]:
    message = detail["msg"][:1].lower() + detail["msg"][1:]
    return f"{message}, got {shown(detail['input'])}", ""


_MESSAGES: dict[str, _Explain] = {
    "missing": _missing,
    "extra_forbidden": _unknown,
    "list_type": _list,
    "tuple_type": _list,
    "too_short": _empty,
    "string_type": _text,
    "dict_type": _keys,
    "value_error": _own_message,
}


def _kind(value: object) -> str:
    return "the word " if isinstance(value, str) and value else ""


def _keys_at(part: type, where: tuple[str | int, ...]) -> list[str]:
    """The keys that a place of the tree may have; none where it holds something else."""
    at: Any = part
    for step in where:
        at = _bare(at)
        if isinstance(step, str) and is_dataclass(at):
            field = keys_of(at).get(step)
            at = field.type if field else None
        elif get_args(at):
            at = get_args(at)[1 if isinstance(step, str) else 0]
    at = _bare(at)
    return list(keys_of(at)) if is_dataclass(at) else []


def _bare(annotation: Any) -> Any:
    """A type without ``Annotated`` and without ``| None``."""
    while get_origin(annotation) in {Annotated, Union, UnionType}:
        annotation = get_args(annotation)[0]
    return annotation
