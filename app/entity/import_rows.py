"""Rows on their way into the database: the cells of the file, the typed values of the record, what is wrong with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.entity.datamodel import Draft
from app.entity.fields import Kind, Path
from app.entity.import_parts import CELL, HEADER, ROW_NUMBER, Feed, Link
from app.entity.import_result import Rejection
from app.entity.sheets import Cell
from app.entity.targets import Target
from app.entity.value_rules import Pipeline, lookup_of, pipeline
from app.entity.values import Notes, Reader
from models.base import BadValue

_SHOWN = 200

Cause = tuple[str, int, str]
"""Why a row is rejected along with another one: what that one was to be, its number, and why it was rejected."""


@dataclass(slots=True)
class RowWork:
    """One row: what the file holds, what it means, and why it is rejected. turned: of a part that turns columns into rows, the column
    that this row was; twins: later rows of the same chunk that are the same record; record_id: of what became of it; cause: it is
    rejected because another row was."""

    number: int
    cells: list[Cell]
    values: dict[str, Any] = field(default_factory=dict)
    rejections: list[Rejection] = field(default_factory=list)
    words: dict[str, str] = field(default_factory=dict)
    draft: Draft | None = None
    turned: int | None = None
    record_id: int | None = None
    twins: list[RowWork] | None = None
    merged: bool = False
    cause: Cause | None = None


class Source:
    """Where the value of a target comes from: columns with their rules, a constant, or a link to another row."""

    def __init__(self, target: Target, feed: Feed, headers: Sequence[str], notes: Notes) -> None:
        self.target = target
        self.feed = feed
        self.headers = headers
        self.notes = notes
        self.constant = feed.constant
        self.link: Link | None = feed.link
        self.lookup: Path | None = lookup_of(feed.rules, target.field)
        self.reader = Reader(target.field, notes=notes)
        self.cell: Callable[[RowWork], Cell] = self._way(pipeline(feed.rules, len(feed.columns), target.title()))

    @property
    def from_file(self) -> bool:
        """Whether the rows of the file say it, and not a constant."""
        return self.constant is None

    @property
    def index(self) -> int | None:
        """The column of the file to point at when the value is wrong."""
        columns = self.feed.columns or (self.link.by if self.link is not None else ())
        return next((c for c in columns if c >= 0), None)

    @property
    def header(self) -> str:
        """How the source is called in messages."""
        return self.header_at(self.index)

    def header_at(self, index: int | None) -> str:
        """The header of a column, or the title of the target where there is none."""
        return (self.headers[index] if index is not None and index < len(self.headers) else "") or self.target.title()

    def read(self, row: RowWork) -> Any:
        """The typed value. Raises BadValue."""
        return self.reader(self.cell(row))

    def said(self, row: RowWork) -> Cell | BadValue:
        """The cell after the rules, or why they refuse it."""
        try:
            return self.cell(row)
        except BadValue as error:
            return error

    def rejection(self, row: RowWork, error: BadValue | str) -> Rejection:
        """Why the value of this source is not accepted: with the cell as it stands in the file."""
        index = self.index
        if row.turned is not None and (index is None or CELL in self.feed.columns):
            index = row.turned
        cell: Cell = self.constant
        if index is not None:
            cell = row.cells[index] if index < len(row.cells) else None
        elif ROW_NUMBER in self.feed.columns:
            cell = row.number
        shown = "" if cell is None else f"{cell:.15g}" if isinstance(cell, float) else str(cell)
        return Rejection(
            row.number, index, self.header_at(index), shown[:_SHOWN], str(error), getattr(error, "suggestion", ""), self.target.name
        )

    def _way(self, run: Pipeline | None) -> Callable[[RowWork], Cell]:
        """How the cell is found: decided once, because it is done for every row."""
        columns = self.feed.columns
        if not columns:
            constant = self.constant
            return lambda row: constant
        if run is None:
            return _reader_of(columns[0], self.headers)
        ways = [_reader_of(column, self.headers) for column in columns]
        if len(ways) == 1:
            only = ways[0]
            return lambda row: run((only(row),))
        return lambda row: run(tuple([way(row) for way in ways]))


def _reader_of(column: int, headers: Sequence[str]) -> Callable[[RowWork], Cell]:
    if column == ROW_NUMBER:
        return lambda row: row.number
    if column == HEADER:
        return lambda row: headers[row.turned] if row.turned is not None and row.turned < len(headers) else None
    if column == CELL:
        return lambda row: row.cells[row.turned] if row.turned is not None and row.turned < len(row.cells) else None

    def read(row: RowWork) -> Cell:
        cells = row.cells
        return cells[column] if column < len(cells) else None

    return read


class RowReader:
    """Reads the plain fields of rows; relations are resolved for many rows at once (see parents.py, import_links.py)."""

    def __init__(self, targets: Mapping[str, Target], feeds: Sequence[Feed], headers: Sequence[str]) -> None:
        self.notes: dict[str, Notes] = {}
        self._headers = headers
        by_target = {feed.target: feed for feed in feeds}
        self.sources = {name: self._source(targets[name], by_target[name]) for name in targets if name in by_target}
        self.links = [s for s in self.sources.values() if s.link is not None]
        self.named = {name: s for name, s in self.sources.items() if s.link is None}
        self._plain = [s for s in self.named.values() if not s.target.steps and s.target.field.kind is not Kind.RELATION]
        columns = {c for s in self.sources.values() for c in s.feed.columns}
        columns |= {c for s in self.links for c in s.link.by}
        self._indexes = sorted(c for c in columns if c >= 0)
        self.has_columns = any(s.feed.columns for s in self.sources.values())

    def _source(self, target: Target, feed: Feed) -> Source:
        notes: Notes = Counter()
        source = Source(target, feed, self._headers, notes)
        if feed.columns:
            notes = self.notes.setdefault(source.header, notes)
            source.notes = source.reader.notes = notes
        return source

    def is_blank(self, cells: Sequence[Cell]) -> bool:
        """Whether a row has nothing in any mapped column."""
        return bool(self._indexes) and all(index >= len(cells) or cells[index] is None for index in self._indexes)

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
