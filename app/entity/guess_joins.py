"""Which columns of different sheets hold the same numbers: what joins the sheets of a workbook."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from app.entity.file_kinds import SheetError
from app.entity.headers import guess_header, header_text, meanings
from app.entity.import_links import joining
from app.entity.sheets import Book
from app.entity.values import is_nothing

Join = tuple[str, int, str, int]
"""Two columns that hold the same numbers: sheet, column, other sheet, other column."""

_ROWS_READ = 3_000
_SAMPLES = 200
_NUMBERED = re.compile("号|编号|编码|码|id|no|number|code", re.IGNORECASE)


@dataclass
class Sheet:
    """A sheet with what its first rows hold: different values by column, and all of them for joining."""

    name: str
    header_row: int
    headers: tuple[str, ...]
    rows: int = 0
    samples: dict[int, list[str]] = field(default_factory=dict)
    values: dict[int, list[str]] = field(default_factory=dict)

    def within(self, column: int, other: Sheet, there: int) -> bool:
        """Whether most values of a column are values of a column of another sheet."""
        mine, theirs = set(self.values.get(column, ())), set(other.values.get(there, ()))
        return bool(mine) and len(mine & theirs) * 2 > len(mine)


def read_sheets(book: Book, known: Callable[[str], bool]) -> list[Sheet]:
    """The sheets that hold anything, as far as guessing needs them. Raises SheetError."""
    sheets = []
    for name in book.sheets:
        try:
            head = book.head(name)
        except SheetError:
            if len(book.sheets) == 1:
                raise
            continue  # one sheet that is too large does not keep the others from being read
        if not head:
            continue
        row = guess_header(head, lambda header: any(known(form) for form in meanings(header)))
        sheets.append(_read(book, name, row))
    return sheets


def _read(book: Book, name: str, header_row: int) -> Sheet:
    sheet = Sheet(name, header_row, ())
    seen: dict[int, set[str]] = {}
    for number, cells in book.rows(name):
        if number == header_row:
            sheet.headers = tuple(str(cell).strip() if isinstance(cell, str) else header_text(cell) for cell in cells)
        if number <= header_row:
            continue
        sheet.rows += 1
        if sheet.rows > _ROWS_READ:
            continue
        for column in range(len(sheet.headers)):
            value = joining(cells, (column,))
            if value is None:
                continue
            sheet.values.setdefault(column, []).append(value[0])
            text = header_text(cells[column])[:60]
            samples = sheet.samples.setdefault(column, [])
            if len(samples) < _SAMPLES and not is_nothing(text) and text not in seen.setdefault(column, set()):
                seen[column].add(text)
                samples.append(text)
    return sheet


def shared_numbers(sheets: Sequence[Sheet]) -> list[Join]:
    """Columns under one header, of which one holds every value once and the other such values."""
    found: list[Join] = []
    for sheet in sheets:
        for far in (other for other in sheets if other is not sheet):
            for column, header in enumerate(sheet.headers):
                for to, other in enumerate(far.headers):
                    if not _same_number(header, other) or (far.name, to, sheet.name, column) in found:
                        continue
                    values = far.values.get(to, [])
                    if values and len(set(values)) == len(values) and sheet.within(column, far, to):
                        found.append((sheet.name, column, far.name, to))
    return found


def _same_number(header: str, other: str) -> bool:
    return bool(_NUMBERED.search(header)) and (meanings(header) or [""])[-1] == (meanings(other) or [" "])[-1]
