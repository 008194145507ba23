"""Unique keys, asked before the flush for a whole batch, and the database's own refusal put into words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import instance_dict, instance_state

from app.entity.fields import Field, fields_of
from app.entity.record_keys import one_of
from models.base import Base, Problem

if TYPE_CHECKING:
    from app.entity.datamodel import Draft


@cache
def unique_keys(model: type[Base]) -> tuple[tuple[str, ...], ...]:
    """The column names of each unique constraint or full unique index of a model, without its primary key."""
    table = model.__table__
    found = {tuple(c.name for c in k.columns) for k in table.constraints if isinstance(k, sa.UniqueConstraint)}
    found |= {tuple(c.name for c in i.columns) for i in table.indexes if i.unique and not _is_partial(i)}
    return tuple(sorted(found))


def _is_partial(index: sa.Index) -> bool:
    return any(options.get("where") is not None for options in index.dialect_options.values())


@cache
def _field_of(model: type[Base], column: str) -> Field | None:
    return next((f for f in fields_of(model).values() if f.attr == column), None)


def _values(record: Base, key: tuple[str, ...]) -> tuple[Any, ...] | None:
    """The values of a key; None when one is empty (then nothing is compared)."""
    held = instance_dict(record)
    values = tuple([held[name] if name in held else getattr(record, name) for name in key])
    return None if None in values else values


def unique_problems(session: Session, model: type[Base], drafts: Sequence[Draft]) -> Iterator[tuple[Draft, Problem]]:
    """Drafts that repeat a unique key of the table or of an earlier draft: one query per key and 500 records."""
    readonly = {f.attr for f in fields_of(model).values() if f.info.readonly}
    told: set[int] = set()
    # Keys that people fill in come first; a computed one that repeats as well (a reference) would only say it again.
    for key in sorted(unique_keys(model), key=lambda k: readonly.issuperset(k)):
        wanted: dict[tuple[Any, ...], Draft] = {}
        for draft in drafts:
            values = _values(draft.saved, key)
            if values is None or (id(draft) in told and readonly.issuperset(key)):
                continue
            if values in wanted:
                told.add(id(draft))
                yield draft, _taken(model, key)
            else:
                wanted[values] = draft
        # A change that leaves the key alone needs no look.
        asked = [v for v, d in wanted.items() if d.record is None or _key_changed(d.record, key)]
        for holder, values in _holders(session, model, key, asked):
            draft = wanted[values]
            if draft.record is None or draft.record.id != holder:
                told.add(id(draft))
                yield draft, _taken(model, key)


def _key_changed(record: Base, key: tuple[str, ...]) -> bool:
    changed = instance_state(record).committed_state
    return any(name in changed and changed[name] != getattr(record, name) for name in key)


def _holders(
    session: Session, model: type[Base], key: tuple[str, ...], asked: list[tuple[Any, ...]]
) -> Iterator[tuple[int, tuple[Any, ...]]]:
    columns = [getattr(model, name) for name in key]
    for start in range(0, len(asked), 500):
        for row in session.execute(sa.select(model.id, *columns).where(one_of(session, columns, asked[start : start + 500]))):
            yield row[0], tuple(row[1:])


def _taken(model: type[Base], key: Sequence[str]) -> Problem:
    """The message of a repeated key; it names fields, not values, because a value may be masked."""
    fields = [f for f in (_field_of(model, name) for name in key) if f is not None]
    visible = [f for f in fields if not f.info.readonly] or fields
    if len(visible) == 1 and len(key) == 1:
        return Problem(
            visible[0].name if not visible[0].info.readonly else None, _("Another record already has this value; it must be unique.")
        )
    names = _(", ").join(str(f.label) for f in fields)
    return Problem(
        visible[-1].name if visible else None,
        _("Another record already has the same %(fields)s; together they must be unique.", fields=names),
    )


def _index_problem(model: type[Base], index: sa.Index) -> Problem:
    """A unique index that holds only for some rows says itself what it means."""
    if "message" in index.info:
        return Problem(index.info["field"], index.info["message"])
    return _taken(model, [c.name for c in index.columns])


_SQLITE_UNIQUE = re.compile(r"UNIQUE constraint failed: (.+)")


def integrity_problem(model: type[Base], error: IntegrityError) -> Problem:
    """A refusal by the database, as a problem of the field it is about. Raises the error itself when it is not understood."""
    original = error.orig
    name = getattr(getattr(original, "diag", None), "constraint_name", None)
    if name:
        for index in model.__table__.indexes:
            if index.name == name:
                return _index_problem(model, index)
        for constraint in model.__table__.constraints:
            if constraint.name == name and isinstance(constraint, sa.UniqueConstraint):
                return _taken(model, [c.name for c in constraint.columns])
            if constraint.name == name and isinstance(constraint, sa.ForeignKeyConstraint):
                f = _field_of(model, next(iter(constraint.columns)).name)
                return Problem(f.name if f else None, _("The chosen record was deleted meanwhile; choose another one."))
    text = str(original)
    found = _SQLITE_UNIQUE.search(text)
    if found:
        columns = [part.split(".")[-1].strip() for part in found.group(1).split(",")]
        partial = next((i for i in model.__table__.indexes if _is_partial(i) and [c.name for c in i.columns] == columns), None)
        return _index_problem(model, partial) if partial is not None else _taken(model, columns)
    if "FOREIGN KEY constraint failed" in text:
        return Problem(None, _("A chosen record was deleted meanwhile; choose another one."))
    raise error
