"""Charts on the screen: what plotly is given (row 1.8). Colours are names of the page's tokens (`--blue`), which app/static/chart.js looks
up in the theme of the moment; the value axis is that of the still drawing, so that nothing moves when plotly takes its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from markupsafe import escape

from reports.axis import axis_of
from reports.base import Chart, ReportTable
from reports.finding import finding, share, told, with_share
from reports.plot import Plot, Series, plot
from reports.renderers.svg_pie import in_the_middle
from reports.renderers.svg_text import LONGEST, cut, pixels, spread
from reports.wording import text_of

__all__ = ["figure", "figure_of", "finding"]

_TOP, _BOTTOM, _EDGE = 10, 24, 8
_HOVER = "%{customdata[0]}<extra></extra>"


def figure(table: ReportTable, chart: Chart) -> dict[str, Any]:
    """`{"data": […], "layout": {…}}` for plotly."""
    return figure_of(plot(table, chart))


def figure_of(drawn: Plot, height: int = 240) -> dict[str, Any]:
    """The same of what is drawn; height: of the drawing in pixels."""
    layout: dict[str, Any] = {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "--sans", "size": 11, "color": "--ink-3"},
        "hoverlabel": {"bgcolor": "--raised", "bordercolor": "--line-2", "font": {"family": "--sans", "size": 12, "color": "--ink"}},
        "hovermode": "closest",
        "showlegend": False,
        "dragmode": False,
        "margin": {"l": 0, "r": _EDGE, "t": _TOP, "b": _BOTTOM, "pad": 0},
    }
    if drawn.empty:
        return {"data": [], "layout": layout}
    if drawn.kind == "pie":
        return {"data": [_pie(drawn, layout)], "layout": layout}
    if drawn.kind == "ranked":
        return {"data": [_lying(drawn, layout)], "layout": layout}
    _axes(drawn, layout, height)
    return {"data": list(_lines(drawn) if drawn.kind == "line" else _bars(drawn)), "layout": layout}


def plain(text: str) -> str:
    """A text that plotly does not take for its own kind of HTML."""
    return str(escape(text))


def _number(value: Any) -> float | int | None:
    return float(value) if isinstance(value, Decimal) else value


def _values(series: Series) -> list[float | int | None]:
    return [_number(v) for v in series.values]


def _hover(drawn: Plot, series: Series) -> list[list[str]]:
    """What stands at the pointer, and where a click leads, for each value."""
    name = f"{plain(series.name)} " if len(drawn.series) > 1 else ""
    urls = drawn.urls or ("",) * len(drawn.labels)
    whole = drawn.whole if not drawn.ordered else 0
    found = []
    for label, value, url in zip(drawn.labels, series.values, urls, strict=True):
        text = told(drawn, series, value)
        text = with_share(text, share(value, whole)) if whole and value is not None else text
        found.append([f"{plain(label)}<br>{name}{plain(text)}", url])
    return found


def unique(labels: Sequence[str]) -> list[str]:
    """Names as plotly needs them: it puts equal ones together, so each after the first gets marks that nobody sees."""
    seen: dict[str, int] = {}
    found = []
    for label in map(plain, labels):
        seen[label] = seen.get(label, 0) + 1
        found.append(label + "\u200b" * (seen[label] - 1))
    return found


def _axes(drawn: Plot, layout: dict[str, Any], height: int) -> None:
    """The axes of standing charts."""
    axis = axis_of(drawn)
    layout["margin"]["l"] = round(max(map(pixels, axis.texts)) + 8)
    fixed = {"fixedrange": True, "showline": False, "zeroline": False, "ticks": ""}
    layout["yaxis"] = fixed | {
        "range": [axis.low, axis.high],
        "tickvals": list(axis.ticks),
        "ticktext": list(axis.texts),
        "gridcolor": "--line",
        "zeroline": True,
        "zerolinecolor": "--edge",
        "zerolinewidth": 1,
        "ticklabelstandoff": 3,
    }
    lines = drawn.kind == "line"
    layout["margin"]["r"] = 16 if lines else _EDGE
    layout["xaxis"] = fixed | {
        "type": "category",
        "showgrid": False,
        "automargin": not drawn.thins,
        "ticklabelstandoff": 4,
        "autotickangles": [0] if drawn.thins else [0, -40],
        "range": [0, max(len(drawn.labels) - 1, 0.5)] if lines and len(drawn.labels) > 1 else [-0.5, len(drawn.labels) - 0.5],
    }
    if not drawn.thins:
        layout["xaxis"] |= {
            "tickvals": list(range(len(drawn.labels))),
            "ticktext": [plain(cut(label, 11, LONGEST)) for label in drawn.labels],
        }
    # So wide is a name: chart.js thins them out by it where the room is small.
    layout["meta"] = {"label": round(max(map(pixels, drawn.labels)) + 6) if drawn.thins else 15}
    if not lines:
        layout |= {"barmode": "relative" if drawn.kind == "stacked" else "group", "bargroupgap": 0.04, "bargap": 0.3}
        # The bars of a category together are so wide at most, as in the still drawing.
        layout["meta"] |= {"bars": len(drawn.labels), "widest": 34 * len(drawn.series) if drawn.kind == "grouped" else 48}
    elif len(drawn.series) > 1:
        _names(drawn, layout, height)


def _names(drawn: Plot, layout: dict[str, Any], height: int) -> None:
    """The names of lines at their ends, none on another."""
    axis = axis_of(drawn)
    bottom = height - _BOTTOM
    ends = []
    for series in drawn.series:
        last = next((v for v in reversed(series.values) if v is not None), None)
        if last is not None:
            ends.append((bottom - axis.part(last) * (bottom - _TOP), series.name))
    layout["margin"]["r"] = round(min(max(pixels(name, 12) for _y, name in ends), 130) + 14)
    layout["annotations"] = [
        {
            "xref": "paper",
            "x": 1,
            "yref": "paper",
            "y": round((bottom - y) / (bottom - _TOP), 4),
            "text": plain(cut(name, 12, 130)),
            "showarrow": False,
            "xanchor": "left",
            "xshift": 8,
            "yanchor": "middle",
            "font": {"size": 12, "color": "--ink"},
        }
        for y, name in spread(ends, 13, bottom)
    ]


def _bars(drawn: Plot) -> Iterator[dict[str, Any]]:
    for k, series in enumerate(drawn.series):
        tones = [f"--{drawn.tone(k, n)}" for n in range(len(drawn.labels))]
        yield {
            "type": "bar",
            "name": plain(series.name),
            "x": unique(drawn.labels),
            "y": _values(series),
            "marker": {
                "color": tones if len(set(tones)) > 1 else tones[0],
                "line": {"color": "--surface", "width": 0.8 if drawn.kind == "stacked" else 0},
            },
            "customdata": _hover(drawn, series),
            "hovertemplate": _HOVER,
        }


def _lines(drawn: Plot) -> Iterator[dict[str, Any]]:
    coloured = [s for s in drawn.series if s.tone != "gray"]
    filled = len(coloured) == 1 and min(drawn.values) >= 0
    for series in sorted(drawn.series, key=lambda s: s.tone != "gray"):
        gray = series.tone == "gray"
        last = max((n for n, v in enumerate(series.values) if v is not None), default=-1)
        alone = [(n == last and not gray) or _alone(series.values, n) for n in range(len(series.values))]
        yield {
            "type": "scatter",
            "mode": "lines+markers",
            "name": plain(series.name),
            "x": unique(drawn.labels),
            "y": _values(series),
            "connectgaps": False,
            "cliponaxis": False,
            "line": {"color": f"--{series.tone}", "width": 1.5 if gray else 2, "dash": "4px,4px" if gray else "solid"},
            "marker": {"color": "--surface", "size": [7 if a else 0 for a in alone], "line": {"color": f"--{series.tone}", "width": 2}},
            "fill": "tozeroy" if filled and not gray else "none",
            "fillcolor": f"--{series.tone}/10",
            "customdata": _hover(drawn, series),
            "hovertemplate": _HOVER,
        }


def _alone(values: Sequence[Any], n: int) -> bool:
    """Whether a value has no neighbour, so that no line shows it."""
    beside = [values[i] for i in (n - 1, n + 1) if 0 <= i < len(values)]
    return values[n] is not None and all(v is None for v in beside)


def _lying(drawn: Plot, layout: dict[str, Any]) -> dict[str, Any]:
    """Lying bars: name before, number after, no axis but that of nothing."""
    series = drawn.series[0]
    texts = [text_of(series.column, v) for v in series.values]
    values = [v or 0 for v in _values(series)]  # nothing has its sign, which hangs on a bar
    room = max(map(pixels, texts)) + 10
    layout["margin"] |= {"t": 2, "b": 2, "r": round(room)}
    below = min(values) < 0
    layout["meta"] = {"names": round(max(map(pixels, drawn.labels)) + 10), "before": round(room) if below else 0}
    layout["xaxis"] = {
        "fixedrange": True,
        "showgrid": False,
        "zeroline": True,
        "zerolinecolor": "--edge",
        "showticklabels": False,
        "range": [min(0, *values), max(0, *values) or 1],
    }
    layout["yaxis"] = {
        "fixedrange": True,
        "type": "category",
        "range": [len(values) - 0.5, -0.5],
        "tickvals": list(range(len(values))),
        "ticktext": [plain(label) for label in drawn.labels],
        "showgrid": False,
        "ticks": "",
        "ticklabelstandoff": 5,
        "tickfont": {"color": "--ink-2"},
    }
    return {
        "type": "bar",
        "orientation": "h",
        "x": values,
        "y": unique(drawn.labels),
        "width": 14 / 22,
        "marker": {"color": [f"--{drawn.tone(0, n)}" for n in range(len(values))], "line": {"width": 0}},
        "text": [plain(t) for t in texts],
        "textposition": "outside",
        "textfont": {"color": "--ink", "size": 12},
        "cliponaxis": False,
        "customdata": _hover(drawn, series),
        "hovertemplate": _HOVER,
    }


def _pie(drawn: Plot, layout: dict[str, Any]) -> dict[str, Any]:
    series = drawn.series[0]
    big, small = in_the_middle(drawn)
    layout["margin"] = {"l": 3, "r": 3, "t": 3, "b": 3, "pad": 0}
    layout["annotations"] = [
        {
            "x": 0.5,
            "y": 0.5,
            "yshift": 6 if small else 0,
            "text": plain(big),
            "showarrow": False,
            "font": {"size": 20, "color": "--ink", "weight": 600},
        }
    ]
    if small:
        layout["annotations"].append({"x": 0.5, "y": 0.5, "yshift": -14, "text": plain(small), "showarrow": False})
    return {
        "type": "pie",
        "labels": unique(drawn.labels),
        "values": _values(series),
        "hole": 0.6,
        "sort": False,
        "direction": "clockwise",
        "textinfo": "none",
        "marker": {"colors": [f"--{drawn.tone(0, n)}" for n in range(len(drawn.labels))], "line": {"color": "--surface", "width": 1.5}},
        "customdata": _hover(drawn, series),
        "hovertemplate": _HOVER,
    }
