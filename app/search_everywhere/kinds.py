"""What is looked into for somebody: the entities, and by which of their relations their records are found as well."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app.entity.fields import Path, fields_of, path_of
from app.entity.reach import may_reach
from app.entity.search import choosable, visible
from app.extension import portal
from app.registry import Entity
from app.security.actor import Actor
from app.security.masks import is_hidden, sees
from models.base import Base
from models.search_index import searched_fields


@dataclass(frozen=True, eq=False)
class Source:
    """A model whose own words are looked up. told: the fields whose words the user may know; secret: masked ones are among them; checked:
    the index holds words of others beside these, so what it finds is looked at; limits: which of its records the user sees."""

    model: type[Base]
    told: tuple[str, ...]
    secret: bool
    checked: bool
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
    """An entity that is searched. own: its own words, None where it has none; actor: who looks."""

    entity: Entity
    own: Source | None
    ways: tuple[Way, ...]
    limits: tuple[Any, ...]
    actor: Actor

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
    return Kind(entity, own, tuple(_ways(entity, actor, sources)), visible(entity, actor), actor)


def _ways(entity: Entity, actor: Actor, sources: dict[type[Base], Source | None]) -> Iterator[Way]:
    for name in entity.search:
        path = path_of(entity.model, name)
        target = path.field.target
        open_ = may_reach(actor, path) and not any(is_hidden(actor, f) for f in (*path.steps, path.field))
        if target is not None and open_ and (source := _source(target, actor, sources)) is not None:
            yield Way(path, source)


def _source(model: type[Base], actor: Actor, sources: dict[type[Base], Source | None]) -> Source | None:
    """The words of a model, once for all that look into them; None when it has none or the actor sees none of its records."""
    if model not in sources:
        limits, searched = choosable(model, actor), searched_fields(model)
        told = tuple(name for name in searched if sees(actor, fields_of(model)[name]))
        secret = any(searched[name].mask is not None for name in told)
        looked_into = [name for name, info in searched.items() if secret or info.mask is None]
        found = Source(model, told, secret, not set(looked_into) <= set(told), limits or ())
        sources[model] = found if told and limits is not None else None
    return sources[model]
