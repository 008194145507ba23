"""The first rows of uploaded files, remembered: a page about an import looks at them many times, and a workbook of a hundred thousand rows
is opened whole each time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from itertools import islice

from app.entity.rule_preview import MOST_ROWS_READ
from app.entity.sheets import Book, Cell, Row, corrected_cells, open_book

ROWS = 200
MANY = MOST_ROWS_READ + ROWS
"""So many rows of the last two sheets that rules were tried on: a preview looks at no more."""


@dataclass(frozen=True)
class HeadedBook(Book):
    """A book whose first rows are read once in a process. Uploads never change; corrections are laid over each time."""

    file_name: str = ""

    def rows(self, sheet: str | None = None) -> Iterator[Row]:
        name = self.first_sheet() if sheet is None else sheet
        if name not in self.sheets:
            yield from super().rows(name)
            return
        known = _rows_known(str(self.path), self.file_name, name)
        yield from self._corrected(name, known)
        if len(known) == MANY:
            last = known[-1][0]
            yield from (row for row in super().rows(name) if row[0] > last)

    def head(self, sheet: str | None = None, count: int = 30) -> list[Row]:
        name = self.first_sheet() if sheet is None else sheet
        if count > ROWS or name not in self.sheets:
            return list(islice(self.rows(name), count))
        return list(islice(self._corrected(name, _first_rows(str(self.path), self.file_name, name)), count))

    def _corrected(self, sheet: str, rows: Sequence[tuple[int, tuple[Cell, ...]]]) -> Iterator[Row]:
        fixes = self.fixes.get(sheet, {})
        for number, cells in rows:
            now = corrected_cells(list(cells), fixes[number]) if number in fixes else list(cells)
            if now:
                yield number, now

    def first_sheet(self) -> str:
        return next((name for name in self.sheets if _first_rows(str(self.path), self.file_name, name)), self.sheets[0])


@lru_cache(maxsize=64)
def _first_rows(path: str, file_name: str, sheet: str) -> Sequence[tuple[int, tuple[Cell, ...]]]:
    return _read(path, file_name, sheet, ROWS)


@lru_cache(maxsize=2)
def _rows_known(path: str, file_name: str, sheet: str) -> Sequence[tuple[int, tuple[Cell, ...]]]:
    return _read(path, file_name, sheet, MANY)


def _read(path: str, file_name: str, sheet: str, most: int) -> Sequence[tuple[int, tuple[Cell, ...]]]:
    book = open_book(path, file_name)
    return tuple((number, tuple(cells)) for number, cells in islice(book.rows(sheet), most))


def headed(book: Book, file_name: str) -> HeadedBook:
    """A book that remembers its first rows."""
    known = {f.name: getattr(book, f.name) for f in fields(Book)}
    return HeadedBook(**known, file_name=file_name)
