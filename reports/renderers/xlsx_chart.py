"""A chart as Excel draws it: over the cells of the table, or, where the chart is in another order or puts things together, over a sheet of
its own."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from app.exporting.texts import legal
from app.exporting.xlsx import sheet_name
from reports.base import Chart, ReportTable
from reports.paper import TONES
from reports.plot import Plot, Series
from reports.wording import pattern

_KINDS: dict[str, dict[str, str]] = {
    "bar": {"type": "column"},
    "grouped": {"type": "column"},
    "stacked": {"type": "column", "subtype": "stacked"},
    "ranked": {"type": "bar"},
    "line": {"type": "line"},
    "pie": {"type": "doughnut"},
}
_FONT = {"size": 9, "color": "#44545F"}
_WIDTH, _HEIGHT, _BAR = 640, 320, 24


def place_chart(book: Any, sheet: Any, table: ReportTable, chart: Chart, drawn: Plot, head: int) -> None:
    """Put the chart to the right of the table."""
    made = book.add_chart(_KINDS[drawn.kind])
    if _is_of_the_table(table, chart, drawn):
        where, first, columns = sheet.get_name(), head + 1, [chart.category, *chart.values]
        names: list[Any] = [[where, head, n] for n in chart.values]
    else:
        where, first, columns = _sheet_of(book, drawn, sheet.get_name()), 1, list(range(len(drawn.series) + 1))
        names = [[where, 0, n + 1] for n in range(len(drawn.series))]
    last = first + len(drawn.labels) - 1
    for n, series in enumerate(drawn.series):
        made.add_series(
            {
                "name": names[n],
                "categories": [where, first, columns[0], last, columns[0]],
                "values": [where, first, columns[n + 1], last, columns[n + 1]],
                **_style(drawn, n, series),
            }
        )
    _frame(made, drawn)
    height = max(_HEIGHT, len(drawn.labels) * _BAR + 60) if drawn.kind == "ranked" else _HEIGHT
    made.set_size({"width": _WIDTH, "height": height})
    sheet.insert_chart(head, len(table.columns) + 1, made, {"description": drawn.title, "object_position": 3})


def _is_of_the_table(table: ReportTable, chart: Chart, drawn: Plot) -> bool:
    """Whether the chart draws just the cells of the table, in their order."""
    series = [s.values for s in drawn.series]
    return series == [tuple(row[i] for row in table.rows) for i in chart.values]


def _sheet_of(book: Any, drawn: Plot, beside: str) -> str:
    """A sheet with the numbers as they are drawn; returns its name."""
    name = sheet_name(_("Chart"))
    name = name if name.lower() != beside.lower() else f"{name} 2"
    sheet = book.add_worksheet(name)
    bold = book.add_format({"bold": True, "bottom": 1})
    sheet.write_string(0, 0, legal(drawn.title), bold)
    sheet.set_column(0, 0, 32)
    for row, label in enumerate(drawn.labels, 1):
        sheet.write_string(row, 0, legal(label))
    for n, series in enumerate(drawn.series, 1):
        sheet.write_string(0, n, legal(series.column.head if series.column.label == series.name else series.name), bold)
        for row, value in enumerate(series.values, 1):
            if value is not None:
                sheet.write_number(row, n, float(value))
    return name


def _style(drawn: Plot, place: int, series: Series) -> dict[str, Any]:
    """Colours in their light values."""
    colour = TONES[series.tone]
    if drawn.kind == "line":
        gray = series.tone == "gray"
        line = {"color": colour, "width": 1.5 if gray else 2.25, "dash_type": "dash" if gray else "solid"}
        alone = len(drawn.labels) == 1
        return {
            "line": line,
            "marker": {"type": "circle", "size": 5, "fill": {"color": colour}, "border": {"none": True}} if alone else {"type": "none"},
        }
    style: dict[str, Any] = {"fill": {"color": colour}, "border": {"none": True}}
    tones = [drawn.tone(place, n) for n in range(len(drawn.labels))]
    if drawn.kind == "pie" or len(set(tones)) > 1:
        style["points"] = [
            {"fill": {"color": TONES[t]}, "border": {"color": "#FFFFFF"} if drawn.kind == "pie" else {"none": True}} for t in tones
        ]
    if drawn.kind in ("bar", "grouped", "stacked", "ranked"):
        style |= {"gap": 60} | ({"overlap": 100} if drawn.kind == "stacked" else {})
    if drawn.kind == "pie":
        style["data_labels"] = {"percentage": True, "font": {"size": 9, "color": "#FFFFFF"}}
    elif drawn.kind == "ranked":
        style["data_labels"] = {"value": True, "font": _FONT, "num_format": pattern(series.column)}
    return style


def _no_formula(text: str) -> str:
    """A text of a chart, of which one that begins with = would be the address of a cell."""
    return f" {legal(text)}" if text.startswith("=") else legal(text)


def _frame(made: Any, drawn: Plot) -> None:
    """Title, axes, legend."""
    made.set_title({"name": _no_formula(drawn.title), "name_font": {"size": 12, "bold": True, "color": "#16222B"}, "overlay": False})
    made.show_blanks_as("gap")
    made.set_chartarea({"border": {"color": "#E1E7EB"}})
    if drawn.kind == "pie":
        made.set_hole_size(60)
        made.set_legend({"position": "right", "font": _FONT})
        return
    made.set_legend({"position": "bottom", "font": _FONT} if len(drawn.series) > 1 else {"none": True})
    names = {"num_font": _FONT, "line": {"color": "#7D8B95"}, "major_tick_mark": "none", "label_position": "low"}
    numbers = {
        "num_font": _FONT,
        "name": _no_formula(drawn.unit),
        "num_format": pattern(drawn.column),
        "name_font": {"size": 9, "bold": False, "color": "#596975"},
        "line": {"none": True},
        "major_gridlines": {"visible": True, "line": {"color": "#E1E7EB", "width": 0.75}},
    }
    if drawn.kind == "ranked":
        made.set_y_axis(names | {"reverse": True})
        made.set_x_axis(numbers | {"major_gridlines": {"visible": False}, "visible": False})
    else:
        made.set_x_axis(names)
        made.set_y_axis(numbers)
