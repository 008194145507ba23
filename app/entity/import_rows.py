"""Rows on their way into the database: the cells of the file, the typed values of the record, what is wrong with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.entity.datamodel import Draft
from app.entity.fields import Kind
from app.entity.import_result import Rejection
from app.entity.mapping import ColumnMap, ColumnUse
from app.entity.sheets import Cell
from app.entity.targets import Target
from app.entity.values import Notes, Reader
from models.base import BadValue

_SHOWN = 200


@dataclass(slots=True)
class RowWork:
    """One row: what the file holds, what it means, and why it is rejected."""

    number: int
    cells: list[Cell]
    values: dict[str, Any] = field(default_factory=dict)
    rejections: list[Rejection] = field(default_factory=list)
    words: dict[str, str] = field(default_factory=dict)
    draft: Draft | None = None


class Source:
    """Where the value of a target comes from: a column or a constant."""

    def __init__(self, target: Target, use: ColumnUse | None, constant: str | None, notes: Notes) -> None:
        self.target = target
        self.use = use
        self.constant = constant
        self.notes = notes
        self.reader = Reader(target.field, notes=notes)

    @property
    def index(self) -> int | None:
        return self.use.index if self.use is not None and self.use.index >= 0 else None

    @property
    def header(self) -> str:
        """How the source is called in messages."""
        return self.use.header if self.use is not None and self.use.header else self.target.title()

    def cell(self, row: RowWork) -> Cell:
        """What the row (or the constant) says."""
        if self.use is None:
            return self.constant
        if self.use.index < 0:
            return row.number
        return row.cells[self.use.index] if self.use.index < len(row.cells) else None

    def read(self, row: RowWork) -> Any:
        """The typed value. Raises BadValue."""
        return self.reader(self.cell(row))

    def rejection(self, row: RowWork, error: BadValue | str) -> Rejection:
        """Why the value of this source is not accepted."""
        cell = self.cell(row)
        shown = "" if cell is None else f"{cell:.15g}" if isinstance(cell, float) else str(cell)
        return Rejection(row.number, self.index, self.header, shown[:_SHOWN], str(error), getattr(error, "suggestion", ""))


class RowReader:
    """Reads the plain fields of rows; relations are resolved for many rows at once (see parents.py)."""

    def __init__(self, targets: Mapping[str, Target], columns: ColumnMap) -> None:
        self.notes: dict[str, Notes] = {}
        self.sources = {name: self._source(targets[name], columns) for name in targets if name in columns.given()}
        self._plain = [s for s in self.sources.values() if not s.target.steps and s.target.field.kind is not Kind.RELATION]
        self._indexes = sorted({s.index for s in self.sources.values() if s.index is not None})

    def _source(self, target: Target, columns: ColumnMap) -> Source:
        use = columns.used.get(target.name)
        notes: Notes = Counter()
        if use is not None:
            self.notes[use.header or use.letter] = notes
        return Source(target, use, columns.constants.get(target.name), notes)

    def is_blank(self, cells: Sequence[Cell]) -> bool:
        """Whether a row has nothing in any mapped column."""
        return all(index >= len(cells) or cells[index] is None for index in self._indexes)

    def mapped(self, cells: Sequence[Cell]) -> list[Cell]:
        """The cells of the mapped columns."""
        return [cells[index] for index in self._indexes if index < len(cells)]

    def read(self, row: RowWork) -> None:
        """Fill the row's values; what cannot be read becomes a rejection."""
        for source in self._plain:
            try:
                row.values[source.target.name] = source.read(row)
            except BadValue as error:
                row.rejections.append(source.rejection(row, error))

    def source_of(self, name: str | None) -> Source | None:
        """The source that feeds a field, directly or by a part of what it points to."""
        if name is None:
            return None
        return self.sources.get(name) or next((s for n, s in self.sources.items() if n.startswith(f"{name}.")), None)
