"""The lanes drawn as SVG. On screen colours come by tone class, so that both themes fit; on paper they stand in the drawing itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from markupsafe import Markup, escape

from app.dossier.lanes import DAY, Axis, Lane, Period, period_text
from app.exporting.pdf_lines import width as em

_BAR, _GAP, _BETWEEN, _LABEL = 19, 3, 5, 16
_SIZE = 12.0
"""Of the letters, in the units of the drawing, which are pixels where it is shown at its own size."""
_LEAST = 3.0
"""So wide a single day is, or it could not be seen."""
_PAD = 8.0

# soft ground, solid strip, text on the ground: the light values of app/static/portal.css
_LIGHT = {
    "gray": ("#e8edf0", "#74828d", "#44525d"),
    "blue": ("#dfeafc", "#2b6cd4", "#1b4c9b"),
    "teal": ("#d3efec", "#0b8783", "#075653"),
    "green": ("#dcf1e0", "#2d8a46", "#1b5a2d"),
    "amber": ("#f9ebc4", "#b07708", "#6d4700"),
    "orange": ("#fde5d6", "#cf581a", "#85370b"),
    "red": ("#fce2e3", "#c9303d", "#931d29"),
    "violet": ("#eae4fb", "#7652cc", "#523493"),
}
_CLASSES = {"soft": "soft-fill", "strip": "fill", "text": "on-soft", "label": "lbl", "tick": "tick", "grid": "grid", "now": "now"}


@dataclass(frozen=True, slots=True)
class Style:
    """How it is drawn. width: of the whole; beside: labels stand left of the lanes, otherwise above them; paper: colours stand in it."""

    width: int = 760
    beside: bool = True
    paper: bool = False

    def ink(self, part: str, tone: str = "") -> str:
        """The attributes that give a part its colour; part: soft strip text label tick grid now."""
        tone = tone if tone in _LIGHT else "gray"
        if not self.paper:
            return f' class="{_CLASSES[part]}{f" tone-{tone}" if part in ("soft", "strip", "text") else ""}"'
        soft, strip, text = _LIGHT[tone]
        plain = {
            "soft": f' fill="{soft}"',
            "strip": f' fill="{strip}"',
            "text": f' fill="{text}" font-size="12"',
            "label": ' fill="#111" font-size="12"',
            "tick": ' fill="#444" font-size="11"',
            "grid": ' stroke="#ccc" stroke-width="1" fill="none"',
            "now": ' stroke="#444" stroke-width="1" stroke-dasharray="2 2" fill="none"',
        }
        return plain[part]


def draw(lanes: Sequence[Lane], axis: Axis, today: date, style: Style) -> Markup:
    """The whole drawing. It says nothing to a screen reader: the list that stands below it does."""
    left = _label_room(lanes) if style.beside else 0.0
    room = style.width - left - 12.0
    parts: list[str] = []
    y = 0.0
    for lane in lanes:
        if not style.beside:
            parts.append(f'<text{style.ink("label")} x="0" y="{y + 11:.0f}">{escape(lane.label)}</text>')
            y += _LABEL
        else:
            parts.append(f'<text{style.ink("label")} x="0" y="{y + 14:.0f}">{escape(_cut(lane.label, left - 6))}</text>')
        for row in lane.rows:
            parts += _row(row, axis, left, room, y, style)
            y += _BAR + _GAP
        if lane.left_out:
            more = _("%(n)s more at the same time, see the list", n=lane.left_out)
            parts.append(f'<text{style.ink("tick")} x="{left:.0f}" y="{y + 9:.0f}">{escape(more)}</text>')
            y += _LABEL
        y += _BETWEEN
    behind = _grid(axis, left, room, y, today, style)
    height = y + 16
    box = f'viewBox="0 0 {style.width} {height:.0f}"'
    if style.paper:
        own = f'width="{style.width}" height="{height:.0f}" font-family="Noto Serif CJK SC, Songti SC, SimSun, serif"'
        return Markup(f'<svg xmlns="http://www.w3.org/2000/svg" {box} {own}>{"".join([*behind, *parts])}</svg>')
    return Markup(f'<svg class="chart" {box} aria-hidden="true">{"".join([*behind, *parts])}</svg>')


def _label_room(lanes: Sequence[Lane]) -> float:
    return min(130.0, max((em(lane.label) * _SIZE for lane in lanes), default=0) + 14)


def _grid(axis: Axis, left: float, room: float, bottom: float, today: date, style: Style) -> list[str]:
    """The years behind the lanes, and today where the axis goes on beyond it."""
    found, free = [], 0.0
    for day, text in axis.ticks(max(2, int(room // 46))):
        x = left + axis.part(day) * room
        found.append(f'<path{style.ink("grid")} d="M{x:.1f} 0V{bottom:.0f}"/>')
        if x >= free and x + em(text) * 11 <= style.width:
            found.append(f'<text{style.ink("tick")} x="{x + 2:.1f}" y="{bottom + 12:.0f}">{text}</text>')
            free = x + em(text) * 11 + 8
    if axis.end - DAY > today:
        x = left + axis.part(today + DAY) * room
        found.append(f'<path{style.ink("now")} d="M{x:.1f} 0V{bottom:.0f}"><title>{escape(_("Today"))}</title></path>')
    return found


def _row(row: Sequence[Period], axis: Axis, left: float, room: float, y: float, style: Style) -> list[str]:
    found: list[str] = []
    before = left
    for n, period in enumerate(row):
        start, end = axis.stretch(period)
        x, x2 = left + start * room, left + end * room
        # A hair between two periods that follow each other day upon day; a day is never too thin to be seen.
        x = min(x, left + room - _LEAST)
        wide = max(x2 - x - (1.2 if period.until is not None else 0), _LEAST)
        following = left + axis.stretch(row[n + 1])[0] * room if n + 1 < len(row) else left + room
        found.append(_bar(period, x, wide, (before, following), y, style))
        before = x + wide
    return found


def _bar(period: Period, x: float, wide: float, free: tuple[float, float], y: float, style: Style) -> str:
    """A period with its name: inside where there is room for it, else beside, where nothing else stands (free: from where to where)."""
    text = _(", ").join(period.texts)
    title = f"{text} {period_text(period.since, period.until)}"
    parts = [f"<title>{escape(title)}</title>"]
    tone = period.tone
    parts.append(f'<path{style.ink("soft", tone)} d="{_outline(period, x, x + wide, y)}"/>')
    if period.since is not None:
        parts.append(f'<path{style.ink("strip", tone)} d="M{x:.1f} {y:.0f}h{min(3.0, wide):.1f}v{_BAR}h-{min(3.0, wide):.1f}z"/>')
    inside, whole, line = _cut(text, wide - 2 * _PAD), em(text) * _SIZE + 6, f'y="{y + 14:.0f}"'
    if inside == text:
        parts.append(f'<text{style.ink("text", tone)} x="{x + _PAD:.1f}" {line}>{escape(text)}</text>')
    elif x + wide + whole <= free[1]:
        parts.append(f'<text{style.ink("label")} x="{x + wide + 4:.1f}" {line}>{escape(text)}</text>')
    elif x - whole >= free[0]:
        parts.append(f'<text{style.ink("label")} x="{x - 4:.1f}" {line} text-anchor="end">{escape(text)}</text>')
    elif inside:
        parts.append(f'<text{style.ink("text", tone)} x="{x + _PAD:.1f}" {line}>{escape(inside)}</text>')
    drawn = "".join(parts)
    if period.url and not style.paper:
        return f'<a href="{escape(period.url)}" tabindex="-1">{drawn}</a>'
    return f"<g>{drawn}</g>"


def _outline(period: Period, x: float, x2: float, y: float) -> str:
    """A bar; where nobody knows since when, or where it still holds, it ends in a point instead of an edge."""
    tip = min(5.0, (x2 - x) / 2)
    middle, low = y + _BAR / 2, y + _BAR
    start = f"M{x:.1f} {y:.0f}" if period.since is not None else f"M{x + tip:.1f} {y:.0f}"
    end = f"H{x2:.1f}V{low:.0f}" if period.until is not None else f"H{x2 - tip:.1f}L{x2:.1f} {middle:.1f}L{x2 - tip:.1f} {low:.0f}"
    back = f"H{x:.1f}z" if period.since is not None else f"H{x + tip:.1f}L{x:.1f} {middle:.1f}z"
    return f"{start}{end}{back}"


def _cut(text: str, room: float) -> str:
    """As much of a text as there is room for; nothing where not even two characters and an ellipsis fit."""
    if em(text) * _SIZE <= room:
        return text
    kept = text
    while kept and em(kept + "…") * _SIZE > room:
        kept = kept[:-1]
    return f"{kept.rstrip()}…" if len(kept) >= 2 else ""
