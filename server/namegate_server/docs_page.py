"""The page at /docs: the OpenAPI document as plain HTML, so that it shows without any other server."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING, Any

from namegate_server import html

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def page(document: Mapping[str, Any]) -> str:
    """Return the page of an OpenAPI document."""
    info = document["info"]
    operations = "".join(
        _operation(method, path, operation, document)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    )
    body = (
        f"<p>{escape(info['description'])}</p>"
        f'<p>OpenAPI: <a href="openapi.json">openapi.json</a></p>{operations}'
        f"<h1>Schemas</h1>{''.join(_schemas(document))}"
    )
    return html.document(info["title"], body)


def _operation(method: str, path: str, operation: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    parts = [
        f'<h2><span class="method">{method.upper()}</span> <code>{escape(path)}</code></h2>',
        f"<p>{escape(operation.get('description', ''))}</p>",
    ]
    if "requestBody" in operation:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        example = json.dumps(_example(schema, document))
        command = f"curl -s $SERVER{path} -H 'content-type: application/json' -d '{example}'"
        parts.append(f"<p>Takes {_reference(schema)}</p><pre>{escape(command)}</pre>")
    rows = "".join(
        f"<tr><td><code>{escape(status)}</code><td>{escape(answer['description'])}<td>{_content(answer)}"
        for status, answer in operation["responses"].items()
    )
    return "".join(parts) + f"<table>{rows}</table>"


def _example(schema: Mapping[str, Any], document: Mapping[str, Any]) -> Any:
    """Return the smallest value that shows how a schema is used: required fields and those with examples."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if "examples" in schema:
        return schema["examples"][0]
    if schema.get("type") == "array":
        return [_example(schema["items"], document)]
    if schema.get("type") != "object":
        return {"string": "…", "integer": 0}.get(str(schema.get("type")))
    required = schema.get("required", [])
    return {
        key: _example(each, document)
        for key, each in schema.get("properties", {}).items()
        if key in required or "examples" in each
    }


def _content(answer: Mapping[str, Any]) -> str:
    schemas = [each["schema"] for each in answer.get("content", {}).values() if each.get("schema")]
    return _reference(schemas[0]) if schemas else ""


def _reference(schema: Mapping[str, Any]) -> str:
    name = schema.get("$ref", "").rpartition("/")[2]
    return f'<a href="#{escape(name)}">{escape(name)}</a>' if name else ""


def _schemas(document: Mapping[str, Any]) -> Iterator[str]:
    for name, schema in sorted(document["components"]["schemas"].items()):
        text = json.dumps(schema, indent=2, ensure_ascii=False)
        yield f'<h2 id="{escape(name)}">{escape(name)}</h2><pre>{escape(text)}</pre>'
