"""Two people at one record: what somebody else changed since a form was opened, field by field, for the one who saves second."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.entity.cells import form_text, text_of
from app.entity.fields import Field, Kind, fields_of
from app.entity.forms import Posted
from app.entity.screens import Conflict
from app.entity.search import choosable_record
from app.security.accounts import names_of
from app.security.actor import current_actor
from models.base import Base, Journaled


def conflicts_of(session: Session, editable: Iterable[Field], record: Base, posted: Posted, opened: Mapping[str, str]) -> list[Conflict]:
    """Who saved first changed these fields. What was typed here is kept; what was not touched here follows the others: it is taken
    out of `posted`. opened: the values that the form was opened with, as `kept_value` gives them."""
    conflicts = []
    for f in editable:
        if f.name not in posted.texts and f.name not in posted.values:
            continue
        was, now, typed = opened.get(f.name), kept_value(f, f.read(record)), _typed(session, f, posted)
        # Without knowing what the form was opened with, whatever differs may be an older state.
        if _same(f, now, typed if was is None else was):
            continue
        if was is not None and _same(f, typed, was):
            posted.texts.pop(f.name, None)
            posted.names.pop(f.name, None)
            posted.values.pop(f.name, None)
            typed = now
        differs = not _same(f, typed, now)
        conflicts.append(Conflict(str(f.label), _worded(f, was or ""), _worded(f, now), _worded(f, typed) if differs else ""))
    return conflicts


def kept_value(f: Field, value: Any) -> str:
    """A value as a form remembers it, whatever the language: of a choice what is stored, of a relation its number and title."""
    if value is None:
        return ""
    if f.kind is Kind.CHOICE:
        return str(value.value)
    if isinstance(value, bool):
        return "1" if value else "0"
    return f"{value.id} {value}" if f.kind is Kind.RELATION else form_text(f, value)


def _same(f: Field, one: str, other: str) -> bool:
    """A relation is the same when its record is, whatever that is called meanwhile."""
    return one.partition(" ")[0] == other.partition(" ")[0] if f.kind is Kind.RELATION else one == other


def _worded(f: Field, kept: str) -> str:
    """A kept value as people read it; what is none comes back as it is."""
    if f.kind is Kind.RELATION and kept.partition(" ")[0].isdigit():
        return kept.partition(" ")[2]
    if f.kind is Kind.CHOICE:
        return next((str(m.label) for m in f.choices if str(m.value) == kept), kept)
    if f.kind is Kind.BOOLEAN and kept:
        return _("Yes") if kept == "1" else _("No")
    return kept


def _typed(session: Session, f: Field, posted: Posted) -> str:
    """What was typed, in the form of `kept_value`; the raw text where it was not understood."""
    if f.name not in posted.values:
        return posted.names.get(f.name) or posted.texts.get(f.name, "")
    value = posted.values[f.name]
    if f.target is not None and isinstance(value, int):
        # Only the number is compared; one that may no longer be chosen has no title to show.
        return kept_value(f, choosable_record(session, f.target, value, current_actor())) or f"{value} "
    return kept_value(f, value)


def who_changed(session: Session, record: Base | None) -> str:
    """Who changed the record last, and when."""
    if not isinstance(record, Journaled):
        return ""
    name = names_of(session, (record.updated_by_id,)).get(record.updated_by_id or 0, _("the system"))
    return _("%(who)s at %(when)s", who=name, when=text_of(fields_of(type(record))["updated_at"], record.updated_at))
