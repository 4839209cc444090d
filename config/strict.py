"""
Checks what a YAML file says against the types of its parts: nothing unknown, nothing changed later.

A part is a frozen dataclass whose fields are its keys; marks in ``Annotated`` say what else holds.
pydantic's core checks it, all mistakes at once. Its own models would take longer to load than a
short command to run.
"""

from collections.abc import Callable
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date
from functools import lru_cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic_core import CoreSchema, SchemaValidator, core_schema

Part = TypeVar("Part")

_PLAIN: dict[Any, Callable[[], CoreSchema]] = {
    str: core_schema.str_schema,
    int: core_schema.int_schema,
    float: core_schema.float_schema,
    bool: core_schema.bool_schema,
    date: core_schema.date_schema,
    NoneType: core_schema.none_schema,
}


class Mark:
    """What holds of a value besides its type, and what an editor is told of it."""

    def checked(self, schema: CoreSchema) -> CoreSchema:
        """The schema of the value's type, with this."""
        return schema

    def told(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Its JSON Schema, with this."""
        return schema

    # pydantic, which makes the JSON Schema, asks marks by these names.
    def __get_pydantic_core_schema__(self, kind: Any, handler: Callable[[Any], Any]) -> Any:
        return self.checked(handler(kind))

    def __get_pydantic_json_schema__(self, schema: Any, handler: Callable[[Any], Any]) -> Any:
        return self.told(handler(schema))


class Limits(Mark):
    """Limits by pydantic's names for them, such as ``min_length``."""

    def __init__(self, **limits: Any) -> None:
        self.limits = limits

    def checked(self, schema: CoreSchema) -> CoreSchema:
        if schema["type"] == "function-after":
            # They are limits of what a check gave.
            return core_schema.chain_schema([schema, core_schema.str_schema(**self.limits)])
        return {**schema, **self.limits}


class Check(Mark):
    """A function that gives the value to keep, or raises ValueError."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self.function = function

    def checked(self, schema: CoreSchema) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.function, schema)


class Prepare(Check):
    """A function that comes first, and may give a value that needs no more checks."""

    def checked(self, schema: CoreSchema) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(self._prepared, schema)

    def _prepared(self, value: Any, check: Callable[[Any], Any]) -> Any:
        prepared = self.function(value)
        return prepared if is_dataclass(prepared) else check(prepared)


class Described(Mark):
    """The help text that an editor shows for a key."""

    def __init__(self, text: str) -> None:
        self.text = text

    def told(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {**schema, "description": self.text}


class JsonSchema(Mark):
    """The JSON Schema of a value that a file may write in more ways than the type tells."""

    def __init__(self, shape: dict[str, Any]) -> None:
        self.shape = shape

    def told(self, schema: dict[str, Any]) -> dict[str, Any]:
        return self.shape


class Key(Mark):
    """What a field is called in the file, where Python has another use for the name."""

    def __init__(self, name: str) -> None:
        self.name = name


class Unread(Mark):
    """A field that no file may have."""

    def __get_pydantic_core_schema__(self, kind: Any, handler: Callable[[Any], Any]) -> Any:
        return core_schema.any_schema()


def validate(part: Callable[..., Part], tree: object) -> Part:
    """What a tree says, as a part; pydantic's ValidationError with all mistakes."""
    value: Part = _validator_of(part).validate_python(tree)
    return value


@lru_cache(maxsize=64)
def _validator_of(part: Any) -> SchemaValidator:
    return SchemaValidator(_schema(part))


def keys_of(part: Any) -> dict[str, "Field[Any]"]:
    """The fields of a part by their names in the file."""
    keys = {_key(field): field for field in fields(part)}
    keys.pop("", None)
    return keys


def _key(field: "Field[Any]") -> str:
    """What a field is called in the file; empty where it has no place there."""
    marks = get_args(field.type)[1:] if get_origin(field.type) is Annotated else ()
    if any(isinstance(mark, Unread) for mark in marks):
        return ""
    return next((mark.name for mark in marks if isinstance(mark, Key)), field.name)


def _schema(kind: Any) -> CoreSchema:
    """What pydantic's core checks for a type."""
    origin, inside = get_origin(kind), get_args(kind)
    if origin is Annotated:
        schema = _schema(inside[0])
        for mark in inside[1:]:
            schema = mark.checked(schema)
        return schema
    if is_dataclass(kind):
        return _keys(kind)
    if origin is Literal:
        return core_schema.literal_schema([*inside])
    if origin in {Union, UnionType}:
        return _one_of([one for one in inside if one is not NoneType], len(inside))
    if origin is tuple:
        return core_schema.tuple_variable_schema(_schema(inside[0]))
    if origin is list:
        return core_schema.list_schema(_schema(inside[0]))
    if origin is dict:
        return core_schema.dict_schema(*map(_schema, inside))
    return _PLAIN[kind]()


def _one_of(kinds: list[Any], of: int) -> CoreSchema:
    """One of several types, or nothing where there was one more of them."""
    schemas = map(_schema, kinds)
    schema = core_schema.union_schema([*schemas]) if len(kinds) > 1 else next(schemas)
    return core_schema.nullable_schema(schema) if len(kinds) < of else schema


def _keys(part: Any) -> CoreSchema:
    keys = keys_of(part)
    named = {key: field.name for key, field in keys.items()}
    known = {
        key: core_schema.typed_dict_field(_schema(field.type), required=_is_required(field))
        for key, field in keys.items()
    }
    return core_schema.no_info_after_validator_function(
        lambda values: part(**{named[key]: value for key, value in values.items()}),
        core_schema.typed_dict_schema(known, extra_behavior="forbid"),
    )


def _is_required(field: "Field[Any]") -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def plain(value: Any, *, usual: bool = True) -> Any:
    """A part as dictionaries and lists; without ``usual``, only values that aren't the defaults."""
    if isinstance(value, tuple | list):
        return [plain(one, usual=usual) for one in value]
    if not is_dataclass(value):
        return value
    return {
        field.name: plain(said, usual=usual)
        for field in keys_of(type(value)).values()
        if (said := getattr(value, field.name)) != _default(field) or usual
    }


def _default(field: "Field[Any]") -> Any:
    made = field.default_factory
    return field.default if made is MISSING else made()
