"""What a building's grid is drawn from: the building, its entrances and rooms, the colouring asked for and the flags. The number of queries
does not depend on how many rooms there are (row 1.4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session, joinedload

from app.colouring import Colouring, Shade, colourings
from app.entity.search import limits_of
from app.legend import Legend, Tally, keys_of, legend_of, shades_in
from app.security.actor import Actor
from models.housing.buildings import Building, Entrance
from models.housing.rooms import Room
from views.housing._grid_layout import Spot, Tower, build

MOST = 20_000
"""So many rooms of a building are drawn; no building has more."""
FLAG = "flag:"
"""Before the name of a flag where shades and flags stand side by side."""


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag with the rooms that have it. place: corner or dot; at: the how manieth there."""

    name: str
    label: str
    tone: str
    place: str
    at: int
    rooms: frozenset[int]


@dataclass(frozen=True, slots=True)
class Grid:
    """All of it. total: rooms of the building, count: those that count; choices: the colourings on offer; legend: that of the chosen one,
    None when none may be seen; shades: by room; tallies: how often each shade occurs."""

    building: Building
    tower: Tower
    total: int
    count: int
    choices: tuple[Colouring, ...]
    legend: Legend | None
    shades: dict[int, Shade]
    tallies: tuple[Tally, ...]
    flags: tuple[Flag, ...]

    @property
    def rooms(self) -> Iterator[int]:
        """The ids of all rooms."""
        return (spot.id for s in self.tower.sections for row in s.rows.values() for _column, spot in row)

    def shade(self, room_id: int) -> Shade | None:
        return self.shades.get(room_id)

    def flags_of(self, room_id: int) -> list[Flag]:
        return [f for f in self.flags if room_id in f.rooms]


def find_building(session: Session, building_id: int, actor: Actor) -> Building | None:
    """A building with its area."""
    return session.scalar(
        sa.select(Building).where(Building.id == building_id, *limits_of(Building, actor)).options(joinedload(Building.area))
    )


def load_grid(session: Session, building: Building, actor: Actor, colour: str, only: Iterable[int] | None = None) -> Grid:
    """The grid of a building. colour: the name of a colouring, the first one when there is none such; only: rooms that count, all
    others stay blank."""
    entrances = session.execute(
        sa.select(Entrance.id, Entrance.number, Entrance.reference)
        .where(Entrance.building_id == building.id)
        .order_by(Entrance.number_sort, Entrance.id)
        .limit(MOST)
    )
    here = (Room.building_id == building.id, *limits_of(Room, actor))
    ids = sa.select(Room.id).where(*here)
    rows = session.execute(sa.select(Room.id, Room.entrance_id, Room.floor, Room.number, Room.number_sort).where(*here).limit(MOST))
    spots = [Spot(*row) for row in rows]
    tower = build(
        spots,
        [(i, _("Entrance %(number)s", number=number), above) for i, number, above in entrances],
        building.floors or 0,
        building.basement_floors or 0,
        _("Without an entrance"),
    )
    offered = colourings(Room, actor)
    choices = tuple(c for c in offered if not c.flag)
    chosen = next((c for c in choices if c.name == colour), choices[0] if choices else None)
    wanted = None if only is None else set(only)
    counted = [s.id for s in spots if wanted is None or s.id in wanted]
    legend, shades, tallies = None, {}, ()
    if chosen is not None:
        legend = legend_of(session, chosen)
        keys, by_key = keys_of(session, chosen, ids), legend.by_key()
        found = {room: keys.get(room) for room in counted}
        shades = {room: by_key.get(key, legend.other) for room, key in found.items()}
        tallies = tuple(shades_in(legend, list(found.values())))
    flags = _flags(session, [c for c in offered if c.flag], ids, frozenset(counted))
    return Grid(building, tower, len(spots), len(counted), choices, legend, shades, tallies, flags)


def _flags(session: Session, offered: list[Colouring], ids: sa.Select[tuple[int]], rooms: frozenset[int]) -> tuple[Flag, ...]:
    flags, places = [], {"corner": 0, "dot": 0}
    for c in offered:
        (shade,) = c.shades(session)
        flags.append(Flag(FLAG + c.name, str(c.label), shade.tone, c.flag, places[c.flag], rooms & keys_of(session, c, ids).keys()))
        places[c.flag] += 1
    return tuple(flags)


def beside(session: Session, building: Building, actor: Actor) -> tuple[tuple[int, str] | None, tuple[int, str] | None]:
    """(id, title) of the building before and of the one behind, in the order of the list: one query each."""

    def next_to(condition: sa.ColumnElement[bool], order: sa.ColumnElement[str]) -> tuple[int, str] | None:
        row = session.execute(
            sa.select(Building.id, Building.reference).where(condition, *limits_of(Building, actor)).order_by(order).limit(1)
        ).first()
        return (row[0], row[1]) if row is not None else None

    key = Building.reference_sort
    return next_to(key < building.reference_sort, key.desc()), next_to(key > building.reference_sort, key.asc())
