"""Which records the rows of earlier parts became, for the parts that point to them: by row, or by columns that hold the same number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from flask_babel import gettext as _

from app.entity.import_parts import Link, Part
from app.entity.import_rows import Cause, RowWork, Source
from app.entity.quantities import normal
from app.entity.sheets import Cell
from app.entity.values import is_nothing, text_of_cell
from models.base import BadValue

Value = tuple[str, ...]


@dataclass
class Rows:
    """What became of the rows of one part: the record of each, or why it was rejected. joined: by the columns that others join on, the row
    that holds a value."""

    label: str
    columns: tuple[tuple[int, ...], ...]
    ids: dict[int, int] = field(default_factory=dict)
    refused: dict[int, Cause] = field(default_factory=dict)
    joined: dict[tuple[int, ...], dict[Value, int]] = field(default_factory=dict)
    repeated: int = 0

    def note(self, row: RowWork) -> None:
        """Take note of a row that is done with."""
        if row.rejections:
            # What hangs on a row that hangs on another one is told the first cause, not the whole chain.
            self.refused.setdefault(row.number, row.cause or (self.label, row.number, row.rejections[0].reason))
        elif row.record_id is not None:
            # Of several columns that became rows the first one stands for the row.
            self.ids.setdefault(row.number, row.record_id)
        for columns in self.columns:
            value = joining(row.cells, columns)
            if value is not None and self.joined.setdefault(columns, {}).setdefault(value, row.number) != row.number:
                self.repeated += 1


class Links:
    """The rows of every part of a batch that others link to."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self.wanted: dict[str, set[tuple[int, ...]]] = {}
        for part in parts:
            for feed in part.feeds or ():
                if feed.link is not None:
                    columns = self.wanted.setdefault(feed.link.part, set())
                    if feed.link.to:
                        columns.add(feed.link.to)
        self.rows: dict[str, Rows] = {}

    def begin(self, part: Part, label: str) -> Rows | None:
        """Where the rows of a part are to be noted; None when nobody links to it."""
        if part.called not in self.wanted:
            return None
        rows = self.rows[part.called] = Rows(label, tuple(sorted(self.wanted[part.called])))
        return rows

    def resolve(self, sources: Iterable[Source], rows: Sequence[RowWork]) -> dict[str, list[int | BadValue | None]]:
        """Put the ids of linked records into the rows' values; what was rejected there is rejected here too.

        Returns, by relation, what each row led to."""
        found: dict[str, list[int | BadValue | None]] = {}
        for source in sources:
            other, name = self.rows[source.link.part], source.target.name
            found[name] = []
            for row in rows:
                try:
                    record = row.values[name] = self.record(other, source.link, row)
                    found[name].append(record)
                except BadValue as error:
                    row.rejections.append(source.rejection(row, error))
                    found[name].append(error)
        return found

    def record(self, other: Rows, link: Link, row: RowWork) -> int | None:
        """The record that a row is linked to; None when there is none to see. Raises BadValue."""
        number = row.number
        if link.by:
            value = joining(row.cells, link.by)
            if value is None:
                return None
            found = other.joined.get(link.to, {}).get(value)
            if found is None:
                raise BadValue(_("No row of “%(part)s” has the number %(value)s.", part=other.label, value=" ".join(value)))
            number = found
        if number in other.ids:
            return other.ids[number]
        if number in other.refused:
            row.cause = part, at, reason = other.refused[number]
            raise BadValue(_("%(part)s of this row was rejected: row %(row)d, %(reason)s", part=part, row=at, reason=reason))
        return None


def joining(cells: Sequence[Cell], columns: tuple[int, ...]) -> Value | None:
    """What rows of two sheets are joined by: the texts of cells; None where one is empty."""
    texts = []
    for column in columns:
        cell = cells[column] if 0 <= column < len(cells) else None
        try:
            text = text_of_cell(cell).strip() if cell is not None else ""
        except BadValue:
            text = str(cell)
        if not text or is_nothing(text):
            return None
        texts.append(normal(text))
    return tuple(texts)
