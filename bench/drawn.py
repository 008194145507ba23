"""What drawings and statistics are measured on: an area of 200 buildings, the first with 2,000 rooms, and 300,000 uses of rooms."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from sqlalchemy.orm import Session

from models.housing.areas import Area
from models.housing.buildings import Building, Entrance
from models.housing.demo_places import Home, Words, insert_rows
from models.housing.references import reference

BUILDINGS = 200
ENTRANCES, FLOORS, A_FLOOR = 4, 50, 10
"""Of the first building: 4 entrances x 50 floors x 10 rooms."""

ROOMS_OF_LARGE = ENTRANCES * FLOORS * A_FLOOR

_SMALL = (1, 6, 4)
_CODE = "长堤"
_DONE = date(2014, 6, 30)
_FLATS = (("三室两厅", "南北通透", "118.36"), ("两室两厅", "南", "91.75"), ("一室一厅", "东南", "58.26"))
ROOMS = ROOMS_OF_LARGE + (BUILDINGS - 1) * _SMALL[0] * _SMALL[1] * _SMALL[2]
"""Rooms of the area."""

USES_OF_A_ROOM = 3


def area(session: Session, words: Words) -> list[Home]:
    """Insert the area, its buildings and entrances into an empty database, so that it is the first area and the large building the
    first building; the rooms are returned."""
    (area_id,) = insert_rows(session, Area, [{"code": _CODE, "name": "长堤苑", "completed_on": _DONE}])
    homes: list[Home] = []
    for nth in range(1, BUILDINGS + 1):
        entrances, floors, a_floor = (ENTRANCES, FLOORS, A_FLOOR) if nth == 1 else _SMALL
        above = reference(_CODE, str(nth))
        row = {"area_id": area_id, "number": str(nth), "reference": above, "floors": floors, "completed_on": _DONE}
        (building_id,) = insert_rows(session, Building, [row | {"kind_id": words["building_kind", "高层住宅"]}])
        for entrance in range(1, entrances + 1):
            name = reference(above, str(entrance))
            row = {"building_id": building_id, "number": str(entrance), "reference": name}
            (entrance_id,) = insert_rows(session, Entrance, [row])
            for floor in range(1, floors + 1):
                homes += [_home(building_id, entrance_id, name, floor, position, words) for position in range(1, a_floor + 1)]
    return homes


def _home(building_id: int, entrance_id: int, above: str, floor: int, position: int, words: Words) -> Home:
    layout, orientation, gross = _FLATS[position % len(_FLATS)]
    number = f"{floor}{position:02}"
    row: dict[str, Any] = {
        "building_id": building_id,
        "entrance_id": entrance_id,
        "floor": floor,
        "number": number,
        "reference": reference(above, number),
        "layout_id": words["room_layout", layout],
        "orientation_id": words["room_orientation", orientation],
        "gross_area": Decimal(gross),
        "usable_area": (Decimal(gross) * Decimal("0.82")).quantize(Decimal("0.01")),
    }
    return Home(row, _DONE)


def uses(first: int, rows: list[dict[str, Any]], rng: Random, words: Words) -> list[dict[str, Any]]:
    """Uses of rooms that are numbered from `first` on: two that ended and the present one."""
    before = [words["room_use", word] for word in ("自住", "出租", "空置", "装修中")]
    found = []
    for nth, room in enumerate(rows):
        day = date(2012, 1, 1) + timedelta(days=rng.randrange(1500))
        for _past in range(USES_OF_A_ROOM - 1):
            end = day + timedelta(days=300 + rng.randrange(1500))
            found.append({"room_id": first + nth, "use_id": rng.choice(before), "since_on": day, "until_on": end})
            day = end + timedelta(days=1)
        found.append({"room_id": first + nth, "use_id": room["use_id"], "since_on": day, "until_on": None})
    return found
