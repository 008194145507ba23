"""What is reached through relations: a record says to whom it points, but what stands on the other record takes the right to read it."""

from __future__ import annotations

from collections.abc import Iterable

from app.entity.fields import Path, path_of
from app.extension import portal
from app.registry import Entity
from app.security.actor import Actor
from models.platform.dictionaries import DictionaryItem


def may_reach(actor: Actor, path: Path) -> bool:
    """Whether every record on the way is of a module that the actor may read; words of dictionaries are for everybody."""
    for step in path.steps:
        entity = portal().registry.of_model(step.target)
        if step.target is not DictionaryItem and not actor.almighty and (entity is None or not actor.may("read", entity.module)):
            return False
    return True


def reachable(actor: Actor, entity: Entity, names: Iterable[str]) -> tuple[str, ...]:
    """Those of an entity's columns that the actor may see at all."""
    return tuple(name for name in names if may_reach(actor, path_of(entity.model, name)))
