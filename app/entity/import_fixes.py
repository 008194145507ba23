"""Corrections of an uploaded file: laid over it whenever it is read, so that the original is never needed again (row 1.10).

Flushes, never commits. After any of them the batch must be tried again (`batch.state` goes back to UPLOADED)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.entity.sheets import Book
from models.platform.imports import ImportBatch

LEAVE_OUT = -1
"""The column of a correction that leaves the row out."""
MOST_FIXES = 200_000


@dataclass(frozen=True, slots=True)
class Fix:
    """A cell and what it is to be. text '' empties it."""

    sheet: str
    row: int
    column: int
    text: str


def put(session: Session, batch: ImportBatch, fixes: Iterable[Fix]) -> int:
    """Keep corrections, in place of earlier ones of the same cells; returns how many. Raises SheetError when there are too many, or when a
    cell lies outside of the file."""
    raise NotImplementedError


def take_back(session: Session, batch: ImportBatch, sheet: str, row: int, column: int | None = None) -> None:
    """Forget the corrections of a cell, or (column None) of a whole row with its being left out."""
    raise NotImplementedError


def leave_out(session: Session, batch: ImportBatch, sheet: str, rows: Sequence[int]) -> None:
    """Leave rows out of the import."""
    raise NotImplementedError


def fill_down(session: Session, batch: ImportBatch, sheet: str, column: int, first: int, last: int, text: str | None = None) -> int:
    """Give the rows `first` to `last` the value of row `first` (or `text`) in a column, where the sheet has such rows."""
    raise NotImplementedError


def replace_everywhere(session: Session, batch: ImportBatch, part: int, target: str, wrong: str, right: str) -> None:
    """The same wrong value everywhere: becomes a word of the `words` rule of the feed, so that it holds for all rows, of this file and of
    the next one of its shape. Raises SheetError when the feed takes no such rule (a link)."""
    raise NotImplementedError


def adopt_suggestions(session: Session, batch: ImportBatch, part: int | None = None, reason: int | None = None) -> int:
    """Take what was perhaps meant for every rejected cell that has a suggestion (of one part, of one kind of reason), as words of the feed
    (`replace_everywhere`); returns how many different values that were. Takes in all rejected rows, also those beyond the kept ones."""
    raise NotImplementedError


def all_of(session: Session, batch: ImportBatch) -> list[Fix]:
    """Every correction, by sheet, row and column."""
    raise NotImplementedError


def count(session: Session, batch: ImportBatch) -> int:
    """How many cells and rows are corrected."""
    raise NotImplementedError


def overlaid(session: Session, batch: ImportBatch, book: Book) -> Book:
    """The file with its corrections laid over it."""
    raise NotImplementedError


Overlay = Mapping[str, Mapping[int, Mapping[int, str]]]
"""Texts by sheet, row and column."""
