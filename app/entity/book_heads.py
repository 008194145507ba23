"""The first rows of uploaded files, remembered: a page about an import looks at them many times, and a workbook of a hundred thousand rows
is opened whole each time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from itertools import islice

from app.entity.sheets import Book, Row, corrected_cells, open_book

ROWS = 200


@dataclass(frozen=True)
class HeadedBook(Book):
    """A book whose first rows are read once in a process. Uploads never change; corrections are laid over each time."""

    file_name: str = ""

    def head(self, sheet: str | None = None, count: int = 30) -> list[Row]:
        name = self.first_sheet() if sheet is None else sheet
        if count > ROWS or name not in self.sheets:
            return super().head(name, count)
        fixes = self.fixes.get(name, {})
        rows: list[Row] = []
        for number, cells in _first_rows(str(self.path), self.file_name, name):
            now = corrected_cells(list(cells), fixes[number]) if number in fixes else list(cells)
            if now:
                rows.append((number, now))
        return rows[:count]

    def first_sheet(self) -> str:
        return next((name for name in self.sheets if _first_rows(str(self.path), self.file_name, name)), self.sheets[0])


@lru_cache(maxsize=64)
def _first_rows(path: str, file_name: str, sheet: str) -> Sequence[tuple[int, tuple[object, ...]]]:
    book = open_book(path, file_name)
    return tuple((number, tuple(cells)) for number, cells in islice(book.rows(sheet), ROWS))


def headed(book: Book, file_name: str) -> HeadedBook:
    """A book that remembers its first rows."""
    known = {f.name: getattr(book, f.name) for f in fields(Book)}
    return HeadedBook(**known, file_name=file_name)
