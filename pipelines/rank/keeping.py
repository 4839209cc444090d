"""
A model as a file: JSON of words and numbers, with a sum that tells damage.

Nothing in it can run.
"""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import orjson

from catalog.errors import StoreTrouble
from pipelines.rank.features import RECIPE
from pipelines.rank.model import About, Model, Terms

KIND = "listkeeper order model"
LARGEST = 64 << 20
WAY_OUT = "delete it; `listkeeper rank train` makes a new one"


class WrongModel(ValueError):
    """Why a file is not a model."""


def to_bytes(model: Model) -> bytes:
    """The model as text; the same model gives the same bytes."""
    body = {
        "about": asdict(model.about),
        "words": _columns(model.words),
        "letters": _columns(model.letters),
        "rules": _rounded(model.rules),
        "facts": {name: [*map(_round, pair)] for name, pair in model.facts.items()},
        "bias": _round(model.bias),
        "slope": _round(model.slope),
        "shift": _round(model.shift),
    }
    return orjson.dumps({"kind": KIND, "recipe": RECIPE, "sum": _sum(body), "model": body}) + b"\n"


def from_file(path: Path, list_name: str) -> Model | None:
    """
    The model of a list; None where there is none, or one of another recipe.

    StoreTrouble, with the way out, where the file is damaged, foreign or of another list.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise StoreTrouble(str(path), f"is larger than {LARGEST >> 20} MB", WAY_OUT)
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as trouble:
        raise StoreTrouble(str(path), f"cannot be read ({trouble.strerror})", WAY_OUT) from trouble
    try:
        model = from_bytes(data)
    except WrongModel as wrong:
        raise StoreTrouble(str(path), f"is no model: {wrong}", WAY_OUT) from None
    if model is not None and model.about.list_name != list_name:
        matter = f"is of the list {model.about.list_name!r}, not of {list_name!r}"
        raise StoreTrouble(str(path), matter, WAY_OUT)
    return model


def from_bytes(data: bytes) -> Model | None:
    """Read a model; None for one of another recipe, WrongModel for what is none."""
    try:
        said = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise WrongModel("it is not JSON, or cut off") from None
    if not isinstance(said, dict) or said.get("kind") != KIND:
        raise WrongModel("it does not say that it is one")
    body = said.get("model")
    if not isinstance(body, dict) or said.get("sum") != _sum(body):
        raise WrongModel("its sum does not fit: it was damaged or changed")
    if said.get("recipe") != RECIPE:
        return None
    try:
        return _model(body)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise WrongModel(f"a part is missing or of another kind ({error})") from None


def _model(body: Mapping[str, Any]) -> Model:
    about = About(**{one.name: body["about"][one.name] for one in fields(About)})
    return Model(
        about=about,
        words=_terms(body["words"]),
        letters=_terms(body["letters"]),
        rules={str(name): _number(value) for name, value in body["rules"].items()},
        facts={
            str(name): (_number(usual), _number(weight))
            for name, (usual, weight) in body["facts"].items()
        },
        bias=_number(body["bias"]),
        slope=_number(body["slope"]),
        shift=_number(body["shift"]),
    )


def _columns(terms: Terms) -> dict[str, list[Any]]:
    return {
        "terms": list(terms.known),
        "rare": [_round(rare) for rare, _ in terms.known.values()],
        "weight": [_round(weight) for _, weight in terms.known.values()],
    }


def _terms(columns: Mapping[str, Sequence[Any]]) -> Terms:
    pairs = zip(map(_number, columns["rare"]), map(_number, columns["weight"]), strict=True)
    return Terms(dict(zip(map(str, columns["terms"]), pairs, strict=True)))


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{value!r:.40} is no number")
    return float(value)


def _round(value: float) -> float:
    return round(value, 6)


def _rounded(values: Mapping[str, float]) -> dict[str, float]:
    return {name: _round(value) for name, value in values.items()}


def _sum(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()
