"""What the pages that change many records at once are given; see screens.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.entity.bulk import Present, Refusal, clearable, records_behind
from app.entity.cells import Shower
from app.entity.fields import Field, Kind
from app.entity.forms import FormWriter, Posted
from app.entity.screens import Cell, FieldView
from app.registry import Entity
from models.base import Problem

LEAVE, SET, CLEAR = "leave", "set", "clear"
MODES = (LEAVE, SET, CLEAR)
FEW = 3
"""So many present values stand beside a field."""
SOME = 8
"""So many stand on the page that asks."""


@dataclass(frozen=True, slots=True)
class Tally:
    """A present value and how many records have it."""

    cell: Cell
    count: int


@dataclass(frozen=True, slots=True)
class BulkField:
    """A field that can be changed: the input, what is to happen with it, and what stands in it now; more: other values."""

    view: FieldView
    mode: str
    clearable: bool
    present: tuple[Tally, ...]
    more: int


@dataclass(frozen=True, slots=True)
class BulkSection:
    title: str
    fields: tuple[BulkField, ...]


@dataclass(frozen=True, slots=True)
class BulkScreen:
    """The form. count: records chosen; titles: the first of them; problems: messages that belong to no field; urls: action,
    cancel; hidden: the selection and what the user saw of it; notes: what people should know."""

    title: str
    count: int
    titles: tuple[str, ...]
    sections: tuple[BulkSection, ...]
    problems: tuple[str, ...]
    hidden: tuple[tuple[str, str], ...]
    urls: Mapping[str, str]
    notes: tuple[str, ...] = ()

    @property
    def errors(self) -> int:
        return len(self.problems) + sum(1 for s in self.sections for f in s.fields if f.view.error)


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One field on the page that asks: what stands there now, what will, and how many records have it already."""

    label: str
    before: tuple[Tally, ...]
    more: int
    after: Cell
    same: int


@dataclass(frozen=True, slots=True)
class CheckScreen:
    """The question before many records are changed, or, with refusals, why they were not. changes: how many will (can) change;
    unit of all numbers: records. refused may be more than the refusals that are named."""

    title: str
    count: int
    changes: int
    items: tuple[ChangeView, ...]
    hidden: tuple[tuple[str, str], ...]
    urls: Mapping[str, str]
    notes: tuple[str, ...] = ()
    refused: int = 0
    refusals: tuple[Refusal, ...] = ()
    record_urls: Mapping[int, str] | None = None


def form_sections(
    session: Session,
    entity: Entity,
    fields: Sequence[Field],
    present: Present,
    shower: Shower,
    choices_url: Any,
    posted: Posted,
    modes: Mapping[str, str],
    problems: Sequence[Problem],
) -> tuple[BulkSection, ...]:
    """The sections of the entity's form with the fields that can be changed; inputs start with the value that all records share."""
    by_name = {f.name: f for f in fields}
    shown: dict[str, tuple[tuple[Tally, ...], int]] = {}
    preset: dict[str, Any] = {}
    for f in fields:
        counts = present.counts(f.name)
        shown[f.name] = tallies(session, f, counts.most_common(FEW), shower), max(len(counts) - FEW, 0)
        if f.kind is Kind.LONG or f.mask is not None:
            shown[f.name] = _filled(counts), 0
        preset[f.name] = next(iter(records_behind(session, f, list(counts)).values())) if len(counts) == 1 else None
    form = tuple((title, tuple(n for n in names if n in by_name)) for title, names in entity.form)
    narrowed = replace(entity, form=tuple((title, names) for title, names in form if names))
    writer = FormWriter(session, narrowed, shower, choices_url)
    return tuple(
        BulkSection(
            section.title,
            tuple(
                BulkField(replace(view, required=False), modes.get(view.name, LEAVE), clearable(by_name[view.name]), *shown[view.name])
                for view in section.fields
            ),
        )
        for section in writer.sections(None, posted, preset, problems)
    )


def tallies(session: Session, f: Field, counts: Sequence[tuple[Any, int]], shower: Shower) -> tuple[Tally, ...]:
    """Present values as people see them."""
    behind = records_behind(session, f, [value for value, _n in counts])
    return tuple(Tally(_unlinked(shower.value_cell(f, behind[value])), n) for value, n in counts)


def _unlinked(cell: Cell) -> Cell:
    """Without its address: a click beside a form would lose what was typed."""
    return cell._replace(url="", kind="text" if cell.kind == "link" else cell.kind)


def _filled(counts: Mapping[Any, int]) -> tuple[Tally, ...]:
    """Of long texts and numbers of people only how many there are."""
    empty = counts.get(None, 0)
    filled = sum(counts.values()) - empty
    return tuple(Tally(cell, n) for cell, n in ((Cell(_("filled in")), filled), (Cell(), empty)) if n)


def change_views(
    session: Session, fields: Sequence[Field], values: Mapping[str, Any], present: Present, shower: Shower
) -> tuple[ChangeView, ...]:
    """Before and after, field by field."""
    views = []
    for f in fields:
        if f.name not in values:
            continue
        new = values[f.name]
        counts = present.counts(f.name)
        same = counts.pop(new, 0)
        private = f.kind is Kind.LONG or f.mask is not None
        before = _filled(counts) if private else tallies(session, f, counts.most_common(SOME), shower)
        after = _unlinked(shower.value_cell(f, records_behind(session, f, [new])[new]))
        views.append(ChangeView(str(f.label), before, 0 if private else max(len(counts) - SOME, 0), after, same))
    return tuple(views)
