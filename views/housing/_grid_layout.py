"""Where the rooms of a building stand in its grid: entrance by entrance, floor by floor, rooms that lie above each other in one column.
Pure: knows nothing of databases, pages or drawings (row 1.4)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

_DIGITS = re.compile(r"\d+")


class Spot(NamedTuple):
    """A room to be placed. sort: the key by which numbers are in order, see models/spelling.py."""

    id: int
    entrance_id: int | None
    floor: int
    number: str
    sort: str = ""


@dataclass(slots=True)
class Section:
    """The rooms of an entrance, or those without one (id None): by floor the rooms with their column, counted from 0 within it."""

    id: int | None
    label: str
    above: str = ""
    rows: dict[int, list[tuple[int, Spot]]] = field(default_factory=dict)
    columns: int = 0


@dataclass(frozen=True, slots=True)
class Level:
    """A floor, or several that follow each other and have no room at all: from `first` down to `last`."""

    first: int
    last: int
    empty: bool = False


@dataclass(frozen=True, slots=True)
class Tower:
    """A building ready to be drawn: levels from the top down."""

    sections: tuple[Section, ...]
    levels: tuple[Level, ...]

    @property
    def columns(self) -> int:
        return sum(s.columns for s in self.sections)

    @property
    def usual(self) -> int:
        """Characters that hold nineteen of twenty numbers, wide ones counted double: a single long one does not widen all cells."""
        found = sorted(width_of(spot.number) for s in self.sections for row in s.rows.values() for _column, spot in row)
        return found[(len(found) - 1) * 95 // 100] if found else 0

    @property
    def longest(self) -> int:
        """Characters of the longest number likewise."""
        return max((width_of(spot.number) for s in self.sections for row in s.rows.values() for _column, spot in row), default=0)


def width_of(text: str) -> int:
    """The width of a text in digits: a 汉字 takes two."""
    return sum(2 if ord(c) > 0x2E80 else 1 for c in text)


def build(
    rooms: Iterable[Spot], entrances: Sequence[tuple[int, str, str]], floors: int = 0, basements: int = 0, outside: str = ""
) -> Tower:
    """Place rooms. entrances: (id, label, reference), in order, also those without rooms; floors, basements: what the building is said to
    have, even where no room is known; outside: what the rooms without an entrance are headed by."""
    found: dict[int | None, dict[int, list[Spot]]] = defaultdict(lambda: defaultdict(list))
    for spot in rooms:
        found[spot.entrance_id][spot.floor].append(spot)
    sections = [Section(i, label, above) for i, label, above in entrances]
    if None in found or not sections:
        sections.append(Section(None, outside if sections else ""))
    for section in sections:
        _place(section, found.get(section.id, {}))
    used = {floor for rows in found.values() for floor in rows}
    return Tower(tuple(sections), tuple(_levels(used, floors, basements)))


def _place(section: Section, rows: dict[int, list[Spot]]) -> None:
    for spots in rows.values():
        spots.sort(key=lambda s: (s.sort, s.number, s.id))
    most = max((len(spots) for spots in rows.values()), default=0)
    regular = {floor: keys for floor, spots in rows.items() if (keys := _suffixes(floor, spots)) is not None}
    columns = {key: n for n, key in enumerate(sorted({key for keys in regular.values() for key in keys}))}
    if len(columns) > max(2 * most, most + 3):  # numbers that run through the whole building say nothing of who lies above whom
        regular = {}
    for floor, spots in rows.items():
        keys = regular.get(floor)
        section.rows[floor] = list(zip([columns[k] for k in keys] if keys else range(len(spots)), spots, strict=True))
    section.columns = max((column + 1 for row in section.rows.values() for column, _spot in row), default=1)


def _suffixes(floor: int, spots: Sequence[Spot]) -> list[tuple[int, str]] | None:
    """What is left of each number without its floor (1204 on floor 12: 4), in the order of the rooms; None when one does not begin with
    its floor, or two are the same."""
    found = [_suffix(floor, spot.number) for spot in spots]
    keys = [key for key in found if key is not None]
    return keys if len(keys) == len(found) == len(set(keys)) else None


def _suffix(floor: int, number: str) -> tuple[int, str] | None:
    digits = _DIGITS.search(number)
    if digits is None:
        return None
    text, before = digits.group(), str(abs(floor))
    if not text.startswith(before):
        text = text.lstrip("0")
    rest = text.removeprefix(before)
    if text == rest or not rest:
        return None
    return int(rest), number[digits.end() :]


def _levels(used: set[int], floors: int, basements: int) -> Iterable[Level]:
    top, bottom = max([*used, floors, 1]), min([*used, -basements, 1])
    gap: list[int] = []
    for floor in range(top, bottom - 1, -1):
        if floor == 0 and 0 not in used:
            yield from _gap(gap)
            gap = []
        elif floor in used:
            yield from _gap(gap)
            gap = []
            yield Level(floor, floor)
        else:
            gap.append(floor)
    yield from _gap(gap)


def _gap(floors: list[int]) -> Iterable[Level]:
    if floors:
        yield Level(floors[0], floors[-1], empty=True)
