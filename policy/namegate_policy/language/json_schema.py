"""The policy document's JSON Schema, for editors: made from the models that load it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from namegate_policy.language.document import PolicyDocument, RuleEntry
from namegate_policy.language.merge import LEVELS
from namegate_policy.rules.registry import RULES

if TYPE_CHECKING:
    from pydantic import BaseModel

    from namegate_policy.rules.base import Rule

_REFERENCE = "#/$defs/{model}"


def policy_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of policy documents, with the options of every rule."""
    schema = PolicyDocument.model_json_schema(by_alias=True, ref_template=_REFERENCE)
    definitions = schema.setdefault("$defs", {})
    properties: dict[str, Any] = {}
    for rule in RULES:
        definitions[rule.options.__name__] = _entry(rule, definitions)
        entry = {
            "title": f"{rule.code} {rule.name}",
            "description": f"{rule.severity.value} where nothing else is said",
            "anyOf": [{"$ref": "#/$defs/Level"}, {"$ref": f"#/$defs/{rule.options.__name__}"}],
        }
        properties[rule.name] = properties[rule.code] = entry
    settings = _own(RuleEntry, definitions)
    definitions["Level"] = {"enum": [*LEVELS, True, False], "description": "off, on, or a severity"}
    definitions["RuleEntry"] = settings
    schema["properties"]["rules"] |= {
        "properties": properties,
        "patternProperties": {
            "^(?!NG[0-9]).*[0-9]$": {"anyOf": [{"$ref": "#/$defs/Level"}, {"$ref": "#/$defs/RuleEntry"}]}
        },
        "additionalProperties": False,
    }
    whole: dict[str, Any] = _as_written(schema)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **whole}


def schema_text() -> str:
    """Return the schema as the text of its file."""
    return json.dumps(policy_schema(), indent=1, ensure_ascii=False) + "\n"


def _entry(rule: Rule[Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a rule's mapping: its options, its severity and its mode."""
    options = _own(rule.options, definitions)
    options.setdefault("properties", {}).update(_own(RuleEntry, definitions)["properties"])
    return options


def _own(model: type[BaseModel], definitions: dict[str, Any]) -> dict[str, Any]:
    """Return a model's schema; what it refers to moves to the document's definitions."""
    schema = model.model_json_schema(by_alias=True, ref_template=_REFERENCE)
    definitions.update(schema.pop("$defs", {}))
    return schema


def _as_written(schema: Any) -> Any:
    """Return a schema in which a truth value may be written as the loader takes it."""
    if isinstance(schema, list):
        return [_as_written(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _as_written(part) for key, part in schema.items()}
    if found.get("type") == "boolean":
        found["enum"] = [True, False, "yes", "no", "on", "off"]
        del found["type"]
    return found
