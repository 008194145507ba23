"""The workbook of rejected rows: as they stood in the file, with the reason; corrected, it can be uploaded again as it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from flask_babel import gettext as _

from app.entity.import_result import Rejection
from app.entity.sheets import Cell
from app.later import xlsxwriter

_COMMENTS = 5000
"""So many comments at most: the library keeps them in memory. The reason stands in the last column in any case."""


class RejectBook:
    """Writes rejected rows to a workbook as they come, in flat memory. Without any, no file is made."""

    def __init__(self, path: Path | str, headers: Sequence[str] = ()) -> None:
        self.path = Path(path)
        self.headers = list(headers)
        self.count = 0
        self._book: Any = None
        self._comments = 0

    def add(self, cells: Sequence[Cell], rejections: Sequence[Rejection]) -> None:
        """Write one row with its reasons."""
        if self._book is None:
            self._open(max(len(self.headers), len(cells)))
        self.count += 1
        wrong: dict[int, str] = {}
        for rejection in rejections:
            if rejection.index is not None:
                wrong[rejection.index] = "\n".join(filter(None, (wrong.get(rejection.index), rejection.reason)))
        for column in range(max(len(cells), max(wrong, default=-1) + 1)):
            self._write(self.count, column, cells[column] if column < len(cells) else None, column in wrong)
            if column in wrong and self._comments < _COMMENTS:
                self._comments += 1
                self._sheet.write_comment(self.count, column, wrong[column])
        reasons = "; ".join(f"{r.column}: {r.reason}" if r.column else r.reason for r in rejections)
        self._sheet.write_string(self.count, self._width, reasons)
        self._sheet.write_number(self.count, self._width + 1, rejections[0].row)

    def close(self) -> Path | None:
        """Finish the file; None when no row was rejected."""
        if self._book is None:
            self.path.unlink(missing_ok=True)
            return None
        self._sheet.autofilter(0, 0, self.count, self._width + 1)
        self._book.close()
        return self.path

    def _open(self, width: int) -> None:
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        self._book = xlsxwriter.Workbook(str(self.path), options)
        head = self._book.add_format({"bold": True, "bg_color": "#E8EEF1", "text_wrap": True, "valign": "top", "num_format": "@"})
        self._formats = {
            (kind, bad): self._book.add_format({"num_format": kind} | ({"bg_color": "#FBDADA", "font_color": "#8C1D1D"} if bad else {}))
            for kind in ("@", "General", "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss", "hh:mm:ss")
            for bad in (False, True)
        }
        self._sheet = self._book.add_worksheet(_("Rejected rows"))
        self._width = width
        self._sheet.freeze_panes(1, 0)
        self._sheet.set_column(0, width - 1, 16)
        self._sheet.set_column(width, width, 60)
        for column in range(width):
            self._sheet.write_string(0, column, self.headers[column] if column < len(self.headers) else "", head)
        self._sheet.write_string(0, width, _("Reason for rejection"), head)
        self._sheet.write_string(0, width + 1, _("Row in the file"), head)

    def _write(self, row: int, column: int, cell: Cell, bad: bool) -> None:
        sheet, formats = self._sheet, self._formats
        if cell is None:
            if bad:
                sheet.write_blank(row, column, None, formats["General", True])
        elif isinstance(cell, bool):
            sheet.write_boolean(row, column, cell, formats["General", bad])
        elif isinstance(cell, (int, float)):
            sheet.write_number(row, column, cell, formats["General", bad])
        elif isinstance(cell, datetime):
            sheet.write_datetime(row, column, cell, formats["yyyy-mm-dd hh:mm:ss", bad])
        elif isinstance(cell, date):
            sheet.write_datetime(row, column, cell, formats["yyyy-mm-dd", bad])
        elif isinstance(cell, (time, timedelta)):
            sheet.write_datetime(row, column, cell, formats["hh:mm:ss", bad])
        else:
            sheet.write_string(row, column, str(cell)[:32767], formats["@", bad])
