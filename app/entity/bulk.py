"""Changing many records at once: which fields can be, what stands in them now, and the change itself through the write seam, in
batches within one transaction. Flushes and never commits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.entity.cells import Shower
from app.entity.constraints import unique_keys
from app.entity.datamodel import Draft, write_many
from app.entity.fields import Field, Kind, fields_of
from app.entity.forms import form_fields
from app.entity.record_keys import listed
from app.entity.records import load_records
from app.entity.rules import Targets, checked_value
from app.entity.selection import versions_of
from app.entity.undo import before, remember, replaced
from app.registry import Entity
from app.security.actor import Actor
from models.base import BadValue, Base, Journaled, Problem
from models.platform.dictionaries import DictionaryItem

BATCH = 500
NAMED = 200
"""So many refused records are named."""


def bulk_fields(entity: Entity, shower: Shower) -> list[Field]:
    """The fields of the form that many records can share, for whoever sees their values: not what tells records apart (unique
    values, names, numbers within a house)."""
    apart = {*entity.model.__title__, *(name for key in unique_keys(entity.model) for name in key)}
    fields = [f for f in form_fields(entity) if not (f.info.readonly or f.unique or (f.kind is Kind.TEXT and f.name in apart))]
    return [f for f in fields if shower.reveals(f)]


def clearable(f: Field) -> bool:
    """Whether a field may stand empty."""
    return not f.required and bool(f.column.nullable)


@dataclass(frozen=True)
class Present:
    """What stands in fields of some records: id, version and the stored values, a row per record."""

    names: tuple[str, ...]
    rows: Sequence[Sequence[Any]]

    @property
    def versions(self) -> list[tuple[int, int]]:
        return [(row[0], row[1]) for row in self.rows]

    def counts(self, name: str) -> Counter[Any]:
        """How often each value stands in a field."""
        at = self.names.index(name) + 2
        return Counter(row[at] for row in self.rows)

    def changing(self, values: Mapping[str, Any]) -> int:
        """How many records would change by these values."""
        wanted = [(self.names.index(name) + 2, value) for name, value in values.items()]
        return sum(1 for row in self.rows if any(row[at] != value for at, value in wanted))


def look(session: Session, entity: Entity, ids: Sequence[int], fields: Sequence[Field]) -> Present:
    """Read fields of many records: one query."""
    model = entity.model
    version = model.version if issubclass(model, Journaled) else sa.literal(0)
    columns = [getattr(model, f.attr) for f in fields]
    rows = session.execute(sa.select(model.id, version, *columns).where(model.id.in_(listed(ids)))).all()
    return Present(tuple(f.name for f in fields), rows)


def records_behind(session: Session, f: Field, values: Sequence[Any]) -> dict[Any, Any]:
    """What the stored values of a field stand for: of a relation the records, else the values themselves."""
    if f.target is None:
        return {v: v for v in values}
    wanted = [v for v in values if v is not None]
    found = {r.id: r for r in session.scalars(sa.select(f.target).where(f.target.id.in_(listed(wanted))))} if wanted else {}
    return {v: found.get(v) for v in values}


def value_problems(session: Session, entity: Entity, values: dict[str, Any], actor: Actor) -> list[Problem]:
    """What is wrong with the new values whatever the records are, said once and not a thousand times. Cleans texts in place."""
    draft = Draft(values)
    targets = Targets.load(session, entity.model, [draft], actor)
    problems = []
    for name in list(values):
        f = fields_of(entity.model)[name]
        if f.info.within:
            continue  # depends on each record
        try:
            values[name] = checked_value(f, values[name], targets, draft)
        except BadValue as error:
            problems.append(Problem(name, str(error)))
    return problems


@dataclass(frozen=True, slots=True)
class Refusal:
    """A record that could not be changed: what it is called and why, as (field's label or '', message)."""

    id: int
    title: str
    reasons: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a change: how many records changed, how many were so already, which were refused; undo: what takes it back."""

    changed: int
    unchanged: int
    refused: int
    refusals: tuple[Refusal, ...]
    undo: str | None


def change_all(session: Session, entity: Entity, ids: Sequence[int], values: Mapping[str, Any], actor: Actor) -> Outcome:
    """Set values on many records. The caller commits, or rolls back when some were refused and it is all or nothing.

    Raises Denied, and Stale when somebody writes to them at the same moment."""
    names = list(dict.fromkeys([*values, *(f.name for f in fields_of(entity.model).values() if f.target not in (None, DictionaryItem))]))
    changed: list[tuple[int, dict[str, Any]]] = []
    refused, unchanged, refusals = 0, 0, []
    for start in range(0, len(ids), BATCH):
        records = load_records(session, entity.model, ids[start : start + BATCH], names)
        drafts = [Draft(dict(values), r) for r in records if _differs(r, values)]
        was = {id(d): (d.record.id, str(d.record), before(d.record)) for d in drafts}
        write_many(session, entity, drafts, actor)
        unchanged += len(records) - len(drafts)
        for draft in drafts:
            number, title, values_before = was[id(draft)]
            if not draft.problems:
                changed.append((number, replaced(draft.saved, values_before, actor)))
                continue
            refused += 1
            if len(refusals) < NAMED:
                refusals.append(Refusal(number, title, _reasons(entity, draft.problems)))
    versions = dict(versions_of(session, entity.model, [number for number, _was in changed]))
    undo = remember(session, entity, actor, [(number, versions.get(number), was) for number, was in changed])
    return Outcome(len(changed), unchanged, refused, tuple(refusals), undo)


def _differs(record: Base, values: Mapping[str, Any]) -> bool:
    """Whether the record has another value in one of the fields: one that has not is none of our business, not even to find
    that it breaks a rule which is younger than itself."""
    fields = fields_of(type(record))
    return any(getattr(record, fields[name].attr) != value for name, value in values.items())


def _reasons(entity: Entity, problems: Sequence[Problem]) -> tuple[tuple[str, str], ...]:
    fields = fields_of(entity.model)
    return tuple((str(fields[p.field].label) if p.field in fields else "", str(p.message)) for p in problems)
