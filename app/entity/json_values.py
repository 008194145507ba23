"""Records as JSON and back: what REST sends and takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.entity.cells import Shower
from app.entity.fields import Field, Kind, Path, fields_of
from app.entity.lookups import find_one
from app.entity.rows import Found
from app.entity.values import parse
from app.registry import Entity
from app.security.masks import masked_text
from models.base import BadValue, Base, Journaled, Problem


def to_json(f: Field, value: Any, shower: Shower) -> Any:
    """A value for a program: choices by value, relations as id and text, masked values masked."""
    if value is None or shower.hides(f):
        return None
    if not shower.reveals(f):
        return masked_text(f, value)
    return open_json(f, value)


def open_json(f: Field, value: Any) -> Any:
    """A value as it is, for whoever was found to be allowed to see it."""
    if value is None:
        return None
    if f.kind is Kind.RELATION:
        return {"id": value.id, "text": str(value)}
    if f.kind is Kind.CHOICE:
        return value.value
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    return value


def record_json(record: Base, names: Sequence[str], shower: Shower) -> dict[str, Any]:
    """A record with its id, version and the named fields."""
    fields = fields_of(type(record))
    body: dict[str, Any] = {"id": record.id}
    if isinstance(record, Journaled):
        body["version"] = record.version
    return body | {name: to_json(fields[name], fields[name].read(record), shower) for name in names}


def row_json(row: Found, paths: Sequence[Path], shower: Shower) -> dict[str, Any]:
    """The same of a row of a list."""
    body: dict[str, Any] = {"id": row.id}
    if row.version is not None:
        body["version"] = row.version
    for path, value in zip(paths, row.values, strict=True):
        body[path.name] = to_json(path.field, value, shower)
    return body


def from_json(
    session: Session, entity: Entity, body: Mapping[str, Any], record: Base | None, shower: Shower
) -> tuple[dict[str, Any], list[Problem]]:
    """Typed values from a JSON object and what could not be understood. What repeats the record as it was sent (id, version,
    computed fields, a mask) is no change."""
    fields = fields_of(entity.model)
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, raw in body.items():
        f = fields.get(name)
        if name in ("id", "version"):
            continue
        if f is None or shower.hides(f):
            problems.append(Problem(name, _("There is no such field.")))
            continue
        if record is not None and (f.info.readonly or not shower.reveals(f)) and raw == to_json(f, f.read(record), shower):
            continue
        try:
            values[name] = _understood(session, f, raw)
        except BadValue as error:
            problems.append(Problem(name, str(error)))
    return values, problems


def _understood(session: Session, f: Field, raw: Any) -> Any:
    if raw is None or raw == "":
        return None
    if f.kind is Kind.RELATION:
        return _relation(session, f, raw)
    if isinstance(raw, (dict, list)):
        raise BadValue(_("A single value is needed here, not a list or an object."))
    if f.kind is Kind.BOOLEAN:
        if isinstance(raw, bool):
            return raw
        raise BadValue(_("true or false is needed here."))
    if isinstance(raw, bool):
        raise BadValue(_("true and false are not possible here."))
    if f.is_number and isinstance(raw, (int, float)):
        return parse(f, repr(raw) if isinstance(raw, float) else str(raw))
    return parse(f, str(raw))


def _relation(session: Session, f: Field, raw: Any) -> int:
    """By id, by {"id": …}, or by the reference that people use (`湖滨-3-2-501`)."""
    if isinstance(raw, dict):
        raw = raw.get("id", raw.get("text"))
    if isinstance(raw, int) and not isinstance(raw, bool):
        return raw
    if isinstance(raw, str) and raw.strip():
        return find_one(session, f, raw.strip())
    raise BadValue(_("A record is named by its id, by an object with an id, or by its reference."))
