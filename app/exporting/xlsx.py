"""Workbooks: numbers and dates keep their type, text stays text, whatever it looks like."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, BinaryIO

import xlsxwriter
from flask_babel import gettext as _
from xlsxwriter.utility import xl_range

from app.entity.fields import Kind
from app.exporting.table import Column, ExportError, Table, Value, yes_no
from app.exporting.widths import characters

LONGEST = 32_767
"""UTF-16 units that a cell can hold."""

MOST_ROWS = 1_048_575
"""Rows of a sheet below its head; what is more stands on further sheets."""

_DAY_0 = date(1899, 12, 30).toordinal()
_SAFE = date(1900, 3, 1).toordinal()
"""From here on a day number means the same everywhere: the false 29 February 1900 is past. Older days are written as text."""

_FORMATS = {Kind.DATE: "yyyy-mm-dd", Kind.DATETIME: "yyyy-mm-dd hh:mm:ss", Kind.INTEGER: "0"}


def write_xlsx(table: Table, stream: BinaryIO) -> None:
    """One sheet with a frozen head, a filter and widths; title, date and who made it stand in the properties and, when it is printed, on
    every page: above the head they would be in the way of whoever sorts the sheet or imports it. Raises ExportError."""
    with tempfile.TemporaryDirectory(prefix="portal-xlsx-") as folder:
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        book = xlsxwriter.Workbook(stream, options | {"tmpdir": folder})
        try:
            _fill(book, table)
            book.close()
        except BaseException:
            for sheet in book.worksheets():
                sheet.row_data_fh.close()
            raise


def _fill(book: Any, table: Table) -> None:
    made = table.made.replace(tzinfo=None)
    about = "; ".join(table.about)
    book.set_properties({"title": table.title, "subject": about, "author": table.by, "company": table.community, "created": made})
    formats = [book.add_format({"num_format": _pattern(c)}) for c in table.columns]
    sheets = _Sheets(book, table, formats)
    sheet, row = sheets.next(), 0
    writes = [_writer(c, sheet) for c in table.columns]
    for number, chunk in table.pieces(MOST_ROWS):
        if number == sheets.count:
            sheets.close(sheet, row)
            sheet, row = sheets.next(), 0
            writes = [_writer(c, sheet) for c in table.columns]
        for values in chunk:
            row += 1
            for index, value in enumerate(values):
                if value is not None and writes[index](row, index, value, formats[index]) == _CUT:
                    raise _too_long(row, value)
    sheets.close(sheet, row)
    if (totals := table.totals()) is not None and row < MOST_ROWS:
        for index, (column, value) in enumerate(zip(table.columns, totals, strict=True)):
            bold = book.add_format({"num_format": _pattern(column), "bold": True, "top": 1})
            _total(sheet, row + 1, index, value, bold, alone=sheets.count == 1)


def _pattern(column: Column) -> str:
    if column.kind is Kind.DECIMAL:
        return "0." + "0" * column.scale if column.scale else "0"
    return _FORMATS.get(column.kind, "@")


class _Sheets:
    """The sheets of a book: one, or several where there are more rows than one holds."""

    def __init__(self, book: Any, table: Table, formats: Sequence[Any]) -> None:
        self.book, self.table, self.formats = book, table, formats
        self.head = book.add_format({"bold": True, "bottom": 1, "num_format": "@"})
        self.count = 0

    def next(self) -> Any:
        """A new sheet with its head."""
        self.count += 1
        name = sheet_name(self.table.title)
        if self.count > 1:
            name = f"{name[:26]} ({self.count})"
        sheet = self.book.add_worksheet(name)
        for index, column in enumerate(self.table.columns):
            sheet.set_column(index, index, characters(column), self.formats[index])
            sheet.write_string(0, index, column.title, self.head)
        sheet.freeze_panes(1, 1)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        # 255 characters at most; & begins an instruction there.
        where, title = (text[:50].replace("&", "&&") for text in (self.table.community, self.table.title))
        sheet.set_header(f"&L{where}&C&B{title}&R{self.table.made:%Y-%m-%d %H:%M}")
        sheet.set_footer(f"&R{_('Page %(page)s of %(pages)s', page='&P', pages='&N')}")
        return sheet

    def close(self, sheet: Any, rows: int) -> None:
        """Give a sheet its filter; it is written from here on."""
        if rows and self.table.columns:
            sheet.autofilter(0, 0, rows, len(self.table.columns) - 1)


def sheet_name(text: str) -> str:
    """A name that a sheet may have."""
    return re.sub(r"[\[\]:*?/\\'\x00-\x1f]", " ", text).strip()[:31] or "data"


_Write = Callable[[int, int, Any, Any], Any]
_CUT = -2
"""What XlsxWriter answers when a text was longer than a cell."""


def _writer(column: Column, sheet: Any) -> _Write:
    """How the values of a column are written: chosen once, so that no cell is asked what it is."""
    number, text = sheet.write_number, sheet.write_string
    if column.kind is Kind.BOOLEAN:
        words = yes_no()
        return lambda row, index, value, how: text(row, index, words[value], how)
    if column.kind is Kind.DATE:
        return lambda row, index, value, how: _date(number, text, row, index, value, how)
    if column.kind is Kind.DATETIME:
        return lambda row, index, value, how: _moment(number, text, row, index, value, how)
    if column.kind is Kind.DECIMAL:
        return lambda row, index, value, how: number(row, index, float(value), how)
    if column.kind is Kind.INTEGER:
        # A spreadsheet keeps 15 digits of a number.
        return lambda row, index, value, how: (
            number(row, index, value, how) if -(10**15) < value < 10**15 else text(row, index, str(value), how)
        )
    return text


def _too_long(row: int, value: str) -> ExportError:
    size = len(value.encode("utf-16-le", "replace")) // 2
    return ExportError(
        _("Row %(row)d has a text that is too long for a workbook (%(size)d characters); export as .csv.", row=row + 1, size=size)
    )


def _date(number: _Write, text: _Write, row: int, index: int, value: date, how: Any) -> None:
    day = value.toordinal()
    if day >= _SAFE:
        number(row, index, day - _DAY_0, how)
    else:
        text(row, index, value.isoformat(), how)


def _moment(number: _Write, text: _Write, row: int, index: int, value: datetime, how: Any) -> None:
    day = value.toordinal()
    if day >= _SAFE:
        number(row, index, day - _DAY_0 + (value.hour * 3600 + value.minute * 60 + value.second) / 86_400, how)
    else:
        text(row, index, f"{value:%Y-%m-%d %H:%M:%S}", how)


def _total(sheet: Any, row: int, index: int, value: Value, how: Any, alone: bool) -> None:
    if isinstance(value, str):
        sheet.write_string(row, index, value, how)
    elif value is None:
        sheet.write_blank(row, index, None, how)
    elif alone and row > 1:
        # It follows the filter: 109 leaves out what is hidden.
        cells = xl_range(1, index, row - 1, index)
        sheet.write_formula(row, index, f"=SUBTOTAL(109,{cells})", how, float(value))
    else:
        sheet.write_number(row, index, float(value), how)
