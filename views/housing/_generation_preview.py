"""What batch generation would do, drawn as a building and told in words, before anything is written (row 1.4 (1))."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.entity.fields import fields_of
from models.housing.buildings import Building
from models.housing.room_compare import BuildingPlan, Compared, Fate, Policy, Totals, totals
from models.housing.room_plan import Planner
from models.housing.rooms import Room
from models.platform.dictionaries import DictionaryItem
from views.housing._generation_form import WORDS, Asked, Options

MOST_CELLS = 3000
"""So many rooms of a building are drawn."""
MOST_TOLD = 40
"""So many rooms are told in words."""
MOST_LISTED = 40
MOST_LINES = 40
"""So many positions have a line of their own in the table of facts."""

_ORDER = {Fate.DIFFERENT: 0, Fate.FILL: 1, Fate.REFUSED: 2}
_TOP, _ROW, _HIGH, _GAP, _BETWEEN = 30, 27, 24, 3, 12


@dataclass(frozen=True, slots=True)
class Cell:
    """A room in the drawing, with the middle of its text."""

    x: int
    y: int
    high: int
    tone: str
    text: str
    title: str


@dataclass(frozen=True, slots=True)
class Tower:
    """An entrance in the drawing."""

    name: str
    x: int
    wide: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A building: its entrances from the left, floors as (text, y) that end at `names`, the ground line, size; cell: how wide a room is."""

    title: str
    towers: tuple[Tower, ...]
    floors: tuple[tuple[str, int], ...]
    names: int
    ground: int
    wide: int
    high: int
    cell: int
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Told:
    """A room that exists otherwise, or cannot be made: its reference, and per difference (label, what stands, what is planned, whether the
    plan counts), or the reason."""

    reference: str
    tone: str
    fate: str
    differences: tuple[tuple[str, str, str, bool], ...]
    reason: str


@dataclass(frozen=True, slots=True)
class BuildingLine:
    """A building of the plan in the list beside the drawing. counts: (tone, what, how many)."""

    number: str
    state: str
    counts: tuple[tuple[str, str, int], ...]
    shown: bool


@dataclass(frozen=True)
class Preview:
    """Everything that the fragment shows. example: the first and the last number that the pattern makes; heights: buildings that are too
    low for the plan, in words; positions: the names of the rooms of a floor."""

    errors: Mapping[str, str]
    missing: Mapping[str, str] = field(default_factory=dict)
    positions: tuple[str, ...] = ()
    drawing: Drawing | None = None
    summed: Totals | None = None
    counts: tuple[tuple[str, str, int], ...] = ()
    buildings: tuple[BuildingLine, ...] = ()
    buildings_left: int = 0
    told: tuple[Told, ...] = ()
    told_left: int = 0
    heights: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    example: str = ""
    policy: str = Policy.KEEP.value
    asks: bool = False

    @property
    def expected(self) -> str:
        """What was shown, to be compared with what there is when it is written."""
        if self.summed is None or self.missing:
            return ""
        return f"{self.summed.counts[Fate.NEW]}-{self.summed.changed}-{self.summed.new_buildings}-{self.summed.new_entrances}"


def preview(session: Session, asked: Asked, planner: Planner | None, plans: Sequence[BuildingPlan], options: Options) -> Preview:
    """The preview of a form. One query more where words that were retired stand in rooms."""
    if planner is None or asked.errors or not plans:
        return Preview(asked.errors, asked.missing, asked.positions, policy=asked.policy.value)
    summed = totals(plans, asked.policy)
    shown = next((p for p in plans if p.number == asked.texts.get("show")), None) or next(
        (p for p in plans if p.counts[Fate.DIFFERENT] or p.counts[Fate.REFUSED]), plans[0]
    )
    odd = [(plan, c) for plan in plans for c in plan.rooms if c.fate not in (Fate.NEW, Fate.SAME)]
    odd.sort(key=lambda pair: _ORDER[pair[1].fate])
    words = _Words(session, options, [c for _p, c in odd[:MOST_TOLD]])
    first = planner.rooms(plans[0].number)
    return Preview(
        errors={},
        missing=asked.missing,
        positions=asked.positions,
        drawing=_draw(shown, planner),
        summed=summed,
        counts=_counts(summed.counts),
        buildings=tuple(_line(plan, plan is shown) for plan in plans[:MOST_LISTED]) if len(plans) > 1 else (),
        buildings_left=max(len(plans) - MOST_LISTED, 0),
        told=tuple(words.told(plan, c, asked.policy) for plan, c in odd[:MOST_TOLD]),
        told_left=max(len(odd) - MOST_TOLD, 0),
        heights=tuple(_height(plan, asked.policy) for plan in plans if plan.height),
        notes=tuple(_notes(asked, planner, summed)),
        example=_("%(first)s … %(last)s", first=first[0].number, last=first[-1].number) if first else "",
        policy=asked.policy.value,
        asks=any(summed.counts[fate] for fate in (Fate.FILL, Fate.DIFFERENT)) or any(plan.height for plan in plans),
    )


def _counts(counts: Mapping[Fate, int]) -> tuple[tuple[str, str, int], ...]:
    return tuple((fate.tone, str(fate.label), counts[fate]) for fate in Fate if counts[fate] or fate is Fate.NEW)


def _line(plan: BuildingPlan, shown: bool) -> BuildingLine:
    state = _("exists") if plan.standing is not None else _("new")
    return BuildingLine(plan.number, state, tuple(c for c in _counts(plan.counts) if c[2]), shown)


def _height(plan: BuildingPlan, policy: Policy) -> str:
    standing = plan.standing
    assert standing is not None
    what = _("; ").join(
        _("%(field)s %(now)s, %(needed)s needed", field=str(fields_of(Building)[name].label), now=now, needed=needed)
        for name, now, needed in plan.height
    )
    end = _("it is changed") if policy is Policy.TAKE else _("rooms beyond are not made unless the new facts are taken")
    return _("%(building)s: %(what)s – %(end)s", building=standing.reference, what=what, end=end)


def _notes(asked: Asked, planner: Planner, summed: Totals) -> list[str]:
    notes = []
    moved = [(floor, label) for floor, label in sorted(planner.labels.items()) if floor != label]
    if moved:
        floor, label = moved[0]
        notes.append(_("From floor %(floor)s on numbers begin with %(label)s: the numbers left out are skipped", floor=floor, label=label))
    if summed.others:
        notes.append(_("%(count)s rooms stand there that this plan does not name; they stay as they are", count=f"{summed.others:,}"))
    return notes


class _Words:
    """Differences in words."""

    def __init__(self, session: Session, options: Options, shown: Sequence[Compared]) -> None:
        self.options = options
        known = {int(number) for name in WORDS for number, _text in options.words[name]}
        used = {value for c in shown for name, now, planned in c.differences if name in WORDS for value in (now, planned) if value}
        self.retired: dict[int, str] = {}
        if used - known:
            items = session.scalars(sa.select(DictionaryItem).where(DictionaryItem.id.in_(used - known)))
            self.retired = {item.id: item.text for item in items}

    def told(self, plan: BuildingPlan, c: Compared, policy: Policy) -> Told:
        name = "-".join(part for part in (plan.number, c.room.entrance, c.room.number) if part)
        taken = c.changes(policy)
        differences = tuple(
            (str(fields_of(Room)[f].label), self._text(f, now), self._text(f, planned), f in taken) for f, now, planned in c.differences
        )
        return Told(name, c.fate.tone, str(c.fate.label), differences, str(c.reason))

    def _text(self, name: str, value: Any) -> str:
        if value is None:
            return "—"
        if name in WORDS:
            return self.retired.get(value) or self.options.word(name, value)
        return f"{value:,.2f}" if name.endswith("_area") else str(value)


@dataclass
class _Shape:
    """How the drawing is put together: the floors from the top, and how many rooms stand side by side in each entrance."""

    floors: list[int] = field(default_factory=list)
    widths: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, rooms: Sequence[Compared], planner: Planner) -> _Shape:
        widths: dict[str, int] = {}
        for c in rooms:
            widths[c.room.entrance] = max(widths.get(c.room.entrance, 0), c.room.place + 1)
        above = range(planner.top, 0, -1)
        drawn = {c.room.floor + n for c in rooms for n in range(c.room.storeys)} | set(above)
        return cls(sorted(drawn, reverse=True), widths)


def _draw(plan: BuildingPlan, planner: Planner) -> Drawing:
    rooms = plan.rooms[:MOST_CELLS]
    shape = _Shape.of(rooms, planner)
    longest = max((_wide(c.room.number) for c in rooms), default=4)
    cell = max(44, 18 + 8 * longest)
    rows = {floor: _TOP + n * _ROW + (6 if floor < 0 else 0) for n, floor in enumerate(shape.floors)}
    left = 10 + 7 * max((_wide(_floor(floor)) for floor in rows), default=4)
    towers, x = [], left
    for entrance, count in shape.widths.items():
        own = [c for c in rooms if c.room.entrance == entrance]
        wide = count * (cell + _GAP) - _GAP
        towers.append(Tower(entrance and _("Entrance %(number)s", number=entrance), x, wide, tuple(_cell(c, x, rows, cell) for c in own)))
        x += wide + _BETWEEN
    title = plan.standing.reference if plan.standing is not None else _("Building %(number)s", number=plan.number)
    high = max(rows.values(), default=_TOP) + _ROW + 8
    ground = min((y for floor, y in rows.items() if floor < 0), default=high + 3) - 6 if rows else _TOP
    floors = tuple((_floor(floor), y + _HIGH - 7) for floor, y in rows.items())
    return Drawing(title, tuple(towers), floors, left - 6, ground, x - _BETWEEN + 4, high, cell, len(plan.rooms) - len(rooms))


def _cell(c: Compared, left: int, rows: Mapping[int, int], cell: int) -> Cell:
    top = rows.get(c.room.floor + c.room.storeys - 1, rows[c.room.floor])
    high = rows[c.room.floor] - top + _HIGH
    title = f"{c.room.number} · {c.fate.label}" + (f" · {c.reason}" if c.reason else "")
    return Cell(left + c.room.place * (cell + _GAP), top, high, c.fate.tone, c.room.number, title)


def _wide(text: str) -> int:
    return sum(2 if ord(char) > 0x2E7F else 1 for char in text)


def _floor(floor: int) -> str:
    return _("Floor %(number)s", number=floor) if floor > 0 else f"B{-floor}"
