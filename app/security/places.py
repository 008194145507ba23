"""Places: the records by which others are given out, such as areas and buildings. A record stands at a place; whoever is given the place,
or a wider one around it, is given the record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.declarations import Declaration, Entity
from app.entity.fields import Field, fields_of
from app.extension import portal
from models.base import Base
from models.platform.organisation import DepartmentPlace
from models.platform.scopes import RolePlace

Wanted = Mapping[str, frozenset[int]]
"""Ids of places by the name of their entity."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Place(Declaration):
    """An entity whose records are places. within: its relation to the wider place it stands in, "" for the widest."""

    model: type[Base]
    within: str = ""

    @property
    def name(self) -> str:
        """The entity, under which chosen places are kept."""
        return portal().registry.of_model(self.model).name

    @property
    def wider(self) -> Place | None:
        return place_of(fields_of(self.model)[self.within].target) if self.within else None

    @property
    def narrower(self) -> tuple[Place, ...]:
        return tuple(p for p in places() if p.wider is self)


def places() -> tuple[Place, ...]:
    """All kinds of places, the widest first."""
    return portal().registry.declared(Place)


def place_of(model: type[Base]) -> Place | None:
    """The place that a model is, if it is one."""
    return next((p for p in places() if p.model is model), None)


@dataclass(frozen=True, slots=True)
class Way:
    """How a record comes to its place: along `steps` from `model`, which is its own, or that of records that point to it by `key`."""

    model: type[Base]
    key: str
    steps: tuple[Field, ...]
    place: Place

    @property
    def direct(self) -> bool:
        """Whether it goes along the record's own relations, and not through records that point to it."""
        return self.key == ""


def ways_of(entity: Entity) -> tuple[Way, ...]:
    """The ways of Entity.placed. A dotted way goes along relations to a place (`household.room.building`); `ownerships.owner:room.building`
    goes through the ownerships whose `owner` is the record."""
    return tuple(_way(entity, text) for text in entity.placed)


def _way(entity: Entity, text: str) -> Way:
    through, colon, path = text.rpartition(":")
    model, key = entity.model, ""
    if colon:
        other, _dot, relation = through.partition(".")
        model = portal().registry.entity(other).model
        key = fields_of(model)[relation].attr
    steps, at = [], model
    for name in filter(None, path.split(".")):
        step = fields_of(at)[name]
        steps.append(step)
        at = step.target
    return Way(model, key, tuple(steps), place_of(at))


def at_places(entity: Entity, of: Any, wanted: Wanted) -> list[Any]:
    """The conditions of which one is enough for a record to stand at one of these places. of: the (aliased) model of the statement."""
    own = place_of(entity.model)
    found = [_is(own, of, wanted)] if own is not None else []
    for way in ways_of(entity):
        if way.direct:
            found.append(_along(of, way.steps, way.place, wanted))
        else:
            inner = _along(way.model, way.steps, way.place, wanted)
            found.append(of.id.in_(sa.select(getattr(way.model, way.key)).where(inner).correlate(None)))
    return found


def _is(place: Place, of: Any, wanted: Wanted) -> Any:
    """The condition that a place is one of those, stands in one, or holds one: who is given a building finds the way to it."""
    return sa.or_(_within(of.id, place, wanted, of), *(_holds(of.id, inner, wanted) for inner in place.narrower))


def _holds(column: Any, inner: Place, wanted: Wanted) -> Any:
    ids, model = wanted.get(inner.name), inner.model
    outer = getattr(model, fields_of(model)[inner.within].attr)
    parts = [model.id.in_(sorted(ids))] if ids else []
    parts += [_holds(model.id, p, wanted) for p in inner.narrower]
    return column.in_(sa.select(outer).where(sa.or_(*parts)).correlate(None)) if parts else sa.false()


def _within(column: Any, place: Place, wanted: Wanted, of: Any = None) -> Any:
    """The condition that the id of a place in a column is one of those, or stands in one of them. of: the place's own table, when the
    column is its id."""
    parts = [column.in_(sorted(ids))] if (ids := wanted.get(place.name)) else []
    wider = place.wider
    if wider is not None and _names_wider(wider, wanted):
        attr = fields_of(place.model)[place.within].attr
        if of is not None:
            parts.append(_within(getattr(of, attr), wider, wanted))
        else:
            inside = sa.select(place.model.id).where(_within(getattr(place.model, attr), wider, wanted))
            parts.append(column.in_(inside.correlate(None)))
    return sa.or_(sa.false(), *parts)


def _names_wider(place: Place | None, wanted: Wanted) -> bool:
    return place is not None and (bool(wanted.get(place.name)) or _names_wider(place.wider, wanted))


def _along(of: Any, steps: Sequence[Field], place: Place, wanted: Wanted) -> Any:
    first, *rest = steps
    column = getattr(of, first.attr)
    if not rest:
        return _within(column, place, wanted)
    target = first.target
    return column.in_(sa.select(target.id).where(_along(target, rest, place, wanted)).correlate(None))


def nowhere(entity: Entity, of: Any) -> Any | None:
    """The condition that a record has no place yet, on any of the direct ways; None when it always has one."""
    direct = [way.steps for way in ways_of(entity) if way.direct]
    if place_of(entity.model) is not None or not direct:
        return None
    parts = [_empty(of, steps) for steps in direct]
    return None if any(p is None for p in parts) else sa.and_(*parts)


def _empty(of: Any, steps: Sequence[Field]) -> Any | None:
    first, *rest = steps
    column = getattr(of, first.attr)
    parts = [] if first.required else [column.is_(None)]
    deeper = _empty(first.target, rest) if rest else None
    if deeper is not None:
        parts.append(column.in_(sa.select(first.target.id).where(deeper).correlate(None)))
    return sa.or_(*parts) if parts else None


def wanted(chosen: Iterable[tuple[str, int]]) -> dict[str, frozenset[int]]:
    """Places by the name of their entity."""
    found: dict[str, set[int]] = {}
    for name, record_id in chosen:
        found.setdefault(name, set()).add(record_id)
    return {name: frozenset(ids) for name, ids in found.items()}


def with_inner(session: Session, chosen: Iterable[tuple[str, int]]) -> frozenset[tuple[str, int]]:
    """Places with all that stand in them: one query per kind that stands in another."""
    found = wanted(chosen)
    for place in places():  # the widest first
        outer = found.get(place.wider.name) if place.wider is not None else None
        if outer:
            attr = getattr(place.model, fields_of(place.model)[place.within].attr)
            inner = frozenset(session.scalars(sa.select(place.model.id).where(attr.in_(sorted(outer)))))
            found[place.name] = found.get(place.name, frozenset()) | inner
    return frozenset((name, record_id) for name, ids in found.items() for record_id in ids)


def forget_places(session: Session, model: type[Base], ids: Sequence[int]) -> None:
    """Take deleted places from departments and roles: SQLite gives the number of a deleted record to the next one."""
    place = place_of(model)
    if place is None or not ids:
        return
    for table in (DepartmentPlace, RolePlace):
        session.execute(sa.delete(table).where(table.place == place.name, table.record_id.in_(ids)))
