"""The ring of a pie chart."""

from __future__ import annotations

import math

from markupsafe import escape

from reports.axis import axis_of
from reports.finding import share, told, with_share
from reports.plot import Plot, Series
from reports.renderers.svg_parts import text_at, title_of
from reports.renderers.svg_text import cut
from reports.wording import number, text_of


def pie_parts(drawn: Plot, width: float, height: float, paper: bool) -> list[str]:
    """A ring with the total in it; on paper with the names beside."""
    series = drawn.series[0]
    size = height / 2
    outer, inner, total = size - 3, (size - 3) * 0.6, float(drawn.whole)
    parts, angle = [], 0.0
    for n, (label, value) in enumerate(zip(drawn.labels, series.values, strict=True)):
        if not value:
            continue
        turn = float(value) / total * 2 * math.pi
        title = escape(with_share(title_of(drawn, label, 0, n), share(value, drawn.whole)))
        ring = _ring(size, angle, turn, outer, inner)
        parts.append(f'<path class="fill gap tone-{drawn.tone(0, n)}" fill-rule="evenodd" d="{ring}"><title>{title}</title></path>')
        angle += turn
    big, small = in_the_middle(drawn)
    parts.append(text_at(size, size + (2 if small else 7), big, "middle", "big"))
    parts += [text_at(size, size + 20, small, "middle")] if small else []
    if paper:
        for n, (label, value) in enumerate(zip(drawn.labels, series.values, strict=True)):
            y = size - len(drawn.labels) * 9 + n * 18 + 9
            text = with_share(told(drawn, series, value), share(value or 0, drawn.whole))
            parts.append(f'<rect class="fill tone-{drawn.tone(0, n)}" x="{height + 20:.1f}" y="{y - 8:.1f}" width="9" height="9"/>')
            parts.append(text_at(height + 35, y, cut(label, 10, (width - height) * 0.5), style="lbl"))
            parts.append(text_at(min(width - 4, height + 35 + (width - height) * 0.8), y, text, "end", "lbl"))
    return parts


def in_the_middle(drawn: Plot) -> tuple[str, str]:
    """What stands in a ring: the total, its unit below; large numbers in 万 or millions, so that they fit."""
    column = drawn.series[0].column
    total = sum(drawn.values)
    text, unit = text_of(column, total), column.unit or drawn.unit
    if len(text) > 8:
        top = axis_of(Plot("bar", "", ("",), (Series("", "", (total,), column),))).texts[-1]
        word = top.split(" ")[-1] if " " in top else ""
        by = {"万": 1e4, "亿": 1e8, "M": 1e6, "bn": 1e9}.get(word, 1)
        text, unit = number(float(total) / by, 1 if by > 1 else 0), f"{word} {unit}".strip()
    return text, unit


def _ring(size: float, angle: float, turn: float, outer: float, inner: float) -> str:
    def at(radius: float, where: float) -> str:
        return f"{size + radius * math.sin(where):.2f} {size - radius * math.cos(where):.2f}"

    if turn > 2 * math.pi - 1e-6:  # an arc that ends where it begins is none
        halves = [(r, s) for r in (outer, inner) for s in (0, math.pi)]
        return "".join(
            f"M{at(r, s)}A{r:.1f} {r:.1f} 0 1 1 {at(r, s + math.pi)}" if s == 0 else f"A{r:.1f} {r:.1f} 0 1 1 {at(r, 0)}Z"
            for r, s in halves
        )
    large, end = int(turn > math.pi), angle + turn
    return (
        f"M{at(outer, angle)}A{outer:.1f} {outer:.1f} 0 {large} 1 {at(outer, end)}L{at(inner, end)}"
        f"A{inner:.1f} {inner:.1f} 0 {large} 0 {at(inner, angle)}Z"
    )
