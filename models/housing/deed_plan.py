"""Title deeds made many at once (row 1.4 (1)): for which rooms, by which numbers, and what is there already."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from models.base import ChoiceSet, Problem
from models.housing.areas import Area
from models.housing.batches import rows_in
from models.housing.buildings import Building, Entrance
from models.housing.number_patterns import Pattern
from models.housing.rooms import Room
from models.housing.title_deeds import TitleDeed

MOST_DEEDS = 5_000
"""So many deeds are made at a time: while the page waits."""
APART = ("serial", "room", "reference")
TOKENS = ("year", "serial", "area", "building", "entrance", "floor", "room", "reference")


class DeedFate(ChoiceSet):
    """What becomes of a planned deed. HAS: the room has a deed already; TAKEN: another room's deed has the number."""

    NEW = "new", _("New"), "green"
    HAS = "has", _("Room has a deed"), "gray"
    TAKEN = "taken", _("Number is taken"), "red"


@dataclass(frozen=True, slots=True)
class DeedWish:
    """What the deeds are to be. serial: the number of the first room; again: also for rooms that have a deed; area_too: the certified
    area is the room's gross area."""

    pattern: Pattern
    serial: int
    issued_on: date | None = None
    kind: int | None = None
    area_too: bool = True
    again: bool = False


@dataclass(frozen=True, slots=True)
class PlannedDeed:
    """A deed that is to be. has: the ids of the deeds that the room has."""

    room_id: int
    room: str
    number: str
    certified_area: Decimal | None
    fate: DeedFate
    has: tuple[int, ...] = ()


def rooms_where(
    session: Session, limits: Sequence[Any], building: int | None = None, entrance: int | None = None, ids: Iterable[int] | None = None
) -> list[sa.Row[Any]]:
    """The rooms in the order of a building, at most one more than MOST_DEEDS, with what their numbers are made of."""
    columns = (
        Room.id,
        Room.reference,
        Room.number,
        Room.floor,
        Room.gross_area,
        Building.number.label("building"),
        Entrance.number.label("entrance"),
        Area.code.label("area"),
    )
    query = sa.select(*columns).join(Building, Room.building_id == Building.id).join(Area, Building.area_id == Area.id)
    query = query.outerjoin(Entrance, Room.entrance_id == Entrance.id).where(*limits)
    order = (Room.reference_sort, Room.id)
    if ids is not None:
        return sorted(rows_in(session, query.add_columns(Room.reference_sort), Room.id, ids), key=lambda row: (row.reference_sort, row.id))
    where = [Room.building_id == building] if building else []
    where += [Room.entrance_id == entrance] if entrance else []
    return list(session.execute(query.where(*where).order_by(*order).limit(MOST_DEEDS + 1)))


def plan_deeds(session: Session, wish: DeedWish, rooms: Sequence[sa.Row[Any]], year: int) -> tuple[list[PlannedDeed], list[Problem]]:
    """The deeds of rooms, beside those that exist. Rooms that have one are passed over and take no serial number, so that a second run
    makes nothing. Two queries for every 500 rooms."""
    has: dict[int, list[int]] = {}
    for row in rows_in(
        session, sa.select(TitleDeed.room_id, TitleDeed.id).order_by(TitleDeed.id), TitleDeed.room_id, (r.id for r in rooms)
    ):
        has.setdefault(row.room_id, []).append(row.id)
    serial, made, seen = wish.serial, [], {}
    for room in rooms:
        if room.id in has and not wish.again:
            made.append((room, "", DeedFate.HAS))
            continue
        values = {
            "year": wish.issued_on.year if wish.issued_on else year,
            "serial": serial,
            "area": room.area,
            "building": room.building,
            "entrance": room.entrance or "",
            "floor": room.floor,
            "room": room.number,
            "reference": room.reference,
        }
        number = wish.pattern.render(values)
        serial += 1
        if len(number) > 60:
            return [], [Problem("pattern", _("“%(number)s” is too long for a deed number; at most 60 characters", number=number))]
        if number in seen:
            text = _(
                "%(one)s and %(two)s would get one number. Let the pattern tell them apart, such as %(right)s",
                one=seen[number],
                two=room.reference,
                right="{serial:07}",
            )
            return [], [Problem("pattern", text)]
        seen[number] = room.reference
        made.append((room, number, DeedFate.NEW))
    taken = {row.number for row in rows_in(session, sa.select(TitleDeed.number), TitleDeed.number, seen)}
    return [
        PlannedDeed(
            room.id,
            room.reference,
            number,
            room.gross_area if wish.area_too else None,
            DeedFate.TAKEN if number in taken else fate,
            tuple(has.get(room.id, ())),
        )
        for room, number, fate in made
    ], []
