"""Tables as text: .csv for spreadsheets, .txt for everything else."""

from __future__ import annotations

import csv
import io
import re
from typing import BinaryIO

from app.exporting.table import Table
from app.exporting.texts import by_columns, guarded, worded

_BREAKS = re.compile(r"[\t\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+")


def write_csv(table: Table, stream: BinaryIO) -> None:
    """UTF-8 with a mark, so that Excel reads Chinese; no text is taken for a formula."""
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace", newline="", write_through=True)
    out = csv.writer(text, lineterminator="\r\n")
    out.writerow([guarded(c.title) for c in table.columns])
    how = [worded(c) for c in table.columns]
    for chunk in table.read():
        out.writerows(zip(*by_columns(chunk, how), strict=True))
    if (totals := table.totals()) is not None:
        out.writerow([row[0] for row in by_columns([totals], how)])
    text.flush()
    text.detach()


def _line(text: str) -> str:
    """A text on one line and in one column."""
    return guarded(_BREAKS.sub(" ", text))


def write_txt(table: Table, stream: BinaryIO) -> None:
    """A record a line, its values apart by tabs: it is pasted into Word, WPS and Excel as a table, and any other program reads it. Values
    are not padded into columns: whether they stand below each other depends on the font, and with 汉字 they seldom do."""
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace", newline="", write_through=True)
    text.write("\t".join(_line(c.title) for c in table.columns) + "\r\n")
    how = [worded(c, _line) for c in table.columns]
    for chunk in table.read():
        text.write("".join(["\t".join([v or "" for v in row]) + "\r\n" for row in zip(*by_columns(chunk, how), strict=True)]))
    if (totals := table.totals()) is not None:
        text.write("\t".join([row[0] or "" for row in by_columns([totals], how)]) + "\r\n")
    text.flush()
    text.detach()
