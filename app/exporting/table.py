"""What every kind of file is written from: columns, chunks of rows of plain values, and what people should know about them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from app.entity.fields import Kind

Value = str | int | Decimal | date | datetime | bool | None
"""What a cell holds: nothing is None, never an empty text; a time stands in the community's zone."""

Chunk = list[tuple[Value, ...]]


def _silent(done: int, total: int | None, note: str) -> None:
    """Nobody waits to hear how far it is."""


class ExportError(ValueError):
    """The records do not fit into the chosen kind of file; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file. name: dotted path of the field; title: its header, different from the others'; own: whether somebody gave that
    title; kind: what its values are (a word or a relation is TEXT, a masked value too); scale: decimals; words: the closed choices
    there are; summed: whether the totals add it up; required: whether every row has a value."""

    name: str
    title: str
    kind: Kind
    own: bool = False
    unit: str = ""
    scale: int = 0
    max_length: int | None = None
    words: tuple[str, ...] = ()
    summed: bool = False
    required: bool = False
    hint: str = ""

    @property
    def is_number(self) -> bool:
        return self.kind in (Kind.INTEGER, Kind.DECIMAL)


@dataclass
class Table:
    """What is written: the rows come once, in chunks.

    about: the conditions in words; by: who asked; made: when; name: the technical name of the records; found: how many rows there will be,
    where that is known; progress: is told the rows that are done, `found` and a note, and stops the writing by raising. After the writer
    is done `count` says how many rows there were and `sums` what the summed columns add up to."""

    title: str
    columns: Sequence[Column]
    chunks: Iterator[Chunk]
    made: datetime
    name: str = "records"
    community: str = ""
    by: str = ""
    about: tuple[str, ...] = ()
    found: int | None = None
    progress: Callable[[int, int | None, str], None] = _silent
    count: int = 0
    sums: dict[int, Decimal | int] = field(default_factory=dict)

    @property
    def summed(self) -> tuple[int, ...]:
        """The places of the columns that are added up."""
        return tuple(i for i, c in enumerate(self.columns) if c.summed and c.is_number)

    def read(self) -> Iterator[Chunk]:
        """The chunks; counts and adds on the way."""
        summed = self.summed
        self.sums = dict.fromkeys(summed, 0)
        for chunk in self.chunks:
            self.count += len(chunk)
            for i in summed:
                self.sums[i] += sum(value for row in chunk if (value := row[i]) is not None)
            yield chunk
            self.progress(self.count, self.found, "")

    def pieces(self, most: int) -> Iterator[tuple[int, Chunk]]:
        """The chunks with the sheet on which they stand, from 0, where a sheet holds so many rows."""
        done = 0
        for chunk in self.read():
            while chunk:
                room = most - done % most
                yield done // most, chunk[:room]
                done += min(room, len(chunk))
                chunk = chunk[room:]

    def totals(self) -> tuple[Value, ...] | None:
        """The last row, once all others were read: None when nothing is added up. It says so in the first column that is not."""
        if not self.summed:
            return None
        row: list[Value] = [self.sums.get(i) for i in range(len(self.columns))]
        label = next((i for i, c in enumerate(self.columns) if i not in self.sums and not c.is_number and c.kind in TEXTS), None)
        if label is not None:
            row[label] = _("Total")
        return tuple(row)


TEXTS = frozenset({Kind.TEXT, Kind.LONG})


def yes_no() -> dict[Any, str | None]:
    """How files word a yes/no field."""
    return {True: _("Yes"), False: _("No"), None: None}
