"""The kinds of file there are: what each is called, what it is for, who writes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, BinaryIO

from flask_babel import lazy_gettext as _l
from werkzeug.utils import import_string

from app.exporting.table import Table


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file. writer: `module:function`, imported when it first writes; rows: whether it holds the records themselves; most: so
    many records at most, 0 = any number; slow: a record costs so many times as much as in the others."""

    key: str
    label: Any
    hint: Any
    media: str
    writer: str
    rows: bool = True
    most: int = 0
    slow: int = 1

    def write(self, table: Table, stream: BinaryIO) -> None:
        """Write a table. Raises ExportError."""
        write: Callable[[Table, BinaryIO], None] = import_string(self.writer)
        write(table, stream)


_ALL = (
    Format(
        "xlsx",
        _l("Excel"),
        _l("numbers and dates keep their type"),
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "app.exporting.xlsx:write_xlsx",
    ),
    Format("csv", _l("Text for spreadsheets"), _l("UTF-8, apart by commas"), "text/csv; charset=utf-8", "app.exporting.csv_file:write_csv"),
    Format(
        "ods",
        _l("OpenDocument"),
        _l("for LibreOffice and WPS"),
        "application/vnd.oasis.opendocument.spreadsheet",
        "app.exporting.ods:write_ods",
    ),
    Format("pdf", _l("PDF list"), _l("to be printed"), "application/pdf", "app.exporting.pdf:write_pdf", most=100_000, slow=10),
    Format("txt", _l("Plain text"), _l("apart by tabs"), "text/plain; charset=utf-8", "app.exporting.csv_file:write_txt"),
    Format("json", _l("JSON"), _l("for other programs"), "application/json", "app.exporting.json_file:write_json"),
    Format("xml", _l("XML"), _l("for other programs, with a schema"), "application/xml", "app.exporting.xml_file:write_xml"),
    Format("xsd", _l("Schema of the XML"), _l("no records"), "application/xml", "app.exporting.xml_file:write_xsd", rows=False),
)

FORMATS: MappingProxyType[str, Format] = MappingProxyType({f.key: f for f in _ALL})
"""By the ending of the file."""

LISTED = tuple(f for f in _ALL if f.rows)
"""Those that people choose from."""
