"""Reports as workbooks: the table with its title and conditions, and the chart as one of Excel's own, over the cells of the table where it
draws just them (row 1.8)."""

from __future__ import annotations

import tempfile
from datetime import date, datetime
from typing import Any, BinaryIO

import xlsxwriter
from flask import current_app
from flask_babel import gettext as _

from app.exporting.texts import legal
from app.exporting.widths import width_of
from app.exporting.xlsx import sheet_name
from reports.base import Chart, ReportColumn, ReportTable
from reports.plot import plot
from reports.renderers.xlsx_chart import place_chart
from reports.wording import pattern, text_of

_LONGEST = 32_767
"""Characters that a cell can hold."""
_KEPT = 10**15
"""A spreadsheet keeps 15 digits of a number; longer ones are text."""


def write(table: ReportTable, chart: Chart | None, stream: BinaryIO) -> None:
    """Write the workbook. Texts stay texts, whatever they begin with."""
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": False}
    with tempfile.TemporaryDirectory(prefix="portal-xlsx-") as folder:
        book = xlsxwriter.Workbook(stream, options | {"tmpdir": folder})
        about = legal("; ".join(table.about))[:255]
        book.set_properties({"title": legal(table.title)[:255], "subject": about, "company": str(current_app.config["COMMUNITY"])})
        sheet = book.add_worksheet(sheet_name(legal(table.title)))
        head = _heading(book, sheet, table)
        _rows(book, sheet, table, head)
        if chart is not None and not (drawn := plot(table, chart)).empty:
            place_chart(book, sheet, table, chart, drawn, head)
        _paper(sheet, table, head)
        book.close()


def _heading(book: Any, sheet: Any, table: ReportTable) -> int:
    """Title and conditions; returns the row of the head."""
    sheet.write_string(0, 0, legal(table.title), book.add_format({"bold": True, "font_size": 14}))
    quiet = book.add_format({"font_color": "#596975"})
    for row, line in enumerate(table.about, 1):
        sheet.write_string(row, 0, legal(line)[:_LONGEST], quiet)
    return len(table.about) + 2


def _rows(book: Any, sheet: Any, table: ReportTable, head: int) -> None:
    """Heads, rows, the sums, the note."""
    number, text = ({"bold": True, "bottom": 1, "bg_color": "#f1f3f4", "text_wrap": True, "valign": "top"} for _n in range(2))
    heads = {True: book.add_format(number | {"align": "right"}), False: book.add_format(text)}
    cells = [book.add_format({"num_format": pattern(c)}) for c in table.columns]
    totals = [book.add_format({"num_format": pattern(c), "bold": True, "top": 1}) for c in table.columns]
    for n, column in enumerate(table.columns):
        sheet.set_column(n, n, _width(table, n))
        sheet.write_string(head, n, legal(column.head), heads[column.is_number])
        for row, values in enumerate(table.rows, head + 1):
            _cell(sheet, row, n, column, values[n], cells[n])
        if table.totals is not None:
            _total(sheet, table, n, head, totals[n])
    if table.rows:
        sheet.autofilter(head, 0, head + len(table.rows), len(table.columns) - 1)
    sheet.freeze_panes(head + 1, 1)
    if table.note:
        sheet.write_string(head + len(table.rows) + 3, 0, legal(table.note)[:_LONGEST])


def _cell(sheet: Any, row: int, place: int, column: ReportColumn, value: Any, how: Any) -> None:
    if value is None:
        sheet.write_blank(row, place, None, how)
    elif column.is_number and not isinstance(value, str) and -_KEPT < value < _KEPT:
        sheet.write_number(row, place, float(value), how)
    elif isinstance(value, date) and not isinstance(value, datetime) and value.year > 1900:
        sheet.write_datetime(row, place, datetime(value.year, value.month, value.day), how)
    else:
        sheet.write_string(row, place, legal(text_of(column, value))[:_LONGEST], how)


def _total(sheet: Any, table: ReportTable, place: int, head: int, how: Any) -> None:
    """A sum as a formula that follows the filter, where it is the sum of what stands above; anything else as it is."""
    column, value = table.columns[place], table.totals[place]  # type: ignore[index]
    row = head + len(table.rows) + 1
    if place == 0 and value is None:
        sheet.write_string(row, place, _("Total"), how)
    elif column.summable and table.rows and value == sum(v[place] or 0 for v in table.rows):
        first, last = head + 2, head + 1 + len(table.rows)
        name = xlsxwriter.utility.xl_col_to_name(place)
        sheet.write_formula(row, place, f"=SUBTOTAL(109,{name}{first}:{name}{last})", how, float(value))
    else:
        _cell(sheet, row, place, column, value, how)


def _width(table: ReportTable, place: int) -> float:
    """Of a column, in characters."""
    column = table.columns[place]
    values = [row[place] for row in table.rows[:500]] + ([table.totals[place]] if table.totals is not None else [])
    longest = max((width_of(text_of(column, v)) for v in values), default=0)
    return min(max(longest + 2, min(width_of(column.head) + 4, 24), 9), 48)


def _paper(sheet: Any, table: ReportTable, head: int) -> None:
    """How it is printed."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(head)
    title = legal(table.title)[:80].replace("&", "&&")
    where = str(current_app.config["COMMUNITY"])[:50].replace("&", "&&")
    sheet.set_header(f"&L{where}&C&B{title}")
    sheet.set_footer(f"&R{_('Page %(page)s of %(pages)s', page='&P', pages='&N')}")
