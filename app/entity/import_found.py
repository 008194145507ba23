"""What runs found out, row by row, kept for the screens: bounded (import_spool.KEPT), while the counts of the result are exact
(row 1.10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.entity.import_fixes import corrected
from app.entity.sheets import LEAVE_OUT
from models.platform.imports import FoundKind, ImportBatch, ImportRow


@dataclass(frozen=True, slots=True)
class Wrong:
    """A cell that is not accepted: column None when it is the row as a whole; reason_id: the kind of reason, for narrowing down."""

    column: int | None
    header: str
    value: str
    reason: str
    suggestion: str = ""
    reason_id: int = 0
    target: str = ""
    """The target that the cell feeds ('' = none): rule_preview.choices_for knows its words."""


@dataclass(frozen=True, slots=True)
class Changing:
    """A field of an existing record that the file changes."""

    field: str
    label: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Found:
    """One row: part (from 0), sheet, row in the file (None: a record that is not in it), the record, its cells as texts with corrections
    laid over, and by kind what is wrong, what changes, or why (absent, left)."""

    id: int
    part: int
    sheet: str
    row: int | None
    kind: FoundKind
    record_id: int | None
    title: str
    cells: tuple[str, ...]
    wrong: tuple[Wrong, ...] = ()
    changes: tuple[Changing, ...] = ()
    reason: str = ""
    now: Mapping[int, str] = field(default_factory=dict)
    """By column, corrections that the run has not seen yet; LEAVE_OUT among them when the row is to be left out."""


@dataclass(frozen=True)
class Narrowed:
    """Which rows: of a part, with something wrong in a column, for a kind of reason (of a part), with a suggestion or without any, of one
    row of the file; own: not those that are rejected only because another row was."""

    kind: FoundKind = FoundKind.REJECTED
    part: int | None = None
    column: int | None = None
    reason: int | None = None
    suggested: bool | None = None
    own: bool = False
    row: int | None = None


@dataclass(frozen=True)
class FoundPage:
    """A page of rows. total: kept rows that fit; all: rows of this kind there are, kept or not (of the part, when one is asked for)."""

    rows: tuple[Found, ...]
    total: int
    all: int
    page: int
    size: int


def found(session: Session, batch: ImportBatch, narrowed: Narrowed, page: int = 1, size: int = 50) -> FoundPage:
    """A page of what the last run found: a constant number of queries."""
    where = [ImportRow.batch_id == batch.id, ImportRow.kind == narrowed.kind]
    if narrowed.part is not None:
        where.append(ImportRow.part == narrowed.part)
    for mark in _marks(narrowed):
        where.append(ImportRow.marks.contains(f" {mark} ", autoescape=True))
    if narrowed.suggested is False:
        where.append(~ImportRow.marks.contains(" s ", autoescape=True))
    if narrowed.own:
        where.append(~ImportRow.marks.contains(" f ", autoescape=True))
    if narrowed.row is not None:
        where.append(ImportRow.row == narrowed.row)
    total = session.scalar(sa.select(sa.func.count()).select_from(ImportRow).where(*where)) or 0
    page = max(1, min(page, -(-total // size)))
    query = sa.select(ImportRow).where(*where).order_by(ImportRow.part, ImportRow.row, ImportRow.id)
    rows = session.scalars(query.limit(size).offset((page - 1) * size)).all()
    sheets = [part.get("sheet", "") for part in (batch.result or {}).get("parts", ())]
    places = {row.id: (sheets[row.part] if row.part < len(sheets) else "", row.row or 0) for row in rows}
    fixed = corrected(session, batch, places.values()) if rows else {}
    shown = tuple(_found(row, places[row.id][0], fixed.get(places[row.id], {})) for row in rows)
    return FoundPage(shown, total, _all(batch, narrowed), page, size)


def _marks(narrowed: Narrowed) -> list[str]:
    marks = [f"c{narrowed.column}"] if narrowed.column is not None else []
    marks += [f"r{narrowed.reason}"] if narrowed.reason is not None else []
    return [*marks, "s"] if narrowed.suggested else marks


def _all(batch: ImportBatch, narrowed: Narrowed) -> int:
    result = batch.result or {}
    if narrowed.kind is FoundKind.LEFT:
        return result.get("undo", {}).get("left", 0)
    parts = result.get("parts", [])
    return sum(part.get(narrowed.kind.value, 0) for number, part in enumerate(parts) if narrowed.part in (None, number))


def _found(row: ImportRow, sheet: str, fixed: Mapping[int, str]) -> Found:
    wrong: tuple[Wrong, ...] = ()
    changes: tuple[Changing, ...] = ()
    reason = ""
    if row.kind is FoundKind.REJECTED:
        wrong = tuple(Wrong(*detail) for detail in row.details)
    elif row.kind is FoundKind.CHANGED:
        changes = tuple(Changing(*detail) for detail in row.details)
    elif row.details:
        reason = row.details[0][0]
    seen = dict(enumerate(row.cells))
    now = {column: text for column, text in fixed.items() if column == LEAVE_OUT or text != seen.get(column, "")}
    cells = [*row.cells, *[""] * (max(now, default=0) + 1 - len(row.cells))]
    for column, text in now.items():
        if column != LEAVE_OUT:
            cells[column] = text
    return Found(row.id, row.part, sheet, row.row, row.kind, row.record_id, row.title, tuple(cells), wrong, changes, reason, now)


def reasons(batch: ImportBatch, part: int | None = None) -> list[dict[str, Any]]:
    """The kinds of reasons of the last run, the most frequent first: {id, part, column (index or None), header, reason, count, suggested
    (how many of them have a suggestion)}; counts are exact. An id is a part's own."""
    parts = (batch.result or {}).get("parts", ())
    found = [reason | {"part": n} for n, result in enumerate(parts) if part in (None, n) for reason in result.get("reasons", ())]
    return sorted(found, key=lambda reason: -reason["count"])
