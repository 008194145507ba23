"""Rooms made many at once (row 1.4 (1)): what somebody wishes for a building, and the rooms that follow from it. Pure: asks no database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _

from models.base import FIELD, BadValue, Problem
from models.housing.number_patterns import Pattern
from models.housing.ranges import spell_numbers
from models.housing.rooms import Room

MOST_ROOMS = 20_000
"""So many rooms are made at a time."""
MOST_BUILDINGS = 200

FACTS = ("layout", "orientation", "gross_area", "usable_area", "use", "decoration")
"""Fields of a room that a plan may say."""

APART = ("room", "letter", "serial")
ABOVE = ("floor", *APART, "entrance", "building")
BELOW = ("basement", *APART, "entrance", "building")
"""The tokens of room numbers above ground and below; one of APART tells the rooms of a floor apart."""

OTHER, DUPLEX, NONE = "other", "duplex", "none"
"""What an exception says of its floors: other rooms, each room over two floors, no rooms at all."""

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FloorRule:
    """An exception for some floors. positions, pattern: None is as everywhere; facts: said for all rooms of these floors; line: what
    the inputs of this exception begin with, to tell what is wrong with it."""

    floors: tuple[int, ...]
    what: str = OTHER
    positions: tuple[str, ...] | None = None
    pattern: Pattern | None = None
    facts: Facts = field(default_factory=dict)
    line: str = ""


@dataclass(frozen=True, slots=True)
class RoomWish:
    """How the rooms of one or several buildings made alike are to be.

    entrances: () when the rooms belong to the building itself; floors: as they are counted from the ground; skipped: numbers of
    floors; renumber: whether these numbers are left out, so that the next floor has the next number, or the floors are there without
    rooms; every: facts of all rooms above ground; each: by position, in its place; rules: exceptions, also for basements."""

    buildings: tuple[str, ...]
    entrances: tuple[str, ...]
    floors: tuple[int, ...]
    positions: tuple[str, ...]
    pattern: Pattern
    skipped: frozenset[int] = frozenset()
    renumber: bool = True
    every: Facts = field(default_factory=dict)
    each: tuple[Facts, ...] = ()
    rules: tuple[FloorRule, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedRoom:
    """A room that is to be. entrance: '' for none; place: from the left, from 0; storeys: how many floors it takes, upwards."""

    entrance: str
    floor: int
    number: str
    place: int
    facts: Facts
    storeys: int = 1


class Planner:
    """The rooms of a wish. `problems` tells what stands in the way, by field of the form; no rooms are made then."""

    def __init__(self, wish: RoomWish) -> None:
        self.wish = wish
        self.problems: list[Problem] = []
        self.rules: dict[int, FloorRule] = {}
        self.labels = _labels(wish)
        """The floors that exist above ground, by their count from the ground, with the number that rooms there begin with."""
        self._clean = Room.__table__.c.number.info[FIELD].clean
        self._check_rules()
        if not self.problems:
            self._check_size()

    @property
    def top(self) -> int:
        """The highest floor there is; 0 for none above ground."""
        return max(self.labels, default=0)

    @property
    def basements(self) -> int:
        """How many floors there are below ground."""
        return -min((floor for rule in self.wish.rules for floor in rule.floors), default=0) if self.wish.rules else 0

    def floors(self) -> list[int]:
        """All floors with rooms, from the lowest."""
        below = [floor for floor in self.rules if floor < 0]
        return sorted([*below, *self.labels])

    def _check_rules(self) -> None:
        for rule in self.wish.rules:
            where = f"{rule.line}_floors"
            for floor in rule.floors:
                if floor > 0 and floor not in self.labels:
                    self.problems.append(Problem(where, _("Floor %(floor)s is not among the floors above", floor=floor)))
                    return
                if floor in self.rules:
                    self.problems.append(Problem(where, _("Floor %(floor)s stands in two exceptions", floor=floor)))
                    return
                self.rules[floor] = rule
            if rule.what == DUPLEX and (len(rule.floors) % 2 or any(b != a + 1 for a, b in _pairs(rule.floors))):
                floors = spell_numbers(rule.floors)
                text = _("Duplexes take two floors that follow one another, such as 17-18; %(floors)s are not pairs", floors=floors)
                self.problems.append(Problem(where, text))

    def _check_size(self) -> None:
        wish = self.wish
        one = sum(len(self._positions(floor)) for floor in self.floors()) * max(len(wish.entrances), 1)
        whole = one * len(wish.buildings)
        if whole > MOST_ROOMS:
            text = _(
                "These are %(count)s rooms; at most %(most)s are made at a time. Choose fewer buildings, entrances or floors",
                count=f"{whole:,}",
                most=f"{MOST_ROOMS:,}",
            )
            self.problems.append(Problem("buildings" if one <= MOST_ROOMS else "floors", text))
        elif not whole:
            self.problems.append(Problem("floors", _("There would be no rooms at all")))

    def _positions(self, floor: int) -> tuple[str, ...]:
        rule = self.rules.get(floor)
        if rule is None:
            return self.wish.positions
        if rule.what == NONE or (rule.what == DUPLEX and rule.floors.index(floor) % 2):
            return ()
        return self.wish.positions if rule.positions is None else rule.positions

    def rooms(self, building: str) -> list[PlannedRoom]:
        """The rooms of one building, entrance by entrance, from the lowest floor. What is wrong is added to `problems`."""
        made: list[PlannedRoom] = []
        if self.problems:
            return made
        for entrance in self.wish.entrances or ("",):
            seen: dict[str, PlannedRoom] = {}
            for room in self._rooms(building, entrance):
                other = seen.setdefault(room.number, room)
                if other is not room:
                    self.problems.append(Problem("pattern", self._twice(room, other)))
                    return []
                made.append(room)
        return made

    def _twice(self, room: PlannedRoom, other: PlannedRoom) -> Any:
        return _(
            "Room number %(number)s would arise twice, on floors %(one)s and %(two)s. Let the pattern tell them apart, such as %(right)s",
            number=room.number,
            one=other.floor,
            two=room.floor,
            right="{floor}{room:02}" if room.floor > 0 else "B{basement}{room:02}",
        )

    def _rooms(self, building: str, entrance: str) -> Iterator[PlannedRoom]:
        wish, serials = self.wish, defaultdict(int)
        for floor in self.floors():
            rule = self.rules.get(floor)
            pattern = rule.pattern if rule is not None and rule.pattern is not None else wish.pattern
            storeys = 2 if rule is not None and rule.what == DUPLEX else 1
            values: dict[str, str | int] = {
                "floor": self.labels.get(floor, floor),
                "basement": -floor,
                "entrance": entrance,
                "building": building,
            }
            for place, position in enumerate(self._positions(floor)):
                serials[pattern.text] += 1
                values |= {"room": position, "letter": letter(place), "serial": serials[pattern.text]}
                number = self._number(pattern, values, rule)
                if number is None:
                    return
                yield PlannedRoom(entrance, floor, number, place, self._facts(floor, place, rule), storeys)

    def _number(self, pattern: Pattern, values: Mapping[str, str | int], rule: FloorRule | None) -> str | None:
        where = "pattern" if rule is None or rule.pattern is None else f"{rule.line}_pattern"
        try:
            number = str(self._clean(pattern.render(values)))
        except BadValue as error:
            self.problems.append(Problem(where, str(error)))
            return None
        if not 0 < len(number) <= 20:
            self.problems.append(Problem(where, _("“%(number)s” is too long for a room number; at most 20 characters", number=number)))
            return None
        return number

    def _facts(self, floor: int, place: int, rule: FloorRule | None) -> Facts:
        """The nearest word counts: of the exception, of the position, of all. Rooms of their own have only what the exception says."""
        own = rule.facts if rule is not None else {}
        if floor < 0 or (rule is not None and rule.positions is not None):
            return own
        each = self.wish.each[place] if place < len(self.wish.each) else {}
        return {**self.wish.every, **each, **own}


def letter(place: int) -> str:
    """A, B … Z, AA … for a place from 0."""
    text = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def _labels(wish: RoomWish) -> dict[int, int]:
    above = sorted(floor for floor in wish.floors if floor > 0)
    if not wish.renumber:
        return {floor: floor for floor in above if floor not in wish.skipped}
    labels: dict[int, int] = {}
    wanted, label = frozenset(above), 0
    for floor in range(1, max(above, default=0) + 1):
        label += 1
        while label in wish.skipped:
            label += 1
        if floor in wanted:
            labels[floor] = label
    return labels


def _pairs(floors: Sequence[int]) -> Iterator[tuple[int, int]]:
    return zip(floors[::2], floors[1::2], strict=False)
