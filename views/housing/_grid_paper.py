"""A building's grid on paper: sheets that are one drawing each, black on white, with all that is said of them in them, so that the browser
prints and WeasyPrint draws the same (row 1.4). A room says what it is in words, since printers have no colours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from flask_babel import gettext as _
from markupsafe import Markup, escape

from app.entity.dates import zone
from views.housing._grid_data import Grid
from views.housing._grid_layout import Level, Spot, width_of
from views.housing._grid_paper_layout import APART, HEADS, LABELS, MARGIN, Sheets, Slice, divide
from views.housing._grid_screen import Entry, entries, facts_of, title_of
from views.housing._grid_svg import level_label

_TONES = MappingProxyType(
    {
        "gray": ("#e8edf0", "#74828d"),
        "blue": ("#dfeafc", "#2b6cd4"),
        "teal": ("#d3efec", "#0b8783"),
        "green": ("#dcf1e0", "#2d8a46"),
        "amber": ("#f9ebc4", "#b07708"),
        "orange": ("#fde5d6", "#cf581a"),
        "red": ("#fce2e3", "#c9303d"),
        "violet": ("#eae4fb", "#7652cc"),
        "none": ("#fff", "#8a8a8a"),
    }
)
"""Ground and strip of the tones on paper: those of the light theme."""
_FONTS = "Noto Sans CJK SC, Microsoft YaHei, PingFang SC, sans-serif"
_TITLE, _LINE, _FOOT = 44.0, 13.0, 20.0


@dataclass(frozen=True, slots=True)
class Told:
    """What stands around the drawing. about: what it is coloured by, and what of it is shown; facts: of the building; made: by whom and
    when."""

    community: str
    title: str
    about: str
    facts: str
    made: str
    legend: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Paper:
    """The sheets as SVG. kind: a4 or a3."""

    kind: str
    lying: bool
    width: float
    height: float
    pages: tuple[Markup, ...]


def told_of(grid: Grid, community: str, by: str, narrowed: bool, chosen: int | None) -> Told:
    """What the sheets of a grid say. narrowed: whether only some rooms are in colour; chosen: how many were chosen, if any were."""
    coloured = _("Coloured by %(what)s", what=grid.legend.colouring.label) if grid.legend is not None else ""
    about = [
        coloured,
        _("only what was asked for in colour") if narrowed else "",
        _("%(n)s chosen rooms", n=chosen) if chosen is not None else "",
    ]
    now = f"{datetime.now(zone()):%Y-%m-%d %H:%M}"
    shades, flags = entries(grid, frozenset())
    return Told(
        community,
        _("%(title)s: building grid", title=title_of(grid.site)),
        _(" · ").join(part for part in about if part),
        facts_of(grid),
        _("Printed from the portal by %(name)s, as of %(time)s", name=by, time=now),
        shades + flags,
    )


def on_paper(grid: Grid, told: Told, kind: str, blank: frozenset[int]) -> Paper:
    """Draw the sheets. blank: rooms that stand there without colour, because others were asked for."""
    tower = grid.tower
    columns = [s.columns for s in tower.sections]
    lines = {w: _legend_lines(told, w - 2 * MARGIN) for w in (595.28, 841.89, 1190.55)}
    above = _TITLE + _LINE * max(len(found) for w, found in lines.items() if w <= 850 or kind == "a3") + 8
    sheets = divide(kind, columns, len(tower.levels), min(tower.longest, tower.usual + 4), above, _FOOT)
    legend = "".join(text for line in _legend_lines(told, sheets.width - 2 * MARGIN) for text in line)
    pages, number = [], 0
    for across in sheets.across:
        for since, until in sheets.down:
            number += 1
            inside = _grid(grid, sheets, across, tower.levels[since:until], above, blank)
            pages.append(_sheet(sheets, told, legend, inside, number))
    return Paper(kind, sheets.lying, sheets.width, sheets.height, tuple(pages))


def _text(x: float, y: float, size: float, text: str, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}"{more}>{escape(text)}</text>'


def _legend_lines(told: Told, wide: float) -> list[list[str]]:
    """The legend in lines, each a list of drawn entries."""
    lines: list[list[str]] = [[]]
    x = 0.0
    for e in told.legend:
        words = f"{e.label} {e.count:,} ({e.percent})"
        need = width_of(words) * 4.3 + 26
        if lines[-1] and x + need > wide:
            lines.append([])
            x = 0.0
        y = MARGIN + _TITLE + _LINE * len(lines) - 3
        lines[-1].append(_key(e, MARGIN + x, y) + _text(MARGIN + x + 12, y, 8, words))
        x += need
    return lines


def _key(e: Entry, x: float, y: float) -> str:
    soft, strong = _TONES.get(e.tone, _TONES["gray"])
    if e.place == "corner":
        return f'<path d="M{x:.1f} {y - 7.5:.1f}h8v8z" fill="{strong}"/>'
    if e.place:
        return f'<circle cx="{x + 4:.1f}" cy="{y - 3:.1f}" r="3" fill="{strong}"/>'
    return (
        f'<rect x="{x:.1f}" y="{y - 7.5:.1f}" width="9" height="9" fill="{soft}" stroke="#666" stroke-width=".4"/>'
        f'<rect x="{x:.1f}" y="{y - 7.5:.1f}" width="2.6" height="9" fill="{strong}"/>'
    )


def _sheet(sheets: Sheets, told: Told, legend: str, inside: str, number: int) -> Markup:
    w, h = sheets.width, sheets.height
    right = w - MARGIN
    end = ' text-anchor="end"'
    parts = [
        _text(MARGIN, MARGIN + 8, 8, told.community, ' fill="#444"'),
        _text(MARGIN, MARGIN + 26, 15, told.title, ' font-weight="600"'),
        _text(right, MARGIN + 10, 8.5, told.about, end),
        _text(right, MARGIN + 23, 8.5, told.facts, end),
        f'<path d="M{MARGIN} {MARGIN + 34}H{right:.1f}" stroke="#111" stroke-width="1.4"/>',
        legend,
        inside,
        _text(MARGIN, h - MARGIN, 8, told.made, ' fill="#444"'),
        _text(right, h - MARGIN, 8, _("Page %(page)s of %(pages)s", page=number, pages=sheets.pages), f' fill="#444"{end}'),
    ]
    return Markup(
        f'<svg width="{w}pt" height="{h}pt" viewBox="0 0 {w} {h}" role="img"'
        f' aria-label="{escape(told.title)}" font-family="{_FONTS}" fill="#111">{"".join(parts)}</svg>'
    )


def _grid(grid: Grid, sheets: Sheets, across: tuple[Slice, ...], levels: tuple[Level, ...], above: float, blank: frozenset[int]) -> str:
    wide, high = sheets.cell
    top = MARGIN + above
    below = top + HEADS
    parts, x = [], MARGIN + LABELS
    ys = [below + n * high for n in range(len(levels))]
    for level, y in zip(levels, ys, strict=True):
        parts.append(_text(MARGIN + LABELS - 6, y + high / 2 + 3, 7.5, level_label(level), ' text-anchor="end" fill="#333"'))
        if level.empty:
            parts.append(
                f'<path d="M{x:.1f} {y + high / 2:.1f}h{_width(across, wide):.1f}" stroke="#999" stroke-width=".5" stroke-dasharray="2 3"/>'
            )
        if level.last == 1:
            parts.append(f'<path d="M{MARGIN:.1f} {y + high + 1:.1f}H{x + _width(across, wide):.1f}" stroke="#111" stroke-width="1.2"/>')
    for part in across:
        section = grid.tower.sections[part.section]
        label = section.label
        if label and part.since:
            label = _("%(title)s (continued)", title=label)
        if label:
            parts.append(_text(x + part.columns * wide / 2, top + 10, 9, label, ' text-anchor="middle" font-weight="600"'))
            parts.append(
                f'<path d="M{x:.1f} {top + 18:.1f}v-4h{part.columns * wide - 2:.1f}v4" fill="none" stroke="#555" stroke-width=".8"/>'
            )
        for level, y in zip(levels, ys, strict=True):
            for column, spot in section.rows.get(level.first, ()) if not level.empty else ():
                if part.since <= column < part.until:
                    parts.append(_cell(grid, spot, x + (column - part.since) * wide, y, wide - 2, high - 2, spot.id in blank))
        x += part.columns * wide + APART
    return "".join(parts)


def _width(across: tuple[Slice, ...], wide: float) -> float:
    return sum(part.columns * wide for part in across) + APART * (len(across) - 1)


def _cell(grid: Grid, spot: Spot, x: float, y: float, wide: float, high: float, blank: bool) -> str:
    shade = None if blank else grid.shade(spot.id)
    soft, strong = _TONES.get(shade.tone, _TONES["gray"]) if shade is not None else _TONES["none"]
    box = f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}" rx="1.5" fill="{soft}" stroke="#777" stroke-width=".4"/>'
    number = _text(
        x + 5, y + min(8.4, high / 2), 7.5, _fitting(spot.number, wide - 7, 4.2), ' fill="#666"' if blank else ' font-weight="600"'
    )
    if blank:
        return box + number
    words = str(shade.label) if shade is not None and shade.tone != "none" else ""
    parts = [box, f'<rect x="{x:.1f}" y="{y:.1f}" width="2.6" height="{high:.1f}" fill="{strong}"/>' if shade is not None else "", number]
    if words:
        parts.append(_text(x + 5, y + high - 2.6, 6, _fitting(words, wide - 6, 3.1), ' fill="#222"'))
    for flag in grid.flags_of(spot.id):
        tone = _TONES.get(flag.tone, _TONES["gray"])[1]
        right = x + wide
        if flag.place == "corner":
            parts.append(f'<path d="M{right - 6 - 7 * flag.at:.1f} {y:.1f}h6v6z" fill="{tone}"/>')
        else:
            parts.append(f'<circle cx="{right - 4 - 5 * flag.at:.1f}" cy="{y + high / 2 + 1:.1f}" r="1.9" fill="{tone}"/>')
    return "".join(parts)


def _fitting(text: str, wide: float, sign: float) -> str:
    """A text cut to a width; sign: how wide a digit is."""
    if width_of(text) * sign <= wide:
        return text
    cut = text
    while cut and (width_of(cut) + 1) * sign > wide:
        cut = cut[:-1]
    return f"{cut}…"
