"""Charts as still drawings: at first paint, without script, in print, on paper. Colour by tone classes (look, "Charts")."""

from __future__ import annotations

from flask_babel import gettext as _
from markupsafe import Markup, escape

from reports.axis import Axis, axis_of
from reports.base import Chart, ReportTable
from reports.plot import Plot, plot
from reports.renderers.svg_parts import PAPER, bar_at, text_at, title_of
from reports.renderers.svg_pie import pie_parts
from reports.renderers.svg_text import GAP, LINE, cut, label_plan, pixels, spread
from reports.wording import text_of

WIDE, NARROW, HIGH = 760, 340, 240
"""Pixels of a chart on a wide and on a narrow screen; both are as high."""

RING = 156
"""Pixels of a ring on the screen, beside which its table stands."""

LYING, LYING_PAPER = 22, 16
"""Height of a lying bar with its name."""

_TOP, _EDGE = 10, 8


def draw(table: ReportTable, chart: Chart, width: int = WIDE, height: int = HIGH, paper: bool = False) -> Markup:
    """The chart as an SVG. paper: with light values and a legend of its own instead of classes of the page."""
    return draw_plot(plot(table, chart), width, height, paper)


def draw_plot(drawn: Plot, width: int = WIDE, height: int = HIGH, paper: bool = False) -> Markup:
    """The same of what is drawn. Lying bars are as high as they are many."""
    height = height_of(drawn, height, paper)
    if drawn.empty:
        parts = [text_at(width / 2, 36, _("Nothing to draw"), "middle", "lbl")]
    elif drawn.kind == "ranked":
        parts = _lying(drawn, width, LYING_PAPER if paper else LYING)
    elif drawn.kind == "pie":
        width = width if paper else height
        parts = pie_parts(drawn, width, height, paper)
    else:
        parts = _standing(drawn, width, height, paper)
    return Markup('<svg class="chart" viewBox="0 0 {} {}" width="{}" height="{}">{}{}</svg>').format(
        width,
        height,
        f"{width}pt" if paper else width,
        f"{height}pt" if paper else height,
        Markup(PAPER if paper else ""),
        Markup("\n".join(parts)),
    )


def height_of(drawn: Plot, height: int = HIGH, paper: bool = False) -> int:
    """How high a plot is drawn, where others are so high; in points on paper."""
    if drawn.empty:
        return 64
    if drawn.kind == "pie":
        return 140 if paper else RING
    line = LYING_PAPER if paper else LYING
    return len(drawn.labels) * line + 4 if drawn.kind == "ranked" else height


def _standing(drawn: Plot, width: int, height: int, paper: bool) -> list[str]:
    """Bars, stacks, groups or lines over a value axis with a grid."""
    axis = axis_of(drawn)
    left = max(map(pixels, axis.texts)) + 8
    names = drawn.kind == "line" and len(drawn.series) > 1
    right = min(max(pixels(s.name, 12) for s in drawn.series), width * 0.25) + 12 if names else (16 if drawn.kind == "line" else _EDGE)
    legend = _legend(drawn, width) if paper and len(drawn.series) > 1 and not names else []
    top = _TOP + (LINE if legend else 0)
    slot = (width - left - right) / len(drawn.labels)
    plan = label_plan(drawn.labels, slot, drawn.thins)
    left = max(left, plan.before(drawn.labels, slot))
    room = width - left - right
    slot = room / len(drawn.labels)
    bottom = height - plan.height
    y = _Y(axis, top, bottom)
    parts = legend + _grid(axis, y, left, width - right)
    ends = drawn.kind == "line" and len(drawn.labels) > 1
    step = room / (len(drawn.labels) - 1) if ends else slot
    xs = [left + (n if ends else n + 0.5) * step for n in range(len(drawn.labels))]
    for n, label in plan.shown(drawn.labels):
        turned = plan.turned
        parts.append(text_at(xs[n], bottom + (12 if turned else 15), label, "end" if turned else "middle", turn=turned))
    if drawn.kind == "line":
        return parts + _lines(drawn, xs, y, bottom, width - right, names)
    return parts + _bars(drawn, xs, slot, y)


class _Y:
    """From a value to its height in the drawing."""

    def __init__(self, axis: Axis, top: float, bottom: float) -> None:
        self.axis, self.top, self.bottom = axis, top, bottom

    def __call__(self, value: object) -> float:
        return self.bottom - self.axis.part(value) * (self.bottom - self.top)  # type: ignore[arg-type]


def _grid(axis: Axis, y: _Y, left: float, right: float) -> list[str]:
    parts = []
    for tick, text in zip(axis.ticks, axis.texts, strict=True):
        style = "axis" if tick == 0 or (axis.low > 0 and tick == axis.low) else "grid"
        parts.append(f'<path class="{style}" d="M{left:.1f} {y(tick):.1f}H{right:.1f}"/>')
        parts.append(text_at(left - 6, y(tick) + 4, text, "end"))
    return parts


def _bars(drawn: Plot, xs: list[float], slot: float, y: _Y) -> list[str]:
    """Bars of every category: side by side, or on top of each other with what is below zero hanging down."""
    parts, beside = [], drawn.kind == "grouped"
    group = min(slot * 0.76, 34 * len(drawn.series) if beside else 48)
    width = group / len(drawn.series) if beside else group
    for n, label in enumerate(drawn.labels):
        above = below = 0.0
        for k, series in enumerate(drawn.series):
            value = series.values[n]
            if not value:
                continue
            value = float(value)
            start = (above if value >= 0 else below) if drawn.kind == "stacked" else 0.0
            end = start + value
            above, below = max(above, end), min(below, end)
            x = xs[n] - group / 2 + (k * width if beside else 0)
            high, low = y(max(start, end)), y(min(start, end))
            # A hair of ground between the parts of a stack and of a group
            trim = 0.8 if drawn.kind == "stacked" and start and low - high > 2 else 0.0
            title = title_of(drawn, label, k, n)
            parts.append(bar_at(x, high, width - (1 if beside and width > 4 else 0), low - high - trim, drawn.tone(k, n), title))
    return parts


def _lines(drawn: Plot, xs: list[float], y: _Y, bottom: float, right: float, names: bool) -> list[str]:
    """Lines with gaps where nothing is known, a point at each end, their names beside it."""
    parts: list[str] = []
    ends: list[tuple[float, str]] = []
    coloured = [s for s in drawn.series if s.tone != "gray"]
    for k, series in sorted(enumerate(drawn.series), key=lambda pair: pair[1].tone != "gray"):
        runs: list[list[tuple[float, float]]] = [[]]
        for x, value in zip(xs, series.values, strict=True):
            if value is None:
                runs.append([])
            else:
                runs[-1].append((x, y(value)))
        runs = [run for run in runs if run]
        dash = " dash" if series.tone == "gray" else ""
        for run in runs:
            d = "M" + "L".join(f"{x:.1f} {h:.1f}" for x, h in run)
            if len(run) > 1:
                if len(coloured) == 1 and not dash and y.axis.low >= 0:
                    parts.append(f'<path class="area tone-{series.tone}" d="{d}V{bottom:.1f}H{run[0][0]:.1f}Z"/>')
                parts.append(f'<path class="stroke tone-{series.tone}{dash}" d="{d}"/>')
        shown = {run[0] for run in runs if len(run) == 1} | ({runs[-1][-1]} if runs and not dash else set())
        parts += [f'<circle class="point tone-{series.tone}" cx="{x:.1f}" cy="{h:.1f}" r="3"/>' for x, h in sorted(shown)]
        for n, (x, value) in enumerate(zip(xs, series.values, strict=True)):
            if value is not None:  # a wide target for the pointer
                title = escape(title_of(drawn, drawn.labels[n], k, n))
                parts.append(
                    f'<circle class="spot" cx="{x:.1f}" cy="{y(value):.1f}" r="6" fill-opacity="0"><title>{title}</title></circle>'
                )
        if names and runs:
            ends.append((runs[-1][-1][1], series.name))
    for height, name in spread(ends, 13, bottom):
        parts.append(text_at(right + 8, height + 4, cut(name, 12, 130), style="lbl"))
    return parts


def _lying(drawn: Plot, width: int, line: int) -> list[str]:
    """Lying bars: the name before, the number after, so they need no axis."""
    series = drawn.series[0]
    values = [float(v) if v is not None else 0.0 for v in series.values]
    texts = [text_of(series.column, v) for v in series.values]
    left = min(max(map(pixels, drawn.labels)), width * 0.4) + 10
    after = max(map(pixels, texts)) + 8
    low, high = min(*values, 0.0), max(*values, 0.0)
    before = after if low < 0 else 0.0
    room = width - left - after - before
    unit = room / ((high - low) or 1.0)
    zero = left + before - low * unit
    parts = [f'<path class="axis" d="M{zero:.1f} 2V{len(values) * line + 2}"/>']
    for n, (label, value, text) in enumerate(zip(drawn.labels, values, texts, strict=True)):
        middle = n * line + line / 2 + 2
        x, end = min(zero, zero + value * unit), max(zero, zero + value * unit)
        parts.append(text_at(left - 8, middle + 4, cut(label, 11, left - 10), "end"))
        if series.values[n] is not None:
            parts.append(bar_at(x, middle - line * 0.32, end - x, line * 0.64, drawn.tone(0, n), title_of(drawn, label, 0, n)))
        parts.append(text_at(x - 6 if value < 0 else end + 6, middle + 4, text, "end" if value < 0 else "", "lbl"))
    return parts


def _legend(drawn: Plot, width: int) -> list[str]:
    """The series of a chart on paper, in a line above it."""
    parts, x = [], 4.0
    room = width / len(drawn.series) - 22
    for series in drawn.series:
        name = cut(series.name, 10, max(room, 30))
        parts.append(f'<rect class="fill tone-{series.tone}" x="{x:.1f}" y="2" width="9" height="9"/>')
        parts.append(text_at(x + 13, 10, name, style="lbl"))
        x += 13 + pixels(name, 10) + GAP
    return parts
