"""What runs found out, row by row, kept for the screens: bounded (import_spool.KEPT), while the counts of the result are exact
(row 1.10)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from models.platform.imports import FoundKind, ImportBatch


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
    fixed: frozenset[int] = frozenset()
    """Columns that hold a correction."""


@dataclass(frozen=True)
class Narrowed:
    """Which rows: of a part, with something wrong in a column, for a kind of reason, with a suggestion."""

    kind: FoundKind = FoundKind.REJECTED
    part: int | None = None
    column: int | None = None
    reason: int | None = None
    suggested: bool = False


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
    raise NotImplementedError


def reasons(batch: ImportBatch, part: int | None = None) -> list[dict[str, Any]]:
    """The kinds of reasons of the last run, the most frequent first: {id, part, column (index or None), header, reason, count, suggested
    (how many of them have a suggestion)}; counts are exact."""
    raise NotImplementedError
