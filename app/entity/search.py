"""Queries: conditions, quick search, order and page of a list as one immutable value; and which records somebody may see or choose.

What a query becomes in SQL stands in where.py and paging.py. Nothing is kept on a view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.entity.conditions import AnyOf, BadCondition, Condition, may_filter, parse_filter
from app.entity.fields import Path, path_of
from app.entity.reach import exists
from app.extension import portal
from app.registry import OVERSEE, Entity, Registry
from app.security.actor import Actor, require
from app.security.scope import limits, reaches_otherwise
from models.base import Base
from models.platform.dictionaries import DictionaryItem

PAGE_SIZES = (25, 50, 100, 200)


@dataclass(frozen=True)
class Order:
    path: Path
    descending: bool = False

    @property
    def text(self) -> str:
        return ("-" if self.descending else "") + self.path.name


@dataclass(frozen=True)
class Query:
    """What a list shows: quick search, conditions (all must hold), order, page (from 1) and its size. anchor: the id of the record before
    the page, or, negative, of the one behind it; the page is then found without counting up to it. within: conditions of the place
    where the list stands (the record whose tab it is), which are no part of its address; verb: what the records are wanted for, which may
    reach less far than reading them."""

    entity: Entity
    q: str = ""
    conditions: tuple[Condition | AnyOf, ...] = ()
    order: tuple[Order, ...] = ()
    page: int = 1
    page_size: int = PAGE_SIZES[0]
    anchor: int | None = None
    within: tuple[Condition, ...] = ()
    verb: str = "read"

    def without(self, condition: Condition | AnyOf) -> Query:
        return replace(self, conditions=tuple(c for c in self.conditions if c is not condition), page=1)

    def whole(self) -> Query:
        """The same list without anything that narrows it down."""
        return replace(self, q="", conditions=(), page=1, anchor=None)

    @property
    def narrowed(self) -> bool:
        return bool(self.q or self.conditions)


def parse_query(
    entity: Entity,
    actor: Actor,
    *,
    q: str = "",
    filters: Sequence[str] = (),
    sort: str = "",
    page: int = 1,
    page_size: int = PAGE_SIZES[0],
    anchor: int | None = None,
) -> Query:
    """A Query from the parts of an address. Raises BadCondition for what is not understood or not allowed."""
    conditions = tuple(parse_filter(text, entity, actor) for text in filters)
    return Query(entity, q.strip(), conditions, parse_order(sort, entity, actor), max(page, 1), max(page_size, 1), anchor)


def parse_order(sort: str, entity: Entity, actor: Actor) -> tuple[Order, ...]:
    """`-floor,number` as orders; the entity's own order when nothing is asked for."""
    orders = []
    for part in sort.split(",") if sort else entity.order_by:
        name = part.removeprefix("-")
        try:
            path = path_of(entity.model, name)
        except KeyError:
            raise BadCondition(_("There is no field “%(name)s”.", name=name)) from None
        if not may_filter(actor, path):
            if not sort:
                continue  # nobody asked: the entity's own order leaves out what this actor may not see
            if not exists(actor, path):
                raise BadCondition(_("There is no field “%(name)s”.", name=name))
            raise BadCondition(_("“%(field)s” is hidden from you, so it cannot be a condition.", field=path.label))
        orders.append(Order(path, part.startswith("-")))
    return tuple(orders)


def visible(entity: Entity, actor: Actor, verb: str = "read", of: Any = None) -> tuple[Any, ...]:
    """What limits the records that an actor may see, or, with another verb, see and do that with: every door asks here. None: all of
    them. of: the (aliased) model of the statement. Raises Denied."""
    require(actor, "read", entity.module)
    model = entity.model if of is None else of
    if entity.owned_by and not actor.may(OVERSEE, entity.module):
        return (getattr(model, entity.owned_by) == actor.user_id,)
    found = limits(entity, actor, "read", of)
    if verb != "read":
        require(actor, verb, entity.module)
        if reaches_otherwise(entity, actor, verb):
            found += limits(entity, actor, verb, of)
    return found


def limits_of(model: type[Base], actor: Actor, verb: str = "read", of: Any = None) -> tuple[Any, ...]:
    """The same of a model, for hand-made pages, which read records past the lists. Raises Denied."""
    return visible(portal().registry.of_model(model), actor, verb, of)


def choosable(target: type[Base], actor: Actor, registry: Registry | None = None) -> tuple[Any, ...] | None:
    """What limits the records that an actor may point to by a relation; None when it is none at all. Words of dictionaries are for
    everybody who fills in a form."""
    if target is DictionaryItem or actor.almighty:
        return ()
    entity = (registry or portal().registry).of_model(target)
    if entity is None:
        return None
    return visible(entity, actor) if actor.may("read", entity.module) else None


def choosable_record(session: Session, target: type[Base], record_id: int, actor: Actor) -> Base | None:
    """The record of an id, if the actor may point to it."""
    limits = choosable(target, actor)
    return session.scalar(sa.select(target).where(target.id == record_id, *limits)) if limits is not None else None
