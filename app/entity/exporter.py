"""Records into .xlsx and .csv: exactly the columns asked for, typed, masked, safe to open, and importable again without a difference.

A text that begins like a formula (= + - @) is written as text: in .xlsx by its cell type, in .csv with a quote before it (`'=1+1`), as
Excel itself does; the importer takes exactly this quote off again (sheets._unguarded). Texts that begin with quotes before such a
character get one more, so that every text comes back as it was."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any, BinaryIO

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.entity.dates import zone
from app.entity.fields import Field, Kind, Path, fields_of, path_of
from app.entity.lookups import Found, Lookups, Retired, naming_paths
from app.entity.reach import reachable
from app.entity.targets import column_titles
from app.extension import portal
from app.later import xlsxwriter
from app.registry import Entity
from app.security.actor import Actor, require
from models.base import Base
from models.platform.dictionaries import DictionaryItem

MEDIA_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_CHUNK = 1000
_LONGEST = 32767
_ROWS = 1_048_575


class ExportError(ValueError):
    """The records do not fit into the chosen kind of file; the message says what to do."""


def all_columns(entity: Entity) -> tuple[str, ...]:
    """Every field of an entity: first what the list shows of its own, then the rest."""
    fields = fields_of(entity.model)
    return tuple(dict.fromkeys([*(n for n in entity.columns if n in fields), *fields]))


def guarded(text: str) -> str:
    """A text for .csv that no spreadsheet takes for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def export_xlsx(session: Session, entity: Entity, columns: Sequence[str], records: Iterable[Base], actor: Actor, stream: BinaryIO) -> int:
    """Write records to a workbook; returns how many. Raises Denied and ExportError."""
    writer = RecordWriter(session, entity, columns, actor)
    book = xlsxwriter.Workbook(
        stream,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    sheet = book.add_worksheet(_sheet_name(str(entity.plural)))
    head = book.add_format({"bold": True, "bottom": 1})
    formats = {kind: book.add_format({"num_format": pattern}) for kind, pattern in _FORMATS.items()}
    for index, path in enumerate(writer.paths):
        sheet.set_column(index, index, _width(path.field), formats.get(_format(path.field)))
        sheet.write_string(0, index, writer.titles[index], head)
    sheet.freeze_panes(1, 1)
    count = 0
    for count, values in enumerate(writer.rows(records), 1):
        if count > _ROWS:
            raise ExportError(_("A sheet holds %(most)d rows at most; export as .csv.", most=_ROWS))
        for index, value in enumerate(values):
            if value is not None:
                _write(sheet, count, index, value, formats, writer.paths[index].field)
    if count:
        sheet.autofilter(0, 0, count, max(len(writer.paths) - 1, 0))
    book.close()
    return count


def export_csv(session: Session, entity: Entity, columns: Sequence[str], records: Iterable[Base], actor: Actor, stream: BinaryIO) -> int:
    """Write records as .csv in UTF-8 with a mark, so that Excel reads Chinese; returns how many. Raises Denied."""
    writer = RecordWriter(session, entity, columns, actor)
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="", write_through=True)
    out = csv.writer(text, lineterminator="\r\n")
    out.writerow(guarded(title) for title in writer.titles)
    count = 0
    for values in writer.rows(records):
        out.writerow(_csv_text(value) for value in values)
        count += 1
    text.flush()
    text.detach()
    return count


_FORMATS = {"text": "@", "date": "yyyy-mm-dd", "datetime": "yyyy-mm-dd hh:mm:ss", "integer": "0", "decimal": "0.00"}


def _format(field: Field) -> str:
    kinds = {Kind.DATE: "date", Kind.DATETIME: "datetime", Kind.INTEGER: "integer", Kind.DECIMAL: "decimal"}
    return kinds.get(field.kind, "text")


def _width(field: Field) -> int:
    return {Kind.LONG: 40, Kind.TEXT: 20, Kind.RELATION: 20, Kind.DATETIME: 20}.get(field.kind, 12)


def _write(sheet: Any, row: int, column: int, value: Any, formats: dict[str, Any], field: Field) -> None:
    if isinstance(value, (Decimal, int)) and not isinstance(value, bool):
        sheet.write_number(row, column, float(value) if isinstance(value, Decimal) else value, formats.get(_format(field)))
    elif isinstance(value, (date, datetime)):
        sheet.write_datetime(row, column, value, formats["datetime" if isinstance(value, datetime) else "date"])
    elif len(value) > _LONGEST:
        raise ExportError(
            _("Row %(row)d has a text that is too long for a workbook (%(size)d characters); export as .csv.", row=row + 1, size=len(value))
        )
    else:
        sheet.write_string(row, column, value, formats["text"])


def _csv_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, (Decimal, int, date)):
        return f"{value:f}" if isinstance(value, Decimal) else str(value)
    return guarded(value)


def _sheet_name(text: str) -> str:
    return re.sub(r"[\[\]:*?/\\']", " ", text).strip()[:31] or "data"


class RecordWriter:
    """Turns records into rows of plain values for one actor: words as words, masked values masked, times in the local zone."""

    def __init__(self, session: Session, entity: Entity, columns: Sequence[str], actor: Actor) -> None:
        require(actor, "export", entity.module)
        self.lookups = Lookups(session, actor, portal().registry)
        columns = reachable(actor, entity, columns)
        self.paths = [path_of(entity.model, name) for name in columns]
        self.titles = column_titles(entity, columns)
        self._visible = [self.lookups.may_see(path) for path in self.paths]

    def rows(self, records: Iterable[Base]) -> Iterator[list[Any]]:
        """One list of values per record; relations of a thousand records are named with a few queries."""
        source = iter(records)
        while chunk := list(islice(source, _CHUNK)):
            names = {i: self._names(path, chunk) for i, path in enumerate(self.paths) if path.field.kind is Kind.RELATION}
            for record in chunk:
                yield [self._value(i, path, record, names) for i, path in enumerate(self.paths)]

    def _value(self, index: int, path: Path, record: Base, names: dict[int, dict[int, str]]) -> Any:
        value = path.read(record)
        if value is None or value == "":
            return None
        field = path.field
        if field.kind is Kind.RELATION:
            return names[index][value.id]
        if not self._visible[index]:
            return field.mask.apply(str(value))
        if field.kind is Kind.CHOICE:
            return str(value.label)
        if isinstance(value, bool):
            return _("Yes") if value else _("No")
        if isinstance(value, datetime):
            return value.astimezone(zone()).replace(tzinfo=None)
        return value

    def _names(self, path: Path, records: Sequence[Base]) -> dict[int, str]:
        """What to call the targets of a relation so that the import finds them again: the title, else another unique name, else
        the title with the number of the record (`张三 #1234`)."""
        targets = {t.id: t for t in (path.read(record) for record in records) if t is not None}
        texts = {id_: self.lookups.title(target) for id_, target in targets.items()}
        found = self.lookups.resolve(path.field, set(texts.values())) if texts else {}
        return {id_: text if _is(found[text], id_) else self._other_name(path.field, targets[id_], text) for id_, text in texts.items()}

    def _other_name(self, field: Field, target: Base, title: str) -> str:
        if isinstance(target, DictionaryItem):
            return target.label
        for path in naming_paths(self.lookups.registry.of_model(field.target), field.target):
            if not path.steps and path.field.unique and self.lookups.may_see(path) and path.read(target):
                return str(path.read(target))
        return f"{title} #{target.id}"


def _is(found: Found, id_: int) -> bool:
    return (found.id if isinstance(found, Retired) else found) == id_
