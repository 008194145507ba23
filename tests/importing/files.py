"""Small files for the tests of the importer, made as people make them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from app.database import db
from app.entity.import_plan import ImportOptions
from app.entity.import_result import ImportResult
from app.entity.importer import import_book
from app.entity.rejects import RejectBook
from app.entity.sheets import open_book
from app.extension import portal
from app.security.actor import Actor

SYSTEM = Actor.system()


def write_csv(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def write_xlsx(path: Path, *sheets: tuple[str, Sequence[Sequence[Any]]], hidden: Sequence[str] = ()) -> Path:
    """A workbook whose cells keep the types of Python's values."""
    book = xlsxwriter.Workbook(path, {"strings_to_formulas": False})
    day, moment = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    for name, rows in sheets:
        sheet = book.add_worksheet(name)
        if name in hidden:
            sheet.hide()
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                if isinstance(value, datetime):
                    sheet.write_datetime(r, c, value, moment)
                elif isinstance(value, date):
                    sheet.write_datetime(r, c, value, day)
                elif value is not None:
                    sheet.write(r, c, value)
    book.close()
    return path


def run_import(entity: str, path: Path, report: Path | None = None, actor: Actor = SYSTEM, **choices: Any) -> ImportResult:
    """Import a file in the current session; commits nothing."""
    options = ImportOptions(**{name: tuple(value) if isinstance(value, list) else value for name, value in choices.items()})
    registry = portal().registry
    rejects = RejectBook(report) if report is not None else None
    try:
        return import_book(db.session(), registry.entity(entity), actor, open_book(path), options, registry, rejects)
    finally:
        if rejects is not None:
            rejects.close()


def counts(result: ImportResult) -> tuple[int, int, int, int]:
    """New, changed, unchanged, rejected."""
    return result.new, result.changed, result.unchanged, result.rejected


def reasons(result: ImportResult) -> list[tuple[int, str, str]]:
    """Row, column and value of every rejection."""
    return [(r.row, r.column, r.value) for r in result.rejections]
