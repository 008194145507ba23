"""Figures of drawn records: how many rooms a building has, what share of them is lived in, how old its people are.

A module declares a Figure beside its entities; the area plan and the community on the home page offer all that they find, so a module that
comes later brings its own. What rooms are coloured by is told per building as well (app/legend.py). All of it is counted in SQL, one
statement for any number of records (row 1.4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.inspection import inspect
from sqlalchemy.orm import Session

from app.colouring import Colouring
from app.declarations import Declaration
from app.extension import portal
from app.facts import Fact, may_tell
from app.security.actor import Actor
from models.base import Base
from models.seen import Seen


@dataclass(frozen=True, eq=False, kw_only=True)
class Figure(Declaration):
    """A number told of records of a model.

    name: in addresses; select: from a SELECT of the ids concerned, and what is seen of other records, to a SELECT of (id, amount), or (id,
    amount, of how many); records without a row have none. facts: the fields it reads, none of which may be kept from whom it is offered to.
    kind: 'count'; 'share': the amount of the whole, in per cent; 'mean': the amount divided by how many.
    unit: behind the number; about: what is counted, for the legend; quick: counted fast enough for the home page; needs: modules that must
    be readable besides its own."""

    name: str
    label: Any
    model: type[Base]
    select: Callable[[sa.Select[Any], Seen], sa.Select[Any]]
    facts: tuple[Fact, ...] = ()
    kind: str = "count"
    unit: Any = ""
    about: Any = ""
    tone: str = "blue"
    quick: bool = False
    needs: tuple[str, ...] = ()

    def offered_to(self, actor: Actor) -> bool:
        """Whether somebody may see what it tells."""
        return all(actor.may("read", module) for module in (self.module, *self.needs)) and may_tell(actor, self.facts)


@dataclass(frozen=True, slots=True)
class Number:
    """What was counted: the amount, and of how many, so that numbers of several records add up."""

    amount: float = 0
    of: int = 0

    def value(self, kind: str) -> float | None:
        """The number that is told; None: nothing is known."""
        if kind == "count":
            return self.amount
        return (100 if kind == "share" else 1) * self.amount / self.of if self.of else None

    def __add__(self, other: Number) -> Number:
        return Number(self.amount + other.amount, self.of + other.of)


def figures(model: type[Base], actor: Actor) -> tuple[Figure, ...]:
    """The figures of a model that somebody is offered, in order."""
    found = (f for f in portal().registry.declared(Figure) if f.model is model and f.offered_to(actor))
    return tuple(sorted(found, key=lambda f: f.order))


def numbers(session: Session, figure: Figure, records: sa.Select[Any], seen: Seen, by: Any = None) -> dict[int, Number]:
    """A figure of records by their id, or added up by a column of theirs (the area of buildings): one statement."""
    counted = figure.select(records, seen).subquery()
    record, amount, *of = counted.c
    key = record if by is None else by
    query = sa.select(key, sa.func.sum(amount), sa.func.sum(of[0]) if of else sa.literal(0)).group_by(key)
    if by is not None:
        query = query.join_from(counted, figure.model, figure.model.id == record)
    return {k: Number(float(a or 0), int(o or 0)) for k, a, o in session.execute(query)}


def parts_of(model: type[Base], colouring: Colouring) -> Any:
    """The column by which what a colouring colours belongs to a model (the building of a room); None: it does not."""
    if colouring.model is model:
        return model.id
    for relation in inspect(colouring.model).relationships:
        if relation.mapper.class_ is model and relation.direction.name == "MANYTOONE":
            return next(iter(relation.local_columns))
    return None


def colourings_within(model: type[Base], actor: Actor) -> tuple[Colouring, ...]:
    """The colourings and flags of a model and of whatever belongs to it that somebody is offered, in order."""
    declared = portal().registry.declared(Colouring)
    return tuple(c for c in declared if c.offered_to(actor) and parts_of(model, c) is not None)
