"""The schema that editors use says what the program says."""

import json
from pathlib import Path

import pytest

from config.rules import rules_schema
from config.yaml_reader import load

CONFIG = Path(__file__).resolve().parents[2] / "config"
SCHEMA = rules_schema()
NAMES = {list: "array", dict: "object", str: "string"}


def complaints(value, shape, where="file"):
    """As much of JSON Schema as our schema uses."""
    if "$ref" in shape:
        shape = SCHEMA["definitions"][shape["$ref"].rpartition("/")[2]]
    if "anyOf" in shape:
        return min((complaints(value, one, where) for one in shape["anyOf"]), key=len)
    kinds = [shape["type"]] if isinstance(shape["type"], str) else shape["type"]
    kind = NAMES[type(value)]
    return LOOK[kind](value, shape, where) if kind in kinds else [f"{where}: {kind}"]


def of_text(value, shape, where):
    fits = shape.get("minLength", 0) <= len(value) <= shape.get("maxLength", 10**6)
    return [] if fits else [f"{where}: length"]


def of_list(value, shape, where):
    said = [] if len(value) >= shape.get("minItems", 0) else [f"{where}: empty"]
    for number, one in enumerate(value):
        said += complaints(one, shape["items"], f"{where}.{number}")
    return said


def of_keys(value, shape, where):
    said = [f"{where}: no {key}" for key in shape["required"] if key not in value]
    for key, one in value.items():
        known = shape["properties"].get(key)
        said += complaints(one, known, f"{where}.{key}") if known else [f"{where}: unknown {key}"]
    return said


LOOK = {"array": of_list, "object": of_keys, "string": of_text}


@pytest.mark.parametrize("path", sorted((CONFIG / "lists").glob("*.yaml")), ids=lambda p: p.stem)
def test_the_lists_that_come_with_the_program_are_valid(path):
    assert [] == complaints(load(path).value, SCHEMA)


@pytest.mark.parametrize(
    ("section", "complaint"),
    [
        ({"name": "A", "say": ["ab"]}, "unknown say"),
        ({"says": ["ab"]}, "no name"),
        ({"name": "A", "says": "ab"}, "says: string"),
        ({"name": "A", "says": []}, "says: empty"),
        ({"name": "A", "says": ["x"]}, "says.0: length"),
    ],
)
def test_mistakes_are_seen_while_one_types(section, complaint):
    value = {"list": "X", "file": "x.md", "sections": [section]}

    (said,) = complaints(value, SCHEMA)

    assert complaint in said


def test_the_copy_beside_the_lists_is_the_same():
    """`listkeeper rules schema > config/rules.schema.json` after a change of the language."""
    assert SCHEMA == json.loads((CONFIG / "rules.schema.json").read_text())


def test_every_key_is_explained():
    section = SCHEMA["definitions"]["Section"]
    for key, shape in (SCHEMA["properties"] | section["properties"]).items():
        assert shape["description"].endswith("."), key
