"""Colours of drawings: by which facts the rooms of a building grid or the buildings of a plan can be coloured, and what is flagged on them.

A module declares a Colouring beside its entities; the drawings offer all that they find, so arrears or open repairs appear in the building
grid as soon as their module is there (row 1.4)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.declarations import Declaration
from app.extension import portal
from app.security.actor import Actor
from models.base import Base


@dataclass(frozen=True, slots=True)
class Shade:
    """A class of a colouring: what stands in the database or was worked out from it, its name in the legend, its tone."""

    key: Any
    label: Any
    tone: str = "gray"


@dataclass(frozen=True, eq=False, kw_only=True)
class Colouring(Declaration):
    """A way to colour drawn records of a model.

    name: in addresses; shades: the classes, in the order of the legend; select: from a SELECT of the ids concerned to a SELECT of (id, key
    of its shade), records without one may be missing; needs: modules that must be readable besides the one that declares it;
    flag: '' colours the whole record, 'corner' or 'dot' only puts a mark on those that `select` returns."""

    name: str
    label: Any
    model: type[Base]
    shades: Callable[[Session], Sequence[Shade]]
    select: Callable[[sa.Select[Any]], sa.Select[Any]]
    needs: tuple[str, ...] = ()
    flag: str = ""

    def offered_to(self, actor: Actor) -> bool:
        """Whether somebody may see what it tells."""
        return all(actor.may("read", module) for module in (self.module, *self.needs))


def colourings(model: type[Base], actor: Actor) -> tuple[Colouring, ...]:
    """The colourings and flags of a model that somebody is offered, in order."""
    return tuple(c for c in portal().registry.declared(Colouring) if c.model is model and c.offered_to(actor))
