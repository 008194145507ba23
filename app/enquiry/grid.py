"""Statistics as a grid of plain values, for the screen and for whatever draws or prints them: columns of figures, rows of classes, each
figure with the list of the records behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from app.enquiry.dimensions import Group
from app.enquiry.figures import COUNT, SHARE, Figure, Tally, usual_figures
from app.enquiry.statistics import Statistics

Address = Callable[[tuple[str, ...]], str]
"""The list of the records that meet more conditions."""


@dataclass(frozen=True, slots=True)
class GridColumn:
    """A column of figures. tone: of the class that it stands for; drawn: whether it belongs into a chart (totals do not)."""

    label: str
    figure: Figure
    tone: str = ""
    drawn: bool = True


@dataclass(frozen=True, slots=True)
class GridCell:
    """A figure as it is, as people read it, and the list behind it ('' = none)."""

    value: Any
    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class GridRow:
    label: str
    tone: str
    url: str
    cells: tuple[GridCell, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """head: what the classes are; across: what the columns are, where there is a second dimension; what: the figure that is then shown;
    ordered: whether the classes have an order of their own, so that a line may join them."""

    head: str
    across: str
    what: str
    columns: tuple[GridColumn, ...]
    rows: tuple[GridRow, ...]
    totals: tuple[GridCell, ...]
    ordered: bool
    found: int


def grid_of(found: Statistics, address: Address) -> Grid:
    """The grid of statistics."""
    crossed = len(found.dimensions) > 1
    build = _crossed if crossed else _plain
    columns, rows, totals = build(found, address)
    first = found.dimensions[0] if found.dimensions else None
    return Grid(
        head=first.label if first is not None else _("All"),
        across=found.dimensions[1].label if crossed else "",
        what=found.figures[0].label if crossed else "",
        columns=columns,
        rows=rows,
        totals=totals,
        ordered=first is not None and first.ordered,
        found=found.whole.count,
    )


Parts = tuple[tuple[GridColumn, ...], tuple[GridRow, ...], tuple[GridCell, ...]]


def _plain(found: Statistics, address: Address) -> Parts:
    columns = tuple(GridColumn(f.label, f) for f in found.figures)
    rows = []
    for n, group in enumerate(found.rows):
        url = _url(address, group)
        rows.append(GridRow(group.label, group.tone, url, tuple(_cell(f, found.by_row[n], found.whole, url) for f in found.figures)))
    return columns, tuple(rows), tuple(_cell(f, found.whole, found.whole, address(())) for f in found.figures)


def _crossed(found: Statistics, address: Address) -> Parts:
    figure = found.figures[0]
    columns = [GridColumn(s.label, figure, s.tone) for s in found.series]
    # Shares of a row are a hundred together, so its end says of how many.
    last = usual_figures()[0] if figure.kind == SHARE else figure
    columns.append(GridColumn(last.label if figure.kind == SHARE else _("Total"), last, drawn=False))
    rows = []
    for i, group in enumerate(found.rows):
        url = _url(address, group)
        cells = []
        for j, series in enumerate(found.series):
            tally = found.cells.get((i, j))
            at = address((group.filter, series.filter)) if tally is not None and group.filter and series.filter else ""
            cells.append(_cell(figure, tally, found.by_row[i], at))
        rows.append(GridRow(group.label, group.tone, url, (*cells, _cell(last, found.by_row[i], found.by_row[i], url))))
    totals = [_cell(figure, tally, found.whole, _url(address, s)) for s, tally in zip(found.series, found.by_series, strict=True)]
    return tuple(columns), tuple(rows), (*totals, _cell(last, found.whole, found.whole, address(())))


def _url(address: Address, group: Group) -> str:
    return address((group.filter,)) if group.filter else ""


def _cell(figure: Figure, tally: Tally | None, among: Tally, url: str) -> GridCell:
    value = figure.of(tally, among)
    return GridCell(value, text_of(figure, value), url if tally is not None and tally.count else "")


def text_of(figure: Figure, value: Any) -> str:
    """A figure as people read it; '' for nothing."""
    if value is None:
        return ""
    if figure.kind == SHARE:
        return f"{value * 100:.1f}"
    return f"{value:,}" if figure.kind == COUNT else f"{Decimal(value):,.{figure.scale}f}"
