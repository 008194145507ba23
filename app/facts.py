"""What hand-made pages may tell somebody: of which records, by `seeing`, and which facts of them, by `may_tell` and `open_to`.

Drawings, figures, cards and files read past the lists. So that nothing slips through there, whatever they read of a record stands
under these (rows 4.3, 4.8)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from app.entity.conditions import may_filter
from app.entity.fields import fields_of, path_of
from app.entity.search import choosable, limits_of
from app.extension import portal
from app.security.actor import Actor
from app.security.masks import sees
from models.base import Base
from models.platform.dictionaries import DictionaryItem
from models.seen import Seen

Fact = tuple[type[Base], str]
"""A field, dotted if need be, of a model: (Room, "building.completed_on")."""


def seeing(actor: Actor, verb: str = "read") -> Seen:
    """What limits the records of each model for somebody; verb: what else he may do with them, such as export. Where he may not, there is
    no record."""

    def seen(of: Any) -> tuple[Any, ...]:
        model = sa.inspect(of).mapper.class_
        if model is DictionaryItem or actor.almighty:
            return ()
        entity = portal().registry.of_model(model)
        if entity is None or not actor.may("read", entity.module) or not actor.may(verb, entity.module):
            return (sa.false(),)
        return limits_of(model, actor, verb, of)

    return seen


def may_tell(actor: Actor, facts: Iterable[Fact]) -> bool:
    """Whether somebody sees each of these facts as it is, wherever it is reached from: only then may they be counted or coloured by."""
    paths = [path_of(model, name) for model, name in facts]
    return all(may_filter(actor, p) and all(sees(actor, f) for f in (*p.steps, p.field)) for p in paths)


def open_to(actor: Actor, model: type[Base], name: str) -> bool:
    """Whether somebody sees the values of a field as they are."""
    return sees(actor, fields_of(model)[name])


def pointed_at(actor: Actor, model: type[Base]) -> tuple[Any, ...]:
    """What limits the records by whose words others may be found; none at all where he may not read them."""
    found = choosable(model, actor)
    return (sa.false(),) if found is None else found
