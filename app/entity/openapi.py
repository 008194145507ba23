"""An entity in OpenAPI, derived from its fields."""

from __future__ import annotations

from typing import Any

from app.entity.cells import Shower
from app.entity.fields import Field, Kind, fields_of
from app.registry import Entity

_TYPES: dict[Kind, dict[str, Any]] = {
    Kind.TEXT: {"type": "string"},
    Kind.LONG: {"type": "string"},
    Kind.INTEGER: {"type": "integer"},
    Kind.DECIMAL: {"type": "number"},
    Kind.DATE: {"type": "string", "format": "date"},
    Kind.DATETIME: {"type": "string", "format": "date-time"},
    Kind.BOOLEAN: {"type": "boolean"},
    Kind.CHOICE: {"type": "string"},
}


def field_schema(f: Field, reading: bool, masked: bool = False) -> dict[str, Any]:
    """The schema of a field as it is sent (`reading`) or taken; masked: what is sent of it is a text that hides its value."""
    if masked and reading:
        schema: dict[str, Any] = {"type": "string"}
    elif f.kind is Kind.RELATION:
        by_id = {"type": "object", "properties": {"id": {"type": "integer"}, "text": {"type": "string"}}}
        schema = by_id if reading else {"oneOf": [{"type": "integer"}, {"type": "string"}, by_id]}
    else:
        schema = dict(_TYPES[f.kind])
    text = str(f.label)
    if f.unit:
        text += f" ({f.unit})"
    if f.mask is not None or masked:
        text += " – masked without the right to see it"
    schema["description"] = text
    if f.choices is not None and not (masked and reading):
        schema["enum"] = [m.value for m in f.choices]
    if f.max_length and f.kind is Kind.TEXT:
        schema["maxLength"] = f.max_length
    if not f.required and not f.info.readonly:
        schema["nullable"] = True
    return schema


def schemas(entity: Entity, shower: Shower) -> dict[str, dict[str, Any]]:
    """The component schemas `get`, `post` and `put` of an entity, as it is for the one who is asking."""
    fields = [f for f in fields_of(entity.model).values() if not shower.hides(f)]
    identity = {"id": {"type": "integer"}, "version": {"type": "integer", "description": "Send it back with a change"}}
    read = {f.name: field_schema(f, reading=True, masked=not shower.reveals(f)) for f in fields}
    write = {f.name: field_schema(f, reading=False, masked=not shower.reveals(f)) for f in fields if not f.info.readonly}
    required = [f.name for f in fields if f.required and not f.info.readonly]
    post: dict[str, Any] = {"type": "object", "properties": write, "additionalProperties": False}
    if required:
        post["required"] = required
    return {
        "get": {"type": "object", "properties": identity | read},
        "post": post,
        "put": {"type": "object", "properties": identity | write},
    }


def column_info(f: Field) -> dict[str, Any]:
    """A field in words, for clients that build forms."""
    info: dict[str, Any] = {
        "name": f.name,
        "label": str(f.label),
        "type": f.kind.value,
        "required": f.required,
        "readonly": f.info.readonly,
    }
    if f.unit:
        info["unit"] = f.unit
    if f.max_length:
        info["max_length"] = f.max_length
    if f.choices is not None:
        info["choices"] = [{"value": m.value, "label": str(m.label)} for m in f.choices]
    if f.dictionary:
        info["dictionary"] = f.dictionary
    return info


_PROBLEM = {
    "type": "object",
    "description": "What was refused and why (RFC 9457)",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "message": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {"type": "object", "properties": {"field": {"type": "string", "nullable": True}, "message": {"type": "string"}}},
        },
    },
}
_REFUSALS = {
    "400": "Not understood",
    "401": "No token or API key, or one that is no longer valid",
    "403": "A right is missing",
    "404": "Not there, or not for the caller",
    "409": "Changed or used meanwhile",
    "422": "The record breaks rules",
    "429": "Too many requests; wait a minute",
    "500": "The portal made a mistake",
}


def refusals() -> dict[str, Any]:
    """The answers that refuse something, by status, for `#/components/responses`. Flask-AppBuilder's own resources send plain JSON."""
    content = {kind: {"schema": _PROBLEM} for kind in ("application/problem+json", "application/json")}
    return {status: {"description": text, "content": content} for status, text in _REFUSALS.items()}
