"""Places of the demo community: areas, buildings of six storeys and towers, entrances, rooms numbered as on their doors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.base import Base, with_sort_keys
from models.housing.areas import Area
from models.housing.buildings import Building, Entrance
from models.housing.demo_people import years_before
from models.housing.references import reference

Words = Mapping[tuple[str, str], int]
"""Ids of dictionary words by dictionary and Chinese label."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of building: entrances, floors, basement floors, lifts per entrance, and the flats of a landing."""

    entrances: int
    floors: int
    basements: int
    lifts: int
    kind: str
    structure: str
    flats: tuple[tuple[str, str, str], ...]  # layout, orientation, gross area

    @property
    def rooms(self) -> int:
        """Rooms in one such building."""
        return self.entrances * self.floors * len(self.flats)


_SIX = (("三室两厅", "南北通透", "106.42"), ("两室两厅", "南北通透", "88.70"))
_MID = (("三室两厅", "南北通透", "118.36"), ("三室一厅", "南北通透", "104.18"))
_TOWER = (
    ("三室两厅", "南北通透", "126.93"),
    ("两室两厅", "南", "91.75"),
    ("一室一厅", "东南", "58.26"),
    ("四室两厅", "南北通透", "148.50"),
)
LOW = tuple(Shape(n, 6, 0, 0, "多层住宅", "砖混结构", _SIX) for n in (4, 3, 2, 1))
MID = tuple(Shape(n, 11, 1, 1, "小高层住宅", "框剪结构", _MID) for n in (3, 2, 1))
HIGH = tuple(Shape(n, 18, 1, 2, "高层住宅", "剪力墙结构", _TOWER) for n in (3, 2, 1))


@dataclass(frozen=True, slots=True)
class Plan:
    """An area: code, name, address, years since it was completed, land area per room in m², share of all rooms, its buildings."""

    code: str
    name: str
    address: str
    age: float
    land: float
    weight: float
    shapes: tuple[Shape, ...]


PLANS = (
    Plan("湖滨", "湖滨花园", "庆城县湖滨路 1 号", 15.1, 38, 26, (*HIGH, *MID, LOW[-1])),
    Plan("东湖", "东湖苑", "庆城县湖滨路 18 号", 21.4, 62, 20, LOW),
    Plan("西苑", "西苑小区", "庆城县北大街 6 号", 27.2, 66, 14, LOW),
    Plan("南苑", "南苑小区", "庆城县南环路 40 号", 9.3, 36, 18, (*HIGH, *MID, LOW[-1])),
    Plan("锦园", "锦园", "庆城县凤城路 9 号", 6.2, 48, 12, (*MID, LOW[-1])),
    Plan("北苑", "北苑小区", "庆城县北大街 52 号", 24.0, 64, 10, LOW),
)


@dataclass(slots=True)
class Home:
    """A room being made; `row` is what is inserted, `id` is known afterwards."""

    row: dict[str, Any]
    completed_on: date
    id: int = 0

    @property
    def gross(self) -> Decimal:
        """Gross area in m²."""
        return self.row["gross_area"]


@dataclass(slots=True)
class Places:
    """What was built: ids of areas and buildings with their completion, and the rooms, not yet inserted."""

    areas: list[tuple[int, date]] = field(default_factory=list)
    buildings: list[tuple[int, date]] = field(default_factory=list)
    homes: list[Home] = field(default_factory=list)


def insert_rows(session: Session, model: type[Base], rows: list[dict[str, Any]]) -> list[int]:
    """Insert rows in bulk; returns their ids in order. The database gives the ids, so that its sequences stay right."""
    if not rows:
        return []
    # Without render_nulls rows with an empty field go in statements of their own, and thousands of results are pieced together.
    statement = sa.insert(model).returning(model.id, sort_by_parameter_order=True)
    keyed = [with_sort_keys(model, row) for row in rows]
    return list(session.scalars(statement, keyed, execution_options={"render_nulls": True}))


def build(session: Session, words: Words, rooms: int, rng: Random, today: date) -> Places:
    """Insert areas, buildings and entrances for about this many rooms (at most eleven more); the rooms are returned."""
    plans = PLANS[: max(2, min(len(PLANS), rooms // 600 + 2))]
    places = Places()
    total, left = sum(plan.weight for plan in plans), rooms
    for nth, plan in enumerate(plans):
        quota = left if nth == len(plans) - 1 else min(round(rooms * plan.weight / total), left)
        completed = years_before(today, plan.age)
        row = {
            "code": plan.code,
            "name": plan.name,
            "address": plan.address,
            "started_on": years_before(completed, 2.6),
            "completed_on": completed,
            "land_area": Decimal(round(max(quota, 12) * plan.land, -2)),
        }
        (area_id,) = insert_rows(session, Area, [row])
        places.areas.append((area_id, completed))
        before = len(places.homes)
        _build_area(session, words, plan, area_id, quota, completed, places, rng)
        left = max(left - (len(places.homes) - before), 0)
    return places


def _shapes(plan: Plan, quota: int, rng: Random) -> Iterator[Shape]:
    """Buildings until the quota is reached: any that fits, and at the end the smallest."""
    while quota > 0:
        fitting = [shape for shape in plan.shapes if shape.rooms <= quota]
        shape = rng.choices(fitting, [s.rooms for s in fitting])[0] if fitting else plan.shapes[-1]
        quota -= shape.rooms
        yield shape


def _build_area(session: Session, words: Words, plan: Plan, area_id: int, quota: int, completed: date, places: Places, rng: Random) -> None:
    shapes = list(_shapes(plan, quota, rng))
    rows = [
        {
            "area_id": area_id,
            "number": str(number),
            "reference": reference(plan.code, str(number)),
            "name": f"{number} 号楼",
            "floors": shape.floors,
            "basement_floors": shape.basements,
            "completed_on": completed - timedelta(days=rng.randrange(0, 300)),
            "kind_id": words["building_kind", shape.kind],
            "structure_id": words["building_structure", shape.structure],
        }
        for number, shape in enumerate(shapes, start=1)
    ]
    ids = insert_rows(session, Building, rows)
    for building_id, row, shape in zip(ids, rows, shapes, strict=True):
        places.buildings.append((building_id, row["completed_on"]))
        _fill_building(session, words, building_id, row, shape, places, rng)


def _fill_building(
    session: Session, words: Words, building_id: int, building: dict[str, Any], shape: Shape, places: Places, rng: Random
) -> None:
    entrances = [
        {
            "building_id": building_id,
            "number": str(number),
            "reference": reference(building["reference"], str(number)),
            "floors": None,
            "lifts": shape.lifts,
        }
        for number in range(1, shape.entrances + 1)
    ]
    ids = insert_rows(session, Entrance, entrances)
    # Flats above each other are alike; from building to building they differ a little.
    stretch = Decimal(rng.randrange(96, 105)) / 100
    areas = [(Decimal(gross) * stretch).quantize(Decimal("0.01")) for _layout, _orientation, gross in shape.flats]
    for entrance_id, entrance in zip(ids, entrances, strict=True):
        for floor in range(1, shape.floors + 1):
            for door, ((layout, orientation, _gross), gross) in enumerate(zip(shape.flats, areas, strict=True), start=1):
                number = f"{floor}{door:02d}"
                row = {
                    "building_id": building_id,
                    "entrance_id": entrance_id,
                    "floor": floor,
                    "number": number,
                    "reference": reference(entrance["reference"], number),
                    "layout_id": words["room_layout", layout],
                    "orientation_id": words["room_orientation", orientation],
                    "decoration_id": None,
                    "use_id": None,
                    "gross_area": gross,
                    "usable_area": (gross * Decimal("0.823")).quantize(Decimal("0.01")),
                }
                places.homes.append(Home(row, building["completed_on"]))
