"""What a file says of its records: in a line among others, as what happened on a day, as a period of a lane."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _

from app.dossier.lanes import Lane, Period, period_days, period_text, stacked
from app.dossier.lines import Line, Lines, with_unit
from app.entity.fields import path_of
from app.entity.related import Part
from app.entity.screens import Cell
from app.registry import Entity

_DATE_WORD = re.compile(r"(?<=.)(日期|时间)$|(?<=\w) on$")
_BARE = re.compile(r"\b(from|until)$", re.IGNORECASE)
_TOLD = 4
"""So many facts tell a record from others of its kind."""


@dataclass(frozen=True, slots=True)
class Belonging:
    """A record among others: an icon for its kind, its name, what it is (a badge's word), what else is known, its state.

    past: it holds no more."""

    icon: str
    name: str
    url: str
    kind: str
    about: tuple[str, ...]
    state: Cell
    plate: bool = False
    past: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to a record on a day. kind: the entity's name; kind_label: what such a record is called."""

    day: date
    what: str
    name: str
    url: str
    kind: str
    kind_label: str
    about: tuple[str, ...]
    tone: str

    @property
    def year(self) -> int:
        return self.day.year


def event_word(entity: Entity, name: str) -> str:
    """What happened, from the name of the date: 登记日期 -> 登记, Registered on -> Registered; where it says no more than from and until,
    it is a beginning and an end."""
    label = path_of(entity.model, name).label
    word, span = _DATE_WORD.sub("", label), entity.span
    if span is not None and name in (*span.since, *span.until) and _BARE.search(word):
        return _("begins") if name in span.since else _("ends")
    return word


def _texts(line: Line, part: Part | None) -> dict[str, Cell]:
    """The filled columns that say something here, besides the name."""
    entity = line.entity
    span = entity.span
    named = {*entity.model.__title__, *(span.texts if span else ()), *entity.moments, *((*span.since, *span.until) if span else ())}
    names = [n for n in entity.columns if n in line.cells and n not in named and not (part is not None and part.repeats(n))]
    return {n: line.cells[n] for n in names if line.cells[n].text and line.cells[n].kind != "picture"}


def _badges(line: Line, part: Part | None) -> list[tuple[str, Cell]]:
    return [(n, c) for n, c in _texts(line, part).items() if c.kind == "badge"]


def days_of(line: Line) -> tuple[date | None, date | None]:
    """From when to when it holds, for one that has a span."""
    return period_days(line.entity.span, dict(line.days)) if line.entity.span is not None else (None, None)


def about(line: Line, part: Part | None, most: int = _TOLD) -> tuple[str, ...]:
    """What tells it from others, in a few words; its badges apart. Numbers that are masked for some people are no such thing."""
    told = ((n, c) for n, c in _texts(line, part).items() if c.kind not in ("badge", "long"))
    spoken = [with_unit(c) for n, c in told if c.kind != "mask" and path_of(line.entity.model, n).field.mask is None]
    since, until = days_of(line)
    if (since, until) != (None, None):
        spoken.insert(0, period_text(since, until))
    return tuple(spoken[:most])


def belonging(line: Line, part: Part, today: date) -> Belonging:
    """A record as a line among others."""
    badges = _badges(line, part)
    kind = badges[0][1].text if badges else ""
    state = badges[-1][1] if len(badges) > 1 else _last_moment(line)
    span = line.entity.span
    if span is not None:
        # What it is called by its span needs no second badge, and its days stand with the facts.
        state, kind = line.cells.get(span.tone, Cell()) if span.tone not in span.texts else Cell(), str(line.entity.label)
    until = days_of(line)[1]
    first = line.entity.model.__title__[0]
    plate = line.cells[first].kind == "plate" if first in line.cells else False
    told = (*(c.text for _name, c in badges[1:-1]), *about(line, part))
    kind = kind or str(line.entity.label)
    return Belonging(line.entity.module.icon, line.name, line.url, kind, told, state, plate, until is not None and until < today)


def _last_moment(line: Line) -> Cell:
    """Where no badge says what state it is in, what happened to it last does: registered, reported lost."""
    happened = [(line.days[n], n) for n in line.entity.moments if n in line.days]
    if not happened:
        return Cell()
    day, name = max(happened, key=lambda pair: pair[0])
    return Cell(f"{event_word(line.entity, name)} {day.isoformat()}")


def events_of(line: Line, part: Part | None) -> Iterable[Event]:
    """Everything that happened to a record; part: where it stands, None = it is the file's own."""
    entity = line.entity
    told, tone = about(line, part, 3), _tone(line, part)
    badges = _badges(line, part)
    word = (badges[0][1].text,) if badges else ()
    span = entity.span
    ends = span.until if span is not None else ()
    for name in entity.moments:
        if name in line.days:
            what = event_word(entity, name)
            tone_then = "gray" if name in ends else tone
            yield Event(line.days[name], what, line.name, line.url, entity.name, str(entity.label), (*word, *told), tone_then)


def _tone(line: Line, part: Part | None) -> str:
    span = line.entity.span
    if span is not None and span.tone in line.cells:
        return line.cells[span.tone].tone or "gray"
    badges = _badges(line, part)
    return (badges[0][1].tone or "gray") if badges else "teal"


def period_of(line: Line) -> Period:
    """A record with a span as a period of its lane."""
    since, until = days_of(line)
    tone = line.cells[line.entity.span.tone].tone if line.entity.span.tone in line.cells else ""
    return Period(since, until, (line.name,), tone or "gray", line.url)


@dataclass(frozen=True, slots=True)
class Held:
    """A period in the list below the picture."""

    kind: str
    name: str
    url: str
    since: date | None
    until: date | None


def lanes_of(read: Sequence[Lines], own: Line | None = None) -> tuple[tuple[Lane, ...], tuple[Held, ...]]:
    """A lane for each kind of record that has a span, in the order of the menu, and every period in words."""
    by_kind: dict[str, dict[int, Line]] = {}
    for line in (*((own,) if own is not None and own.entity.span is not None else ()), *(x for r in read for x in r.lines)):
        if line.entity.span is not None:
            by_kind.setdefault(line.entity.name, {})[line.id] = line
    lanes, held = [], []
    kinds = sorted(by_kind.values(), key=lambda found: _place(next(iter(found.values()))))
    for found in kinds:
        lines = list(found.values())
        label = str(lines[0].entity.plural)
        lane = stacked(label, map(period_of, lines))
        if lane.rows:
            lanes.append(lane)
        periods = sorted(lines, key=lambda x: (days_of(x)[0] or date.min, days_of(x)[1] or date.max), reverse=True)
        held += [Held(str(x.entity.label), x.name, x.url, *days_of(x)) for x in periods]
    return tuple(lanes), tuple(held)


def _place(line: Line) -> tuple[int, int]:
    return line.entity.module.order, line.entity.order
