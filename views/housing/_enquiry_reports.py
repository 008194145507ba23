"""The statistics of an enquiry as a report: for the chart, the workbook, the paper (rows 1.8, 2.3.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.enquiry.figures import SHARE
from app.enquiry.grid import Grid, GridColumn
from reports.base import Chart, ReportColumn, ReportTable

KINDS = {
    "bar": _l("Bars"),
    "ranked": _l("Ranking"),
    "stacked": _l("Stacked bars"),
    "grouped": _l("Bars side by side"),
    "line": _l("Line"),
    "pie": _l("Pie"),
}


@dataclass(frozen=True, slots=True)
class ChartLink:
    """A kind of chart that fits; as a link of the page."""

    kind: str
    label: str
    current: bool


def report_of(grid: Grid, title: str, about: Sequence[str] = (), links: bool = True) -> ReportTable:
    """The grid as a table of plain values."""
    first = ReportColumn("class", grid.head)
    return ReportTable(
        title=title,
        columns=(first, *(_column(f"c{n}", c, grid) for n, c in enumerate(grid.columns))),
        rows=tuple((row.label, *(c.value for c in row.cells)) for row in grid.rows),
        about=tuple(about),
        totals=(_("Total"), *(c.value for c in grid.totals)),
        tones=tuple(row.tone for row in grid.rows),
        urls=tuple(row.url for row in grid.rows) if links else (),
        note=_("%(figure)s by %(across)s", figure=grid.what, across=grid.across) if grid.across else "",
    )


def _column(name: str, column: GridColumn, grid: Grid) -> ReportColumn:
    figure = column.figure
    share = figure.kind == SHARE
    kind = "percent" if share else "decimal" if figure.scale else "int"
    return ReportColumn(
        name, column.label, kind, "" if share else figure.unit, figure.scale, adds=figure.additive, tone=column.tone if grid.across else ""
    )


def kinds_for(grid: Grid) -> tuple[str, ...]:
    """The kinds of chart that say something about it, the most fitting first."""
    many, figure = len(grid.rows) > 12, grid.columns[0].figure
    if grid.across:
        kinds = ("stacked", "grouped") if figure.additive or figure.kind == SHARE else ("grouped",)
        if not grid.ordered:
            return kinds
        return ("line", *kinds) if many else (*kinds, "line")
    if grid.ordered:
        kinds = ("line", "bar") if many else ("bar", "line")
    else:
        kinds = ("ranked", "bar") if len(grid.rows) > 8 else ("bar", "ranked")
    return (*kinds, "pie") if figure.additive and len(grid.rows) > 1 else kinds


def chart_of(grid: Grid, wanted: str, title: str) -> Chart:
    """The chart of a grid: the kind that was asked for where it fits, else the most fitting."""
    kinds = kinds_for(grid)
    values = tuple(n + 1 for n, c in enumerate(grid.columns) if c.drawn) if grid.across else (1,)
    return Chart(wanted if wanted in kinds else kinds[0], 0, values, title)


def chart_links(grid: Grid, chosen: str) -> tuple[ChartLink, ...]:
    """The kinds to choose from."""
    return tuple(ChartLink(kind, str(KINDS[kind]), kind == chosen) for kind in kinds_for(grid))
