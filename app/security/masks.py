"""How much of a field somebody sees: nothing, a part, all. The one place that knows (rows 4.3 and 4.8).

Without a rule of its own for a role, a field that has a mask is masked, and visible where the role may `reveal`; any other is visible.
Of several roles the most generous counts, as far as it reaches every record that the reader sees: who sees phones in his own department,
and all records without phones, does not see all phones."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from app.declarations import Entity
from app.entity.fields import Field, fields_of
from app.extension import portal
from app.security.actor import PREFIX, Actor
from app.security.standing import EVERYTHING, Held, Rule, Standing
from models.base import Base, Journaled
from models.platform.scopes import Level

LEVELS = (Level.HIDDEN, Level.MASKED, Level.VISIBLE)
"""All levels, the least generous first."""
_READ, _REVEAL = PREFIX + "read", PREFIX + "reveal"
_SIGNATURE = frozenset(Journaled.__annotations__)
UNKNOWN = "****"
"""What stands for a masked value of a field that has no mask of its own."""


def level_of(actor: Actor, f: Field) -> Level:
    """How much of a field an actor sees."""
    if actor.almighty:
        return Level.VISIBLE
    entity = portal().registry.of_model(f.model)
    if entity is None:
        return Level.VISIBLE if f.mask is None else Level.MASKED
    return _level(actor.standing, entity.module.name, entity.name, f)


@lru_cache(maxsize=16384)
def _level(standing: Standing, module: str, entity: str, f: Field) -> Level:
    allowed = may_be_limited(portal().registry.entities[entity], f)
    readers = [held for held in standing.roles if (_READ, module) in held.grants]
    others = [held for held in standing.roles if (_READ, module) not in held.grants and (_REVEAL, module) in held.grants]
    if not readers:
        # Who may not read there meets the field only through what points to it.
        return max((_of_role(h, module, entity, f, allowed) for h in others), key=LEVELS.index, default=usual_level(f, False))
    wanted = _reach(readers, entity)
    for level in reversed(LEVELS[1:]):
        given = _reach(
            [h for h in (*readers, *others) if LEVELS.index(_of_role(h, module, entity, f, allowed)) >= LEVELS.index(level)], entity
        )
        if EVERYTHING in given or (wanted and wanted <= given):
            return level
    return Level.HIDDEN


def _reach(roles: list[Held], entity: str) -> frozenset[Rule]:
    return frozenset(rule for held in roles if (rule := held.rule(entity)) is not None)


def _of_role(held: Held, module: str, entity: str, f: Field, allowed: tuple[Level, ...]) -> Level:
    level = held.levels.get((entity, f.name))
    if level in allowed:
        return level
    if level is None or not allowed:
        return usual_level(f, (_REVEAL, module) in held.grants)
    # A rule from before the field was made a part of the name, or a relation: the next that there is, rather less than more.
    return allowed[0]


def usual_level(f: Field, reveals: bool) -> Level:
    """How much of a field a role shows without a rule of its own for it."""
    return Level.MASKED if f.mask is not None and not reveals else Level.VISIBLE


def level_in(held: Held, f: Field) -> Level:
    """How much of a field one role shows, for whoever reads there by it."""
    entity = portal().registry.of_model(f.model)
    return _of_role(held, entity.module.name, entity.name, f, may_be_limited(entity, f))


def sees(actor: Actor, f: Field) -> bool:
    """Whether an actor sees the values of a field as they are."""
    return level_of(actor, f) is Level.VISIBLE


def is_hidden(actor: Actor, f: Field) -> bool:
    """Whether a field does not exist for an actor: in no list, form, condition, order, export, answer or message."""
    return level_of(actor, f) is Level.HIDDEN


def may_reveal(actor: Actor, f: Field) -> bool:
    """Whether an actor to whom a field shows masked may ask for single values of it, of the records that his right `reveal` reaches."""
    entity = portal().registry.of_model(f.model)
    return entity is not None and actor.may("reveal", entity.module) and level_of(actor, f) is Level.MASKED


def unseen(actor: Actor, model: type[Base]) -> tuple[Field, ...]:
    """The fields of a model whose values an actor does not see as they are."""
    return () if actor.almighty else tuple(f for f in fields_of(model).values() if not sees(actor, f))


def may_be_limited(entity: Entity, f: Field) -> tuple[Level, ...]:
    """The levels that a role can be given for a field. What names a record to people cannot be taken from it, nor who made it and when;
    a relation is seen or not."""
    if f.name in _SIGNATURE:
        return ()
    if f.name in entity.model.__title__ or f.name in entity.key or f.required:
        return () if f.mask is None else (Level.MASKED, Level.VISIBLE)
    return (Level.HIDDEN, Level.VISIBLE) if f.target is not None else LEVELS


def limitable(entity: Entity) -> tuple[Field, ...]:
    """The fields of an entity that roles can be kept from."""
    return tuple(f for f in fields_of(entity.model).values() if may_be_limited(entity, f))


def masked_text(f: Field, value: Any) -> str:
    """A value as those see it for whom it is masked; empty stays empty."""
    if value is None or value == "":
        return ""
    return (f.mask.apply(str(value)) or "") if f.mask is not None else UNKNOWN
