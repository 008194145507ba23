"""Choosing step by step: the levels by which one record of many is reached (area, building, entrance, then the room).

An entity names them once, as `narrow_by`; how each level depends on those before it follows from the relations themselves. A level that
leads through records that the actor may not read is absent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session, joinedload

from app.entity.fields import Field, Path, fields_of, path_of
from app.entity.reach import may_reach
from app.entity.screens import LevelView
from app.entity.search import choosable
from app.entity.values import record_number
from app.extension import portal
from app.registry import Entity
from app.security.actor import Actor, Denied
from models.base import Base

NONE = 0
"""The number of no record: what was chosen cannot be understood, so nothing fits."""


@dataclass(frozen=True)
class Level:
    """A step on the way to a record. path: from the record to be chosen; by: for the names of levels before it the path by which a
    record of this level leads to theirs, the nearest last."""

    path: Path
    by: tuple[tuple[str, Path], ...] = ()

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def needs(self) -> str:
        """The level that must be chosen before this one; empty when none."""
        return self.by[-1][0] if self.by else ""


def levels_of(entity: Entity | None, actor: Actor) -> tuple[Level, ...]:
    """The levels of an entity that this actor may walk, the widest first."""
    if entity is None or choosable(entity.model, actor) is None:
        return ()
    found: list[Level] = []
    for name in entity.narrow_by:
        path = path_of(entity.model, name)
        if may_reach(actor, path) and choosable(path.field.target, actor) is not None:
            found.append(Level(path, tuple(_links(path, [level.name for level in found]))))
    return tuple(found)


def _links(path: Path, earlier: list[str]) -> list[tuple[str, Path]]:
    """How a level's records lead to those of the levels before it."""
    prefix, within = path.name.rpartition(".")[0], path.field.info.within
    beside = f"{prefix}.{within}" if prefix and within else within or ""
    links = []
    for name in earlier:
        if name.startswith(path.name + "."):
            links.append((name, path_of(path.field.target, name[len(path.name) + 1 :])))
        elif within and (name == beside or name.startswith(beside + ".")):
            links.append((name, path_of(path.field.target, within + name[len(beside) :])))
    return links


@dataclass(frozen=True)
class Place:
    """What is chosen from, and within what: the field, and numbers of records by paths from the field's target. walked: these are only
    the levels walked so far, which follow when a record elsewhere is named; otherwise nothing else fits."""

    field: Field
    within: Mapping[str, int]
    walked: bool = False


def place_of(f: Field, actor: Actor, args: Mapping[str, str]) -> Place:
    """What an address asks for: records for a relation, within the levels that are chosen already (`building=12`), or, with
    `narrow=building`, one of those levels. Raises KeyError for a level that does not exist and Denied for one that the actor may not
    read."""
    entity = portal().registry.of_model(f.target)
    levels = {level.name: level for level in levels_of(entity, actor)}
    asked = args.get("narrow", "")
    if not asked:
        outer = f.info.within if f.info.within in fields_of(f.target) else None
        names = [outer] if outer else list(levels)
        return Place(f, {name: _number(args[name]) for name in names if args.get(name)}, walked=outer is None)
    if asked not in levels:
        if entity is not None and asked in entity.narrow_by:
            raise Denied("read", entity.module.name)
        raise KeyError(asked)
    level = levels[asked]
    return Place(level.path.field, {path.name: _number(args[name]) for name, path in level.by if args.get(name)})


def _number(text: str) -> int:
    number = record_number(text)
    return NONE if number is None else number


def relation_facts(session: Session, f: Field, chosen: str, actor: Actor, url: str) -> dict[str, Any]:
    """What a form says of a relation beside its value: the levels with those of the chosen record, and what stands in an input that
    waits for another one. One query when a record with levels is chosen."""
    if f.info.within:
        outer = fields_of(f.model).get(f.info.within)
        return {"first": first(outer) if outer is not None else ""}
    entity = portal().registry.of_model(f.target)
    levels = levels_of(entity, actor)
    if entity is None or not levels:
        return {}
    number = record_number(chosen)
    values = chosen_levels(_record(session, entity.model, levels, actor, number), levels) if number is not None else {}
    by_name = {level.name: level for level in levels}
    views = []
    for level in levels:
        value, text = values.get(level.name, ("", ""))
        before = by_name.get(level.needs)
        views.append(
            LevelView(
                name=level.name,
                label=str(level.path.field.label),
                value=str(value),
                text=text,
                choices_url=f"{url}&narrow={level.name}",
                needs=level.needs,
                first=first(before.path.field) if before is not None else "",
            )
        )
    return {"levels": tuple(views)}


def first(f: Field) -> str:
    """What stands in an input that waits for another one: 先选楼栋."""
    return _("Choose first: %(field)s", field=str(f.label))


def chosen_levels(record: Base | None, levels: tuple[Level, ...]) -> dict[str, tuple[int, str]]:
    """Number and title of each level of a record; empty ones are left out."""
    if record is None:
        return {}
    found = {level.name: level.path.read(record) for level in levels}
    return {name: (value.id, str(value)) for name, value in found.items() if value is not None}


def _record(session: Session, model: type[Base], levels: tuple[Level, ...], actor: Actor, number: int) -> Base | None:
    """The chosen record with its levels, if the actor may choose it: one query."""
    limits = choosable(model, actor) or ()
    options = [_loader(level.path) for level in levels]
    return session.scalars(sa.select(model).where(model.id == number, *limits).options(*options)).unique().first()


def _loader(path: Path) -> Any:
    option: Any = None
    for step in (*path.steps, path.field):
        attribute = getattr(step.model, step.name)
        option = joinedload(attribute) if option is None else option.joinedload(attribute)
    return option
