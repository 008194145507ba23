"""What portal/report_parts.html draws reports with; templates find it as `drawing` (app/charts.py)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from reports.base import Chart, ReportTable
from reports.finding import finding_of, share
from reports.plot import Plot, plot
from reports.renderers.chart import figure_of
from reports.renderers.svg import NARROW, draw_plot, height_of
from reports.wording import NOTHING, text_of

__all__ = ["NOTHING", "ShownChart", "shown", "text_of"]


@dataclass(frozen=True, slots=True)
class ShownChart:
    """A chart for a page. still: the drawings for wide and narrow screens, of which the page shows one; figure: for plotly; legend: (tone,
    name, value, share) of the series or slices where lines do not carry their names."""

    plot: Plot
    finding: str
    still: tuple[Markup, ...]
    figure: dict[str, Any] | None
    legend: tuple[tuple[str, str, str, str], ...]

    @property
    def unit(self) -> str:
        """The unit of the value axis."""
        return "" if self.plot.column.kind == "percent" else self.plot.unit


def shown(table: ReportTable, chart: Chart) -> ShownChart:
    """Everything a page needs of a chart."""
    drawn = plot(table, chart)
    still = (draw_plot(drawn),) if drawn.kind == "pie" and not drawn.empty else (draw_plot(drawn), draw_plot(drawn, NARROW))
    return ShownChart(drawn, finding_of(drawn), still, None if drawn.empty else figure_of(drawn, height_of(drawn)), _legend(drawn))


def _legend(drawn: Plot) -> tuple[tuple[str, str, str, str], ...]:
    if drawn.empty:
        return ()
    if drawn.kind == "pie":
        series = drawn.series[0]
        return tuple(
            (drawn.tone(0, n), label, text_of(series.column, value), share(value or 0, drawn.whole))
            for n, (label, value) in enumerate(zip(drawn.labels, series.values, strict=True))
        )
    return tuple((s.tone, s.name, "", "") for s in drawn.series) if len(drawn.series) > 1 and drawn.kind != "line" else ()
