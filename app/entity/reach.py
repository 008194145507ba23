"""What is reached through relations: a record says to whom it points, but what stands on the other record takes the right to read it.

A field that is hidden from somebody (app/security/masks.py) leads nowhere for him and is no column, condition or order of his."""

from __future__ import annotations

from collections.abc import Iterable

from app.entity.fields import Path, path_of
from app.extension import portal
from app.registry import Entity
from app.security.actor import Actor
from app.security.masks import is_hidden
from models.platform.dictionaries import DictionaryItem


def may_reach(actor: Actor, path: Path) -> bool:
    """Whether no field of the path is hidden from the actor and every record on the way is of a module that he may read; words of
    dictionaries are for everybody."""
    if not exists(actor, path):
        return False
    for step in path.steps:
        entity = portal().registry.of_model(step.target)
        if step.target is not DictionaryItem and not actor.almighty and (entity is None or not actor.may("read", entity.module)):
            return False
    return True


def exists(actor: Actor, path: Path) -> bool:
    """Whether a path is there for an actor at all: no field of it is hidden from him."""
    return actor.almighty or not any(is_hidden(actor, f) for f in (*path.steps, path.field))


def reachable(actor: Actor, entity: Entity, names: Iterable[str]) -> tuple[str, ...]:
    """Those of an entity's columns that the actor may see at all."""
    return tuple(name for name in names if may_reach(actor, path_of(entity.model, name)))
