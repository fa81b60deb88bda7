"""The part of JSON Schema (draft 2020-12) that the schemas of this package use."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib import resources
from typing import Any

_LARGEST = 2**63 - 1  # SQLite takes no more, and nothing here counts so far
_NAMES: dict[type, str] = {  # a bool is an int in Python, none in JSON; no schema here has one
    dict: "object",
    list: "array",
    str: "string",
    int: "integer",
    type(None): "null",
}


@cache
def schema(name: str) -> dict[str, Any]:
    """Return a schema of the package, say ``article-v1``."""
    text = (resources.files("khotoot_crawler") / "schema" / f"{name}.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def misfit(rule: dict[str, Any], value: object, name: str = "") -> str | None:
    """Return the first reason why a value does not fit its schema; its keys in another order too.

    >>> misfit({"type": "object", "properties": {"n": {"type": "integer"}}}, {"n": True})
    'n is true'
    """
    if not _fits(rule, value):
        return f"{name or 'it'} is {_shown(value)}"
    if isinstance(value, dict):
        if "properties" in rule and (found := _misnamed(rule["properties"], value, name)):
            return found
        rules, other = rule.get("properties", {}), rule.get("additionalProperties", {})
        for key, item in value.items():
            if found := misfit(rules.get(key, other), item, f"{name}.{key}" if name else key):
                return found
    if isinstance(value, list) and "items" in rule:
        found_in = (misfit(rule["items"], item, f"{name}[{n}]") for n, item in enumerate(value))
        return next(filter(None, found_in), None)
    return None


def _misnamed(rules: dict[str, Any], value: dict[str, object], name: str) -> str | None:
    if list(value) == list(rules):
        return None
    odd = sorted(value.keys() ^ rules.keys())
    where = f" of {name}" if name else ""
    return f"keys{where} {'missing or unknown: ' + ', '.join(odd) if odd else 'out of order'}"


def _fits(rule: dict[str, Any], value: object) -> bool:
    if "const" in rule and (value != rule["const"] or isinstance(value, bool)):
        return False
    if "enum" in rule and value not in rule["enum"]:
        return False
    if "type" in rule and not _has_type(rule["type"], value):
        return False
    if isinstance(value, list):
        return len(value) <= int(rule.get("maxItems", len(value)))
    if isinstance(value, str):
        return len(value) >= rule.get("minLength", 0) and _matches(rule.get("pattern"), value)
    return not isinstance(value, int) or rule.get("minimum", value) <= value <= _LARGEST


def _has_type(names: str | list[str], value: object) -> bool:
    return _NAMES.get(type(value)) in ([names] if isinstance(names, str) else names)


def _matches(pattern: str | None, text: str) -> bool:
    return pattern is None or _compiled(pattern).search(text) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    # In JSON Schema $ is the very end, in Python also the place before a last line feed.
    return re.compile(re.sub(r"(?<!\\)\$$", r"\\Z", pattern))


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."
