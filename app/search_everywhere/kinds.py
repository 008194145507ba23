"""What is looked into for somebody: the entities, and by which of their relations their records are found as well."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app.entity.fields import Path, path_of
from app.entity.reach import may_reach
from app.entity.search import choosable, visible
from app.extension import portal
from app.registry import Entity
from app.security.actor import Actor
from models.base import Base
from models.search_index import searched_fields


@dataclass(frozen=True, eq=False)
class Source:
    """A model whose own words are looked up. secret: those of masked fields too; limits: which of its records the user sees."""

    model: type[Base]
    secret: bool
    limits: tuple[Any, ...]


@dataclass(frozen=True, eq=False)
class Way:
    """A relation by which records are found: the vehicles of a household that bears the words."""

    path: Path
    source: Source

    @property
    def target(self) -> type[Base]:
        return self.source.model


@dataclass(frozen=True, eq=False)
class Kind:
    """An entity that is searched. own: its own words, None where it has none."""

    entity: Entity
    own: Source | None
    ways: tuple[Way, ...]
    limits: tuple[Any, ...]

    @property
    def model(self) -> type[Base]:
        return self.entity.model


def kinds_of(actor: Actor) -> tuple[Kind, ...]:
    """Every entity that is searched and that the actor may read, in the order of the menu."""
    sources: dict[type[Base], Source | None] = {}
    return tuple(
        kind
        for entity in portal().registry.entities.values()
        if actor.may("read", entity.module) and ((kind := _kind(entity, actor, sources)).own or kind.ways)
    )


def _kind(entity: Entity, actor: Actor, sources: dict[type[Base], Source | None]) -> Kind:
    own = _source(entity.model, actor, sources) if entity.search else None
    return Kind(entity, own, tuple(_ways(entity, actor, sources)), visible(entity, actor))


def _ways(entity: Entity, actor: Actor, sources: dict[type[Base], Source | None]) -> Iterator[Way]:
    for name in entity.search:
        path = path_of(entity.model, name)
        target = path.field.target
        if target is not None and may_reach(actor, path) and (source := _source(target, actor, sources)) is not None:
            yield Way(path, source)


def _source(model: type[Base], actor: Actor, sources: dict[type[Base], Source | None]) -> Source | None:
    """The words of a model, once for all that look into them; None when it has none or the actor sees none of its records."""
    if model not in sources:
        entity, limits = portal().registry.of_model(model), choosable(model, actor)
        secret = entity is not None and actor.may("reveal", entity.module)
        sources[model] = Source(model, secret, limits) if searched_fields(model) and limits is not None else None
    return sources[model]
