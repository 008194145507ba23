"""The records of a file as plain, worded lines: one statement for each kind, one for the words of them all, however many there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from flask_babel import to_user_timezone
from sqlalchemy.orm import Session

from app.entity.cells import Shower
from app.entity.fields import Kind, Path, path_of
from app.entity.paging import rows_statement
from app.entity.reach import may_reach
from app.entity.related import Part
from app.entity.rows import Plan, decoded_together, plan_of, read
from app.entity.screens import Cell
from app.facts import seeing
from app.registry import Entity
from app.security.masks import is_hidden, sees
from models.base import Base

MOST = 200
"""So many records of one kind a file shows; the tab has them all."""


@dataclass(frozen=True, slots=True)
class Line:
    """A record of the file. cells: what its fields show, by name, masked where they must be; days: its moments and the ends of its span."""

    entity: Entity
    id: int
    title: str
    url: str
    cells: Mapping[str, Cell]
    days: Mapping[str, date]

    @property
    def name(self) -> str:
        """What it is called where its own title would only repeat its dates: who, which use."""
        span = self.entity.span
        if span is None:
            return self.title
        texts = [with_unit(self.cells[n]) for n in span.texts if n in self.cells and self.cells[n].text]
        return " ".join(texts) or self.title


@dataclass(frozen=True, slots=True)
class Lines:
    """What was read of a part. more: whether there are more than MOST."""

    part: Part
    lines: tuple[Line, ...] = field(default=())
    more: bool = False


def with_unit(cell: Cell) -> str:
    """What a cell says in running text: 50 %, 126.93 m²."""
    text = cell.text.rstrip("0").rstrip(".") if cell.kind == "num" and "." in cell.text else cell.text
    return f"{text} {cell.unit}".strip()


def fields_read(entity: Entity, shower: Shower) -> tuple[str, ...]:
    """What a file needs of each record, as far as the actor may reach it: the columns of the list, moments, span."""
    span = entity.span
    names = [*entity.columns, *entity.moments]
    if span is not None:
        names += [*span.since, *span.until, *span.texts, *filter(None, (span.tone,))]
    return tuple(n for n in dict.fromkeys(names) if _told(shower, path_of(entity.model, n)))


def _told(shower: Shower, path: Path) -> bool:
    return may_reach(shower.actor, path) and not any(is_hidden(shower.actor, f) for f in (*path.steps, path.field))


def lines_of(session: Session, parts: Sequence[Part], shower: Shower, verb: str = "read") -> tuple[Lines, ...]:
    """The records of every part, in the order of their lists. verb: those with which the reader may do so, such as export."""
    seen = seeing(shower.actor, verb)
    wanted: list[tuple[Plan, tuple[str, ...], Sequence[Any]]] = []
    for part in parts:
        names = fields_read(part.entity, shower)
        plan = plan_of(part.entity.model, names, shower.actor)
        statement = rows_statement(session, part.query(shower), shower.actor, plan.joins, plan.columns).limit(MOST + 1)
        if verb != "read":
            statement = statement.where(*seen(part.entity.model))
        wanted.append((plan, names, read(session, statement)))
    found = decoded_together(session, [(plan, raw) for plan, _names, raw in wanted])
    read_parts = []
    for part, (plan, names, _raw), rows in zip(parts, wanted, found, strict=True):
        lines = [_line(part.entity, row.id, row.title, names, plan, row.values, shower) for row in rows[:MOST]]
        read_parts.append(Lines(part, tuple(_by_rank(part, lines)), len(rows) > MOST))
    return tuple(read_parts)


def _by_rank(part: Part, lines: list[Line]) -> list[Line]:
    """The head of a household before its children: what does not last is put in the order of its first closed choice, as declared."""
    fields = {n: path_of(part.entity.model, n).field for n in part.entity.columns}
    name = next((n for n, f in fields.items() if f.kind is Kind.CHOICE and f.choices is not None), None)
    if name is None or part.entity.span is not None or not lines or name not in lines[0].cells:
        return lines
    places = {str(member.label): n for n, member in enumerate(fields[name].choices)}
    return sorted(lines, key=lambda line: places.get(line.cells[name].text, len(places)))


def _line(entity: Entity, key: int, title: str, names: Sequence[str], plan: Plan, values: Sequence[Any], shower: Shower) -> Line:
    cells = {name: shower.row_cell(path, value) for name, path, value in zip(names, plan.paths, values, strict=True)}
    return Line(entity, key, title, shower.url_of(entity, key), cells, _days(entity, dict(zip(names, values, strict=True)), shower))


def own_line(entity: Entity, record: Base, shower: Shower) -> Line:
    """The record itself as a line: it has moments, too, and a span."""
    names = fields_read(entity, shower)
    values = {name: path_of(entity.model, name).read(record) for name in names}
    cells = {name: shower.cell(path_of(entity.model, name), record) for name in names}
    return Line(entity, record.id, str(record), shower.url_of(entity, record.id), cells, _days(entity, values, shower))


def _days(entity: Entity, values: Mapping[str, Any], shower: Shower) -> dict[str, date]:
    """Only what is a day, and is told as it is; the day of a time is that of the community."""
    values = {n: v for n, v in values.items() if sees(shower.actor, path_of(entity.model, n).field)}
    return {n: to_user_timezone(v).date() if isinstance(v, datetime) else v for n, v in values.items() if isinstance(v, date)}
