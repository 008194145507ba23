"""What a run finds out row by row, on its way into the table of found rows: in a temporary file, so that memory stays flat and a run that
is rolled back can still tell."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.entity.import_rows import RowWork
from app.entity.sheets import Cell
from models.platform.imports import FoundKind, ImportRow

KEPT = {
    FoundKind.REJECTED: 10_000,
    FoundKind.CHANGED: 10_000,
    FoundKind.NEW: 1_000,
    FoundKind.ABSENT: 1_000,
    FoundKind.LEFT: 10_000,
}
"""So many rows of each kind are kept, of the whole batch."""

_IN_MEMORY = 1 << 20
_PER_INSERT = 500
_MOST_CELLS, _LONGEST = 200, 500


class Spool:
    """Rows found, up to the bound of each kind. part: which part is running."""

    def __init__(self) -> None:
        self.part = 0
        self.kept: Counter[FoundKind] = Counter()
        # Closed, and thereby deleted, by whoever has read it.
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY, mode="w+", encoding="utf-8")  # noqa: SIM115

    def wants(self, kind: FoundKind) -> bool:
        """Whether more rows of a kind are kept."""
        return self.kept[kind] < KEPT[kind]

    def add(
        self,
        kind: FoundKind,
        row: int | None,
        record_id: int | None,
        title: str,
        cells: Sequence[Cell],
        details: list[Any],
        marks: str = "",
    ) -> None:
        """Keep a row, if there is room for it."""
        if not self.wants(kind):
            return
        self.kept[kind] += 1
        json.dump([kind.value, self.part, row, record_id, title[:200], as_texts(cells), details, marks], self._file, ensure_ascii=False)
        self._file.write("\n")

    def reject(self, row: RowWork, kinds: Sequence[int]) -> None:
        """Keep a rejected row; kinds: of its rejections."""
        if not self.wants(FoundKind.REJECTED):
            return
        details = [
            [r.index, r.column, r.value, r.reason, r.suggestion, kind, r.target] for r, kind in zip(row.rejections, kinds, strict=True)
        ]
        marks = {f"c{r.index}" for r in row.rejections if r.index is not None} | {f"r{kind}" for kind in kinds}
        marks |= {"f"} if row.cause is not None and len(row.rejections) == 1 else set()
        marks |= {"s"} if any(r.suggestion for r in row.rejections) else set()
        self.add(FoundKind.REJECTED, row.number, None, "", row.cells, details, f" {' '.join(sorted(marks))} "[:400])

    def store(self, session: Session, batch_id: int, *kinds: FoundKind) -> None:
        """Put the rows into the table, in place of those of the last run (of these kinds; all, when none is named). Never commits."""
        where = [ImportRow.batch_id == batch_id, *([ImportRow.kind.in_(kinds)] if kinds else [])]
        session.execute(sa.delete(ImportRow).where(*where), execution_options={"synchronize_session": False})
        rows: list[dict[str, Any]] = []
        for row in self._read():
            rows.append(row | {"batch_id": batch_id})
            if len(rows) >= _PER_INSERT:
                session.execute(sa.insert(ImportRow), rows)
                rows.clear()
        if rows:
            session.execute(sa.insert(ImportRow), rows)

    def _read(self) -> Iterator[dict[str, Any]]:
        self._file.seek(0)
        for line in self._file:
            kind, part, row, record_id, title, cells, details, marks = json.loads(line)
            yield {
                "kind": FoundKind(kind),
                "part": part,
                "row": row,
                "record_id": record_id,
                "title": title,
                "cells": cells,
                "details": details,
                "marks": marks,
            }

    def close(self) -> None:
        """Delete the temporary file."""
        self._file.close()


def as_texts(cells: Sequence[Cell]) -> list[str]:
    """Cells as people see them."""
    return [cell_text(cell)[:_LONGEST] for cell in cells[:_MOST_CELLS]]


def cell_text(cell: Cell) -> str:
    """A cell as people see it."""
    return "" if cell is None else f"{cell:.15g}" if isinstance(cell, float) else str(cell)
