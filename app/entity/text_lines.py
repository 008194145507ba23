"""The lines of a text file, bounded: a file of one line, or with a quote that is never closed, must not fill the memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TextIO

from flask_babel import gettext as _

from app.entity.file_limits import Limits, SheetError, too_long


class TextLines:
    """Lines as `csv.reader` takes them. Raises SheetError for what no table holds. `check` is called with every row that was read."""

    def __init__(self, file: TextIO, limits: Limits) -> None:
        self._file = file
        self._limits = limits
        self._row = 1
        self._chars = 0

    def __iter__(self) -> Iterator[str]:
        while line := self._file.readline(self._limits.row_chars + 1):
            self._chars += len(line)
            if self._chars > self._limits.row_chars:
                raise too_long(self._row, None, self._limits)
            if "\x00" in line:
                raise SheetError(
                    _(
                        "Row %(row)d holds a NUL character, so this is not a text file, or not in its encoding; save it as “CSV UTF-8”.",
                        row=self._row,
                    )
                )
            yield line

    def check(self, cells: Sequence[str]) -> None:
        """A row is complete: the next one may be as long again."""
        if self._chars > self._limits.cell_chars:
            for column, cell in enumerate(cells):
                if len(cell) > self._limits.cell_chars:
                    raise too_long(self._row, column, self._limits)
        self._row += 1
        self._chars = 0
        if self._row > self._limits.lines:
            raise SheetError(_("The file has more than %(most)d lines; split it.", most=self._limits.lines))

    def first(self, count: int) -> list[str]:
        """The first lines, fewer where they are long."""
        lines: list[str] = []
        for line in self:
            lines.append(line)
            if len(lines) == count or self._chars > self._limits.row_chars // 16:
                break
        return lines
