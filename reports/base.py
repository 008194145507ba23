"""Numbers apart from their rendering: a table of plain values with columns that carry units, and a chart over it (rows 1.8, 2.3, 3.1).

Who makes a report makes a ReportTable, and a Chart if it can be drawn; everything else is done by reports/renderers: on the screen, as a
chart, in a workbook, on paper. How to: docs/reports.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

NUMBERS = frozenset({"int", "decimal", "percent"})
"""Kinds of columns whose values can be drawn and stand at the right."""


@dataclass(frozen=True, slots=True)
class ReportColumn:
    """A column of a report.

    kind: text, int, decimal, percent (a fraction: 0.585 reads 58.5%) or date; unit: stands in the head, never in a cell; scale: decimals
    that are shown (of a percent: those of the percentage); adds: whether values of several rows may be added up: not averages, never
    percents; tone: the tone of its series in a chart, '' for the next free one. Gray in a line chart is what the others are compared
    with, drawn dashed."""

    name: str
    label: str
    kind: str = "text"
    unit: str = ""
    scale: int = 0
    adds: bool = True
    tone: str = ""

    @property
    def is_number(self) -> bool:
        """Whether its values can be drawn."""
        return self.kind in NUMBERS

    @property
    def summable(self) -> bool:
        """Whether what does not fit into a chart may be added up to one more bar."""
        return self.adds and self.kind in ("int", "decimal")

    @property
    def head(self) -> str:
        """The label with its unit, as it stands above the column."""
        return f"{self.label} {self.unit}" if self.unit else self.label


@dataclass(frozen=True, slots=True)
class ReportTable:
    """Rows of plain values in the order of the columns; nothing is None.

    about: lines under the title: conditions, period; totals: one more row, or None; tones: a tone word for each row, '' for none; urls: a
    link for each row, '' for none; note: what people should know about the numbers, below the table."""

    title: str
    columns: tuple[ReportColumn, ...]
    rows: tuple[tuple[Any, ...], ...]
    about: tuple[str, ...] = ()
    totals: tuple[Any, ...] | None = None
    tones: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    note: str = ""

    def tone(self, row: int) -> str:
        """The tone of a row, '' for none."""
        return self.tones[row] if row < len(self.tones) else ""

    def url(self, row: int) -> str:
        """Where a row leads, '' for nowhere."""
        return self.urls[row] if row < len(self.urls) else ""


@dataclass(frozen=True, slots=True)
class Chart:
    """How a table is drawn. kind: bar, ranked (lying bars, the longest first), stacked, grouped, line or pie; category: place of the column
    on the axis; values: places of the columns that are drawn, each a series; unit: of the value axis, if not that of its column."""

    kind: str
    category: int
    values: tuple[int, ...]
    title: str = ""
    unit: str = ""
