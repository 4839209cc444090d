"""
The shape of a rules file as JSON Schema, for editors that complete and check while one types.

A copy stands beside this file as ``rules.schema.json``.
"""

from typing import Any

from config.rules import ListRules

DRAFT = "http://json-schema.org/draft-07/schema#"


def rules_schema() -> dict[str, Any]:
    """What an editor needs to know; the last word has ``listkeeper rules check``."""
    made = ListRules.model_json_schema(ref_template="#/definitions/{model}")
    made["definitions"] = made.pop("$defs")
    return {"$schema": DRAFT, "title": "The rules of a list", **_told(made)}


def _told(part: Any) -> Any:
    """Without what is for programs: names of classes, and defaults nobody may write."""
    if isinstance(part, list):
        return [_told(one) for one in part]
    if not isinstance(part, dict):
        return part
    return {
        key: {name: _told(one) for name, one in value.items()}
        if key in ("properties", "definitions")
        else _told(value)
        for key, value in part.items()
        if key not in ("title", "default")
    }
