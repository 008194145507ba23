"""A plan of rooms beside what is there (row 1.4 (1)): what is new, the same, different or in the way, so that nothing is ever doubled."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from models.base import ChoiceSet, Problem
from models.housing.batches import rows_in
from models.housing.buildings import Building, Entrance
from models.housing.room_plan import MOST_ROOMS, PlannedRoom, Planner, RoomWish
from models.housing.rooms import Room


class Fate(ChoiceSet):
    """What becomes of a planned room. FILL: it exists, and something that is planned is empty there; REFUSED: it cannot be made."""

    NEW = "new", _("New"), "green"
    SAME = "same", _("Exists, unchanged"), "gray"
    FILL = "fill", _("Exists, with gaps"), "teal"
    DIFFERENT = "different", _("Exists, different"), "amber"
    REFUSED = "refused", _("Not possible"), "red"


class Policy(enum.StrEnum):
    """What is done about rooms that exist otherwise: leave them, fill what is empty, or take all that the plan says."""

    KEEP = "keep"
    FILL = "fill"
    TAKE = "take"


@dataclass(frozen=True, slots=True)
class Compared:
    """A planned room and what is known of it: differences as (field, what stands, what is planned); reason: why it is refused."""

    room: PlannedRoom
    fate: Fate
    record_id: int | None = None
    differences: tuple[tuple[str, Any, Any], ...] = ()
    reason: Any = ""

    def changes(self, policy: Policy) -> dict[str, Any]:
        """The fields of the existing room that are changed."""
        if policy is Policy.KEEP:
            return {}
        return {name: planned for name, stands, planned in self.differences if policy is Policy.TAKE or stands is None}


@dataclass(slots=True)
class Standing:
    """A building that exists, with its entrances (number -> id, floors) and its rooms (entrance, number -> row). outside: it is none of
    those that may be seen, so nothing else is known of it."""

    id: int
    reference: str
    floors: int | None
    basement_floors: int
    entrances: dict[str, tuple[int, int | None]] = field(default_factory=dict)
    rooms: dict[tuple[str, str], sa.Row[Any]] = field(default_factory=dict)
    outside: bool = False


@dataclass(slots=True)
class BuildingPlan:
    """All that is planned for one building. standing: None when it is new; new_entrances: those to be made; height: facts of the
    building that the plan needs otherwise, as (field, what stands, what is needed); others: rooms there that are not in the plan."""

    number: str
    standing: Standing | None
    rooms: list[Compared]
    new_entrances: tuple[str, ...]
    height: tuple[tuple[str, Any, Any], ...] = ()
    others: int = 0
    counts: Counter[Fate] = field(default_factory=Counter)


_FACTS = (Room.floor, Room.layout_id, Room.orientation_id, Room.decoration_id, Room.use_id, Room.gross_area, Room.usable_area)
_STORED = {"layout": "layout_id", "orientation": "orientation_id", "decoration": "decoration_id", "use": "use_id"}


def load_standing(
    session: Session, area_id: int, numbers: Iterable[str], limits: Sequence[Any] = (), of_buildings: Sequence[Any] = ()
) -> dict[str, Standing]:
    """The buildings of an area that have one of the numbers, with all that stands in them. Three queries for every 500 buildings.

    limits, of_buildings: of the rooms and of the buildings that may be seen."""
    columns = (Building.id, Building.number, Building.reference, Building.floors, Building.basement_floors)
    seen = sa.case((sa.and_(sa.true(), *of_buildings), 1), else_=0).label("seen")
    query = sa.select(*columns, seen).where(Building.area_id == area_id)
    found = {
        row.number: Standing(row.id, row.reference, row.floors, row.basement_floors, outside=not row.seen)
        for row in rows_in(session, query, Building.number, numbers)
    }
    by_id = {standing.id: standing for standing in found.values() if not standing.outside}
    names: dict[int, str] = {}
    query = sa.select(Entrance.id, Entrance.building_id, Entrance.number, Entrance.floors).order_by(Entrance.id)
    for row in rows_in(session, query, Entrance.building_id, by_id):
        names[row.id] = row.number
        by_id[row.building_id].entrances[row.number] = row.id, row.floors
    query = sa.select(Room.id, Room.building_id, Room.entrance_id, Room.number, *_FACTS).where(*limits).limit(MOST_ROOMS * 10)
    for row in rows_in(session, query, Room.building_id, by_id):
        by_id[row.building_id].rooms[names.get(row.entrance_id, ""), row.number] = row
    return found


def compare(planner: Planner, wish: RoomWish, found: dict[str, Standing], policy: Policy) -> list[BuildingPlan]:
    """The plan of each building beside what stands there. Problems of the plan itself are added to the planner's."""
    plans = []
    for number in wish.buildings:
        planned = planner.rooms(number)
        if planner.problems:
            return []
        plans.append(_compared(number, planned, wish, found.get(number), planner, policy))
    return plans


def _compared(
    number: str, planned: Sequence[PlannedRoom], wish: RoomWish, standing: Standing | None, planner: Planner, policy: Policy
) -> BuildingPlan:
    if standing is None:
        rooms = [Compared(room, Fate.NEW) for room in planned]
        return BuildingPlan(number, None, rooms, wish.entrances, counts=Counter({Fate.NEW: len(rooms)}))
    height = _height(standing, planner.top, planner.basements)
    new = tuple(entrance for entrance in wish.entrances if entrance not in standing.entrances)
    beside = _without_entrance(standing, wish)
    rooms = [_room(room, standing, beside, policy is Policy.TAKE) for room in planned]
    kept = {(room.entrance, room.number) for room in planned}
    others = sum(key not in kept for key in standing.rooms)
    return BuildingPlan(number, standing, rooms, new, height, others, Counter(c.fate for c in rooms))


def _height(standing: Standing, top: int, basements: int) -> tuple[tuple[str, Any, Any], ...]:
    """What the building must be said to have for the plan to fit."""
    found = []
    if standing.floors is not None and top > standing.floors:
        found.append(("floors", standing.floors, top))
    if basements > standing.basement_floors:
        found.append(("basement_floors", standing.basement_floors, basements))
    return tuple(found)


def _without_entrance(standing: Standing, wish: RoomWish) -> dict[str, str]:
    """Rooms that would stand twice, once with an entrance and once without: by number, the entrance they have now."""
    if wish.entrances:
        return {number: "" for entrance, number in standing.rooms if not entrance}
    return {number: entrance for entrance, number in standing.rooms if entrance}


def _room(room: PlannedRoom, standing: Standing, beside: dict[str, str], taller: bool) -> Compared:
    row = standing.rooms.get((room.entrance, room.number))
    if row is None and room.number in beside:
        if room.entrance:
            reason = _("Room %(number)s stands in this building without an entrance; give it its entrance first", number=room.number)
        else:
            reason = _("Room %(number)s stands in entrance %(entrance)s already", number=room.number, entrance=beside[room.number])
        return Compared(room, Fate.REFUSED, reason=reason)
    wanted = {"floor": room.floor, **room.facts}
    differences = tuple((name, stands, value) for name, value in wanted.items() if (stands := _stands(row, name)) != value) if row else ()
    floor_changes = row is None or row.floor != room.floor
    if floor_changes and (reason := _too_high(room, standing, taller)):
        return Compared(room, Fate.REFUSED, reason=reason)
    if row is None:
        return Compared(room, Fate.NEW)
    if not differences:
        return Compared(room, Fate.SAME, row.id)
    return Compared(room, Fate.FILL if all(stands is None for _n, stands, _v in differences) else Fate.DIFFERENT, row.id, differences)


def _stands(row: sa.Row[Any], name: str) -> Any:
    return row._mapping[_STORED.get(name, name)]


def _too_high(room: PlannedRoom, standing: Standing, taller: bool) -> Any:
    own = standing.entrances.get(room.entrance, (0, None))[1]
    if own and room.floor > own:
        return _("Entrance %(entrance)s has only %(floors)s floors", entrance=room.entrance, floors=own)
    if taller:
        return ""
    if standing.floors and not own and room.floor > standing.floors:
        return _("%(building)s has only %(floors)s floors", building=standing.reference, floors=standing.floors)
    if room.floor < -standing.basement_floors:
        return _("%(building)s has %(floors)s basement floors", building=standing.reference, floors=standing.basement_floors)
    return ""


@dataclass(frozen=True, slots=True)
class Totals:
    """The numbers of all buildings of a plan together; changed: existing rooms that the policy changes."""

    counts: Counter[Fate]
    changed: int
    new_buildings: int
    new_entrances: int
    others: int

    @property
    def rooms(self) -> int:
        return sum(self.counts.values())

    @property
    def written(self) -> int:
        """How many rooms are made or changed."""
        return self.counts[Fate.NEW] + self.changed


def totals(plans: Sequence[BuildingPlan], policy: Policy) -> Totals:
    """Sum up."""
    counts: Counter[Fate] = Counter()
    for plan in plans:
        counts += plan.counts
    changed = sum(bool(c.changes(policy)) for plan in plans for c in plan.rooms) if policy is not Policy.KEEP else 0
    new = [plan for plan in plans if plan.standing is None]
    return Totals(counts, changed, len(new), sum(len(plan.new_entrances) for plan in plans), sum(plan.others for plan in plans))


def denied(plans: Sequence[BuildingPlan], policy: Policy, may_make_buildings: bool) -> list[Problem]:
    """What somebody who may write rooms but not buildings cannot do with a plan."""
    if may_make_buildings:
        return []
    problems = []
    if missing := [plan.number for plan in plans if plan.standing is None]:
        text = _("There is no building %(numbers)s in this area, and you may not add buildings", numbers=", ".join(missing[:5]))
        problems.append(Problem("buildings", text))
    if missing := dict.fromkeys(entrance for plan in plans if plan.standing for entrance in plan.new_entrances):
        text = _("There is no entrance %(numbers)s, and you may not add entrances", numbers=", ".join(list(missing)[:5]))
        problems.append(Problem("entrances", text))
    if policy is Policy.TAKE and any(plan.height for plan in plans):
        problems.append(Problem("policy", _("The building would need more floors, and you may not change buildings")))
    return problems
