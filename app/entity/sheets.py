"""Reading .xlsx .xls .ods .csv: sheets as rows of cells that keep their types, without the emptiness around them."""

from __future__ import annotations

import codecs
import csv
import itertools
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from xml.etree import ElementTree

from flask_babel import gettext as _

from app.entity.archives import opened, part
from app.entity.file_kinds import SheetScan, kind_of, scan_xlsx
from app.entity.file_limits import DEFAULT_LIMITS, Limits, SheetError, damaged
from app.entity.text_lines import TextLines
from app.entity.workbooks import rows_of, sheets_of

Cell = str | float | int | bool | date | datetime | time | timedelta | None
Row = tuple[int, list[Cell]]
"""A row with its number as the file shows it (the first is 1)."""

LEAVE_OUT = -1
"""The column of a correction that leaves the row out."""

ENCODINGS = ("utf-8", "gb18030")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark begins it
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
FOUND_OUT = frozenset((*ENCODINGS, *(encoding for _mark, encoding in _BOMS)))
"""The encodings that are recognised without being said."""
_DELIMITERS = ",;\t|"
_BROKEN = (OSError, ValueError, KeyError, zipfile.BadZipFile, zlib.error, ElementTree.ParseError)
_HEAD = 60
_GUARDED = re.compile(r"'+[=+\-@\t\r]")


@dataclass(frozen=True)
class Book:
    """A file that can be imported: its kind, its visible sheets by name (a .csv has one, named ''), and their rows."""

    path: Path
    kind: str
    sheets: tuple[str, ...]
    limits: Limits = DEFAULT_LIMITS
    encoding: str = ""
    delimiter: str = ","
    parts: dict[str, str] = field(default_factory=dict)
    fixes: Mapping[str, Mapping[int, Mapping[int, str]]] = field(default_factory=dict)
    """Corrections, laid over the file as it is read: texts by sheet, row and column."""
    _heads: dict[str, list[Row]] = field(default_factory=dict, repr=False, compare=False)
    _scans: dict[str, SheetScan] = field(default_factory=dict, repr=False, compare=False)

    def rows(self, sheet: str | None = None) -> Iterator[Row]:
        """The rows of a sheet that hold anything, cells without the empty ones at the end.

        Raises SheetError for an unknown or oversized sheet and for text that cannot be read."""
        name = self.first_sheet() if sheet is None else sheet
        if name not in self.sheets:
            raise SheetError(_("There is no sheet “%(name)s”; there are: %(known)s.", name=name, known=", ".join(self.sheets)))
        source = self._csv_rows() if self.kind == "csv" else self._workbook_rows(name)
        fixes = self.fixes.get(name)
        for count, (number, cells) in enumerate(source, 1):
            if count > self.limits.rows:
                raise SheetError(_("The file has more than %(most)d rows; split it.", most=self.limits.rows))
            if fixes and number in fixes:
                cells = corrected_cells(cells, fixes[number])
                if not cells:
                    continue
            yield number, cells

    def with_fixes(self, fixes: Mapping[str, Mapping[int, Mapping[int, str]]]) -> Book:
        """The same file with corrections laid over it."""
        return replace(self, fixes=fixes, _heads={})

    def head(self, sheet: str | None = None, count: int = 30) -> list[Row]:
        """The first rows that hold anything."""
        name = self.first_sheet() if sheet is None else sheet
        if count > _HEAD:
            return list(itertools.islice(self.rows(name), count))
        if name not in self._heads:
            # A reader builds the whole sheet before its first row: those who ask for a few get them from one look.
            self._heads[name] = list(itertools.islice(self.rows(name), _HEAD))
        return self._heads[name][:count]

    def first_sheet(self) -> str:
        """The first sheet that holds anything."""
        return next((name for name in self.sheets if self.head(name, 1)), self.sheets[0])

    def _errors(self, name: str) -> dict[int, dict[int, str]]:
        """The error cells of a sheet, which the reader makes empty ones. Raises SheetError for a sheet that is too large to be read."""
        if self.kind != "xlsx":
            return {}
        if name not in self._scans:
            self._scans[name] = scan_xlsx(self.path, self.parts[name], self.limits)
        return self._scans[name].errors

    def _workbook_rows(self, name: str) -> Iterator[Row]:
        try:
            for index, cells in _with_errors(rows_of(self.path, name, self.limits), self._errors(name)):
                trimmed = _trim(cells)
                if trimmed:
                    yield index + 1, trimmed
        except _BROKEN as error:
            raise _unreadable(error) from error

    def _csv_rows(self) -> Iterator[Row]:
        csv.field_size_limit(self.limits.row_chars)
        with self.path.open(encoding=self.encoding, newline="") as file:
            lines = TextLines(file, self.limits)
            try:
                for number, cells in enumerate(csv.reader(lines, delimiter=self.delimiter), 1):
                    lines.check(cells)
                    if len(cells) > self.limits.columns:
                        raise SheetError(_("Row %(row)d has %(count)d columns; is the file really a table?", row=number, count=len(cells)))
                    trimmed = _trim([_unguarded(cell) for cell in cells])
                    if trimmed:
                        yield number, trimmed
            except (csv.Error, UnicodeError) as error:
                raise _unreadable(error) from error


def corrected_cells(cells: list[Cell], fixes: Mapping[int, str]) -> list[Cell]:
    """A row with its corrections; nothing is left of one that is left out."""
    if LEAVE_OUT in fixes:
        return []
    whole = [*cells, *[None] * (max(fixes) + 1 - len(cells))]
    for column, text in fixes.items():
        whole[column] = text
    return _trim(whole)


def _with_errors(rows: Iterator[tuple[int, list[Cell]]], errors: dict[int, dict[int, str]]) -> Iterator[tuple[int, list[Cell]]]:
    """Rows with the errors that the reader made empty cells of, also beyond the last cell and row in which it saw anything."""
    last = -1
    for last, cells in rows:
        yield last, _marked(cells, errors[last]) if last in errors else cells
    for index in sorted(index for index in errors if index > last):
        yield index, _marked([], errors[index])


def _marked(cells: list[Cell], errors: dict[int, str]) -> list[Cell]:
    cells += [None] * (max(errors) + 1 - len(cells))
    for column, text in errors.items():
        if cells[column] is None or cells[column] == "":
            cells[column] = text
    return cells


def _trim(cells: list[Cell]) -> list[Cell]:
    """Blank texts become None, and the row ends at its last value."""
    end = 0
    for index, value in enumerate(cells):
        if value is None or (isinstance(value, str) and (not value or value.isspace())):
            cells[index] = None
        else:
            end = index + 1
    del cells[end:]
    return cells


def _unguarded(text: str) -> str:
    """The text without the quote that the exporter puts before =, +, - and @ (see app.exporting.texts.guarded)."""
    return text[1:] if text.startswith("'") and _GUARDED.match(text) else text


def _unreadable(error: Exception) -> SheetError:
    if isinstance(error, SheetError):
        return error
    return damaged(error)


def open_book(path: Path | str, name: str = "", encoding: str = "", limits: Limits = DEFAULT_LIMITS) -> Book:
    """Look into a file. `name`: what the user calls it; `encoding`: of a .csv, otherwise found out. Raises SheetError."""
    path = Path(path)
    kind = kind_of(path, name, limits)
    if kind == "csv":
        found = encoding or _encoding(path)
        return Book(path, kind, ("",), limits, found, _delimiter(path, found))
    try:
        sheets = sheets_of(path, limits)
        parts = _sheet_parts(path, limits) if kind == "xlsx" else {}
    except _BROKEN as error:
        raise _unreadable(error) from error
    if not sheets:
        raise SheetError(_("The workbook has no visible sheet."))
    return Book(path, kind, tuple(sheets), limits, parts=parts)


def _sheet_parts(path: Path, limits: Limits) -> dict[str, str]:
    """Which file of an .xlsx archive holds which sheet."""
    with opened(path, limits) as archive:
        book = ElementTree.fromstring(part(archive, "xl/workbook.xml", limits))
        links = ElementTree.fromstring(part(archive, "xl/_rels/workbook.xml.rels", limits))
    files = {link.get("Id"): (link.get("Target") or "") for link in links}
    parts = {}
    for sheet in book.iter():
        if sheet.tag.endswith("}sheet"):
            key = next((value for name, value in sheet.attrib.items() if name.endswith("}id")), None)
            target = files.get(key, "")
            parts[sheet.get("name", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    if len(set(parts.values())) < len(parts):
        # Looking over a large part once is little; over and over, for a thousand sheets, it is not.
        raise damaged(_("several sheets share one part"))
    return parts


def _encoding(path: Path) -> str:
    """The encoding of a text file: by its mark, otherwise UTF-8 if all of it is, otherwise GB18030 if all of it is."""
    with path.open("rb") as file:
        head = file.read(4)
        for mark, encoding in _BOMS:
            if head.startswith(mark):
                return encoding
    for encoding in ENCODINGS:
        decoder = codecs.getincrementaldecoder(encoding)()
        with path.open("rb") as file:
            try:
                while block := file.read(1 << 20):
                    decoder.decode(block)
                decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                continue
        return encoding
    raise SheetError(_("The text is neither UTF-8 nor GB18030; save it as “CSV UTF-8”."))


def _delimiter(path: Path, encoding: str) -> str:
    """The character that divides the first lines most evenly."""
    try:
        with path.open(encoding=encoding, newline="") as file:
            lines = TextLines(file, DEFAULT_LIMITS).first(30)
    except (UnicodeError, LookupError) as error:
        raise SheetError(_("The text cannot be read as %(encoding)s.", encoding=encoding)) from error
    best, best_score = ",", (0, 0)
    for delimiter in _DELIMITERS:
        try:
            widths = [len(cells) for cells in csv.reader(lines, delimiter=delimiter) if cells]
        except csv.Error:
            continue
        most = max(widths, key=widths.count, default=1)
        score = (widths.count(most), most) if most > 1 else (0, 0)
        if score > best_score:
            best, best_score = delimiter, score
    return best
