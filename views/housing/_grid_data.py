"""What a building's grid is drawn from: the building, its entrances and rooms, the colouring asked for and the flags. The number of queries
does not depend on how many rooms there are (row 1.4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session, joinedload

from app.colouring import Colouring, Shade, colourings
from app.facts import open_to, seeing
from app.legend import Legend, Tally, keys_of, legend_of, shades_in
from app.security.actor import Actor
from models.housing.areas import Area
from models.housing.buildings import Building, Entrance
from models.housing.rooms import Room
from models.seen import Seen
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
class Site:
    """A building with its area, as somebody sees it. area_seen: whether the area is more to him than a name; name, floors, basements,
    completed_on: as far as they are told."""

    building: Building
    area_seen: bool
    name: str
    floors: int | None
    basements: int | None
    completed_on: date | None


@dataclass(frozen=True, slots=True)
class Grid:
    """All of it. total: rooms of the building, count: those that count; choices: the colourings on offer; legend: that of the chosen one,
    None when none may be seen; shades: by room; tallies: how often each shade occurs."""

    site: Site
    tower: Tower
    total: int
    count: int
    choices: tuple[Colouring, ...]
    legend: Legend | None
    shades: dict[int, Shade]
    tallies: tuple[Tally, ...]
    flags: tuple[Flag, ...]

    @property
    def building(self) -> Building:
        return self.site.building

    @property
    def rooms(self) -> Iterator[int]:
        """The ids of all rooms."""
        return (spot.id for s in self.tower.sections for row in s.rows.values() for _column, spot in row)

    def shade(self, room_id: int) -> Shade | None:
        return self.shades.get(room_id)

    def flags_of(self, room_id: int) -> list[Flag]:
        return [f for f in self.flags if room_id in f.rooms]


def find_building(session: Session, building_id: int, actor: Actor) -> Site | None:
    """A building with its area: one query."""
    seen = seeing(actor)
    area_seen = sa.exists().where(Area.id == Building.area_id, *seen(Area))
    query = sa.select(Building, area_seen).where(Building.id == building_id, *seen(Building)).options(joinedload(Building.area))
    row = session.execute(query).first()
    if row is None:
        return None
    building, known = row

    def told(name: str) -> Any:
        return getattr(building, name) if open_to(actor, Building, name) else None

    return Site(building, known, told("name") or building.reference, told("floors"), told("basement_floors"), told("completed_on"))


def load_grid(session: Session, site: Site, actor: Actor, colour: str, only: Iterable[int] | None = None, verb: str = "read") -> Grid:
    """The grid of a building. colour: the name of a colouring, the first one when there is none such; only: rooms that count, all
    others stay blank; verb: for whom may do so with rooms, and with what they are coloured by, such as export."""
    building, seen = site.building, seeing(actor, verb)
    here = (Room.building_id == building.id, *seen(Room))
    ids = sa.select(Room.id).where(*here)
    entrances = session.execute(
        sa.select(Entrance.id, Entrance.number, Entrance.reference)
        .where(Entrance.building_id == building.id, *_entrances(actor, here))
        .order_by(Entrance.number_sort, Entrance.id)
        .limit(MOST)
    )
    rows = session.execute(sa.select(Room.id, Room.entrance_id, Room.floor, Room.number, Room.number_sort).where(*here).limit(MOST))
    spots = [Spot(*row) for row in rows]
    tower = build(
        spots,
        [(i, _("Entrance %(number)s", number=number), above) for i, number, above in entrances],
        site.floors or 0,
        site.basements or 0,
        _("Without an entrance"),
    )
    offered = colourings(Room, actor, verb)
    choices = tuple(c for c in offered if not c.flag)
    chosen = next((c for c in choices if c.name == colour), choices[0] if choices else None)
    wanted = None if only is None else set(only)
    counted = [s.id for s in spots if wanted is None or s.id in wanted]
    legend, shades, tallies = None, {}, ()
    if chosen is not None:
        legend = legend_of(session, chosen)
        keys, by_key = keys_of(session, chosen, ids, seen), legend.by_key()
        found = {room: keys.get(room) for room in counted}
        shades = {room: by_key.get(key, legend.other) for room, key in found.items()}
        tallies = tuple(shades_in(legend, list(found.values())))
    flags = _flags(session, [c for c in offered if c.flag], ids, frozenset(counted), seen)
    return Grid(site, tower, len(spots), len(counted), choices, legend, shades, tallies, flags)


def _entrances(actor: Actor, here: tuple[Any, ...]) -> tuple[Any, ...]:
    """What limits the entrances that stand above the rooms: those that are seen, and those that rooms which are seen name."""
    limits = seeing(actor)(Entrance)
    return (sa.or_(sa.and_(*limits), Entrance.id.in_(sa.select(Room.entrance_id).where(*here))),) if limits else ()


def _flags(session: Session, offered: list[Colouring], ids: sa.Select[tuple[int]], rooms: frozenset[int], seen: Seen) -> tuple[Flag, ...]:
    flags, places = [], {"corner": 0, "dot": 0}
    for c in offered:
        (shade,) = c.shades(session)
        having = rooms & keys_of(session, c, ids, seen).keys()
        flags.append(Flag(FLAG + c.name, str(c.label), shade.tone, c.flag, places[c.flag], having))
        places[c.flag] += 1
    return tuple(flags)


def beside(session: Session, building: Building, actor: Actor) -> tuple[tuple[int, str] | None, tuple[int, str] | None]:
    """(id, title) of the building before and of the one behind, in the order of the list: one query each."""

    def next_to(condition: sa.ColumnElement[bool], order: sa.ColumnElement[str]) -> tuple[int, str] | None:
        row = session.execute(
            sa.select(Building.id, Building.reference).where(condition, *seeing(actor)(Building)).order_by(order).limit(1)
        ).first()
        return (row[0], row[1]) if row is not None else None

    key = Building.reference_sort
    return next_to(key < building.reference_sort, key.desc()), next_to(key > building.reference_sort, key.asc())
