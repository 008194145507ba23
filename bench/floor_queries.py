"""The statements of the floor, built once: keys of the page first, joins after."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from bench.data import FLOOR
from models.housing.areas import Area
from models.housing.buildings import Building, Entrance
from models.housing.households import Household
from models.housing.residents import Resident
from models.housing.rooms import Room
from models.platform.dictionaries import DictionaryItem

_ORDER = Room.reference_sort
_NAME_ORDER = Resident.name_sort
_NAMES = "id version reference building_id entrance_id floor number gross_area usable_area layout_id orientation_id use_id decoration_id"
_PLAIN = tuple(getattr(Room, name) for name in _NAMES.split())

COUNT = sa.select(sa.func.count()).select_from(Room)


def _paged(keys: sa.Select[Any]) -> sa.Subquery:
    return keys.limit(sa.bindparam("size")).offset(sa.bindparam("start")).subquery("page")


def _rooms(keys: sa.Select[Any]) -> sa.Select[Any]:
    """The rows of a page of rooms."""
    page = _paged(keys)
    total = [page.c.total] if "total" in page.c else []
    columns = (Building.reference.label("building"), Entrance.reference.label("entrance"), Area.code.label("area"), Building.completed_on)
    statement = sa.select(*total, *_PLAIN, *columns).select_from(page).join(Room, Room.id == page.c.id)
    statement = statement.join(Building, Building.id == Room.building_id).join(Area, Area.id == Building.area_id)
    return statement.outerjoin(Entrance, Entrance.id == Room.entrance_id).order_by(_ORDER)


_TOTAL = sa.func.count().over().label("total")
_KEYS = sa.select(Room.id).order_by(_ORDER)
_FOUND = sa.select(Room.id, _TOTAL).where(Room.reference.like(sa.bindparam("pattern"))).order_by(_ORDER)

PAGE_OF_ROOMS = _rooms(_KEYS)
FOUND_ROOMS = _rooms(_FOUND)
_WORDS = sa.select(DictionaryItem.id, DictionaryItem.label).where(DictionaryItem.id.in_(sa.bindparam("ids", expanding=True)))


def words_of(connection: sa.Connection, rooms: Sequence[Any]) -> dict[int, str]:
    """The words of dictionaries on a page, by id. Joined four times they would cost PostgreSQL more planning than a second statement."""
    ids = {i for r in rooms for i in (r.layout_id, r.orientation_id, r.use_id, r.decoration_id) if i}
    return {row.id: row.label for row in connection.execute(_WORDS, {"ids": list(ids)})} if ids else {}


_MATCHES = sa.select(FLOOR.c.id).where(FLOOR.c.words.like(sa.bindparam("pattern")))
_PERSONS = _paged(sa.select(Resident.id, _TOTAL).where(Resident.id.in_(_MATCHES)).order_by(_NAME_ORDER, Resident.id))
RESIDENTS = (
    sa.select(
        _PERSONS.c.total,
        *(Resident.id, Resident.name, Resident.kinship, Resident.sex, Resident.born_on, Resident.id_number, Resident.phone),
        *(Resident.employer, Resident.living),
        Household.number.label("household"),
        Household.name.label("household_name"),
        Room.reference.label("room"),
    )
    .select_from(_PERSONS)
    .join(Resident, Resident.id == _PERSONS.c.id)
    .outerjoin(Household, Household.id == Resident.household_id)
    .outerjoin(Room, Room.id == Household.room_id)
    .order_by(_NAME_ORDER, Resident.id)
)


def json_row(r: Any, words: dict[int, str]) -> dict[str, Any]:
    """A room as the portal's REST gives it."""
    return {
        "id": r.id,
        "version": r.version,
        "reference": r.reference,
        "building": {"id": r.building_id, "text": r.building},
        "entrance": {"id": r.entrance_id, "text": r.entrance} if r.entrance_id else None,
        "floor": r.floor,
        "number": r.number,
        "layout": {"id": r.layout_id, "text": words[r.layout_id]} if r.layout_id else None,
        "orientation": {"id": r.orientation_id, "text": words[r.orientation_id]} if r.orientation_id else None,
        "gross_area": float(r.gross_area) if r.gross_area is not None else None,
        "usable_area": float(r.usable_area) if r.usable_area is not None else None,
        "use": {"id": r.use_id, "text": words[r.use_id]} if r.use_id else None,
        "decoration": {"id": r.decoration_id, "text": words[r.decoration_id]} if r.decoration_id else None,
    }
