"""The legend of a drawing: the classes of a colouring with what else occurs, and how often each occurs, counted in SQL (row 1.4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.colouring import Colouring, Shade
from models.seen import Seen

OTHER = "other"
NOTHING = "none"


@dataclass(frozen=True, slots=True)
class Legend:
    """The shades of a colouring in order; every key has one: what has no shade of its own is `other`, None is `nothing`."""

    colouring: Colouring
    shades: tuple[Shade, ...]
    other: Shade
    nothing: Shade

    def of(self, key: Any) -> Shade:
        """The shade of what `Colouring.select` found for a record; None when it found nothing."""
        if key is None:
            return self.nothing
        return next((s for s in self.shades if s.key == key), self.other)

    def by_key(self) -> dict[Any, Shade]:
        """The shades by key, for many records at once."""
        return {s.key: s for s in self.shades} | {None: self.nothing}

    @property
    def all(self) -> tuple[Shade, ...]:
        """Every shade there can be, in order."""
        return (*self.shades, self.other, self.nothing)


def legend_of(session: Session, colouring: Colouring) -> Legend:
    """The legend of a colouring: at most one query."""
    other, nothing = Shade(OTHER, _("Others"), "gray", "dots"), Shade(NOTHING, str(colouring.nothing), "none")
    return Legend(colouring, tuple(colouring.shades(session)), other, nothing)


def keys_of(session: Session, colouring: Colouring, ids: sa.Select[Any], seen: Seen) -> dict[int, Any]:
    """The key of each record that has one: one query."""
    return dict(session.execute(colouring.select(ids, seen)).all())


def counted(colouring: Colouring, ids: sa.Select[Any], seen: Seen, group: Any = None) -> sa.Select[Any]:
    """A SELECT of (group, key, how many) of the records that `ids` selects; key None: without a class. group: a column of the drawn
    model, such as Room.building_id; without it the group is 0."""
    model = colouring.model
    found = colouring.select(ids, seen).subquery()
    owner, key = found.c
    by = sa.literal(0) if group is None else group
    many = sa.func.count().label("n")
    statement = sa.select(by.label("group"), key.label("key"), many).select_from(model).outerjoin(found, owner == model.id)
    return statement.where(model.id.in_(ids)).group_by(*(() if group is None else (group,)), key)


@dataclass(frozen=True, slots=True)
class Tally:
    """How often a shade occurs."""

    shade: Shade
    count: int


def tallies(session: Session, legend: Legend, ids: sa.Select[Any], seen: Seen, group: Any = None) -> dict[Any, list[Tally]]:
    """By group what occurs in it, in the order of the legend: one query, however many records and groups there are."""
    found: dict[Any, dict[Shade, int]] = defaultdict(lambda: defaultdict(int))
    for of, key, n in session.execute(counted(legend.colouring, ids, seen, group)):
        found[of][legend.of(key)] += n
    return {of: in_order(legend, counts) for of, counts in found.items()}


def in_order(legend: Legend, counts: dict[Shade, int]) -> list[Tally]:
    """What occurs, in the order of the legend."""
    return [Tally(s, counts[s]) for s in legend.all if counts.get(s)]


def percent(part: int, whole: int) -> str:
    """A share as people read it: 58.3 %."""
    return f"{100 * part / whole:.1f}%" if whole else ""


def shades_in(legend: Legend, keys: Sequence[Any]) -> list[Tally]:
    """What occurs among keys that were read already."""
    counts: dict[Shade, int] = defaultdict(int)
    shades = legend.by_key()
    for key in keys:
        counts[shades.get(key, legend.other)] += 1
    return in_order(legend, counts)
