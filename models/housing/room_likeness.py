"""“Like building 3” (row 1.4 (1)): from the rooms of a building the wish that would make them, as the texts of the form."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from models.housing.buildings import Building, Entrance
from models.housing.ranges import spell_labels, spell_numbers
from models.housing.room_plan import FACTS, MOST_ROOMS
from models.housing.rooms import Room

MOST_RULES = 8
"""So many exceptions a wish has."""
_USUAL = 0.6
"""A fact that so many of the rooms in one position share is taken for all of them."""

# How numbers are made, the likeliest first: pattern, and the expression that reads floor and position out of a number.
_WAYS = (
    ("{floor}{room:02}", r"(?P<floor>[1-9]\d?\d?)(?P<room>\d\d)"),
    ("{floor:02}{room:02}", r"(?P<floor>\d\d)(?P<room>\d\d)"),
    ("{floor}{room}", r"(?P<floor>[1-9]\d??)(?P<room>[1-9]\d?)"),
    ("{floor}{room:03}", r"(?P<floor>[1-9]\d?)(?P<room>\d\d\d)"),
    ("{floor}{letter}", r"(?P<floor>[1-9]\d?\d?)(?P<room>[A-Z])"),
    ("{entrance}{floor:02}{room:02}", r"{entrance}(?P<floor>\d\d)(?P<room>\d\d)"),
    ("{letter}{floor:02}", r"(?P<room>[A-Z])(?P<floor>\d\d)"),
)
_BELOW = (
    ("B{basement}{room:02}", r"B(?P<floor>\d)(?P<room>\d\d)"),
    ("-{basement}{room:02}", r"-(?P<floor>\d)(?P<room>\d\d)"),
    ("地下{room:02}", r"地下(?P<room>\d\d)(?P<floor>)"),
)


@dataclass
class Likeness:
    """texts: the fields of the form; notes: what could not be taken over, in words."""

    texts: dict[str, str] = field(default_factory=dict)
    notes: list[Any] = field(default_factory=list)


Row = sa.Row[Any]


def likeness(session: Session, building: Building, limits: Sequence[Any] = ()) -> Likeness:
    """What the rooms of a building have in common. Two queries."""
    entrances = (
        session.execute(sa.select(Entrance).where(Entrance.building_id == building.id).order_by(Entrance.number_sort)).scalars().all()
    )
    facts = [getattr(Room, f"{name}_id", None) or getattr(Room, name) for name in FACTS]
    columns = [column.label(name) for name, column in zip(FACTS, facts, strict=True)]
    query = sa.select(Room.entrance_id, Room.floor, Room.number, *columns).where(Room.building_id == building.id, *limits)
    rows = session.execute(query.order_by(Room.floor, Room.number_sort, Room.id).limit(MOST_ROOMS)).all()
    found = Likeness()
    _building(found.texts, building, entrances)
    if not rows:
        found.notes.append(_("This building has no rooms yet; only its own facts were taken over"))
        return found
    of_entrance = Counter(row.entrance_id for row in rows)
    sample = of_entrance.most_common(1)[0][0]
    if len({count for key, count in of_entrance.items() if key is not None}) > 1 or (None in of_entrance and len(of_entrance) > 1):
        found.notes.append(_("The entrances differ; the one with most rooms was taken as the pattern"))
    number = next((entrance.number for entrance in entrances if entrance.id == sample), "")
    _rooms(found, [row for row in rows if row.entrance_id == sample], number)
    return found


def _building(texts: dict[str, str], building: Building, entrances: Sequence[Entrance]) -> None:
    texts["entrances"] = spell_labels(entrance.number for entrance in entrances)
    texts["b_completed_on"] = building.completed_on.isoformat() if building.completed_on else ""
    texts["b_kind"] = str(building.kind_id or "")
    texts["b_structure"] = str(building.structure_id or "")
    lifts = Counter(entrance.lifts for entrance in entrances)
    texts["b_lifts"] = str(lifts.most_common(1)[0][0]) if lifts else ""


def _rooms(found: Likeness, rows: Sequence[Row], entrance: str) -> None:
    floors = {floor: list(group) for floor, group in groupby(rows, key=lambda row: row.floor)}
    above = {floor: group for floor, group in floors.items() if floor > 0}
    below = {floor: group for floor, group in floors.items() if floor < 0}
    read = _Reader(above, _WAYS, entrance)
    texts = found.texts
    texts["pattern"] = read.pattern
    usual = read.usual()
    texts["rooms"] = _spelled(usual)
    _floors(texts, above, read)
    _facts(texts, [group for floor, group in above.items() if read.positions.get(floor) == usual], usual)
    rules = read.others(usual)
    if below:
        _basements(texts, below, entrance)
    for number, (rule_floors, positions, group) in enumerate(rules[:MOST_RULES]):
        texts[f"x{number}_floors"] = spell_numbers(rule_floors)
        texts[f"x{number}_rooms"] = _spelled(positions)
        for name in ("layout", "use"):
            texts[f"x{number}_{name}"] = _text(_common(group, name))
    if len(rules) > MOST_RULES or read.odd:
        odd = read.odd + sum(len(group) for _f, _p, group in rules[MOST_RULES:])
        found.notes.append(_("%(count)s rooms do not follow the pattern and were not taken over", count=odd))


def _floors(texts: dict[str, str], above: Mapping[int, Any], read: _Reader) -> None:
    """Floors, and the numbers that are left out: where numbers run ahead of the floors, or floors are missing."""
    labels = {floor: label for floor, label in read.labels.items() if label}
    if labels and any(label != floor for floor, label in labels.items()) and all(label >= floor for floor, label in labels.items()):
        skipped = set(range(1, max(labels.values()) + 1)) - set(labels.values()) - set(range(1, min(labels.values())))
        texts |= {"floors": spell_numbers(above), "skip": spell_numbers(skipped), "skip_mode": "renumber"}
        return
    missing = set(range(min(above, default=1), max(above, default=0) + 1)) - set(above)
    texts |= {"floors": spell_numbers({*above, *missing}), "skip": spell_numbers(missing), "skip_mode": "empty" if missing else "renumber"}


class _Reader:
    """Numbers of floors read by the way that explains most of them."""

    def __init__(self, floors: Mapping[int, Sequence[Row]], ways: Iterable[tuple[str, str]], entrance: str) -> None:
        self.floors = floors
        best = -1
        for pattern, expression in ways:
            matcher = re.compile(expression.replace("{entrance}", re.escape(entrance)))
            labels, positions, fits = self._tried(matcher)
            if fits > best:
                best, self.pattern, self.labels, self.positions = fits, pattern, labels, positions
        self.odd = sum(len(group) for floor, group in floors.items() if floor not in self.positions)

    def _tried(self, matcher: re.Pattern[str]) -> tuple[dict[int, int], dict[int, tuple[str, ...]], int]:
        labels: dict[int, int] = {}
        positions: dict[int, tuple[str, ...]] = {}
        fits = 0
        for floor, group in self.floors.items():
            matches = [matcher.fullmatch(row.number) for row in group]
            if all(matches):
                begun = Counter(match["floor"] for match in matches if match)
                if len(begun) == 1:
                    text = next(iter(begun))
                    labels[floor] = int(text) if text.isdigit() else 0
                    positions[floor] = tuple(match["room"] for match in matches if match)
                    # A number that begins with its floor explains more than one that could begin with any.
                    fits += len(group) * (2 if labels[floor] == abs(floor) else 1)
        return labels, positions, fits

    def usual(self) -> tuple[str, ...]:
        """The positions that most floors have."""
        counts = Counter(self.positions.values())
        return counts.most_common(1)[0][0] if counts else ()

    def others(self, usual: tuple[str, ...]) -> list[tuple[list[int], tuple[str, ...], list[Row]]]:
        """Floors with other positions, those that are alike together."""
        groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for floor, positions in self.positions.items():
            if positions != usual:
                groups[positions].append(floor)
        return [(floors, positions, [row for floor in floors for row in self.floors[floor]]) for positions, floors in groups.items()]


def _basements(texts: dict[str, str], below: Mapping[int, Sequence[Row]], entrance: str) -> None:
    read = _Reader(below, _BELOW, entrance)
    texts["basements"] = str(-min(below))
    texts["basement_rooms"] = _spelled(read.usual())
    texts["basement_pattern"] = read.pattern
    texts["basement_use"] = _text(_common([row for group in below.values() for row in group], "use"))


def _spelled(positions: Sequence[str]) -> str:
    """A count where the positions are 1, 2, 3 …, otherwise a list. Letters that {letter} makes are counted too."""
    digits = [int(p) if p.isdigit() else 0 for p in positions]
    letters = all(p == chr(ord("A") + n) for n, p in enumerate(positions)) and bool(positions)
    if digits == list(range(1, len(positions) + 1)) or letters:
        return str(len(positions)) if positions else ""
    return spell_labels(p.lstrip("0") or p for p in positions)


def _facts(texts: dict[str, str], floors: Sequence[Sequence[Row]], usual: tuple[str, ...]) -> None:
    """What the rooms of each position share; what all positions share stands in the first line."""
    places = list(zip(*floors, strict=True)) if floors else []
    for name in FACTS:
        shared = [_common(rows, name) for rows in places]
        if shared and len(set(shared)) == 1:
            texts[f"all_{name}"] = _text(shared[0])
            continue
        for place, value in enumerate(shared):
            texts[f"p{place}_{name}"] = _text(value)


def _common(rows: Sequence[Row], name: str) -> Any:
    """The value that most of the rows have; None when too few agree."""
    if not rows:
        return None
    value, count = Counter(row._mapping[name] for row in rows).most_common(1)[0]
    return value if count >= _USUAL * len(rows) else None


def _text(value: Any) -> str:
    return "" if value is None else str(value)
